"""What the theme offers around the text: copy, colours, download, references."""

import json
import re

import nbformat
import pytest
from pages import CHAPTERS, HTML, NOTEBOOKS, ROOT, parsed
from playwright.sync_api import expect

CHAPTER = "chapters/03_gradient_clipping.html"


# --- copy, colours, icons ----------------------------------------------------


def test_a_copy_button_copies_the_code(visit, book):
    page = visit(f"{book}/{CHAPTER}", permissions=["clipboard-read", "clipboard-write"])
    cell = page.locator("div.cell_input div.highlight:visible").first
    cell.hover()
    cell.get_by_role("button", name="Copy").click()
    expect(cell.locator("button.copybtn.success")).to_have_count(1)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == cell.locator("pre").inner_text().strip()


def test_the_colour_mode_is_chosen_and_kept(visit, book):
    page = visit(f"{book}/{CHAPTER}", color_scheme="light")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "light")
    ground = "getComputedStyle(document.body).backgroundColor"
    bright = page.evaluate(ground)
    switch = page.get_by_role("button", name="Colour mode").locator("visible=true")
    for _ in range(3):
        if root.get_attribute("data-theme") == "dark":
            break
        switch.click()
    expect(root).to_have_attribute("data-theme", "dark")
    assert page.evaluate(ground) != bright
    page.goto(f"{book}/chapters/preface.html")
    expect(root).to_have_attribute("data-theme", "dark")


# --- downloads, references ---------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_download_is_the_notebook_itself(path):
    name = f"chapters/{path.stem}.html"
    html = parsed(HTML / name)
    (link,) = html.select("a.btn-download-source-button")
    downloaded = (HTML / name).parent / link["href"]
    assert downloaded.read_bytes() == path.read_bytes()
    nbformat.validate(json.loads(downloaded.read_text()))


@pytest.mark.parametrize("name", CHAPTERS)
def test_figures_are_numbered_and_every_reference_is_a_link(name):
    html = parsed(HTML / "chapters" / f"{name}.html")
    main = html.select_one("article")
    numbers = [n.text.strip() for n in main.select("figcaption .caption-number")]
    assert numbers
    assert all(re.fullmatch(r"Fig\. \d+(\.\d+)?", n) for n in numbers)
    assert len(set(numbers)) == len(numbers)
    source = (ROOT / "chapters" / "src" / f"{name}.md").read_text()
    for role, links in {
        "numref": "a .std-numref",
        "cite:[a-z]+": ".bibtex-citation a.reference",
    }.items():
        wanted = len(re.findall(rf"\{{{role}\}}`", source))
        assert len(main.select(links)) >= wanted
    left = re.search(r"\{(numref|cite|eq|prf|doc|ref)[:a-z]*\}`", main.text)
    assert not left
