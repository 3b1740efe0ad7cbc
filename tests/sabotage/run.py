"""Break nnlib, run a chapter, and list every claim that breaks.

python -m tests.sabotage.run                every sabotage; writes witnesses.yml
python -m tests.sabotage.run 09 penalty     those of chapter 9 that say "penalty"
python -m tests.sabotage.run 09 --dry       the same, and nothing is written
"""

from __future__ import annotations

import argparse
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
HEAD = "# Sabotage, chapter, claims that break: written by python -m tests.sabotage.run\n"


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


def source(sabotage: Sabotage) -> Path:
    """Return the source of the chapter that shall notice."""
    (path,) = SOURCES.glob(f"{sabotage.chapter}_*.md")
    return path


def run(sabotage: Sabotage) -> Outcome:
    """Break a copy of nnlib, and run the sabotage's chapter on it, in its own process."""
    with tempfile.TemporaryDirectory() as folder:
        library = shutil.copytree(ROOT / "nnlib", Path(folder, "nnlib"))
        module = library / f"{sabotage.module}.py"
        code = module.read_text(encoding="utf-8")
        if (times := code.count(sabotage.old)) != 1:
            raise ValueError(f"{sabotage}: its text stands {times} times in {module.name}")
        module.write_text(code.replace(sabotage.old, sabotage.new), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "tests.sabotage.cells", source(sabotage)],
            cwd=folder,  # first on the path, so that its nnlib is imported
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise RuntimeError(f"{sabotage}: {done.stderr}")
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def read_witnesses() -> dict[str, dict[str, list[str]]]:
    """Return, for each sabotage and page, the claims that it breaks."""
    if not WITNESSES.exists():
        return {}
    return yaml.safe_load(WITNESSES.read_text(encoding="utf-8")) or {}


def write_witnesses(found: dict[str, dict[str, list[str]]]) -> None:
    """Write the file of witnesses, with what it said of other sabotages."""
    order = {str(s): k for k, s in enumerate(SABOTAGES)}
    known = read_witnesses() | found
    kept = {k: known[k] for k in sorted(set(known) & set(order), key=order.get)}
    text = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=90)
    WITNESSES.write_text(HEAD + text, encoding="utf-8", newline="\n")


def report(sabotage: Sabotage, outcome: Outcome) -> str:
    """Return what happened, a line for each claim."""
    broken, claims = len(outcome.broken), len(outcome.held) + len(outcome.broken)
    head = f"{sabotage.chapter} {sabotage}: {broken} of {claims} claims break"
    head += f" ({outcome.seconds:.0f} s CPU)"
    return "\n  ".join([head, *outcome.broken.values(), *outcome.errors])


def main() -> int:
    """Run the command line and return the exit code: 1 if one was not noticed."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("words", nargs="*", help="a chapter, or words")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    options = parser.parse_args()
    words = [word.lower() for word in options.words]
    said = {s: f"{s.chapter} {s}".lower() for s in SABOTAGES}
    chosen = [s for s in said if all(word in said[s] for word in words)]
    if not chosen:
        parser.error(f"no sabotage has to do with {options.words}")
    unnoticed = 0
    for sabotage in chosen:
        outcome = run(sabotage)
        print(report(sabotage, outcome), flush=True)
        unnoticed += not outcome.noticed
        if not options.dry:
            page = source(sabotage).stem
            write_witnesses({str(sabotage): {page: list(outcome.broken)}})
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
