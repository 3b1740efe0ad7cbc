"""What the repository's own pages say is there: files, links, commands, workflows."""

import re
from pathlib import Path

import pytest
import yaml
from dead_links import dead_links
from packaging.requirements import Requirement
from try_versions import dependencies, wanted

ROOT = Path(__file__).parents[1]
PAGES = sorted(ROOT.glob("*.md"))
README, CONTRIBUTING = (
    (ROOT / f"{name}.md").read_text(encoding="utf-8")
    for name in ("README", "CONTRIBUTING")
)
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

LINK = re.compile(r"\]\(([^)\s]+)\)")
USES = re.compile(r"uses: (\S+)(.*)")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# pages


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_a_link_to_a_file_leads_somewhere(page):
    links = [x for x in LINK.findall(read(page)) if "://" not in x]
    assert [
        x for x in links if not (ROOT / x.partition("#")[0]).exists()
    ] == []


def test_what_the_readme_says_is_where_is_there():
    block = README.split("## What is where\n\n```\n")[1].split("```")[0]
    column = [line[:21].replace(",", "") for line in block.splitlines()]
    places = " ".join(column).split()
    assert places
    assert [p for p in places if not list(ROOT.glob(p.rstrip("/")))] == []


@pytest.mark.parametrize(
    "page", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"]
)
def test_a_command_that_a_page_names_is_one(page):
    named = set(re.findall(r"`make ([a-z-]+)", page))
    assert named
    assert named <= TARGETS


def test_every_command_is_explained():
    named = set(re.findall(r"make ([a-z-]+)", README + CONTRIBUTING))
    assert TARGETS - named == {"help"}


# workflows


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_an_action_is_pinned_by_its_commit_and_says_its_version(path):
    for action, comment in USES.findall(read(path)):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_a_workflow_calls_targets_that_exist(path):
    calls = re.findall(r"\bmake ((?:[a-z-]+ ?)+)", read(path))
    words = {word for call in calls for word in call.split()}
    called = {word for word in words if not word.startswith("-")}
    assert path.stem == "weekly" or called
    assert called <= TARGETS


def jobs(name: str) -> dict:
    path = ROOT / ".github" / "workflows" / f"{name}.yml"
    return yaml.safe_load(read(path))["jobs"]


def test_the_weekly_targets_exist():
    matrix = jobs("weekly")["make"]["strategy"]["matrix"]["include"]
    assert {entry["target"] for entry in matrix} <= TARGETS


def test_windows_runs_the_commands_of_the_readme():
    steps = jobs("test")["windows"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    given = {line.partition("  #")[0].strip() for line in README.splitlines()}
    assert commands
    assert [c for c in commands if c not in given] == []


# versions


def test_nnlib_names_a_lower_bound_for_each_dependency():
    needed = dependencies(read(ROOT / "pyproject.toml"))
    oldest = [Requirement(line) for line in wanted("oldest")[: len(needed)]]
    for requirement, pin in zip(needed, oldest, strict=True):
        [exact] = pin.specifier
        assert exact.operator == "=="
        assert exact.version in requirement.specifier


def test_the_book_pins_a_version_that_nnlib_admits():
    pins = {}
    for line in read(ROOT / "requirements.txt").splitlines():
        if text := line.partition("#")[0].strip():
            pin = Requirement(text)
            pins.setdefault(pin.name, []).append(pin)
    for requirement in dependencies(read(ROOT / "pyproject.toml")):
        for pin in pins.get(requirement.name, []):
            [exact] = pin.specifier
            assert exact.version in requirement.specifier


# links to the world


@pytest.mark.parametrize(
    ("info", "dead"),
    [
        ("404 Client Error: Not Found for url: https://example.org/x", True),
        ("410 Client Error: Gone for url: https://example.org/x", True),
        ("Anchor 'here' not found", True),
        ("[Errno -2] Name or service not known", True),
        ("403 Client Error: Forbidden for url: https://example.org/x", False),
        ("429 Client Error: Too Many Requests for url: x", False),
    ],
)
def test_a_refusal_is_not_a_death(info, dead):
    line = (
        '{"filename": "a.md", "lineno": 3, "status": "broken", "code": 0, '
        f'"uri": "https://example.org/x", "info": "{info}"}}'
    )
    assert bool(list(dead_links([line]))) == dead


def test_a_working_link_is_not_dead():
    line = '{"status": "working", "info": "404 Client Error"}'
    assert list(dead_links([line])) == []
