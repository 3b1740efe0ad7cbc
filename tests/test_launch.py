"""Where a notebook opens: Colab, Binder, and a folder that is not the repository."""

import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:  # what pytest brings along there
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
CONDA_NAMES = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}


def test_binder_gets_what_nnlib_depends_on():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    needed = map(Requirement, project["project"]["dependencies"])
    binder = yaml.safe_load((ROOT / "binder/environment.yml").read_text())
    assert set(binder["dependencies"]) - {"python=3.11", "pip"} == {
        f"{CONDA_NAMES.get(r.name, r.name)}{r.specifier}" for r in needed
    }


def test_postbuild_is_a_program():
    assert (ROOT / "binder" / "postBuild").stat().st_mode & 0o111


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in ROOT.glob("chapters/src/*.md"))
)
def test_a_notebook_first_looks_for_nnlib(name):
    first = nbformat.read(ROOT / f"chapters/{name}.ipynb", 4).cells[0]
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    assert first.source.endswith(
        f"%pip install -q git+{config['repository']['url']}"
    )
