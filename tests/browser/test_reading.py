"""Reading at twice the size, and by keyboard alone."""

import itertools

import pytest
from pages import CHAPTERS, HTML, PAGES, parsed, settle
from playwright.sync_api import Page, expect

READ = [page for page in PAGES if not page.startswith("_modules/")]

# What lies outside the window, and not within a box of its own that scrolls sideways.
LOST = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (node) => {
    for (; node; node = node.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(node).overflowX)) return true;
    return false;
  };
  const kinds = "p, li, h1, h2, h3, pre, img, svg, input, button, td";
  return [...document.querySelectorAll(`article :is(${kinds})`)]
    .filter((node) => node.checkVisibility() && !scrolls(node.parentElement))
    .filter((node) => node.getBoundingClientRect().right > width + 1)
    .map((node) => node.outerHTML.slice(0, 120));
}"""


def nothing_is_lost(page: Page) -> None:
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0
    assert page.evaluate(LOST) == []


@pytest.mark.parametrize("name", READ)
def test_twice_the_size_needs_no_sideways_scrolling(visit, book, name):
    """A window of 1280 px at 200% is one of 640 px; then the text alone, twice as large."""
    page = settle(visit(f"{book}/{name}", width=640, device_scale_factor=2))
    nothing_is_lost(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.add_style_tag(content="html { font-size: 200% !important; }")
    nothing_is_lost(page)


@pytest.mark.parametrize(
    "name",
    [name for name in READ if name not in ("index.html", "search.html")],
)
def test_headings_are_in_order_and_landmarks_are_there(name):
    html = parsed(HTML / name)
    main = html.select("main")
    assert len(main) == 1
    levels = [int(h.name[1]) for h in main[0].select("article :is(h1, h2, h3, h4, h5)")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert html.select("header, nav, footer")
    assert html.select('a[href="#main-content"]'), "no link that skips the menu"


# --- the keyboard ------------------------------------------------------------

# The element that has the keyboard, and whether it shows so: an outline or a ring.
FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  node.dataset.tabbed ??= String(window.tabbed = (window.tabbed ?? 0) + 1);
  const style = getComputedStyle(node);
  let drawn = false;  // in a picture: a stroke that is there with the keyboard alone
  if (node instanceof SVGElement) {
    const strokes = () => [...node.querySelectorAll("*")].map((part) => {
      const { stroke, strokeWidth } = getComputedStyle(part);
      return stroke + strokeWidth;
    }).join();
    const here = strokes();
    node.blur();
    drawn = strokes() !== here;
    node.focus({ preventScroll: true });
  }
  return {
    number: Number(node.dataset.tabbed),
    html: node.outerHTML.slice(0, 100),
    seen: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
      || style.boxShadow !== "none" || drawn,
  };
}"""


def tab_through(page: Page, limit: int = 1500) -> list[dict]:
    """Press Tab until the keyboard leaves the page, or is where it has been."""
    places = []
    for _ in range(limit):
        page.keyboard.press("Tab")
        place = page.evaluate(FOCUS)
        if place is None or (places and place["number"] <= places[-1]["number"]):
            return places
        places.append(place)
    pytest.fail(f"Tab does not leave the page: {places[-3:]}")


@pytest.mark.parametrize(
    "name",
    ["chapters/preface.html", *[f"chapters/{c}.html" for c in CHAPTERS]],
)
def test_tab_comes_through_every_page_and_is_always_seen(visit, book, name):
    page = settle(visit(f"{book}/{name}"))
    places = tab_through(page)
    assert [p["html"] for p in places if not p["seen"]] == []
    controls = page.locator(
        "article .nnl :is(button, summary, input:not([type=radio]), [tabindex='0'])"
        ":visible:not(:disabled)"
    )
    missed = controls.and_(page.locator(":not([data-tabbed])"))
    expect(missed).to_have_count(0)


def test_the_search_dialog_lets_go(visit, book):
    page = settle(visit(f"{book}/chapters/preface.html"))
    page.keyboard.press("Control+k")
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert tab_through(page)


def test_the_first_tab_skips_the_menu(visit, book):
    page = settle(visit(f"{book}/chapters/03_gradient_clipping.html"))
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("Boolean(document.activeElement.closest('main'))")
    assert inside
