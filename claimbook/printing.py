"""The book to take away: one printable PDF, and one zip of its pages.

    python -m claimbook.printing    after make book

The articles of all pages are put one after another into a single page, which Chromium
prints.  What moves on the screen stands still on paper: a figure with sliders becomes
small multiples, quizzes and folded solutions are open, and the code that only draws a
figure is left out.  How it looks is in ``assets/print.css``.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader
from sphinx_external_toc.parsing import parse_toc_yaml

from claimbook.book import read_book

BUILD = Path("_build")
HTML = BUILD / "html"
SHEET = BUILD / "print.html"  # beside the pages, not among them

NOT_ON_PAPER = (
    "a.headerlink, .viewcode-link, .viewcode-back, .toctree-wrapper, "
    "details.above-input, .place, script[src]"
)
MOVES = "script[src*='_static/shared/moving-']"  # what draws, on paper too
NUMBER = (
    '<div style="width: 100%; font: 8px sans-serif; text-align: center; '
    'color: #555"><span class="pageNumber"></span></div>'
)
NUMBERED = """begins => {
  for (const a of document.querySelectorAll(".printed-contents a"))
    a.lastChild.textContent = begins[a.hash.slice(1)];
}"""
NO_CHROMIUM = (
    "no Chromium found: install Debian's or Ubuntu's chromium package, "
    "Google Chrome, or run `python -m playwright install chromium`"
)


def printed() -> Path:
    """Return where the book as one PDF lies."""
    return BUILD / read_book(Path()).pdf


def packed() -> Path:
    """Return where the book as one zip lies."""
    return BUILD / read_book(Path()).zip


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start this machine's own Chromium, and end it with the block.

    Raises:
        FileNotFoundError: If there is none.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        found = [*map(shutil.which, names)]
        found += [playwright.chromium.executable_path]
        path = next((p for p in found if p and Path(p).exists()), None)
        if path is None:
            raise FileNotFoundError(NO_CHROMIUM)
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


# --- the pages, in order -----------------------------------------------------


def pages() -> Iterator[tuple[str, str]]:
    """Yield each page's name and the title of the part it opens, or ``""``.

    What stands below another page is for a second reading: it comes last, in one part.
    """
    toc = parse_toc_yaml("_toc.yml")
    further: list[str] = []
    yield toc.root.docname, ""
    for tree in toc[toc.root.docname].subtrees:
        part = tree.caption or ""
        for name in map(str, tree.items):
            yield name, part
            part = ""
            further += [str(b) for t in toc[name].subtrees for b in t.items]
    for name in further:
        yield name, "Further" if name == further[0] else ""


def parsed(name: str) -> BeautifulSoup:
    """Return a built page."""
    text = (HTML / f"{name}.html").read_text("utf-8")
    return BeautifulSoup(text, "html.parser")


def slug(name: str) -> str:
    """Return a page's name without its folder; its anchors begin with it."""
    return name.rsplit("/", 1)[-1]


def article(
    soup: BeautifulSoup, name: str, part: str, printed: set[str]
) -> Tag:
    """Return the text of one page, made to stand among the others on paper."""
    found = soup.select_one("article.bd-article")
    assert found is not None, f"{name}.html has no article"
    for tag in found.select(NOT_ON_PAPER):
        tag.decompose()
    for script in found.select("div.nnl > script"):
        hold_still(script)
    for tag in found.select("details"):
        tag["open"] = ""
    for tag in found.select("[id]"):
        tag["id"] = f"{slug(name)}--{tag['id']}"
    for tag in found.select("a[href]"):
        tag["href"] = on_paper(str(tag["href"]), name, printed)
        if not tag["href"]:
            tag.unwrap()
    for tag in found.select("img[src]"):
        if not urlsplit(str(tag["src"])).scheme:
            path = (HTML / name).parent.resolve() / str(tag["src"])
            here = SHEET.parent.resolve()
            tag["src"] = path.resolve().relative_to(here).as_posix()
    if part:
        opening = f'<p class="part">{escape(part)}</p>'
        found.insert(0, BeautifulSoup(opening, "html.parser"))
    found["id"] = slug(name)
    return found


def on_paper(href: str, name: str, printed: set[str]) -> str:
    """Return where a link leads on the one page; ``""`` if it is not there."""
    address, fragment = urldefrag(href)
    if urlsplit(address).scheme:
        return href
    target = slug(address).removesuffix(".html") if address else slug(name)
    if target not in printed:
        return ""
    return f"#{target}--{fragment}" if fragment else f"#{target}"


# --- what moves --------------------------------------------------------------


def hold_still(script: Tag) -> None:
    """Turn one moving output into something that can be printed."""
    found = re.search(r"(?m)^const DATA = (.*);$", script.get_text())
    data = json.loads(found[1]) if found else {}
    if "frames" in data and script.parent is not None:
        multiples = small_multiples(data, script.parent)
        script.parent.replace_with(BeautifulSoup(multiples, "html.parser"))
    elif "questions" in data:
        script.decompose()  # questions and answers stand in the page already


def small_multiples(data: dict[str, Any], figure: Tag) -> str:
    """Return up to six positions of a figure's sliders, side by side."""
    names, labels = zip(*data["axes"], strict=True)
    every = list(product(*labels))
    grid = ""
    for k in positions([len(along) for along in labels]):
        source = data["frames"][k] or figure.select("img")[0]["src"]
        words = zip(names, every[k], strict=True)
        caption = ", ".join(f"{name} {label}" for name, label in words)
        grid += (
            f'<figure><img src="{source}" alt="{escape(data["alts"][k])}">'
            f"<figcaption>{escape(caption)}</figcaption></figure>"
        )
    kind = " ".join(figure["class"])
    return f'<div class="{kind}"><div class="multiples">{grid}</div></div>'


def positions(lengths: Sequence[int]) -> list[int]:
    """Return up to six frames that cover the sliders' ranges.

    Example:
        >>> positions([11])
        [0, 2, 4, 6, 8, 10]
        >>> positions([4, 7])
        [0, 3, 6, 21, 24, 27]
    """
    counts = [6] if len(lengths) == 1 else [2, 3]
    chosen = [0]
    for n, count in zip(lengths, counts, strict=True):
        some = {round(j * (n - 1) / (count - 1)) for j in range(count)}
        chosen = [k * n + j for k in chosen for j in sorted(some)]
    return chosen


# --- the sheet and its print -------------------------------------------------


def sheet() -> str:
    """Return the one page that is printed."""
    order = list(pages())
    printed = {slug(name) for name, _ in order}
    head: dict[str, None] = {}  # each once, in order: not all load all
    entries = articles = ""
    for name, part in order:
        soup = parsed(name)
        for tag in soup.select(f"head link[rel=stylesheet], {MOVES}"):
            tag = re.sub(r'"(\.\./)*_static', '"html/_static', str(tag))
            head[tag] = None
        found = article(soup, name, part, printed)
        title = found.select_one("h1")
        assert title is not None, f"{name}.html has no heading"
        entries += f'<li class="part">{escape(part)}</li>' if part else ""
        entries += f'<li><a href="#{slug(name)}">'
        entries += (
            f"<span>{escape(title.get_text())}</span><span>000</span></a></li>"
        )
        articles += str(found)
    book = {k: escape(v) for k, v in vars(read_book(Path())).items()}
    return (
        '<!doctype html><html lang="en" data-theme="light" data-mode="light">'
        f'<head><meta charset="utf-8"><title>{book["title"]}</title>'
        f"{''.join(head)}"
        '<link rel="stylesheet" href="html/_static/print.css"></head>'
        '<body><main class="bd-content"><div class="bd-article-container">'
        '<section class="cover"><img src="html/_static/logo.svg" alt="">'
        f"<p>{book['title']}</p><p>Course notes that run</p>"
        f"<p>{book['lecture']}</p>"
        f"<p>{book['lecturer']}, {book['university']}</p>"
        f"<p>{book['repository']}</p></section>"
        f'<nav class="printed-contents"><p>Contents</p><ul>{entries}</ul>'
        f"</nav>{articles}</div></main></body></html>"
    )


def first_sheets(pdf: Path) -> dict[str, int]:
    """Return on which sheet of paper each page of the book begins."""
    reader = PdfReader(pdf)
    return {
        name.removeprefix("/"): 1
        + (reader.get_destination_page_number(place) or 0)
        for name, place in reader.named_destinations.items()
        if "--" not in name
    }


def print_book(browser: Browser) -> Path:
    """Print the book twice: the second time its contents know their numbers."""
    target = printed()
    SHEET.write_text(sheet(), "utf-8")
    try:
        page = browser.new_page()
        page.set_default_timeout(600_000)  # milliseconds; some are busy
        page.goto(SHEET.resolve().as_uri())
        page.evaluate("document.fonts.ready.then(() => null)")
        page.wait_for_function("[...document.images].every(i => i.complete)")
        x, y = "19mm", "18mm"
        for last in (False, True):
            page.pdf(
                path=target,
                format="A4",
                scale=0.78,
                margin={"top": y, "bottom": y, "left": x, "right": x},
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=NUMBER,
                outline=last,
                tagged=last,
                print_background=True,
            )
            page.evaluate(NUMBERED, first_sheets(target))
        page.close()
    finally:
        SHEET.unlink(missing_ok=True)
    return target


def pack_book() -> Path:
    """Pack the built pages: to be unzipped, and read without a server."""
    target = packed()
    shutil.make_archive(str(target.with_suffix("")), "zip", root_dir=HTML)
    return target


def main() -> None:
    """Do both, and say where they are."""
    if not (HTML / "index.html").exists():
        sys.exit("the book is not built: run `make book` first")
    print(f"The book is packed: {pack_book()}", flush=True)
    try:
        with chromium() as browser:
            print(f"The book is printed: {print_book(browser)}")
    except FileNotFoundError as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
