"""Run the notebooks again as other machines would, and compare every stored output.

    python tools/other_machines.py                     every condition (an hour)
    python tools/other_machines.py --only no-network   this one
    python tools/other_machines.py 02 08               every condition, these notebooks

Where a condition can change how numbers are rounded, all notebooks run; elsewhere three
of them and the unit tests do. Before anything runs, a condition proves that it is in
force. Linux only: namespaces take the network and the right to write away.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tabulate import tabulate

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "_build" / "other-machines"
FEW = ("02", "08", "12")

QUIET = ("-p", "no:cacheprovider", "-q", "-n", "2")
NBVAL = (*QUIET, "@tests/nbval.args")
UNIT = (*QUIET, "--ignore=tests/browser", "--ignore=tests/sabotage")
PASSED = re.compile(r"(\d+) passed")

# Each runs the command that follows it, in a namespace of its own.
NO_NETWORK = (
    *("unshare", "--map-root-user", "--net", "sh", "-c"),
    'ip link set lo up && exec "$@"',
    "sh",
)
READ_ONLY = (
    *("unshare", "--map-root-user", "--mount", "sh", "-c"),
    'mount -o bind,ro . . && cd "$PWD" && exec "$@"',
    "sh",
)
TURKISH = (
    "tr_TR.ISO-8859-9"  # i and I are no pair, and the encoding is not UTF-8
)


@dataclass(frozen=True)
class Condition:
    """One way in which another machine differs.

    Attributes:
        what: In words, for the table.
        proof: A Python expression that is true where the condition is in force.
        environment: Variables that bring it about.
        prefix: A command that brings it about for the command behind it.
        folder: The name of the folder into which the checkout is copied first.
        rounding: Whether it can change how numbers are rounded.
    """

    what: str
    proof: str
    environment: Mapping[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    folder: str | None = None
    rounding: bool = False


def threads(count: int) -> Condition:
    """Return the condition of a machine that would use ``count`` threads."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    though_fewer_cores = {"MKL_DYNAMIC": "FALSE", "OMP_DYNAMIC": "FALSE"}
    return Condition(
        f"{count} thread{'s' * (count > 1)}",
        f"__import__('torch').get_num_threads() == {count}",
        dict.fromkeys(names, str(count)) | though_fewer_cores,
        rounding=True,
    )


CONDITIONS = {
    "instructions": Condition(
        "no vector instructions",
        "__import__('torch').backends.cpu.get_cpu_capability() == 'DEFAULT'",
        {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"},
        rounding=True,
    ),
    "1-thread": threads(1),
    "2-threads": threads(2),
    "4-threads": threads(4),
    "hash-seed": Condition(
        "another hash seed",
        "__import__('os').environ['PYTHONHASHSEED'] == '4711'",
        {"PYTHONHASHSEED": "4711"},
    ),
    "locale-turkish": Condition(
        "Turkish, not UTF-8",
        "__import__('locale').setlocale(6, '') == 'tr_TR.ISO-8859-9'"
        " and 'UTF' not in __import__('locale').getpreferredencoding()",
        {"LC_ALL": TURKISH, "PYTHONUTF8": "0"},
    ),
    "locale-c": Condition(
        "the locale C",
        "__import__('locale').setlocale(6, '') == 'C'",
        {"LC_ALL": "C"},
    ),
    "time-zone": Condition(
        "14 hours ahead of UTC",
        "__import__('time').timezone == -14 * 3600",
        {"TZ": "<+14>-14"},
    ),
    "path": Condition(
        "spaces and ü in the path",
        "'für alle' in __import__('os').getcwd()",
        folder="Übungen für alle",
    ),
    "read-only": Condition(
        "a read-only checkout",
        "not __import__('os').access('.', __import__('os').W_OK)",
        prefix=READ_ONLY,
    ),
    "no-network": Condition(
        "no network but localhost",
        "[n for _, n in __import__('socket').if_nameindex()] == ['lo']",
        prefix=NO_NETWORK,
    ),
}


@dataclass(frozen=True)
class Outcome:
    """What came of one condition: counts of what passed, and whether all did."""

    notebooks: str
    outputs: str
    tests: str
    minutes: str
    result: str


def run(condition: Condition, key: str, names: Sequence[str]) -> Outcome:
    """Run the notebooks (and the unit tests) under one condition."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        root = checkout(condition, Path(temporary))
        environment = {
            **os.environ,
            "PYTHONPATH": str(root),
            "PYTHONDONTWRITEBYTECODE": "1",
            **condition.environment,
        }
        if environment.get("LC_ALL") == TURKISH:
            environment["LOCPATH"] = turkish_locale(Path(temporary))

        def python(*arguments: str) -> str:
            command = [*condition.prefix, sys.executable, *arguments]
            done = subprocess.run(
                command,
                cwd=root,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
            LOGS.mkdir(parents=True, exist_ok=True)
            with (LOGS / f"{key}.log").open("a", encoding="utf-8") as log:
                log.write(done.stdout)
            if done.returncode:
                raise RuntimeError(done.stdout[-3000:])
            return done.stdout

        chosen = names or (() if condition.rounding else FEW)
        notebooks = [
            path.relative_to(root).as_posix()
            for path in sorted(root.glob("chapters/*.ipynb"))
            if not chosen or path.name.startswith(tuple(chosen))
        ]
        outputs = tests = "–"
        result = "✔"
        try:
            python("-c", f"assert {condition.proof}, 'not in force'")
            outputs = passed(python("-m", "pytest", *NBVAL, *notebooks))
            if not condition.rounding and not names:
                tests = passed(python("-m", "pytest", *UNIT))
        except RuntimeError as error:
            print(error, flush=True)
            result = "FAILED"
        minutes = f"{(time.perf_counter() - start) / 60:.1f}"
    return Outcome(str(len(notebooks)), outputs, tests, minutes, result)


def passed(output: str) -> str:
    """Return how many tests passed; pytest itself fails if there was none."""
    return PASSED.findall(output)[-1]


def checkout(condition: Condition, temporary: Path) -> Path:
    """Return the folder to run in: this repository, or a copy where it shall be."""
    if condition.folder is None:
        return ROOT
    leave = shutil.ignore_patterns(".git", ".venv", "_build", "__pycache__")
    return shutil.copytree(ROOT, temporary / condition.folder, ignore=leave)


def turkish_locale(folder: Path) -> str:
    """Make the Turkish locale, which few machines have, and return where it is."""
    language, encoding = TURKISH.split(".")
    subprocess.run(
        ["localedef", "-i", language, "-f", encoding, str(folder / TURKISH)],
        check=True,
    )
    return str(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, print a table, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", help="beginnings of notebooks")
    parser.add_argument(
        "--only", action="append", choices=CONDITIONS, help="a condition"
    )
    options = parser.parse_args(arguments)
    shutil.rmtree(LOGS, ignore_errors=True)
    rows = []
    for key in options.only or CONDITIONS:
        condition = CONDITIONS[key]
        print(f"{condition.what} ({key}) …", flush=True)
        outcome = run(condition, key, options.names)
        print(f"  {outcome.result} in {outcome.minutes} min", flush=True)
        rows.append([condition.what, *vars(outcome).values()])
    headers = ["machine", "notebooks", "outputs", "tests", "min", "result"]
    print("\n" + tabulate(rows, headers, stralign="right"))
    return 1 if any(row[-1] != "✔" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
