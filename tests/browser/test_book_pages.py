"""Every page of the built book: silent and private, its links and its addresses."""

from collections import Counter
from functools import cache
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from pages import HTML, PAGES, parsed, settle


def test_the_book_is_built(book):
    assert PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_silent_and_fits_a_phone(visit, book, name):
    page = settle(visit(f"{book}/{name}", width=390))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_from_a_folder(visit, name):
    """No server and no network: every icon is drawn."""
    page = settle(visit((HTML / name).as_uri()))
    assert page.evaluate(
        """() => ({
          icons: document.querySelectorAll("i:is(.fa, .fas, .fa-solid, .fab)").length,
          pictures: [...document.images].filter((i) => !i.naturalWidth).length,
        })"""
    ) == {"icons": 0, "pictures": 0}


# sphinx-exercise 1.2.1 gives every exercise and solution of a page these two.
OF_SPHINX_EXERCISE = {"exercise-content", "solution-content"}


@cache
def anchors(path):
    return Counter(tag["id"] for tag in parsed(path).select("[id]"))


@pytest.mark.parametrize("name", PAGES)
def test_every_link_inside_the_book_leads_somewhere(name):
    path = HTML / name
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
    counts = anchors((HTML / name).resolve())
    twice = {name for name, n in counts.items() if n > 1}
    assert twice <= OF_SPHINX_EXERCISE


def test_the_ledger_shows_the_rows_that_are_asked_for(visit, book):
    page = visit(f"{book}/chapters/evidence.html")
    rows = page.locator(".ledger tbody tr:visible")
    total = len(parsed(HTML / "chapters/evidence.html").select(".ledger tbody tr"))
    assert rows.count() == total > 70
    page.get_by_label("verdict").select_option("imprecise")
    page.get_by_label("chapter").select_option("4")
    shown = rows.all()
    assert 0 < len(shown) < total
    assert {
        (row.get_attribute("data-verdict"), row.get_attribute("data-chapter"))
        for row in shown
    } == {("imprecise", "4")}
    count = page.locator(".ledger-bar output")
    assert count.inner_text() == f"{len(shown)} of {total} statements"
