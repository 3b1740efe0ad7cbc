"""Every page against the rules of axe-core: light, dark, and as wide as a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from test_book_pages import PAGES

OPTIONS = {
    "runOnly": [
        *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
        "best-practice",
    ],
    # The corner of a table with headers on two sides may be empty.
    "rules": {"empty-table-header": {"enabled": False}},
    "resultTypes": ["violations"],
    "preload": False,  # axe would ask for style sheets at the wrong address
}


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")]
)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(visit, book, name, width, scheme):
    page = visit(f"{book}/{name}", width=width, color_scheme=scheme)
    page.wait_for_load_state("networkidle")
    page.evaluate("window.MathJax?.startup?.promise")
    found = Axe().run(page, options=OPTIONS).response["violations"]
    assert [
        f"{rule['id']}: {node['html'][:150]}"
        for rule in found
        for node in rule["nodes"]
    ] == []
