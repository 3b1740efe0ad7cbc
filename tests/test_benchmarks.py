"""The benchmark compares equal work, counts right, and its page is what was measured."""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import report
from benchmarks.measure import compare, peak_memory
from benchmarks.peers import LOOP, OURS, TOGETHER, loop_in_memory, torch_func
from benchmarks.run import RESULTS
from benchmarks.work import DTYPES, Work

ROOT = Path(__file__).parents[1]
SMALL = Work("digits", (16, 8), 100, replicas=3, dtype="float64")


@pytest.fixture(scope="module")
def result():
    """One small piece of work, done by nnlib and by PyTorch itself, in two ways."""
    peers = {LOOP: loop_in_memory, "torch.func": torch_func}
    return compare(SMALL, peers, rounds=3, networks=2)


def test_operations_are_those_that_torch_counts():
    model, (x, y) = SMALL.plain(0, SMALL.networks()), SMALL.train
    with FlopCounterMode(display=False) as counter:
        nn.functional.cross_entropy(model(x), y).backward()
    assert SMALL.operations == SMALL.replicas * counter.get_total_flops()
    assert (SMALL.steps, SMALL.examples) == (10, 3000)
    assert replace(SMALL, batch_size=None, epochs=3).steps == 3


def test_the_loop_and_torch_func_do_the_same_work(result):
    ways = (OURS, LOOP, "torch.func")
    ours, loop, func = (result["timings"][way]["losses"] for way in ways)
    assert len(ours) == 3
    assert ours[:2] == pytest.approx(loop, abs=1e-12)
    assert ours == pytest.approx(func, abs=1e-12)
    for way in ways:
        assert [len(result["timings"][way][w]) for w in ("cold", "seconds")] == [1, 3]


@pytest.mark.skipif("BENCH" not in os.environ, reason="nox -s bench runs it")
@pytest.mark.parametrize("batch_size", [32, None])
def test_jax_trains_the_same_networks_and_compiles_once(batch_size):
    """A second oracle, which shares no code with PyTorch.

    ``nox -s bench`` installs what it needs and runs it, in a process of its own: once it
    is loaded, JAX warns of every fork.
    """
    work = replace(SMALL, hidden=(8, 8), batch_size=batch_size, epochs=5)
    names = ("JAX", "Equinox + optax")
    peers = {name: TOGETHER[name] for name in names}
    timings = compare(work, peers, rounds=1, networks=1)["timings"]
    for theirs in (timings[name] for name in names):
        assert len(theirs["losses"]) == 3
        assert theirs["losses"] == pytest.approx(timings[OURS]["losses"], rel=0, abs=1e-12)
        assert theirs["seconds"][0] < theirs["cold"][0] / 3  # about 100


def test_a_peer_that_does_other_work_is_refused():
    def other(work, count):
        return loop_in_memory(replace(work, lr=2 * work.lr), count)

    with pytest.raises(AssertionError, match="must do the work of nnlib"):
        compare(SMALL, {LOOP: other}, rounds=1, networks=1)
    with pytest.raises(AssertionError, match="skorch must do the work"):
        compare(SMALL, {"skorch": lambda w, n: lambda: torch.full((n,), 9.0)},
                rounds=1, networks=1)  # fmt: skip


def test_a_process_has_a_size_of_its_own():
    large = torch.zeros(500_000_000)  # 4 GB, but only touched pages count
    large[:250_000_000] = 1.0
    assert 50e6 < peak_memory(SMALL) < 1.5e9


def test_training_together_has_not_become_ten_times_slower():
    work = Work("digits", (32,), 32, replicas=20)
    r = compare(work, {LOOP: loop_in_memory}, rounds=3, networks=2)
    assert max(report.ratios(r, LOOP)) > 0.7  # about 8


def test_ratios_are_taken_within_a_round_and_the_peak_is_the_best_library_s():
    ours = {"seconds": [0.5, 0.4, 9.0], "cold": [1.0]}
    r = {"timings": {OURS: ours, "p": {"seconds": [1.5, 1.6, 9.0], "cold": [8.0]}}}
    assert report.ratios(r, "p") == [3.0, 4.0, 1.0]
    assert report.ratios(r, "p", "cold") == [8.0]
    r |= {"operations": 10e9, "work": {"dtype": "float64"}}
    rates = {"slow": {"float64": 40e9, "float32": 9e9}, "fast": {"float64": 50e9}}
    assert report.share_of_peak(r, rates) == pytest.approx(0.4)


def test_tables_say_who_is_ahead_once_and_again():
    def case(dtype, replicas, cold, warm):
        """1 s for nnlib and 3 s for all but JAX."""
        ways = {OURS: (1.0, 1.0), "JAX": (cold, warm)}
        ways |= dict.fromkeys(set(report.OTHERS) - {"JAX"}, (3.0, 3.0))
        timings = {w: {"cold": [a], "seconds": [b]} for w, (a, b) in ways.items()}
        work = replace(SMALL, hidden=(32,), replicas=replicas, dtype=dtype)
        return {"name": work.name, "work": asdict(work), "timings": timings}

    cases = [(1, 2.5, 0.5), (20, 1.9, 0.4), (120, 0.9, 0.5)]
    results = [case(dtype, *c) for dtype in DTYPES for c in cases]
    which = report.which_table(results)
    assert "| one, once        | nnlib (1)" in which
    assert "| 20 or 120, once  | nnlib (1), JAX (1)" in which
    assert "| 20 or 120, again | JAX (2)" in which
    assert "needs 0.4 to 2 CPU" in which
    assert "longer than 0.8 to 2.5 CPU" in which  # 0.4 / (1 - 0.5), 1.5 / (1 - 0.4)
    rows = report.goals_table(results).splitlines()[2:]
    shown = [[cell.strip() for cell in row.split("|")[3:6]] for row in rows]
    assert shown == [["≥ 2.0", "1.9", "miss"], ["≥ 2.0", "0.9", "miss"]]


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
    for name in {*written} - {"goals.md"}:  # nnlib's own goals are for its maintainers
        assert f"../benchmarks/results/{name}" in page
