"""Execute every chapter and record how long each takes: ``nox -s status``.

Nothing else is written than ``chapters/status.json``, with the machine and the versions;
the page "Status" shows it.  The times are not in the notebooks, whose bytes stay.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.machine import machine, versions

PACKAGES = (
    "torch",
    "numpy",
    "scipy",
    "scikit-learn",
    "matplotlib",
    "ipywidgets",
    "jupyter-book",
    "nbval",
)


def seconds(notebook: Path) -> float:
    """Execute one notebook and return how long that took, kernel included."""
    start = time.perf_counter()
    execute = ("-m", "jupyter", "execute", str(notebook))
    subprocess.run([sys.executable, *execute], check=True)
    return round(time.perf_counter() - start, 1)


def main() -> None:
    """Execute them one after another; write once all of them ran."""
    taken = {
        p.stem: seconds(p) for p in sorted(Path().glob("chapters/*.ipynb"))
    }
    status = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        "versions": versions(*PACKAGES),
        "jobs": 1,
        "total": round(sum(taken.values()), 1),
        "seconds": taken,
    }
    text = json.dumps(status, indent=1) + "\n"
    Path("chapters/status.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
