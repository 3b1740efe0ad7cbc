"""A page on paper, from any theme: light, without controls, with every answer."""

import io

import pytest
from pages import settle
from pypdf import PdfReader

CHAPTER = "chapters/03_gradient_clipping.html"
CONTROLS = "button, input, select, summary, .nnl-bar, .nnl-off, .place, .headerlink, footer"
FRAMES = """[...document.querySelectorAll("article *")].filter((e) => {
  const style = getComputedStyle(e), { height } = e.getBoundingClientRect();
  return height > 40 && /highlight|cell|output|PRE/.test(e.className + e.tagName)
    && e.checkVisibility() && style.overflowY !== "visible";
}).map((e) => e.outerHTML.slice(0, 90))"""


def to_paper(page):
    """What a browser does at Ctrl+P; Playwright's emulation leaves out the event."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_light_and_shows_answers_but_no_controls(visit, book, scheme):
    page = settle(visit(f"{book}/{CHAPTER}", color_scheme=scheme))
    folded = page.locator("article details.above-input").count()
    ground = "getComputedStyle(document.body).backgroundColor"
    on_screen = page.evaluate(ground)
    to_paper(page)
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    ink = page.evaluate("getComputedStyle(document.querySelector('article p')).color")
    assert max(map(int, ink[4:-1].split(","))) < 90
    shown = page.locator(f"article :is({CONTROLS}):not(.nnl-guess *)").locator(
        "visible=true"
    )
    assert {e.inner_text().strip() for e in shown.all()} <= {"Answer", "Answers"}
    assert page.locator("article details.above-input:not([open])").count() == folded > 0
    assert page.locator("article h1").is_visible()
    for answer in page.locator("article .nnl-quiz details li, article .dropdown p").all():
        assert answer.is_visible()
        assert answer.evaluate("e => getComputedStyle(e).visibility") == "visible"
    assert page.evaluate(FRAMES) == []  # what scrolls leaves an empty frame on a sheet
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.evaluate(ground) == on_screen
    assert page.locator(".nnl-quiz details[open]").count() == 0


def test_the_sheets_are_full_and_the_same_from_either_theme(visit, book):
    texts = []
    for scheme in ("light", "dark"):
        page = settle(visit(f"{book}/{CHAPTER}", color_scheme=scheme))
        paper = PdfReader(io.BytesIO(page.pdf(format="A4")))
        texts.append([sheet.extract_text() for sheet in paper.pages])
        page.close()
    assert texts[0] == texts[1]
    assert len(texts[0]) < 30
    assert "Contents" not in texts[0][0]


def test_the_cheat_sheet_is_one_sheet(visit, book):
    page = settle(visit(f"{book}/chapters/cheat_sheet.html"))
    (sheet,) = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    assert "Slips that cost marks" in sheet.extract_text()
