"""Other machines: no test asks one, and a notebook opens on one."""

import socket
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from pytest_socket import SocketConnectBlockedError

from claimbook.book import read_book

if sys.version_info >= (3, 11):
    import tomllib
else:  # what pytest brings along there
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
NOBODYS = ("192.0.2.1", 80)  # an address that documentation may use
CONDA_NAMES = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_test_reaches_this_machine_and_no_other():
    with socket.socket() as client:
        client.settimeout(0.1)
        with pytest.raises(SocketConnectBlockedError):
            client.connect(NOBODYS)
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_binder_gets_what_the_package_depends_on():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    needed = map(Requirement, project["project"]["dependencies"])
    binder = yaml.safe_load((ROOT / "binder/environment.yml").read_text())
    assert set(binder["dependencies"]) - {"python=3.11", "pip"} == {
        f"{CONDA_NAMES.get(r.name, r.name)}{r.specifier}" for r in needed
    }
    assert (ROOT / "binder" / "postBuild").stat().st_mode & 0o111


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in ROOT.glob("chapters/src/*.md"))
)
def test_a_notebook_first_installs_what_it_needs(name):
    first = nbformat.read(ROOT / f"chapters/{name}.ipynb", 4).cells[0]
    address = read_book(ROOT).repository
    assert first.source.rstrip().endswith(f"%pip install -q git+{address}")
