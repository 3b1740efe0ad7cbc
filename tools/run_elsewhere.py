"""Run every notebook where there is nothing but the notebooks and an empty Python.

    python tools/run_elsewhere.py             all notebooks
    python tools/run_elsewhere.py 01 week     those whose names begin so

A new environment gets PyTorch and what runs a notebook, but not the library: the first
cell of the first notebook has to install that, as it does in Colab.  Only the address it
installs from is exchanged, for a wheel built from this repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
OF_THE_WHEEL = ("nnlib", "pyproject.toml", "README.md", "LICENSE")
RUNNERS = ("torch", "nbclient", "ipykernel")


def build_wheel(folder: Path) -> Path:
    """Build the library from a copy, so that nothing is left in the repository."""
    source = folder / "source"
    source.mkdir()
    for name in OF_THE_WHEEL:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps"]
    subprocess.run([*command, "-w", folder, source], check=True)
    return next(folder.glob("*.whl"))


def copy_notebooks(folder: Path, wheel: Path, names: Sequence[str]) -> None:
    """Copy the chosen notebooks; their first cells install ``wheel``.

    Raises:
        ValueError: If a notebook does not install from the repository.
    """
    folder.mkdir()
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    address = f"git+{settings['repository']['url']}"
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        if names and not path.stem.startswith(tuple(names)):
            continue
        text = path.read_text("utf-8")
        if f"%pip install -q {address}" not in text:
            raise ValueError(f"{path.name} does not install {address}")
        text = text.replace(address, str(wheel))
        (folder / path.name).write_text(text, "utf-8")


def main(names: Sequence[str]) -> int:
    """Run the notebooks one after another and return the exit code."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        notebooks, environment = folder / "notebooks", folder / "environment"
        copy_notebooks(notebooks, build_wheel(folder), names)
        venv.create(environment, with_pip=True)
        programs = environment / ("Scripts" if os.name == "nt" else "bin")
        variables = os.environ | {
            "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        variables.pop("PYTHONPATH", None)
        install = [programs / "python", "-m", "pip", "install", "-q"]
        subprocess.run([*install, *RUNNERS], env=variables, check=True)
        failed = []
        for path in sorted(notebooks.glob("*.ipynb")):
            start = time.perf_counter()
            done = subprocess.run(
                [programs / "jupyter-execute", path],
                cwd=notebooks,
                env=variables,
            )
            seconds = time.perf_counter() - start
            outcome = "FAILED" if done.returncode else "ran"
            print(f"{path.stem}: {outcome} in {seconds:.0f} s", flush=True)
            failed += [path.stem] * bool(done.returncode)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
