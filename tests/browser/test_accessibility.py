"""Every page against the rules of axe-core: light, dark, as wide as a phone, unfolded."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages import PAGES, settle
from playwright.sync_api import Page

RULES = [
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
    "best-practice",
]
# The corner of a table with headers on two sides may be empty.
EMPTY_CORNER = {"empty-table-header": {"enabled": False}}
CONTRAST = "color-contrast"  # by far the slowest rule
READ = [page for page in PAGES if not page.startswith("_modules/nnlib")]


def violations(page: Page, run_only: list[str], rules: dict) -> list[str]:
    options = {
        "runOnly": run_only,
        "rules": rules,
        "resultTypes": ["violations"],
        "preload": False,  # axe would ask for style sheets at the wrong address
    }
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:150]}"
        for rule in found
        for node in rule["nodes"]
    ]


def unfold(page: Page) -> None:
    """Open every fold, answer every question, and show the reasons."""
    page.evaluate(
        """() => {
          for (const fold of document.querySelectorAll("details")) fold.open = true;
          for (const fold of document.querySelectorAll("button.toggle-button.toggle-button-hidden"))
            fold.click();
          for (const field of document.querySelectorAll(".nnl-quiz fieldset")) {
            const radio = field.querySelector("[type=radio]");
            if (radio) radio.checked = true;
            else field.querySelector("input").value = "1";
            field.form.requestSubmit();
          }
        }"""
    )


@pytest.mark.parametrize("name", READ)
def test_a_page_is_accessible(visit, book, name):
    """As it opens, on a laptop; then unfolded and answered, on a phone.

    The dark theme changes colours alone, so only their contrast is measured again.
    """
    page = settle(visit(f"{book}/{name}", color_scheme="light"))
    assert violations(page, RULES, EMPTY_CORNER) == []
    unfold(page)
    page.emulate_media(color_scheme="dark")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert violations(page, [CONTRAST], {}) == []
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 900})
    assert violations(page, RULES, EMPTY_CORNER) == []


def test_the_search_is_accessible(visit, book):
    page = settle(visit(f"{book}/chapters/preface.html"))
    page.keyboard.press("Control+k")
    page.locator("dialog[open]").wait_for()
    assert violations(page, RULES, EMPTY_CORNER) == []
    page.keyboard.type("dropout")
    page.keyboard.press("Enter")
    page.locator("ul.search li p").first.wait_for()
    assert violations(page, RULES, EMPTY_CORNER) == []


def test_the_menu_of_a_phone_is_accessible(visit, book):
    page = settle(visit(f"{book}/chapters/preface.html", width=390))
    page.locator("button.primary-toggle:visible").click()
    page.locator("dialog[open]").wait_for()
    assert violations(page, RULES, EMPTY_CORNER) == []
