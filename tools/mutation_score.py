"""Change nnlib in thousands of small ways: do the unit tests notice?

    make mutation

mutmut makes one change at a time (``<`` for ``<=``, a 2 for a 1, a deleted argument) in
floors 0 to 2 and runs the tests that touch the changed function.  Changes that survive are
compared with ``tests/survivors.txt``, which says why each of those known makes no
difference that a test should see.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KNOWN = ROOT / "tests" / "survivors.txt"
AT_LEAST = 0.95
NOTICED = {"killed", "timeout", "segfault", "caught by type check"}


def states(text: str) -> dict[str, str]:
    """From what ``mutmut results --all true`` prints to the state of each mutant."""
    pairs = (line.strip().rpartition(": ") for line in text.splitlines())
    return {name: state for name, colon, state in pairs if colon}


def known_survivors(text: str) -> dict[str, str]:
    """From the file to a reason for each mutant; a reason stands above its mutants."""
    reasons, reason = {}, ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            reason = line.removeprefix("#").strip()
        else:
            reasons[line] = reason
    return reasons


def verdict(
    mutants: dict[str, str], known: dict[str, str]
) -> tuple[str, bool]:
    """Return what to print, and whether the score is high enough."""
    survivors = [
        name for name, state in mutants.items() if state not in NOTICED
    ]
    new = [name for name in survivors if name not in known]
    noticed = len(mutants) - len(survivors)
    score = noticed / len(mutants) if mutants else 0.0
    lines = [f"survived, no reason known: {name}" for name in new]
    lines += [
        f"does not survive (any more), needs no reason: {name}"
        for name in known
        if name not in survivors
    ]
    lines.append(
        f"{noticed} of {len(mutants)} changes were noticed ({score:.1%}); "
        f"{len(survivors) - len(new)} survivors have a reason, {len(new)} have none"
    )
    return "\n".join(lines), score >= AT_LEAST


if __name__ == "__main__":
    mutmut = [sys.executable, "-m", "mutmut"]
    subprocess.run([*mutmut, "run"], cwd=ROOT, check=True)
    results = subprocess.run(
        [*mutmut, "results", "--all", "true"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    said, enough = verdict(
        states(results.stdout), known_survivors(KNOWN.read_text("utf-8"))
    )
    print(said)
    sys.exit(0 if enough else f"fewer than {AT_LEAST:.0%} were noticed")
