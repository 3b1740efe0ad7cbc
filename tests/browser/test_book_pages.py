"""Every page of the built book: silent, private, and no wider than a phone."""

from collections import Counter
from functools import cache
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT

PAGES = sorted(
    str(path.relative_to(ROOT / "_build" / "html"))
    for path in (ROOT / "_build" / "html").rglob("*.html")
    if not any(
        part.startswith("_") for part in path.relative_to(ROOT).parts[2:]
    )
)


def test_the_book_is_built(book):
    assert PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_silent_and_fits_a_phone(visit, book, name):
    page = visit(f"{book}/{name}", width=390)
    page.wait_for_load_state("networkidle")
    page.wait_for_function(
        "!window.MathJax || window.MathJax.startup?.promise"
    )
    page.evaluate("window.MathJax?.startup?.promise")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


# sphinx-exercise 1.2.1 gives every exercise and solution of a page these two.
OF_SPHINX_EXERCISE = {"exercise-content", "solution-content"}


@cache
def parsed(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path):
    return Counter(tag["id"] for tag in parsed(path).select("[id]"))


@pytest.mark.parametrize("name", PAGES)
def test_every_link_inside_the_book_leads_somewhere(name):
    path = ROOT / "_build" / "html" / name
    broken = []
    for tag in parsed(path).select("a[href]"):
        address, fragment = urldefrag(tag["href"])
        if urlsplit(address).scheme:
            continue
        target = path.parent / unquote(address) if address else path
        if not target.is_file() or (
            fragment
            and target.suffix == ".html"
            and unquote(fragment) not in anchors(target.resolve())
        ):
            broken.append(tag["href"])
    assert broken == []


@pytest.mark.parametrize("name", PAGES)
def test_an_address_on_a_page_is_given_once(name):
    counts = anchors((ROOT / "_build" / "html" / name).resolve())
    twice = {name for name, n in counts.items() if n > 1}
    assert twice <= OF_SPHINX_EXERCISE


def test_the_ledger_shows_the_rows_that_are_asked_for(visit, book):
    page = visit(f"{book}/chapters/evidence.html")
    rows = page.locator(".ledger tbody tr:visible")
    assert rows.count() == 72
    page.get_by_label("verdict").select_option("imprecise")
    page.get_by_label("chapter").select_option("4")
    shown = rows.all()
    assert 0 < len(shown) < 72
    assert {
        (row.get_attribute("data-verdict"), row.get_attribute("data-chapter"))
        for row in shown
    } == {("imprecise", "4")}
    count = page.locator(".ledger-bar output")
    assert count.inner_text() == f"{len(shown)} of 72 statements"
