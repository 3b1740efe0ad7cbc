"""The book to take away: one printable PDF, one zip that opens without a server."""

import shutil
from collections.abc import Iterator

import pytest
from pages import ROOT
from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from claimbook.printing import (
    SHEET,
    pack_book,
    packed,
    pages,
    parsed,
    print_book,
    printed,
    sheet,
)

PDF, ZIP = printed(), packed()
MEGABYTES = 45  # each; what a train's network can still deliver beforehand


@pytest.fixture(scope="module")
def pdf(browser) -> PdfReader:
    return PdfReader(print_book(browser))


def titles(outline: list) -> list[str]:
    """The outline's first level."""
    return [entry.title for entry in outline if not isinstance(entry, list)]


def test_each_page_of_the_book_stands_in_the_outline_in_its_order(pdf):
    headings = [
        tag.get_text().removesuffix("#")
        for name, _ in pages()
        for tag in parsed(name).select("article.bd-article h1")
    ]
    assert len(headings) > 12
    assert titles(pdf.outline) == headings


def test_the_contents_name_the_sheet_on_which_a_chapter_begins(pdf):
    begins = {
        entry.title: 1 + pdf.get_destination_page_number(entry)
        for entry in pdf.outline
        if not isinstance(entry, list)
    }
    sheets = pdf.pages[1 : min(begins.values()) - 1]
    contents = " ".join(" ".join(s.extract_text() for s in sheets).split())
    assert all(f"{title} {number}" in contents for title, number in begins.items())


def test_no_sheet_is_blank(pdf):
    # Only a sheet with little to draw is read, as reading them all takes minutes.
    sparse = [
        number
        for number, paper in enumerate(pdf.pages, 1)
        if (drawn := paper.get_contents()) is None or len(drawn.get_data()) < 10_000
    ]
    blank = [
        number for number in sparse if len(pdf.pages[number - 1].extract_text().split()) < 2
    ]
    assert blank == []


def fonts(paper: PageObject) -> Iterator[DictionaryObject]:
    """Yield the fonts of one sheet, down to those that hold the glyphs."""
    for font in paper["/Resources"].get("/Font", {}).values():
        font = font.get_object()
        yield font
        for below in font.get("/DescendantFonts", []):
            yield below.get_object()


def test_every_font_travels_with_the_book(pdf):
    asked, seen = [], set()
    for paper in pdf.pages:
        for font in fonts(paper):
            reference = font.indirect_reference
            if reference is not None and reference.idnum in seen:
                continue
            seen.add(isinstance(reference, IndirectObject) and reference.idnum)
            files = {"/FontFile", "/FontFile2", "/FontFile3"}
            held = files & set(font.get("/FontDescriptor", {}))
            if font["/Subtype"] not in ("/Type0", "/Type3") and not held:
                asked.append(font["/BaseFont"])
    assert seen
    assert asked == []


def test_no_figure_and_no_line_of_code_leaves_the_sheet(visit, serve):
    """In the width of the printed column, before Chromium cuts it into sheets."""
    path = SHEET.with_name("print-test.html")
    path.write_text(sheet(), "utf-8")
    try:
        page = visit(f"{serve(path.parent)}/{path.name}", width=833)
        page.emulate_media(media="print")
        page.evaluate("document.fonts.ready.then(() => null)")
        wide = page.evaluate(
            """[...document.querySelectorAll("pre, img, table, svg, .formula")]
               .filter(e => e.getBoundingClientRect().right > innerWidth + 1
                            || e.scrollWidth > e.clientWidth + 1 && e.matches("pre"))
               .map(e => e.closest("article")?.id + ": " + e.outerHTML.slice(0, 90))"""
        )
    finally:
        path.unlink()
    assert wide == []
    assert page.locator(".nnl > .nnl-off").count() == 0  # what an applet replaces


def test_what_is_taken_away_is_light(pdf, unzipped):
    assert PDF.stat().st_size < MEGABYTES * 1e6
    assert ZIP.stat().st_size < MEGABYTES * 1e6


@pytest.fixture(scope="module")
def unzipped(tmp_path_factory):
    """The folder that a reader gets."""
    folder = tmp_path_factory.mktemp("a reader's downloads")
    shutil.unpack_archive(pack_book(), folder)
    return folder


def test_every_page_opens_from_the_unzipped_folder(browser, unzipped):
    def those_of(folder):
        found = (path.relative_to(folder) for path in folder.rglob("*.html"))
        return sorted(p for p in found if p.parts[0] != "_static")

    opened = those_of(unzipped)
    assert opened == those_of(ROOT / "_build" / "html") != []
    noise = []
    context = browser.new_context(offline=True)

    def note(request):
        if request.failure != "net::ERR_ABORTED":  # we had gone on to the next page
            noise.append(f"{request.failure}: {request.url}")

    context.on("requestfailed", note)
    context.on("weberror", lambda e: noise.append(f"script error: {e.error}"))
    page = context.new_page()
    for path in opened:
        page.goto((unzipped / path).as_uri())
        page.wait_for_load_state("networkidle")
        assert page.locator("body").inner_text().strip(), path
    context.close()
    assert noise == []
