"""laws: nnlib, PyTorch and each solution keep them; each mistake is told what it is."""

import math
import os
import random
import re
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from laws import TECHNIQUES, judge
from laws.call import Watch
from laws.trial import tried
from nnlib import activations, clip, init
from nnlib.dropout import dropout
from nnlib.early_stopping import EarlyStopping
from nnlib.optim import SGD
from nnlib.residual import ResidualLayer
from nnlib.weight_decay import decay_groups, l2_penalty
from tests import first_tries

PAGES = sorted(Path(__file__).parents[1].glob("chapters/src/*_further.md"))
LAWS = [(name, law) for name, t in TECHNIQUES.items() for law in t.laws]
VERSIONS = [(name, v) for name, t in TECHNIQUES.items() for v in t.wrong_versions]


# one statement of the laws: nnlib and PyTorch keep them


def chain_gradients(sigmoid):
    def gradients(x, w):
        h, w = torch.tensor(x), torch.tensor(w, requires_grad=True)
        for weight in w:
            h = sigmoid(weight * h)
        return torch.autograd.grad(h, w)[0]

    return gradients


def residual_layer(x, *values):
    layer = ResidualLayer(x.shape[1], len(values[0]), torch.relu)
    for p, value in zip(layer.parameters(), values, strict=True):
        p.data = value
    return layer(x)


def stopping(losses, patience):
    stopper, model = EarlyStopping(patience), nn.Linear(1, 1)
    for epoch, loss in enumerate(losses):  # noqa: B007
        if stopper.step(loss, model):
            break
    return epoch, stopper.best_epoch


def step(optimiser):
    return lambda model, lr, lam: optimiser(decay_groups(model, 2 * lam), lr=lr).step()


RIGHT = {
    "chain_gradients": [
        chain_gradients(activations.sigmoid),
        chain_gradients(torch.sigmoid),
    ],
    "clip_grad_norm_": [clip.clip_grad_norm_, nn.utils.clip_grad_norm_],
    "clip_grad_value_": [clip.clip_grad_value_, nn.utils.clip_grad_value_],
    "relu": [activations.relu, torch.relu, lambda x: np.maximum(x, 0)],
    "leaky_relu": [activations.leaky_relu, F.leaky_relu],
    "elu": [activations.elu, F.elu],
    "residual_layer": [residual_layer],
    "kaiming_normal_": [init.kaiming_normal_, nn.init.kaiming_normal_],
    "xavier_uniform_": [init.xavier_uniform_, nn.init.xavier_uniform_],
    "early_stopping": [stopping],
    "sgd_step": [step(SGD), step(torch.optim.SGD)],
    "l2_penalty": [l2_penalty],
    "dropout": [dropout, F.dropout],
    "conv1d": [
        lambda x, w: F.conv1d(x[None, None], w[None, None])[0, 0],
        lambda x, w: np.correlate(x, w, "valid"),
    ],
    "attention": [F.scaled_dot_product_attention],
}


@pytest.mark.parametrize(("name", "law"), LAWS, ids=lambda x: getattr(x, "says", x))
def test_nnlib_and_pytorch_keep_the_law(name, law):
    step(torch.optim.SGD)(nn.Linear(1, 1), 0.1, 0.1)  # its first call imports, for seconds
    for function in RIGHT[name]:
        with Watch() as watch:
            trial = tried(law, function, watch)
        assert len(trial.answers) == len(law.given)
        assert trial.failures == []


# each mistake is told what it is


@pytest.mark.parametrize(
    ("name", "version"), VERSIONS, ids=lambda x: getattr(x, "__name__", x)
)
def test_a_wrong_version_is_answered_by_its_own_sentence(name, version):
    report = judge(name, version)
    known = {" ".join(v.__doc__.split()) for v in TECHNIQUES[name].wrong_versions}
    assert not report.passed
    assert {*report.hints.values()} - {""} == {" ".join(version.__doc__.split())} <= known
    assert " ".join(version.__doc__.split()) in " ".join(repr(report).split())
    assert max(map(len, repr(report).split("\n"))) <= 79


def test_each_technique_knows_at_least_four_mistakes_and_each_law_finds_one():
    assert all(len(t.wrong_versions) >= 4 for t in TECHNIQUES.values())
    for name, technique in TECHNIQUES.items():
        broken = {
            t.law.says
            for version in technique.wrong_versions
            for t in judge(name, version).trials
            if not t.held
        }
        assert broken == {law.says for law in technique.laws}, name


@pytest.mark.parametrize("function", first_tries.TRIES, ids=lambda f: f.__name__)
def test_a_student_s_first_try_is_told_what_to_look_at(function):
    name, *expected = first_tries.TRIES[function]
    report = repr(judge(name, function))
    said = " ".join(report.split())
    assert [words for words in expected if words not in said] == []
    assert ("✘" in report) is bool(expected)


# the pages


def cells(page):
    """What a page imports, and its cells that call the judge."""
    text = page.read_text("utf8")
    imports = re.findall(r"^(?:import|from torch) .*$", text, re.M)
    code = re.findall(r"```\{code-cell\} ipython3\n(.*?)```", text, re.S)
    return "\n".join(imports), [c for c in code if re.search(r"^judge\(", c, re.M)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem[:2])
def test_a_page_asks_with_a_stub_and_its_solution_passes(page):
    reports = []
    imports, asking = cells(page)
    for cell in asking:
        names = {"judge": lambda *given: reports.append(judge(*given))}
        exec(f"{imports}\n{cell}", names)
    assert [r.passed for r in reports] == [False, True] * (len(reports) // 2)
    assert all(set(re.findall("^[✔✘○]", repr(r), re.M)) == {"○"} for r in reports[::2])
    asked = {"01": 0, "07": 0, "11": 2, "12": 0}.get(page.stem[:2], 1)
    assert len(reports) == 2 * asked


# whatever a function does


class Broken:
    shape, dtype = (1,), "float"

    def __array__(self, *_, **__):
        raise MemoryError


def raises(error):
    def function(*_, **__):
        raise error

    return function


ODD = {
    "returns None: is a return missing?": None,
    "returns 'text', which": "text",
    "returns a list, which": [1.0, [2.0, 3.0]],
    "returns a list, not of": [1.0, 2.0, 3.0],
    "returns 3, not of shape": 3,
    "returns complex64 numbers of": torch.ones(2, dtype=torch.complex64),
    "returns float64 numbers of shape (2, 2), not of": np.ones((2, 2)),
    "returns a Flatten": nn.Flatten(),
    "gives (nan, nan)": np.array([math.nan] * 2),
    "gives (1, 1)": torch.ones(2, dtype=torch.bool),
    "raises MemoryError": Broken(),
}


@pytest.mark.parametrize("words", ODD)
def test_an_odd_answer_is_the_law_s_failure(words):
    report = repr(judge("relu", lambda x: ODD[words]))
    assert f"for x = (1, 2) yours {words}" in " ".join(report.split())


@pytest.mark.parametrize("error", [ZeroDivisionError("no"), SystemExit(3), MemoryError()])
def test_an_error_is_shown_once_with_the_student_s_line(error):
    report = repr(judge("elu", raises(error)))
    assert report.count(f"yours raises {type(error).__name__}") == 1
    assert f"line {raises.__code__.co_firstlineno + 2}: raise error" in report
    assert "the same" in report


def test_the_reader_s_own_interrupt_ends_it():
    with pytest.raises(KeyboardInterrupt):
        judge("relu", raises(KeyboardInterrupt))


def test_a_loop_ends(monkeypatch):
    monkeypatch.setattr("laws.trial.SECONDS", 0.3)
    monkeypatch.setattr("laws.trial.AFTERWARDS", 0.1)

    def endless(x):
        while True:
            try:
                x = x + 1
            except Exception:
                x = 0

    start = time.monotonic()
    report = judge("relu", endless)
    assert time.monotonic() - start < 5
    assert "does not come back" in repr(report)
    assert report.held == 0
    assert judge("relu", torch.relu).passed  # nothing is left of the strikes


def test_a_stub_gets_a_list_and_no_verdict():
    for name, technique in TECHNIQUES.items():
        report = judge(name, raises(NotImplementedError))
        marks = [f"○ {law.says}" for law in technique.laws]
        assert repr(report).split("\n") == [*marks, "Not written yet."]
        assert (report.passed, report.held) == (False, 0)


def test_a_verdict_is_always_the_same_and_leaves_no_trace(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def chatty(x, p=0.5, training=True):
        print("hello", np.ones(1) / 0)
        x = x * (np.random.rand(*x.shape) > p) * random.choice([1, 2])
        return x * torch.rand(1).item()

    first = repr(judge("dropout", chatty))
    for seed in (torch.manual_seed, random.seed, np.random.seed):
        seed(1)
    state = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    assert repr(judge("dropout", chatty)) == first
    assert torch.equal(state[0], torch.get_rng_state())
    assert state[1:] == (random.getstate(), np.random.get_state()[1].tolist())
    assert capsys.readouterr() == ("", "")
    assert os.listdir() == []


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("clip_grad_norm", abs), ValueError, "did you mean clip_grad_norm_?"),
        (("gelu", abs), ValueError, "must be one of chain_gradients, clip"),
        (("relu", 3), TypeError, "without brackets behind its name, got 3"),
        ((abs, "relu"), TypeError, "technique must be a name"),
    ],
)
def test_a_call_of_the_judge_that_cannot_be_meant_is_refused(arguments, error, words):
    with pytest.raises(error, match=re.escape(words)):
        judge(*arguments)
