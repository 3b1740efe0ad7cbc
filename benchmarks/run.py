"""Measure the engine against what people use instead: ``nox -s bench``.

    python -m benchmarks.run           everything, into benchmarks/results (a quarter hour)
    python -m benchmarks.run --quick   a few cases, printed only (about a minute)

With ``--only`` and one part, the other parts keep what was measured last.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.machine import environment, machine, versions
from benchmarks.measure import compare, peak_memory, peaks, warm_up
from benchmarks.peers import LOOP, PEERS, TOGETHER
from benchmarks.report import goals_table, line, peaks_table, write_report
from benchmarks.work import DTYPES, Work

PACKAGES = (
    *("torch", "numpy", "scikit-learn", "skorch", "lightning"),
    *("jax", "equinox", "optax"),
)
RESULTS = Path(__file__).with_name("results")
DEEP = (32,) * 20

AGAINST_PEERS = [
    Work(data, hidden, batch_size, 20, dtype, epochs=epochs)
    for dtype in DTYPES
    for data, hidden, batch_size, epochs in (
        ("digits", (32,), 32, 12),
        ("mnist1d", (32, 32), 32, 2),
        ("mnist1d", (100, 100), 100, 2),
        ("mnist1d", (256, 256), 100, 1),
        ("mnist1d", DEEP, 32, 1),
        ("mnist1d", (100, 100), None, 3),
    )
]

SWEEPS = [
    Work(data, hidden, batch_size, replicas, dtype, epochs=epochs)
    for dtype in DTYPES
    for data, hidden, batch_size, epochs, counts in (
        ("digits", (32,), 32, 20, (1, 20, 120)),  # as the chapters train
        ("digits", (32,) * 8, 32, 20, (1, 20)),
        ("mnist1d", (32, 32), 32, 2, (1, 20, 120)),
        ("mnist1d", (100, 100), 100, 2, (1, 20, 120)),
    )
    for replicas in counts
]

MEMORY = [
    Work("mnist1d", (100, 100), 100, replicas)
    for replicas in (1, 20, 100, 500)
]

QUICK = [
    Work("mnist1d", (32, 32), 32, 20),
    Work("mnist1d", (32, 32), 32, 20, "float64"),
    Work("digits", (32,), 32, 20, "float64", epochs=20),
]


def measured(
    works: Iterable[Work],
    peers: Iterable[str],
    rates: dict[str, dict[str, float]],
    **options: int,
) -> list[dict[str, Any]]:
    """Compare case by case, with a line for each."""
    chosen = {name: PEERS[name] for name in peers}
    results = []
    for work in works:
        results.append(compare(work, chosen, **options))
        print(line(results[-1], rates), flush=True)
    return results


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=("peers", "sweeps", "memory"))
    options = parser.parse_args(arguments)
    few = (LOOP, *TOGETHER)
    warm_up(few if options.quick else PEERS)
    rates = peaks()
    print(peaks_table(rates), *environment().items(), sep="\n")
    if options.quick:
        print(goals_table(measured(QUICK, few, rates, rounds=2, networks=1)))
        return 0

    path = RESULTS / "results.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    results |= {
        "machine": machine(),
        "date": time.strftime("%Y-%m-%d"),
        "environment": environment(),
        "peaks": rates,
        "versions": versions(*PACKAGES),
    }
    if options.only in (None, "peers"):
        how = {"rounds": 3, "networks": 2}
        results["peers"] = measured(AGAINST_PEERS, PEERS, rates, **how)
    if options.only in (None, "sweeps"):
        how = {"rounds": 2, "networks": 2, "cold": 2}
        results["sweeps"] = measured(SWEEPS, few, rates, **how)
    if options.only in (None, "memory"):
        results["memory"] = [
            {"replicas": work.replicas, "bytes": peak_memory(work)}
            for work in MEMORY
        ]
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n")
    write_report(results, RESULTS)
    print(goals_table(results["sweeps"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
