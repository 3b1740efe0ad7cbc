"""One printable PDF of the whole book, from the built pages.

    python tools/print_book.py    after make book

The articles of all pages are put one after another into a single page, which Chromium
prints.  What moves on the screen stands still on paper: a figure with sliders becomes
small multiples, quizzes and folded solutions are open, and the
code that only draws a figure is left out.  How it looks is in ``assets/print.css``.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from chromium import chromium
from playwright.sync_api import Page
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
PDF = ROOT / "_build" / "training-neural-networks.pdf"
SHEET = ROOT / "_build" / "print.html"  # beside the pages, not among them

DATA = re.compile(r"^const DATA = (.*);$", re.MULTILINE)
ON_SCREEN_ONLY = (
    "a.headerlink, .viewcode-link, .viewcode-back, .toctree-wrapper, "
    "details.above-input, .ledger-bar, script[src]"
)
FOOTER = (
    '<div style="width: 100%; font: 8px sans-serif; text-align: center; color: #555">'
    '<span class="pageNumber"></span></div>'
)


# --- the pages, in order ---------------------------------------------------------------


def pages() -> Iterator[tuple[str, str]]:
    """Yield each page's name and the title of the part that it opens, or ``""``."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    yield toc["root"], ""
    for part in toc["parts"]:
        for k, chapter in enumerate(part["chapters"]):
            yield chapter["file"], "" if k else part["caption"]


def formulae() -> str:
    """Return the name of a page that loads MathJax, as not all pages do."""
    return next(
        name
        for name, _ in pages()
        if parsed(name).select("script[src*=mathjax]")
    )


def parsed(name: str) -> BeautifulSoup:
    """Return a built page."""
    return BeautifulSoup(
        (HTML / f"{name}.html").read_text("utf-8"), "html.parser"
    )


def slug(name: str) -> str:
    """Return the name of a page without its folder; it opens the page's anchors."""
    return name.rsplit("/", 1)[-1]


def article(name: str, part: str, known: set[str]) -> Tag:
    """Return the text of one page, made to stand among the others on paper."""
    soup = parsed(name)
    found = soup.select_one("article.bd-article")
    assert found is not None, f"{name}.html has no article"
    for tag in found.select(ON_SCREEN_ONLY):
        tag.decompose()
    for figure in found.select("div.nnl"):
        hold_still(figure, soup)
    for tag in found.select("details"):
        tag["open"] = ""
    for tag in found.select("[id]"):
        tag["id"] = f"{slug(name)}--{tag['id']}"
    for tag in found.select("a[href]"):
        tag["href"] = on_paper(str(tag["href"]), name, known)
        if not tag["href"]:
            tag.unwrap()
    for tag in found.select("img[src]"):
        source = str(tag["src"])
        if not urlsplit(source).scheme:
            path = (HTML / name).parent / source
            tag["src"] = path.resolve().relative_to(SHEET.parent).as_posix()
    if part:
        opening = soup.new_tag("p", attrs={"class": "part"})
        opening.string = part
        found.insert(0, opening)
    found["id"] = slug(name)
    return found


def on_paper(href: str, name: str, known: set[str]) -> str:
    """Return where a link leads within the one page; ``""`` if it is not printed."""
    address, fragment = urldefrag(href)
    if urlsplit(address).scheme:
        return href
    target = slug(address).removesuffix(".html") if address else slug(name)
    if target not in known:
        return ""
    return f"#{target}--{fragment}" if fragment else f"#{target}"


# --- what moves ------------------------------------------------------------------------


def hold_still(figure: Tag, soup: BeautifulSoup) -> None:
    """Turn one moving output into something that can be printed."""
    script = figure.select_one("script")
    assert script is not None
    found = DATA.search(script.get_text())
    data = json.loads(found[1]) if found else {}
    if "frames" in data:
        small_multiples(figure, data, soup)
    elif "questions" in data:
        script.decompose()  # the questions and answers stand in the page already


def small_multiples(
    figure: Tag, data: dict[str, Any], soup: BeautifulSoup
) -> None:
    """Show up to six positions of the sliders side by side."""
    first = figure.select_one("img")
    assert first is not None
    names = [name for name, _ in data["axes"]]
    grid = soup.new_tag("div", attrs={"class": "multiples"})
    for at in positions([len(labels) for _, labels in data["axes"]]):
        k = 0
        for index, (_, labels) in zip(at, data["axes"], strict=True):
            k = k * len(labels) + index
        shown = soup.new_tag("figure")
        source = str(data["frames"][k] or first["src"])
        shown.append(
            soup.new_tag("img", attrs={"src": source, "alt": data["alts"][k]})
        )
        caption = soup.new_tag("figcaption")
        caption.string = ", ".join(
            f"{name} {labels[index]}"
            for name, (_, labels), index in zip(
                names, data["axes"], at, strict=True
            )
        )
        shown.append(caption)
        grid.append(shown)
    figure.clear()
    figure.append(grid)


def positions(lengths: Sequence[int]) -> list[tuple[int, ...]]:
    """Return up to six positions that cover the sliders' ranges.

    Example:
        >>> positions([11])
        [(0,), (2,), (4,), (6,), (8,), (10,)]
        >>> positions([4, 7])
        [(0, 0), (0, 3), (0, 6), (3, 0), (3, 3), (3, 6)]
    """
    wanted = [6] if len(lengths) == 1 else [2, 3]
    along = [
        sorted({round(j * (n - 1) / (count - 1)) for j in range(count)})
        for n, count in zip(lengths, wanted, strict=True)
    ]
    return list(product(*along))


# --- the sheet and its print -----------------------------------------------------------


def sheet(numbers: dict[str, int]) -> str:
    """Return the one page that is printed.

    Args:
        numbers: On which sheet of paper each page begins, as far as that is known.
    """
    order = list(pages())
    known = {slug(name) for name, _ in order}
    articles = [article(name, part, known) for name, part in order]
    head = "".join(
        str(tag).replace('"../_static', '"html/_static')
        for tag in parsed(formulae()).select("head link, head script")
        if tag.get("rel") == ["stylesheet"] or "mathjax" in str(tag).lower()
    )
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    entries = "".join(
        contents_entry(part, found, numbers)
        for (_, part), found in zip(order, articles, strict=True)
    )
    return (
        '<!doctype html><html lang="en" data-theme="light" data-mode="light">'
        f'<head><meta charset="utf-8"><title>{settings["title"]}</title>'
        f"{head}"
        '<link rel="stylesheet" href="html/_static/print.css"></head>'
        '<body><main class="bd-content"><div class="bd-article-container">'
        f'<section class="cover"><img src="html/_static/logo.svg" alt="">'
        f"<p>{settings['title']}</p><p>Course notes that run</p>"
        f"<p>{settings['author']}</p>"
        f"<p>{settings['repository']['url']}</p></section>"
        f'<nav class="printed-contents"><p>Contents</p><ul>{entries}</ul></nav>'
        f"{''.join(map(str, articles))}</div></main></body></html>"
    )


def contents_entry(part: str, found: Tag, numbers: dict[str, int]) -> str:
    """Return one line of the table of contents, with its part's name above."""
    title = found.select_one("h1")
    assert title is not None
    name = str(found["id"])
    above = f'<li class="part">{part}</li>' if part else ""
    number = numbers.get(name, "000")
    return (
        f'{above}<li><a href="#{name}"><span>{title.get_text()}</span>'
        f"<span>{number}</span></a></li>"
    )


def first_sheets(pdf: Path) -> dict[str, int]:
    """Return on which sheet of paper each page of the book begins."""
    reader = PdfReader(pdf)
    return {
        name.removeprefix("/"): 1
        + (reader.get_destination_page_number(d) or 0)
        for name, d in reader.named_destinations.items()
        if "--" not in name
    }


def print_sheet(page: Page, target: Path) -> None:
    """Let Chromium print the one page, once its formulae and pictures are there."""
    page.goto(SHEET.as_uri())
    page.evaluate("window.MathJax?.startup?.promise")
    page.wait_for_function("[...document.images].every(i => i.complete)")
    side, edge = "19mm", "18mm"
    page.pdf(
        path=target,
        format="A4",
        scale=0.78,
        margin={"top": edge, "bottom": edge, "left": side, "right": side},
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=FOOTER,
        outline=True,
        tagged=True,
        print_background=True,
    )


def main() -> int:
    """Print the book twice: the second time its contents know their numbers."""
    if not (HTML / "index.html").exists():
        print("the book is not built: run `make book` first", file=sys.stderr)
        return 1
    numbers: dict[str, int] = {}
    try:
        with chromium() as browser:
            page = browser.new_page()
            for _ in range(2):
                SHEET.write_text(sheet(numbers), "utf-8")
                print_sheet(page, PDF)
                numbers = first_sheets(PDF)
    finally:
        SHEET.unlink(missing_ok=True)
    count = len(PdfReader(PDF).pages)
    print(f"The book is printed: {PDF.relative_to(ROOT)}, {count} pages.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
