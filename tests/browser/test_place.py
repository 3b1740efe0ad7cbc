"""A sense of place: under the title, in the menus, at the foot; the face of the text."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from pages import CHAPTERS, HTML, MOVES, ROOT, parsed, settle
from playwright.sync_api import expect

CHAPTER = "chapters/03_gradient_clipping.html"
DEEP = "chapters/02_vanishing_and_exploding_gradients.html"  # has headings of three levels
VERSION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_says_how_long_it_takes_and_where_to_jump(name):
    html = parsed(HTML / "chapters" / f"{name}.html")
    line = html.select_one("h1 + .place")
    takes = re.match(r"About (\d+) minutes", line.get_text())
    assert 3 <= int(takes[1]) <= 90
    links = {a.get_text(): a["href"] for a in line.select("a")}
    moves = html.select_one(f"article {MOVES}")
    assert ("the figure that moves" in links) == (moves is not None)
    if moves is not None:
        assert html.select_one(links["the figure that moves"]) in moves.parents
    if quiz := links.get("quiz"):
        assert html.select(f"section{quiz} .nnl-quiz")
    assert ("quiz" in links) == bool(html.select(".nnl-quiz"))
    core = name.removesuffix("_further")
    assert ("back to the core page" in links) == (core != name)
    further = (HTML / f"chapters/{name}_further.html").exists()
    assert (f"{name}_further.html" in links.values()) == further


def test_a_fold_says_what_it_hides():
    said = {
        fold.get_text()
        for name in CHAPTERS
        for fold in parsed(HTML / f"chapters/{name}.html").select("details.hide p")
    }
    assert "Code of the figure" in said
    assert [words for words in said if "cell" in words] == []


@pytest.mark.parametrize("width", [1440, 390])
def test_headings_do_not_shout_and_lines_are_short(visit, book, width):
    page = settle(visit(f"{book}/{DEEP}", width=width))
    sizes = page.evaluate(
        """["h1", "h2", "h3", "p"].map((tag) => parseFloat(
             getComputedStyle(document.querySelector(`article ${tag}`)).fontSize))"""
    )
    assert sizes[0] <= 32
    assert sizes[1] <= 24
    assert sizes == sorted(sizes, reverse=True)
    assert page.evaluate("document.fonts.check('16px \"Source Serif 4\"')")
    if width > 1000:
        letters = page.evaluate(
            """() => {
              const p = [...document.querySelectorAll("article section > p")]
                .find((p) => p.textContent.length > 250 && !p.querySelector(".katex"));
              const range = document.createRange();
              range.selectNodeContents(p);
              const { height } = range.getBoundingClientRect();
              const line = parseFloat(getComputedStyle(p).lineHeight);
              return p.textContent.length / Math.round(height / line);
            }"""
        )
        assert 55 <= letters <= 75  # on average; the last line is short


def test_the_current_entry_of_the_menu_is_in_view(visit, book):
    """Also where the menu stood elsewhere on the page before."""
    page = settle(visit(f"{book}/chapters/references.html"))
    for name in ("references", "preface", "10_dropout"):
        page.goto(f"{book}/chapters/{name}.html")
        settle(page)
        entry = page.locator("#pst-primary-sidebar a.current")
        expect(entry).to_be_in_viewport(ratio=1)


def test_the_contents_fit_beside_the_text(visit, book):
    for name in CHAPTERS:
        page = settle(visit(f"{book}/chapters/{name}.html", width=1440))
        last = page.locator("#pst-page-toc-nav > ul > li").last
        expect(last).to_be_in_viewport()
        page.close()


def test_a_phone_has_three_buttons_and_loses_none(visit, book):
    page = settle(visit(f"{book}/{CHAPTER}", width=390))
    buttons = page.locator(".article-header-buttons > *, .article-header-buttons .dropdown")
    names = [b.evaluate("b => b.className") for b in buttons.locator("visible=true").all()]
    assert len(set(names)) == 3, names
    page.get_by_role("button", name="Open or download this page").click()
    entries = page.locator(".dropdown-page-buttons .dropdown-menu.show li")
    expect(entries).to_have_text(
        [
            *(re.compile(rf"^\s*{n}\s*$") for n in ("Run on Binder", "Run on Colab")),
            *(re.compile(n) for n in ("Source", r"Download the page \(\.ipynb\)", "Print")),
        ]
    )
    page.keyboard.press("Escape")
    page.locator("button.primary-toggle:visible").click()
    switch = page.locator("dialog[open]").get_by_role("button", name="Colour mode")
    expect(switch).to_be_visible()


def test_the_way_on_is_readable_on_a_phone(visit, book):
    page = settle(
        visit(f"{book}/chapters/04_non_saturating_activation_functions.html", width=390)
    )
    for way in page.locator(".prev-next-area a").all():
        assert way.bounding_box()["width"] > 300
        assert way.bounding_box()["height"] < 90


@pytest.mark.parametrize("name", ["index", "03_gradient_clipping", "references"])
def test_the_foot_says_the_version_and_takes_a_report(name):
    foot = parsed(HTML / f"chapters/{name}.html").select_one(".extra_footer")
    assert re.search(rf"Version {VERSION}, \d+ \w+ 20\d\d\.", foot.get_text())
    asked = parse_qs(urlsplit(foot.a["href"]).query)
    title = parsed(HTML / f"chapters/{name}.html").h1.get_text()
    assert asked["title"][0].removeprefix("Mistake in “").rstrip("”") in title
    assert f"chapters/{name}.html" in asked["body"][0]


def test_the_code_is_as_much_as_asked_for_and_the_choice_is_kept(visit, book):
    page = settle(visit(f"{book}/{CHAPTER}"))
    choice = {
        n: page.locator(f".code-switch [value={n}]") for n in ("all", "none", "essential")
    }
    code = page.locator("article .cell_input:not(.dropdown *, .nnl-waits *) pre")
    fold = page.locator("article details.above-input")
    some = code.locator("visible=true").count()
    assert 0 < some < code.count()
    choice["none"].check()
    expect(code.locator("visible=true")).to_have_count(0)
    expect(fold.locator("visible=true")).to_have_count(0)
    page.goto(f"{book}/chapters/09_weight_decay.html")
    settle(page)
    expect(choice["none"]).to_be_checked()
    expect(code.locator("visible=true")).to_have_count(0)
    choice["all"].check()
    expect(code.locator("visible=true")).to_have_count(code.count())
    page.reload()
    expect(code.locator("visible=true")).to_have_count(code.count())
    choice["essential"].check()
    expect(code.locator("visible=true")).not_to_have_count(code.count())
