"""The decks of slides: they fit, they are alive, they can be spoken to and printed."""

import io

import pytest
from pages import DECKS, HTML, parsed
from playwright.sync_api import expect
from pypdf import PdfReader

LECTURE = HTML / "slides" / "lecture.html"
BELOW = """() => {
  const slide = Reveal.getCurrentSlide(), scale = Reveal.getScale();
  const bottom = slide.getBoundingClientRect().top + 720 * scale;
  return [...slide.querySelectorAll("p, li, figure, .formula")].filter((e) =>
    e.checkVisibility() && e.getBoundingClientRect().bottom > bottom + 1
  ).map((e) => e.textContent.slice(0, 60));
}"""

LOADED = """() => [...Reveal.getCurrentSlide().querySelectorAll("iframe")]
  .map((e) => e.contentDocument)
  .every((page) => page?.readyState === "complete" && page.querySelector("article"))"""


def project(visit, address):
    page = visit(address)
    page.set_viewport_size({"width": 1280, "height": 720})
    return page


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_every_slide_fits_and_nothing_is_missing(visit, book, deck):
    page = project(visit, f"{book}/slides/{deck.name}")
    total = page.evaluate("Reveal.getTotalSlides()")
    assert total == len(parsed(deck).select(".slides section:not(:has(> section))")) > 5
    for _ in range(total):
        page.evaluate("document.fonts.ready.then(() => null)")
        assert page.evaluate(BELOW) == []
        page.wait_for_function(LOADED)
        page.evaluate("Reveal.next()")
    assert page.evaluate("Reveal.isLastSlide()")


def test_the_lecture_holds_every_chapter_in_order():
    stacks = parsed(LECTURE).select(".slides > section")
    frames = [frame["data-src"] for stack in stacks for frame in stack.select("iframe")]
    assert len(stacks) == len(frames)
    decks = [deck.name for deck in DECKS if deck != LECTURE]
    assert frames == [f"../chapters/{name}?present" for name in decks]


@pytest.fixture
def alive(visit, book):
    page = project(visit, f"{book}/slides/10_dropout.html#/1")
    return page, page.frame_locator("section.present iframe")


def test_the_figure_that_moves_is_alive_and_fills_the_slide(alive):
    page, frame = alive
    figure = frame.locator("#figure-that-moves")
    expect(figure.get_by_role("button", name="Train", exact=True)).to_be_visible()
    expect(frame.locator("article h1")).to_be_hidden()
    box = figure.bounding_box()
    assert box["width"] > 1200 or box["height"] > 650
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1281
    assert box["y"] + box["height"] <= 721
    notes = page.locator("section.present aside.notes").text_content()
    assert "minutes: " in notes


def test_a_presenters_keys_leave_the_figure(alive):
    page, frame = alive
    frame.get_by_role("button", name="Train", exact=True).focus()
    page.keyboard.press("PageDown")
    page.wait_for_function("Reveal.getIndices().h === 2")


def test_the_speaker_has_a_window(visit, book):
    page = project(visit, f"{book}/slides/10_dropout.html")
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    view = opened.value
    expect(view.locator("#current-slide iframe")).to_be_visible()
    page.evaluate("Reveal.slide(1)")
    expect(view.locator(".speaker-controls-notes .value")).to_contain_text("minutes")


def test_a_deck_is_printed_a_sheet_a_slide(visit, book):
    page = project(visit, f"{book}/slides/10_dropout.html?print-pdf")
    page.wait_for_selector(".pdf-page")
    paper = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(paper.pages) == page.locator(".pdf-page").count() > 5
    assert "Summary" in paper.pages[-1].extract_text()
