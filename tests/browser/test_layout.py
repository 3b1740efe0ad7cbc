"""What a laptop shows: code without scrolling sideways, figures no wider than the text."""

import pytest
from pages import ASKS, CHAPTERS, PAGES, moving, settle

LAPTOP = 1280


@pytest.mark.parametrize("name", [p for p in PAGES if "chapters/" in p])
def test_code_and_figures_fit_a_laptop(visit, book, name):
    page = visit(f"{book}/{name}", width=LAPTOP)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    wide = page.evaluate(
        """[...document.querySelectorAll("article pre, article .highlight, article img")]
           .filter(e => e.scrollWidth > e.clientWidth
                        || e.getBoundingClientRect().right
                           > e.closest("article").getBoundingClientRect().right + 1)
           .map(e => `${e.tagName} ${e.scrollWidth} > ${e.clientWidth}: `
                     + (e.innerText || e.alt).slice(0, 80))"""
    )
    assert wide == []


SLIDING = [
    f"chapters/{name}.html"
    for name in CHAPTERS
    if {kind for kind, _ in moving(name)}
    - ASKS
    - {"nnl-diagnosis", "nnl-drawn-digits"}  # buttons
    - {"nnl-residual-blocks", "nnl-stop-training"}
]


@pytest.mark.parametrize("name", SLIDING)
def test_a_phone_shows_each_slider_s_value_in_full(visit, book, name):
    page = visit(f"{book}/{name}", width=390)
    sliders = page.locator("article .nnl-bar input[type=range]")
    assert sliders.count() > 0
    for slider in sliders.all():
        for key in ("End", "Home", "ArrowRight"):
            slider.press(key)
            cut = slider.evaluate(
                """input => {
                  const label = input.parentElement.getBoundingClientRect();
                  const value = input.parentElement.querySelector("output");
                  const { right } = value.getBoundingClientRect();
                  return right > label.right + 1 || label.right > innerWidth
                    || value.scrollWidth > value.clientWidth + 1;
                }"""
            )
            assert not cut, slider.get_attribute("aria-valuetext")


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


@pytest.mark.parametrize("name", [f"chapters/{c}.html" for c in CHAPTERS])
def test_no_line_begins_with_the_full_stop_of_a_formula(visit, book, name):
    page = settle(visit(f"{book}/{name}", width=390))
    torn = page.evaluate(
        """[...document.querySelectorAll("article .glued")]
           .filter((e) => e.checkVisibility() && e.getClientRects().length > 1)
           .map((e) => e.parentElement.innerText.slice(0, 80))"""
    )
    assert torn == []
    assert page.locator("article .glued").count() > 0
