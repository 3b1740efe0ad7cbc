"""The book's tables of facts: statements, bibliography, addresses."""

import re
from pathlib import Path

import pytest
import yaml
from evidence_ledger import ledger, read_claims
from pybtex.database import parse_file

ROOT = Path(__file__).parents[1]
CHAPTERS = ROOT / "chapters"

STATEMENTS = yaml.safe_load(
    (CHAPTERS / "slides.yml").read_text(encoding="utf8")
)
REQUIRED = {"id", "kind", "slide", "says", "verdict", "note", "chapter"}
OPTIONAL = {"murphy", "no_claim"}
KINDS = {"statement", "addition"}
VERDICTS = {"holds", "holds with conditions", "imprecise", "not checkable"}

BIBLIOGRAPHY = parse_file(CHAPTERS / "references.bib").entries
PAGES = sorted([*CHAPTERS.glob("*.md"), *CHAPTERS.glob("src/*.md")])
CITATION = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
CITATION_FILE = yaml.safe_load(
    (ROOT / "CITATION.cff").read_text(encoding="utf8")
)


def test_the_statements_are_s01_to_s72_in_order():
    assert [s["id"] for s in STATEMENTS] == [f"S{k:02}" for k in range(1, 73)]


def test_the_opening_page_counts_the_quiz_s_questions():
    quiz, opening = (
        (CHAPTERS / "src" / name).read_text("utf8")
        for name in ("week_2_quiz.md", "index.md")
    )
    assert (
        len(re.findall(r"^ *(?:quiz\()?(?:choice|number)\(", quiz, re.M)) == 31
    )
    assert "Thirty-one questions" in opening


def test_the_statements_follow_the_chapters():
    chapters = [s["chapter"] for s in STATEMENTS]
    assert chapters == sorted(chapters)
    assert set(chapters) == set(range(1, 12))


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s["id"])
def test_a_chapter_and_the_ledger_agree_on_the_verdict(statement):
    """The chapter may say more than the ledger, but begins with the same word."""
    (chapter,) = CHAPTERS.glob(f"src/{statement['chapter']:02}_*.md")
    row = rf"^\| {statement['id']} \|.*\| (.+?) \|$"
    (said,) = re.findall(row, chapter.read_text("utf8"), re.MULTILINE)
    assert said.startswith(
        statement["verdict"].removesuffix(" with conditions")
    )


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s["id"])
def test_a_statement_is_complete(statement):
    assert statement.keys() >= REQUIRED
    assert statement.keys() <= REQUIRED | OPTIONAL
    assert statement["kind"] in KINDS
    assert statement["verdict"] in VERDICTS
    texts = [statement[name] for name in statement.keys() - {"chapter"}]
    assert all(isinstance(text, str) and text.strip() for text in texts)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s["id"])
def test_a_statement_says_one_sentence_and_its_note_ends(statement):
    assert re.fullmatch(r"[A-Z0-9][^\n]*\.", statement["says"])
    assert not re.search(r"[.!?] [A-Z]", statement["says"])
    assert statement["note"].endswith(".")


CLAIMED = {shown.claim.id for shown in read_claims(CHAPTERS)}


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s["id"])
def test_a_statement_has_a_claim_or_the_reason_why_not(statement):
    assert (statement["id"] in CLAIMED) != ("no_claim" in statement)


def test_a_claim_stands_in_the_chapter_of_its_statement():
    chapters = {s["id"]: s["chapter"] for s in STATEMENTS}
    astray = [
        shown.address
        for shown in read_claims(CHAPTERS)
        if int(shown.page[:2]) != chapters[shown.claim.id]
    ]
    assert astray == []


def test_no_two_claims_share_an_address():
    addresses = [shown.address for shown in read_claims(CHAPTERS)]
    assert len(set(addresses)) == len(addresses)


def test_the_ledger_has_a_row_for_each_statement_and_a_link_for_each_claim():
    page = ledger(CHAPTERS)
    assert page.count("<tr id=") == len(STATEMENTS)
    assert all(
        f'href="{shown.address}"' in page for shown in read_claims(CHAPTERS)
    )


@pytest.mark.parametrize("key", BIBLIOGRAPHY)
def test_an_entry_can_be_found_by_its_reader(key):
    fields = BIBLIOGRAPHY[key].fields
    assert {"doi", "eprint", "isbn", "url"} & set(fields)
    assert fields["title"]
    assert re.fullmatch(r"\d{4}", fields["year"])


@pytest.mark.parametrize(
    "key", [k for k in BIBLIOGRAPHY if k not in {"mur22", "shk14"}]
)
def test_a_key_is_surname_and_year(key):
    entry = BIBLIOGRAPHY[key]
    surname = entry.persons["author"][0].last_names[-1]
    assert key == f"{surname.lower()}{entry.fields['year']}"


def cited(page: Path) -> set[str]:
    """Return the keys of what a page cites."""
    groups = CITATION.findall(page.read_text(encoding="utf8"))
    return {key.strip() for keys in groups for key in keys.split(",")}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_citation_has_its_entry(page):
    assert cited(page) <= set(BIBLIOGRAPHY)


def test_every_entry_is_cited():
    assert set(BIBLIOGRAPHY) == set().union(*map(cited, PAGES))


def test_the_preface_cites_the_lectures_two_sources():
    assert {"mur22", "shk14"} <= cited(CHAPTERS / "preface.md")


def test_the_version_is_that_of_nnlib():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf8")
    assert f'version = "{CITATION_FILE["version"]}"' in project.splitlines()
