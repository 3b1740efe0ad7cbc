"""Every page of the built book: silent, private, and no wider than a phone."""

import pytest
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
