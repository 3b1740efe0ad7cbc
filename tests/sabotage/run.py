"""Break nnlib, run a chapter, and list every claim that breaks.

pytest -n 2 tests/sabotage                  every sabotage
pytest tests/sabotage -k "09 and penalty"   those of chapter 9 that say "penalty"
pytest tests/sabotage --record              writes witnesses.yml, too
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "chapters" / "src"
LIST = Path(__file__).with_name("sabotages.yml")
WITNESSES = Path(__file__).with_name("witnesses.yml")
HEAD = "# Sabotage, chapter, claims that break: written by pytest tests/sabotage --record\n"


@dataclass(frozen=True)
class Sabotage:
    """One way to break a module: ``old`` stands in it once, ``new`` takes its place."""

    chapter: str
    module: str
    old: str
    what: str
    new: str

    def __str__(self) -> str:
        """What the ledger calls it."""
        return f"{self.what} ({self.module})"


SABOTAGES = [
    Sabotage(chapter, module, old, what, new)
    for chapter, modules in yaml.safe_load(LIST.read_text(encoding="utf-8")).items()
    for module, places in modules.items()
    for old, ways in places.items()
    for what, new in ways.items()
]


@dataclass(frozen=True)
class Outcome:
    """What a chapter did under a sabotage; claims by their anchors."""

    held: list[str]
    broken: dict[str, str]  # and the line of each
    errors: list[str]  # that cells raised
    seconds: float  # of CPU time

    @property
    def noticed(self) -> bool:
        """Whether a claim broke, or a comparison with PyTorch's own function."""
        return bool(self.broken) or any(e.startswith("AssertionError") for e in self.errors)


def run(sabotage: Sabotage) -> dict[str, Outcome]:
    """Break a copy of nnlib, and run the sabotage's chapter on it: what each page did."""
    with tempfile.TemporaryDirectory() as folder:
        library = shutil.copytree(ROOT / "nnlib", Path(folder, "nnlib"))
        module = library / f"{sabotage.module}.py"
        code = module.read_text(encoding="utf-8")
        if (times := code.count(sabotage.old)) != 1:
            raise ValueError(f"{sabotage}: its text stands {times} times in {module.name}")
        module.write_text(code.replace(sabotage.old, sabotage.new), encoding="utf-8")
        pages = sorted(SOURCES.glob(f"{sabotage.chapter}_*.md"))
        return {page.stem: _outcome(page, folder) for page in pages}


def _outcome(page: Path, folder: str) -> Outcome:
    """Run a page in its own process, on the library that lies in ``folder``."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.sabotage.cells", page],
        cwd=folder,  # first on the path, so that its nnlib is imported
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{page.stem}: {done.stderr}")
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def read_witnesses() -> dict[str, dict[str, list[str]]]:
    """Return, for each sabotage and page, the claims that it breaks."""
    text = WITNESSES.read_text(encoding="utf-8") if WITNESSES.exists() else "{}"
    return yaml.safe_load(text)


def write_witnesses(found: dict[str, dict[str, list[str]]]) -> None:
    """Write the file of witnesses, with what it said of other sabotages."""
    order = {str(s): k for k, s in enumerate(SABOTAGES)}
    known = read_witnesses() | found
    kept = {k: known[k] for k in sorted(set(known) & set(order), key=order.get)}
    text = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=90)
    WITNESSES.write_text(HEAD + text, encoding="utf-8", newline="\n")


def report(sabotage: Sabotage, outcomes: dict[str, Outcome]) -> str:
    """Return what happened on each page, a line for each claim."""
    lines = []
    for page, outcome in outcomes.items():
        broken, claims = len(outcome.broken), len(outcome.held) + len(outcome.broken)
        head = f"{page} {sabotage}: {broken} of {claims} claims break"
        head += f" ({outcome.seconds:.0f} s CPU)"
        lines.append("\n  ".join([head, *outcome.broken.values(), *outcome.errors]))
    return "\n".join(lines)
