"""Execute every chapter, write nothing but how long each took: ``make status``.

The times go into ``chapters/status.json`` with the machine and the versions, and from there
onto the page "Status".  They are not in the notebooks, whose bytes must not change.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from build_chapters import execute, read_all, say
from chapter_files import Chapter, Library

from benchmarks.machine import machine, versions

ROOT = Path(__file__).resolve().parents[1]
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


async def seconds(chapter: Chapter, places: asyncio.Semaphore) -> float:
    """Execute one chapter and return how long that took, kernel start included."""
    async with places:
        start = time.perf_counter()
        await execute(chapter)
        taken = time.perf_counter() - start
        say(f"{chapter.name}: {taken:.1f} s")
        return taken


async def record(jobs: int) -> dict[str, object]:
    """Execute all chapters, ``jobs`` at a time."""
    chapters = read_all(ROOT, Library(ROOT), [])
    places = asyncio.Semaphore(jobs)
    start = time.perf_counter()
    times = await asyncio.gather(*(seconds(c, places) for c in chapters))
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        "versions": versions(*PACKAGES),
        "jobs": jobs,
        "total": round(time.perf_counter() - start, 1),
        "seconds": {
            chapter.name: round(taken, 1)
            for chapter, taken in zip(chapters, times, strict=True)
        },
    }


if __name__ == "__main__":
    try:
        status = asyncio.run(record(jobs=os.cpu_count() or 1))
    except KeyboardInterrupt:
        sys.exit("stopped; the recorded times are untouched")
    path = ROOT / "chapters" / "status.json"
    path.write_text(json.dumps(status, indent=1) + "\n", encoding="utf-8")
    say(f"All chapters ran in {status['total']} s: {path.relative_to(ROOT)}")
