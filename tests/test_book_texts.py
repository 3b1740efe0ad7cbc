"""The book's tables of facts: statements, bibliography, addresses."""

import re
from collections import Counter
from pathlib import Path

import pytest
from pybtex.database import parse_file

from claimbook.book import read_book, read_statements
from claimbook.sphinxext.ledger import read_evidence

ROOT = Path(__file__).parents[1]
BOOK = read_book(ROOT)
EVIDENCE = read_evidence(ROOT)
CHAPTERS = (ROOT / BOOK.statements).parent
STATEMENTS = {s["id"]: s for s in read_statements(ROOT / BOOK.statements)}
REQUIRED = {"id", "kind", "says", "verdict", "note"}
OPTIONAL = {"chapter", "slide", "murphy", "no_claim"}
VERDICTS = {"holds", "holds with conditions", "imprecise", "not checkable"}

BIBLIOGRAPHY = parse_file(CHAPTERS / "references.bib").entries
PAGES = sorted([*CHAPTERS.glob("*.md"), *CHAPTERS.glob("src/*.md")])
SOURCES = {path.stem: path for path in CHAPTERS.glob("src/*.md")}
CITATION = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")
WHOLE = {s["chapter"] for s in STATEMENTS.values() if "chapter" in s} <= {
    int(name[:2]) for name in SOURCES if name[:2].isdigit()
}


@pytest.mark.parametrize("page", ["preface.md", "evidence.md", "src/index.md"])
def test_a_page_counts_what_the_lecture_says_and_leaves_unsaid(page):
    kinds = Counter(s["kind"] for s in STATEMENTS.values())
    said = "{statement} statements of the lecture and {addition} that it leaves unsaid"
    assert said.format(**kinds) in (CHAPTERS / page).read_text("utf8")


def test_ids_are_unique_and_the_statements_follow_the_chapters():
    assert len(STATEMENTS) == len(EVIDENCE.statements)
    chapters = [s["chapter"] for s in STATEMENTS.values() if "chapter" in s]
    assert chapters == sorted(chapters)


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_is_complete(statement):
    assert REQUIRED <= statement.keys() <= REQUIRED | OPTIONAL
    assert statement["kind"] in {"statement", "addition"}
    assert statement["verdict"] in VERDICTS
    texts = [statement[name] for name in statement.keys() - {"chapter"}]
    assert all(isinstance(text, str) and text.strip() for text in texts)
    assert re.fullmatch(r"[A-Z0-9][^\n]*\.", statement["says"])
    assert not re.search(r"[.!?] [A-Z]", statement["says"])
    assert statement["note"].endswith(".")
    assert "|" not in statement["says"] + statement["note"]  # it ends a table's cell


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement_stands_in_its_chapter_and_has_a_claim_or_the_reason_why_not(statement):
    page = EVIDENCE.page(statement)
    assert not page or "```{statements}\n```" in SOURCES[page].read_text("utf-8")
    given = bool(EVIDENCE.of(statement)) + ("no_claim" in statement)
    absent = "chapter" in statement and not page  # then it needs neither
    assert given == 1 or (absent and not given)


def test_each_claim_has_an_address_of_its_own_and_a_statement():
    addresses = [shown.address for shown in EVIDENCE.claims]
    assert len(set(addresses)) == len(addresses) > 0
    assert EVIDENCE.unknown == []


def test_the_opening_page_counts_the_quiz_s_questions():
    quiz, opening = (SOURCES[name].read_text("utf8") for name in ("week_2_quiz", "index"))
    asked = re.findall(r"^ *(?:quiz\()?(?:choice|number)\(", quiz, re.M)
    assert len(asked) == 31
    assert "Thirty-one questions" in opening


@pytest.mark.parametrize("key", BIBLIOGRAPHY)
def test_an_entry_can_be_found_by_its_reader(key):
    """Its key is surname and year."""
    entry, fields = BIBLIOGRAPHY[key], BIBLIOGRAPHY[key].fields
    assert {"doi", "eprint", "isbn", "url"} & set(fields)
    assert fields["title"]
    assert re.fullmatch(r"\d{4}", fields["year"])
    name = f"{entry.persons['author'][0].last_names[-1].lower()}{fields['year']}"
    known = key in {"mur22", "shk14", name}
    assert known or (key[:-1] == name and name in BIBLIOGRAPHY)


def test_every_citation_has_its_entry_and_every_entry_is_cited():
    """The latter in a whole book; one of a few chapters keeps the list of all."""
    found = {p.name: CITATION.findall(p.read_text("utf8")) for p in PAGES}
    cited = {name: {*re.split(" *, *", ",".join(found[name]))} - {""} for name in found}
    assert [(name, k) for name in cited for k in cited[name] - {*BIBLIOGRAPHY}] == []
    uncited = set(BIBLIOGRAPHY).difference(*cited.values())
    assert not (WHOLE and uncited)
    assert {"mur22", "shk14"} <= cited["preface.md"]  # the lecture's sources
