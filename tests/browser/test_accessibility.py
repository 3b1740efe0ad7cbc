"""Every page against the rules of axe-core: light, dark, as wide as a phone, unfolded."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages import PAGES, settle
from playwright.sync_api import Page, expect

RULES = [
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
    "best-practice",
]
# The corner of a table with headers on two sides may be empty.
EMPTY_CORNER = {"empty-table-header": {"enabled": False}}
CONTRAST = "color-contrast"
LISTING = "_modules/claimbook/checks.html"  # one stands for all
READ = [p for p in PAGES if not p.startswith("_modules/") or p == LISTING]


def violations(page: Page, run_only: object, rules: dict) -> list[str]:
    options = {
        "runOnly": run_only,
        "rules": rules,
        "resultTypes": ["violations"],
        "preload": False,  # axe would ask for style sheets at the wrong address
    }
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:150]}" for rule in found for node in rule["nodes"]
    ]


def unfold(page: Page) -> None:
    """Open every fold, answer every question, and show the reasons."""
    page.evaluate(
        """() => {
          for (const fold of document.querySelectorAll("details")) fold.open = true;
          for (const fold of document.querySelectorAll("button.toggle-button-hidden"))
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
    """As it opens, on a phone; then unfolded and answered, on a laptop, light and dark.

    Contrast does not depend on the width, and nothing but contrast on the colours.
    """
    page = settle(visit(f"{book}/{name}", width=390, color_scheme="light"))
    rules = EMPTY_CORNER | {CONTRAST: {"enabled": False}}
    assert violations(page, RULES, rules) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    unfold(page)
    page.wait_for_timeout(500)  # the theme looks anew at what scrolls
    assert violations(page, RULES, EMPTY_CORNER) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.wait_for_timeout(500)  # colours fade
    assert violations(page, [CONTRAST], {}) == []


def test_the_search_is_accessible(visit, book):
    page = settle(visit(f"{book}/chapters/preface.html"))
    page.keyboard.press("Control+k")
    page.locator("dialog[open]").wait_for()
    assert violations(page, RULES, EMPTY_CORNER) == []
    page.keyboard.type("dropout")
    page.locator("dialog[open] ul.found li p").first.wait_for()
    assert violations(page, RULES, EMPTY_CORNER) == []
    page.keyboard.press("Enter")
    page.locator("article ul.found li p").first.wait_for()
    assert violations(page, RULES, EMPTY_CORNER) == []


def test_the_menu_of_a_phone_is_accessible(visit, book):
    page = settle(visit(f"{book}/chapters/preface.html", width=390))
    page.locator("button.primary-toggle:visible").click()
    page.locator("dialog[open]").wait_for()
    assert violations(page, RULES, EMPTY_CORNER) == []
