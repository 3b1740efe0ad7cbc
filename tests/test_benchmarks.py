"""The benchmark compares equal work, counts right, and its page is what was measured."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import report
from benchmarks.measure import LOOP, check_losses, compare, peak_memory
from benchmarks.peers import OURS, PEERS, loop_in_memory
from benchmarks.run import RESULTS
from benchmarks.work import Work

ROOT = Path(__file__).parents[1]


SMALL = Work("digits", (16, 8), 100, replicas=3, dtype="float64")


@pytest.fixture(scope="module")
def result():
    """One small piece of work, done by nnlib and by the loop in memory."""
    return compare(SMALL, {LOOP: loop_in_memory}, rounds=3, networks=2)


def test_operations_are_those_that_torch_counts():
    model, (x, y) = SMALL.plain(0, SMALL.networks()), SMALL.train
    with FlopCounterMode(display=False) as counter:
        nn.functional.cross_entropy(model(x), y).backward()
    assert SMALL.operations == SMALL.replicas * counter.get_total_flops()
    assert (SMALL.steps, SMALL.examples) == (10, 3000)
    assert replace(SMALL, batch_size=None, epochs=3).steps == 3


def test_the_loop_does_the_same_work(result):
    ours, theirs = (result["timings"][w]["losses"] for w in (OURS, LOOP))
    assert len(ours) == 3
    assert ours[:2] == pytest.approx(theirs, abs=1e-10)
    assert len(result["timings"][OURS]["seconds"]) == 3


def test_a_peer_that_does_other_work_is_refused():
    def other(work, count):
        return loop_in_memory(replace(work, lr=2 * work.lr), count)

    with pytest.raises(AssertionError, match="must do the work of nnlib"):
        compare(SMALL, {LOOP: other}, rounds=1, networks=1)
    with pytest.raises(AssertionError, match="skorch must do the work"):
        compare(SMALL, {"skorch": lambda w, n: lambda: torch.full((n,), 9.0)},
                rounds=1, networks=1)  # fmt: skip


def test_a_loss_that_is_not_a_number_is_refused(result):
    timings = compare(SMALL, {}, rounds=1, networks=1)["timings"]
    lost = type("T", (), {"losses": [float("nan")]})
    ours = type("T", (), {"losses": timings[OURS]["losses"]})
    with pytest.raises(AssertionError, match="differ by nan"):
        check_losses(SMALL, "skorch", {OURS: ours, "skorch": lost})


@pytest.mark.parametrize("name", ["loop, DataLoader", "scikit-learn"])
def test_the_peers_at_hand_learn_alike(name):
    work = replace(SMALL, epochs=5)
    compare(work, {name: PEERS[name]}, rounds=1, networks=3)


def test_a_process_has_a_size_of_its_own():
    large = torch.zeros(500_000_000)  # 4 GB, but only touched pages count
    large[:250_000_000] = 1.0
    assert 50e6 < peak_memory(SMALL) < 1.5e9


def test_training_together_has_not_become_ten_times_slower():
    work = Work("digits", (32,), 32, replicas=20)
    r = compare(work, {LOOP: loop_in_memory}, rounds=3, networks=2)
    assert max(report.ratios(r, LOOP)) > 0.7  # about 8


def test_ratios_are_taken_within_a_round_and_the_peak_is_a_median():
    ours = {"seconds": [0.5, 0.4, 9.0]}
    r = {"timings": {OURS: ours, "p": {"seconds": [1.5, 1.6, 9.0]}}}
    assert report.ratios(r, "p") == [3.0, 4.0, 1.0]
    r |= {"operations": 10e9, "peak": [40e9, 50e9]}
    assert report.share_of_peak(r) == pytest.approx(0.4)


def test_the_page_shows_what_was_measured(tmp_path):
    results = json.loads((RESULTS / "results.json").read_text())
    report.write_report(results, tmp_path)
    written = sorted(path.name for path in tmp_path.iterdir())
    stored = sorted(p.name for p in RESULTS.iterdir() if p.suffix != ".json")
    assert written == stored
    for name in written:
        if name.endswith(".md"):
            assert (tmp_path / name).read_text() == (RESULTS / name).read_text()
    page = (ROOT / "chapters/what_error_bars_cost.md").read_text()
    for name in written:
        assert f"../benchmarks/results/{name}" in page
