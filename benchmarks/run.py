"""Measure the engine against what people use instead: ``nox -s bench``.

    python -m benchmarks.run           everything, into benchmarks/results (a quarter hour)
    python -m benchmarks.run --quick   a few cases, printed only (less than a minute)

With ``--only`` and one part, the other parts keep what was measured last.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, versions
from benchmarks.measure import LOOP, compare, peak_memory, warm_up
from benchmarks.peers import PEERS
from benchmarks.report import line, write_report
from benchmarks.shares import shares
from benchmarks.work import Work

RESULTS = Path(__file__).with_name("results")
DTYPES = ("float32", "float64")
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

GRID = [
    Work("mnist1d", hidden, batch_size, replicas, dtype, epochs=epochs)
    for dtype, hidden, (batch_size, epochs), replicas in product(
        DTYPES,
        ((32, 32), (100, 100), (256, 256), DEEP),
        ((32, 1), (100, 1), (None, 2)),
        (1, 5, 20, 100),
    )
] + [
    # Six settings × twenty seeds, as the chapters train them.
    Work("digits", hidden, batch_size, 120, "float64", epochs=4)
    for hidden, batch_size in (((32,), 32), ((64,), 50))
]

MEMORY = [
    Work("mnist1d", (100, 100), 100, replicas)
    for replicas in (1, 20, 100, 500)
]

SHARES = [
    Work("mnist1d", (32, 32), 32, 20),
    Work("mnist1d", DEEP, 32, 20),
    Work("mnist1d", (100, 100), 100, 20),
    Work("digits", (32,), 32, 120, "float64"),
    Work("digits", (64,), 50, 120, "float64"),
]

QUICK = [
    Work("mnist1d", (32, 32), 32, 20),
    Work("mnist1d", (100, 100), 100, 20),
    Work("digits", (32,), 32, 20, "float64"),
]


def measured(
    works: Iterable[Work], peers: Iterable[str], **options: int
) -> list[dict[str, Any]]:
    """Compare case by case, with a line for each."""
    chosen = {name: PEERS[name] for name in peers}
    results = []
    for work in works:
        results.append(compare(work, chosen, **options))
        print(line(results[-1]), flush=True)
    return results


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument(
        "--only", choices=("peers", "grid", "memory", "shares")
    )
    options = parser.parse_args(arguments)
    warm_up()
    if options.quick:
        measured(QUICK, PEERS, rounds=3, networks=1)
        return 0

    path = RESULTS / "results.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    results["machine"] = machine()
    results["date"] = time.strftime("%Y-%m-%d")
    results["versions"] = versions(
        "torch", "numpy", "scikit-learn", "skorch", "lightning"
    )
    if options.only in (None, "peers"):
        results["peers"] = measured(AGAINST_PEERS, PEERS, rounds=5, networks=2)
    if options.only in (None, "grid"):
        results["grid"] = measured(GRID, [LOOP], rounds=3, networks=4)
    if options.only in (None, "memory"):
        results["memory"] = [
            {"replicas": work.replicas, "bytes": peak_memory(work)}
            for work in MEMORY
        ]
    if options.only in (None, "shares"):
        results["shares"] = [shares(work) for work in SHARES]
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n")
    write_report(results, RESULTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
