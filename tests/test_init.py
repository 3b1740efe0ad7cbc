"""nnlib.init: variances, bounds and fans; orthogonality; data-driven LSUV."""

import inspect
import math
from functools import partial

import pytest
import torch
from helpers import AXES, DTYPES, NAN, NUMBERS, draw, equal, seeded, with_first
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nnlib import init as ours
from nnlib.models import MLP

N_IN, N_OUT, DRAWS = 80, 20, 60
FILLERS = {n: f for n, f in with_first(ours, "tensor").items() if n.endswith("_")}
VARIANCE = {  # the schemes, with what they promise
    "xavier_normal_": lambda n_in, n_out: 2 / (n_in + n_out),
    "xavier_uniform_": lambda n_in, n_out: 2 / (n_in + n_out),
    "kaiming_normal_": lambda n_in, n_out: 2 / n_in,
    "kaiming_uniform_": lambda n_in, n_out: 2 / n_in,
    "lecun_normal_": lambda n_in, n_out: 1 / n_in,
}
KAIMING = [{"a": a, "mode": mode} for a in (0.0, 0.5) for mode in ("fan_in", "fan_out")]
CASES = [
    *((name, {}) for name in FILLERS),
    *((f"kaiming_{law}_", o) for law in ("normal", "uniform") for o in KAIMING),
    *((f"xavier_{law}_", {"gain": 0.7}) for law in ("normal", "uniform")),
    ("orthogonal_", {"gain": 0.7}),
    ("normal_", {"mean": 0.2, "std": 0.3}),
]
NEEDED = {"uniform_": {"bound": 1.0}, "constant_": {"val": 0.5}}
FOR_PYTORCH = {"uniform_": {"a": -1.0, "b": 1.0}, "constant_": {"val": 0.5}}


def many(name, **options):
    """Many draws of one scheme, as replicas of one weight."""
    w = torch.full((DRAWS, N_OUT, N_IN), NAN)
    if "generator" in inspect.signature(FILLERS[name]).parameters:
        options = options | {"generator": seeded()}
    filled = FILLERS[name](w, **NEEDED.get(name, {}), **options)
    assert filled is w
    return w


lecun = partial(nn.init.kaiming_normal_, nonlinearity="linear")


def from_pytorch(name, **options):
    """As many draws of PyTorch's scheme, one after the other."""
    fill, draws = getattr(nn.init, name, lecun), []
    if name != "constant_":
        options = options | {"generator": seeded()}
    for _ in range(DRAWS):
        w = torch.empty(N_OUT, N_IN)
        draws.append(fill(w, **FOR_PYTORCH.get(name, {}), **options))
    return torch.stack(draws)


# oracle


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_the_distribution_is_pytorch_s(name, options):
    mine, theirs = many(name, **options), from_pytorch(name, **options)
    points = torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9])
    spread = theirs.std() or 1.0
    gap = mine.flatten().quantile(points) - theirs.flatten().quantile(points)
    assert gap.abs().max() < 0.02 * spread
    equal(mine.std() / spread, theirs.std() / spread, atol=0.01)
    if "uniform" in name:  # draws reach their bounds and go no further
        equal(mine.max() / theirs.max(), torch.tensor(1.0), atol=1e-3)
        equal(mine.min() / theirs.min(), torch.tensor(1.0), atol=1e-3)


def test_fans_and_gains_are_pytorch_s():
    w = torch.empty(N_OUT, N_IN)
    fans = ours.fan_in_and_fan_out(w)
    assert fans == (N_IN, N_OUT) == (fans.fan_in, fans.fan_out)
    assert tuple(fans) == tuple(nn.init._calculate_fan_in_and_fan_out(w))
    assert ours.fan_in_and_fan_out(torch.empty(7, 5, 3, 2)) == (2, 3)
    assert ours.kaiming_gain() == nn.init.calculate_gain("relu")
    for a in (0.0, 0.01, 0.5):
        expected = nn.init.calculate_gain("leaky_relu", a)
        assert ours.kaiming_gain(a) == pytest.approx(expected, rel=1e-12)


# law


@pytest.mark.parametrize("name", VARIANCE)
@settings(max_examples=15)
@given(
    seed=NUMBERS,
    replicas=AXES,
    n_in=st.integers(1, 40),
    n_out=st.integers(1, 40),
    dtype=DTYPES,
)
def test_the_spread_follows_the_fans(name, seed, replicas, n_in, n_out, dtype):
    """The same draws at another size differ by the law's ratio, and nothing else."""

    def filled(*shape):
        w = torch.empty(*replicas, *shape, dtype=dtype)
        return FILLERS[name](w, generator=seeded(seed)).flatten(-2)

    # A transposed layer draws as many numbers, in the same order.
    w, turned = filled(n_out, n_in), filled(n_in, n_out)
    variance = VARIANCE[name]
    ratio = math.sqrt(variance(n_in, n_out) / variance(n_out, n_in))
    torch.testing.assert_close(w, turned * ratio, rtol=1e-5, atol=0)


@settings(max_examples=40)
@given(NUMBERS, AXES, st.integers(1, 6), st.integers(1, 6), st.floats(0.1, 10))
def test_an_orthogonal_matrix_keeps_every_length(seed, replicas, rows, columns, gain):
    torch.set_default_dtype(torch.float32)  # which must not matter
    w = torch.empty(*replicas, rows, columns, dtype=torch.float64)
    ours.orthogonal_(w, gain, generator=seeded(seed))
    gram = w @ w.mT if rows <= columns else w.mT @ w
    eye = torch.eye(min(rows, columns), dtype=torch.float64)
    equal(gram / gain**2, eye.expand_as(gram))


def test_orthogonal_matrices_have_no_preferred_sign():
    w = ours.orthogonal_(torch.empty(2000, 3, 3), generator=seeded())
    assert w.mean(dim=0).abs().max() < 5 / math.sqrt(3 * 2000)
    share = (torch.linalg.det(w) > 0).double().mean().item()
    assert share == pytest.approx(0.5, abs=0.05)


def test_lsuv_gives_every_layer_unit_variance_orthogonal_and_without_bias():
    model, x = MLP([8, 30, 20, 3], torch.tanh, seeds=0), 5 * draw(200, 8)
    assert ours.lsuv_(model, x) is model
    for last in (0, 2, 4):
        variance = model[: last + 1](x).var(correction=0).item()
        assert variance == pytest.approx(1, abs=0.01)
        w = model[last].weight
        gram = w @ w.mT if w.shape[0] <= w.shape[1] else w.mT @ w
        equal(gram, gram[0, 0] * torch.eye(min(w.shape)))
        assert not model[last].bias.any()


def test_lsuv_leaves_what_is_near_enough():
    """Where no variance is further from 1 than ``tol``, nothing is divided."""
    x = draw(400, 8)
    x = 1.1 * (x - x.mean(dim=0)) / x.std(dim=0, correction=0)
    loose, strict = (
        ours.lsuv_(MLP([8, 8]), x, tol=tol, generator=seeded())[0].weight.data
        for tol in (0.5, 1e-6)
    )
    equal(loose @ loose.mT, torch.eye(8))
    equal(1.1 * strict, loose)


def test_lsuv_needs_no_bias_and_ends_after_its_last_correction():
    model = nn.Sequential(nn.Linear(8, 6, bias=False), nn.Linear(6, 4))
    x = draw(50, 8) * 100
    ours.lsuv_(model, x, tol=1e-300, max_iter=1)
    for depth in (1, 2):  # one division makes the variance 1 up to rounding
        variance = model[:depth](x).var(dim=(-2, -1), correction=0)
        equal(variance.detach(), torch.tensor(1.0), atol=1e-10)
