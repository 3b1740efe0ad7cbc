"""What a laptop shows: code without scrolling sideways, figures no wider than the text."""

import pytest
from pages import PAGES

LAPTOP = 1280


@pytest.mark.parametrize("name", [p for p in PAGES if "chapters/" in p])
def test_code_and_figures_fit_a_laptop(visit, book, name):
    page = visit(f"{book}/{name}", width=LAPTOP)
    page.wait_for_load_state("networkidle")
    page.evaluate(
        "document.querySelectorAll('details').forEach(d => d.open = true)"
    )
    wide = page.evaluate(
        """[...document.querySelectorAll("article pre, article .highlight, article img")]
           .filter(e => e.scrollWidth > e.clientWidth
                        || e.getBoundingClientRect().right
                           > e.closest("article").getBoundingClientRect().right + 1)
           .map(e => `${e.tagName} ${e.scrollWidth} > ${e.clientWidth}: `
                     + (e.innerText || e.alt).slice(0, 80))"""
    )
    assert wide == []


def test_a_line_of_79_columns_fits(visit, book):
    """The limit that ruff keeps is the one that the page can show."""
    page = visit(f"{book}/chapters/03_gradient_clipping.html", width=LAPTOP)
    fits = page.evaluate(
        """columns => {
             const pre = document.querySelector(".cell_input pre");
             pre.textContent = "x".repeat(columns);
             return pre.scrollWidth <= pre.clientWidth;
           }""",
        79,
    )
    assert fits
