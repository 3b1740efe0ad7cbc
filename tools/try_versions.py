"""Try nnlib with the oldest, or the newest, versions that pyproject.toml admits.

    python tools/try_versions.py oldest    each dependency at its lower bound
    python tools/try_versions.py newest    each as new as there is

An environment of its own is made in ``_build/``; there the unit tests and the first
three chapters run. The tools of the book stay as requirements.txt pins them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pyright: ignore[reportMissingImports]

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "Scripts/python.exe" if os.name == "nt" else "bin/python"
CHAPTERS = ("01", "02", "03")


def dependencies(pyproject: str) -> list[Requirement]:
    """Return what nnlib needs, with the ranges that it declares."""
    project = tomllib.loads(pyproject)["project"]
    return [Requirement(line) for line in project["dependencies"]]


def at_lower_bound(requirement: Requirement) -> str:
    """Return the requirement as a pin of the oldest version that it admits."""
    [bound] = [s for s in requirement.specifier if s.operator == ">="]
    return f"{requirement.name}=={bound.version}"


def tools(requirements: str, needed: Sequence[Requirement]) -> Iterator[str]:
    """Yield the lines of requirements.txt that are no dependency of nnlib."""
    names = {canonicalize_name(requirement.name) for requirement in needed}
    for line in requirements.splitlines():
        text = line.partition("#")[0].strip()
        if text and canonicalize_name(Requirement(text).name) not in names:
            yield text


def wanted(which: str) -> list[str]:
    """Return what pip shall install."""
    read = {
        name: (ROOT / name).read_text(encoding="utf-8")
        for name in ("pyproject.toml", "requirements.txt")
    }
    needed = dependencies(read["pyproject.toml"])
    pins = map(at_lower_bound if which == "oldest" else str, needed)
    return [*pins, *tools(read["requirements.txt"], needed)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the environment, run the tests in it, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("which", choices=["oldest", "newest"])
    which = parser.parse_args(arguments).which
    folder = ROOT / "_build" / which
    venv.create(folder, with_pip=True, clear=True)
    python = folder / PYTHON
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--quiet")
    subprocess.run([*pip, "install", *wanted(which)], check=True)
    subprocess.run([python, "-m", "pip", "freeze"], check=True)
    quiet = ("-p", "no:cacheprovider", "-q")
    unit = (*quiet, "--ignore=tests/browser", "--ignore=tests/sabotage")
    if which == "oldest":  # they use what their own dependencies deprecate
        unit += ("-W", "ignore::DeprecationWarning")
    notebooks = [
        next(ROOT.glob(f"chapters/{chapter}*.ipynb")) for chapter in CHAPTERS
    ]
    runs = (unit, (*quiet, "@tests/nbval.args", *notebooks))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    codes = [
        subprocess.run(
            [python, "-m", "pytest", *run], cwd=ROOT, env=environment
        ).returncode
        for run in runs
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
