"""The benchmark compares equal work, counts right, and its page is what was measured."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import report
from benchmarks.measure import LOOP, compare, peak_memory
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


@pytest.mark.parametrize(
    ("name", "losses", "message"),
    [
        (LOOP, None, "must do the work of nnlib"),
        ("skorch", 9.0, "skorch must do the work"),
        ("skorch", float("nan"), "differ by nan"),
    ],
)
def test_a_peer_that_does_other_work_is_refused(name, losses, message):
    def other(work, count):
        theirs = loop_in_memory(replace(work, lr=2 * work.lr), count)
        return theirs if losses is None else lambda: torch.full((count,), losses)

    with pytest.raises(AssertionError, match=message):
        compare(SMALL, {name: other}, rounds=1, networks=1)


def test_the_peers_at_hand_learn_alike():
    peers = {name: PEERS[name] for name in ("loop, DataLoader", "scikit-learn")}
    compare(replace(SMALL, epochs=5), peers, rounds=1, networks=3)


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
    written, stored = (
        {p.name: p.suffix == ".png" or p.read_text() for p in folder.iterdir()}
        for folder in (tmp_path, RESULTS)
    )
    assert written == {k: v for k, v in stored.items() if k != "results.json"}
    page = (ROOT / "chapters/what_error_bars_cost.md").read_text()
    assert [name for name in written if f"../benchmarks/results/{name}" not in page] == []
