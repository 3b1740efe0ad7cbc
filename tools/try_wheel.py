"""Build nnlib as a wheel, install it where nothing else is, run its doctests from there.

The wheel is left in ``dist/``. What nnlib depends on is borrowed from this environment,
so that nothing heavy is installed; nnlib itself is not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
PYTHON = "Scripts/python.exe" if os.name == "nt" else "bin/python"


def build() -> Path:
    """Return the wheel, built from nothing but the sources."""
    shutil.rmtree(DIST, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary, "source")
        leave = shutil.ignore_patterns(".*", "_build", "build", "*.egg-info")
        shutil.copytree(ROOT, source, ignore=leave)
        pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps")
        run(*pip, "--wheel-dir", DIST, source)
    [wheel] = DIST.glob("*.whl")
    return wheel


def missing_files(wheel: Path) -> set[str]:
    """Return the files of the package that the wheel lacks."""
    package = ROOT / "nnlib"
    here = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    return here - set(zipfile.ZipFile(wheel).namelist())


def try_out(wheel: Path) -> None:
    """Install the wheel into an empty environment and run its doctests there."""
    with tempfile.TemporaryDirectory() as temporary:
        venv.create(temporary, with_pip=True)
        python = Path(temporary, PYTHON)
        pip = (python, "-m", "pip", "--disable-pip-version-check")
        run(*pip, "install", "--quiet", "--no-deps", wheel)
        code = "import sysconfig; print(sysconfig.get_path('purelib'))"
        site = Path(run(python, "-c", code).strip())
        # A plain path: the .pth files there, one of which leads to ./nnlib, stay unread.
        borrowed = sysconfig.get_path("purelib")
        (site / "borrowed.pth").write_text(f"{borrowed}\n", encoding="utf-8")

        where = run(python, "-I", "-c", "import nnlib; print(nnlib.__file__)")
        if Path(where.strip()).parent != site / "nnlib":
            raise SystemExit(f"nnlib is imported from {where.strip()}")
        settings = ("-c", ROOT / "pyproject.toml", "--rootdir", site)
        quiet = ("-q", "-p", "no:cacheprovider")
        tests = (*settings, *quiet, "--pyargs", "nnlib")
        print(run(python, "-I", "-m", "pytest", *tests))


def run(*command: str | Path) -> str:
    """Run a command in a folder without nnlib and return what it prints."""
    done = subprocess.run(
        command,
        cwd=tempfile.gettempdir(),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


if __name__ == "__main__":
    the_wheel = build()
    if missing := missing_files(the_wheel):
        raise SystemExit(
            f"{the_wheel.name} lacks {', '.join(sorted(missing))}"
        )
    try_out(the_wheel)
    print(f"The wheel is dist/{the_wheel.name}.")
