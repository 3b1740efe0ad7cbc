"""What a page weighs, whether it is read before its scripts, and whether it stands still.

Weights are what a server sends: files compressed with gzip where that makes them smaller.
No page loads a program for formulas, nor the index of the search.
"""

import gzip
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from fontTools.ttLib import TTFont
from pages import CHAPTERS, HTML, moving, parsed, settle
from playwright.sync_api import expect

from claimbook.sphinxext.icons import FONTS
from claimbook.sphinxext.typeset import STYLE

PAGE = 600_000  # bytes
SITE = 15_000_000  # measured: 14.1 million
SHIFT = 0.05  # cumulative layout shift; up to 0.1 counts as good


@cache
def sent(path: Path) -> int:
    """The bytes that a server sends for a file."""
    return min(path.stat().st_size, len(gzip.compress(path.read_bytes())))


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_page_is_light(visit, book, name):
    page = settle(visit(f"{book}/chapters/{name}.html"))
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').map((entry) => entry.name)"
    )
    paths = {
        HTML / unquote(urlsplit(url).path).lstrip("/")
        for url in [page.url, *loaded]
        if url.startswith(book)
    }
    assert len(paths) > 20
    assert HTML / "searchindex.js" not in paths
    weights = {path.name: sent(path) for path in paths}
    assert sum(weights.values()) <= PAGE, weights


def test_the_site_is_light():
    files = [path for path in HTML.rglob("*") if path.is_file()]
    assert sum(map(sent, files)) <= SITE


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_picture_is_sent_twice(name):
    """Neither two tags, nor two frames of a figure, nor two files with one content."""
    path = HTML / "chapters" / f"{name}.html"
    sources = [
        image["src"] for image in parsed(path).select("article img") if image.get("src")
    ]
    pictures = Counter(
        source if source.startswith("data:") else (path.parent / source).read_bytes()
        for source in sources
    )
    for _, data in moving(name):
        frames = data.get("frames", ())
        pictures.update(f for f in frames if isinstance(f, str))
    assert pictures
    assert [n for n in pictures.values() if n > 1] == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_page_is_read_without_scripts(visit, book, name):
    page = visit(f"{book}/chapters/{name}.html", java_script_enabled=False)
    article = page.locator("article")
    expect(article.locator("h1")).to_be_visible()
    assert len(article.inner_text()) > 5000
    for code in article.locator("div.cell:not(:has(details)) pre").all()[:5]:
        expect(code).to_be_visible()
    for figure in article.locator(".nnl:not(.nnl-quiz, .nnl-guess)").all():
        sentence = figure.locator(".nnl-off")
        expect(sentence).to_contain_text("This figure moves.")
        expect(sentence).to_be_visible()
    for picture in article.locator(".nnl > img").all():
        expect(picture).to_be_visible()
        assert picture.bounding_box()["width"] > 200
    for quiz in article.locator(".nnl-quiz").all():
        expect(quiz.locator("li").first).to_be_visible()
        quiz.locator("summary").click()
        expect(quiz.locator("details li").first).to_be_visible()


SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      window.shifts.push([entry.value, ...entry.sources.map((s) => {
        const node = s.node?.nodeType === 1 ? s.node : s.node?.parentElement;
        return node?.outerHTML.slice(0, 120);
      })]);
  }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", [*CHAPTERS, "preface"])
def test_a_page_stands_still_while_it_loads(visit, book, name, width):
    """On a slow network the text is on screen before scripts, pictures and formulae."""
    page = visit("about:blank", width=width)
    page.add_init_script(SHIFTS)
    network = page.context.new_cdp_session(page)
    network.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 100,  # milliseconds
            "downloadThroughput": 2_000_000,  # bytes a second
            "uploadThroughput": 2_000_000,
        },
    )
    page.goto(f"{book}/chapters/{name}.html")
    settle(page)
    page.wait_for_timeout(200)
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, *_ in shifts) < SHIFT, shifts


FORMULAS = """() => {
  const found = new Set();
  for (const part of document.querySelectorAll(".katex-html *")) {
    const { fontFamily, fontStyle, fontWeight } = getComputedStyle(part);
    for (const node of part.childNodes)
      for (const character of node.nodeType === Node.TEXT_NODE ? node.data : "")
        found.add([fontFamily.split(",")[0], fontWeight, fontStyle, character].join());
  }
  return [...found].map((said) => said.split(/,(?=.)/u));
}"""
FACES = {
    ("400", "normal"): "Regular",
    ("700", "normal"): "Bold",
    ("400", "italic"): "Italic",
    ("700", "italic"): "BoldItalic",
}
NO_INK = "\u00a0\u200b"  # of no width, or as wide as the style sheet says


@pytest.mark.parametrize("name", [*CHAPTERS, "cheat_sheet", "notation"])
def test_each_formula_is_in_its_fonts(visit, book, name):
    """The fonts were cut down to what is shown; and no letter is borrowed from another."""
    page = settle(visit(f"{book}/chapters/{name}.html"))
    shown = page.evaluate(FORMULAS)
    assert len(shown) > 5
    folder = HTML / "_static" / STYLE
    for family, weight, style, character in shown:
        font = folder.with_name("fonts") / f"{family}-{FACES[weight, style]}.woff2"
        assert character in NO_INK or ord(character) in characters(font), (font, character)


@cache
def characters(font: Path) -> set[int]:
    return set(TTFont(font).getBestCmap())


ICONS = """() => [...document.querySelectorAll("*")].flatMap((e) =>
  ["::before", "::after"].map((which) => {
    const { content, fontFamily, fontWeight } = getComputedStyle(e, which);
    return fontFamily.includes("Font Awesome")
      ? [fontFamily, fontWeight, content.replaceAll('"', "")] : [];
  })).filter(([family, weight, content]) => content > "\\ue000")
"""
STYLES = {"400": "regular", "900": "solid"}


@pytest.mark.parametrize(
    "name", ["chapters/index", "chapters/01_problems_and_solutions", "search"]
)
def test_each_icon_is_in_its_font(visit, book, name):
    """The fonts were cut down to the icons in use."""
    page = settle(visit(f"{book}/{name}.html"))
    fonts = HTML / "_static" / FONTS
    shown = page.evaluate(ICONS)
    assert len(shown) > 5
    for family, weight, content in shown:
        style = "brands" if "Brands" in family else STYLES[weight]
        font = fonts / f"fa-{style}-{weight}.woff2"
        assert {ord(c) for c in content} <= characters(font)
