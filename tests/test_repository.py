"""What the repository's own pages say is there, what a checkout holds, other machines."""

import re
import socket
import subprocess
from collections import Counter
from pathlib import Path

import nox
import numpy as np
import pytest
import yaml
from mnist1d.data import get_dataset_args, make_dataset
from packaging.requirements import Requirement
from pytest_socket import SocketConnectBlockedError

from claimbook.sphinxext.ledger import read_evidence
from tests.sabotage.run import SABOTAGES

ROOT = Path(__file__).parents[1]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
README, CONTRIBUTING = read("README.md"), read("CONTRIBUTING.md")
CONFIG, CITATION = (yaml.safe_load(read(x)) for x in ("_config.yml", "CITATION.cff"))
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")["project"]
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.M))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def sessions():
    """The names under which ``nox -s`` knows what noxfile.py defines, and their code."""
    marks = re.findall(r"^@nox\.session(.*)\n(?:@.*\n)*def (\w+)", read("noxfile.py"), re.M)
    named = [(re.search(r'name="(\w+)"', mark), mark, name) for mark, name in marks]
    return {found[1] if found else name: mark for found, mark, name in named}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_a_link_to_a_file_leads_somewhere(page):
    links = re.findall(r"(?:\]\(|(?:src|href)=\")([^)\s\"]+)", read(page))
    paths = [x.partition("#")[0] for x in links if "://" not in x]
    assert [p for p in paths if not (page.parent / p).exists()] == []


def test_what_the_readme_says_is_where_is_there():
    block = README.split("## What is where\n\n```\n")[1].split("```")[0]
    places = " ".join(line[:21].replace(",", "") for line in block.splitlines()).split()
    assert places
    assert [p for p in places if not list(ROOT.glob(p.rstrip("/")))] == []


def test_the_pages_name_commands_that_are_there_and_explain_each_target():
    text = "".join(read(p) for p in PAGES if p.stem != "CHANGELOG")
    assert set(re.findall(r"`make ([a-z-]+)", text)) - TARGETS == set()
    named = set(re.findall(r"make ([a-z-]+)", README + CONTRIBUTING))
    assert TARGETS - named == {"help"}  # every other one is explained
    assert set(re.findall(r"nox -s ([a-z-]+)", text)) - {*sessions()} == set()


def test_the_repositorys_address_is_the_same_everywhere():
    address = CONFIG["repository"]["url"]
    assert CITATION["repository-code"] == address
    owner = address.rpartition("/")[0]
    for page in PAGES:
        for found in re.findall(rf"{owner}[\w./-]*", read(page)):
            assert found.removesuffix(".git").startswith(address)
    assert CONFIG["html"]["baseurl"] in README
    assert f"git clone {address}" in README


def test_the_changelog_begins_with_the_version_and_contributing_fits_on_a_screen():
    versions = re.findall(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.M)
    assert versions[:2] == ["Unreleased", PROJECT["version"]]
    assert CITATION["version"] == PROJECT["version"]
    assert len(CONTRIBUTING.splitlines()) <= 60  # a screen


def test_each_sabotage_finds_what_it_breaks():
    found = {s.old: read(f"nnlib/{s.module}.py").count(s.old) for s in SABOTAGES}
    assert {old: n for old, n in found.items() if n != 1} == {}


def test_the_readme_says_what_was_found():
    """The sentence that must stand there is the one that fails here."""
    evidence = read_evidence(ROOT)
    verdicts = Counter(s["verdict"] for s in evidence.statements)
    kinds = Counter(s["kind"] for s in evidence.statements)
    findings = sum(s.claim.kind == "finding" for s in evidence.claims)
    assert evidence.networks
    assert (
        f"Of **{kinds['statement']} statements** of the lecture and "
        f"{kinds['addition']} that it leaves unsaid, "
        f"{verdicts['holds']} hold as they stand, "
        f"{verdicts['holds with conditions']} under a condition, "
        f"**{verdicts['imprecise']} need a correction**, and "
        f"{verdicts['not checkable']} are not for an experiment to decide; "
        f"**{findings} findings**, each over ten seeds or more, and "
        f"**{evidence.networks:,} networks** stand behind that."
    ) in " ".join(README.split())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_a_workflow_calls_what_exists_and_pins_each_action_by_its_commit(path):
    def words(command):
        found = re.findall(rf"\b{command}((?: [a-z-]+)+)$", read(path), re.M)
        return {word for call in found for word in call.split()}

    assert "make" in read(path)
    assert words("make") <= TARGETS | {"install"}
    assert words("nox -s") <= {*sessions()}
    for action, comment in re.findall(r"uses: (\S+)(.*)", read(path)):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


def jobs(name):
    return yaml.safe_load(read(f".github/workflows/{name}.yml"))["jobs"]


def test_each_weekly_session_runs_every_week():
    matrix = jobs("weekly")["nox"]["strategy"]["matrix"]
    run = {*matrix["session"], *(x["session"] for x in matrix["include"])}
    weekly = {name for name, mark in sessions().items() if '"weekly"' in mark}
    assert len(weekly) > 5
    assert weekly <= run <= {*sessions()}


def test_windows_runs_the_commands_of_the_readme():
    steps = jobs("test")["windows"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    given = {line.partition("  #")[0].strip() for line in README.splitlines()}
    assert commands
    assert [c for c in commands if c not in given] == []


def test_the_book_pins_a_version_that_nnlib_admits():
    lines = (line.partition("#")[0] for line in read("requirements.txt").splitlines())
    pins = [Requirement(line) for line in lines if line.strip()]
    for needed in map(Requirement, PROJECT["dependencies"]):
        [bound] = needed.specifier
        assert bound.operator == ">="  # what `nox -s oldest` tries
        for pin in pins:
            [exact] = pin.specifier
            assert exact.operator == "=="
            assert pin.name != needed.name or exact.version in needed.specifier


def test_a_checkout_holds_the_same_bytes_on_windows(tmp_path):
    written = {
        ".gitattributes": (ROOT / ".gitattributes").read_bytes(),
        "page.md": b"one\ntwo\n",
        "run": b"#!/bin/sh\n",
        "picture.png": b"\x89PNG\r\n",
        "data.npz": b"one\r\ntwo\r\n",
    }
    for name, content in written.items():
        (tmp_path / name).write_bytes(content)
    git = ("git", "-c", "core.autocrlf=true", "-C", str(tmp_path))
    for command in ("init", "add .", "checkout-index -a --prefix=out/"):
        subprocess.run([*git, *command.split()], check=True, capture_output=True)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in written} == written


def test_the_shipped_mnist1d_is_what_its_generator_makes():
    """How it was made: inputs rounded to 5 decimals as float32, labels as uint8."""
    made = make_dataset(get_dataset_args())
    shipped = dict(np.load(ROOT / "nnlib/mnist1d.npz"))
    for name in ("x", "y", "x_test", "y_test"):
        np.testing.assert_allclose(shipped.pop(name), made[name], rtol=0, atol=1e-5)
    assert shipped == {}


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_test_reaches_this_machine_and_no_other():
    with socket.socket() as client:
        client.settimeout(0.1)
        with pytest.raises(SocketConnectBlockedError):
            client.connect(("192.0.2.1", 80))  # an address that documentation may use
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_binder_gets_what_the_package_depends_on():
    conda = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}
    needed = map(Requirement, PROJECT["dependencies"])
    binder = yaml.safe_load(read("binder/environment.yml"))
    assert set(binder["dependencies"]) - {"python=3.11", "pip"} == {
        f"{conda.get(r.name, r.name)}{r.specifier}" for r in needed
    }
    assert (ROOT / "binder" / "postBuild").stat().st_mode & 0o111
