"""A chapter in two pages: the first one is read in one go, its picture comes first."""

import ast
import re

import jupytext
import pytest
from pages import CORE, HTML, ROOT, parsed, settle
from playwright.sync_api import expect

MOST = {"words": 1500, "lines of code": 120, "figures": 5, "evidence": 8, "screens": 12}
DESKTOP = {"width": 1440, "height": 900}
DIRECTIVE = re.compile(r"^(`{3,}|:{3,})\{(code-cell|math)[\s\S]*?^\1", re.MULTILINE)
FORMULA = re.compile(r"\$\$[\s\S]*?\$\$|\$[^$\n]+\$")
HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


def measured(name):
    """What there is to read on a page, of its source."""
    notebook = jupytext.read(ROOT / "chapters" / "src" / f"{name}.md", fmt="md:myst")
    text = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    code = [c for c in notebook.cells if c.cell_type == "code"]
    shown = [c for c in code if not HIDDEN & {*c.metadata.get("tags", ())}]
    calls = [
        ast.unparse(node.func)
        for cell in code
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call)
    ]
    captions = ["figure" in c.metadata.get("mystnb", {}) for c in code]
    prose = FORMULA.sub(" x ", DIRECTIVE.sub("", "\n".join(text)))
    return {
        "words": len(re.findall(r"[^\W\d_][\w’'-]*", prose)),
        "lines of code": sum(bool(x.strip()) for c in shown for x in c.source.split("\n")),
        "figures": sum(captions)
        + sum(calls.count(c) for c in ("explore", "applet", "lab")),
        "evidence": calls.count("claim") + calls.count("exact"),
    }


@pytest.mark.parametrize("name", CORE)
def test_it_keeps_its_measure(visit, book, name):
    page = settle(visit(f"{book}/chapters/{name}.html", width=DESKTOP["width"]))
    height = page.locator("article").bounding_box()["height"]
    said = measured(name) | {"screens": height / DESKTOP["height"]}
    assert {k: v for k, v in said.items() if v > MOST[k]} == {}


@pytest.mark.parametrize("name", CORE)
def test_its_picture_is_on_the_first_screen_and_no_code_above_it(visit, book, name):
    page = settle(visit(f"{book}/chapters/{name}.html", width=DESKTOP["width"]))
    article = page.locator("article")
    first = article.locator(":is(.nnl, .nnl-lab, .cell_output) :is(img, svg, canvas)").first
    top = first.bounding_box()["y"]
    assert top < DESKTOP["height"] * 0.8
    for code in article.locator(".cell_input pre").all():
        if code.is_visible():
            assert code.bounding_box()["y"] > top


@pytest.mark.parametrize("name", CORE)
def test_a_guess_uncovers_the_figure_and_the_finding(visit, book, name):
    address = f"{book}/chapters/{name}.html"
    page = settle(visit(address))
    guesses = page.locator(".nnl-guess")
    waits = page.locator(".nnl-waits")
    count = waits.count()
    assert count > 0
    asking = guesses.filter(has=page.get_by_role("button", name="Just show me"))
    expect(asking).to_have_count(count)
    hidden = waits.first.locator(".nnl-claim, img").first
    expect(hidden).not_to_be_visible()
    handle = hidden.element_handle()
    first = asking.first
    buttons = first.get_by_role("button")
    buttons.first.focus()
    page.keyboard.press("Enter")
    expect(guesses.locator(".reply:not(:empty)")).to_have_count(1)
    expect(waits).to_have_count(count - 1)
    assert handle.is_visible()
    if count > 1:
        asking.first.get_by_role("button", name="Just show me").click()
        expect(waits).to_have_count(count - 2)


@pytest.mark.parametrize("name", CORE)
def test_nothing_waits_on_paper_or_without_scripts(visit, book, name):
    address = f"{book}/chapters/{name}.html"
    page = settle(visit(address))
    page.emulate_media(media="print")
    for waiting in page.locator(".nnl-waits").all():
        expect(waiting).to_be_visible()
    page = visit(address, java_script_enabled=False)
    for cell in page.locator(".tag_revealed").all():
        expect(cell).to_be_visible()


@pytest.mark.parametrize("name", CORE)
def test_its_two_pages_know_each_other(name):
    for here, there in [(name, f"{name}_further"), (f"{name}_further", name)]:
        article = parsed(HTML / "chapters" / f"{here}.html").select_one("article")
        assert article.select(f'a[href^="{there}.html"]')
