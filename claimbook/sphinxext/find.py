"""The book's search: one list of its sections, which a page loads when a reader searches.

Sphinx's own index knows pages, drops numbers and one-letter words, and shows code; here a
hit is a section, in the words that stand in it.  The list is a script, as a page that was
opened from a folder may load nothing else.  What finds is ``assets/find.js``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

FILE = "_static/sections.js"
NOT_READ = {"_modules", "_static", "genindex.html", "search.html"}
SILENT_TAGS = {"script", "style", "pre", "button", "svg", "noscript", "select"}
SILENT = re.compile(r"\b(headerlink|place|nnl-bar|nnl-off|viewcode-link)\b")
TITLES = {"h1", "h2", "h3", "h4", "h5"}
APART = {"p", "li", "td", "th", "tr", "div", "dt", "dd", "legend", "label"}
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}
SPHINXS = re.compile(
    r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*">'
    "</script>"
)
TEX = re.compile(r"\\[a-zA-Z]+|\\.|[{}$]")
PAGE = """<section><h1>Search</h1>
<form class="bd-search d-flex align-items-center" action="search.html" method="get">
<input type="search" class="form-control" name="q" aria-label="{words}"
placeholder="{words}" autocomplete="off" spellcheck="false"></form>
<div id="search-results"></div>
<noscript><p>The search needs scripts; they stand in the book itself.</p></noscript>
</section>"""


class Sections(HTMLParser):
    """The sections of one page: the anchor, the title and the text of each, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self._open: list[dict[str, str] | None] = []  # sections that are open
        self._inside: list[str] = []  # tags of what is silent
        self._key = ""  # of a section, that what is read belongs to
        self._article = False
        self.feed(page)
        self.close()

    def handle_starttag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        """Enter an element."""
        values = {name: value or "" for name, value in attrs}
        if tag in VOID:
            return
        if tag == "article":
            self._article = True
        if self._inside or (
            tag in SILENT_TAGS or SILENT.search(values.get("class", ""))
        ):
            self._inside.append(tag)
        elif tag == "section" and self._article:
            section = None
            if "id" in values:
                section = {"anchor": values["id"], "title": "", "text": ""}
                self.found.append(section)
            self._open.append(section)
        elif tag in TITLES:
            self._key = "title"
        elif tag in APART:
            self._add(" ")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if self._inside:
            self._inside.pop()
        elif tag == "section" and self._open:
            self._open.pop()
        elif tag == "article":
            self._article = False
        elif tag in TITLES:
            self._key = "text"

    def handle_data(self, data: str) -> None:
        """Read text."""
        if not self._inside:
            self._add(data)

    def _add(self, data: str) -> None:
        sections = [section for section in self._open if section]
        if sections and self._key:
            sections[-1][self._key] += data


def plain(text: str) -> str:
    r"""Return text on one line, and formulas without their commands.

    Example:
        >>> plain(r"a  rate \(\eta = 0.5\), \(\mathbf{g}\)")
        'a rate = 0.5, g'
    """
    line = " ".join(TEX.sub(" ", text).split())
    return re.sub(r" (?=[,.;:)])", "", line)


def sections(page: str) -> list[tuple[str, str, str]]:
    """Return anchor, title and text of each section of a page.

    Example:
        >>> page = "<article><section id='a'><h1>A</h1><p>One.</p><pre>x = 1</pre>"
        >>> sections(page + "<section id='b'><h2>B</h2>Two.</section></section>")
        [('a', 'A', 'One.'), ('b', 'B', 'Two.')]
    """
    found = (tuple(map(plain, s.values())) for s in Sections(page).found)
    return [(anchor, title, text) for anchor, title, text in found if title]


def without_sphinxs_search(built: Path) -> None:
    """Take Sphinx's search, which the theme loads on every page, out of a built book."""
    for path in built.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        if (done := SPHINXS.sub("", page)) != page:
            path.write_text(done, encoding="utf-8", newline="\n")
    for name in (
        "_static/searchtools",
        "_static/language_data",
        "searchindex",
    ):
        built.joinpath(f"{name}.js").unlink(missing_ok=True)


def listed(built: Path) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return the pages of a built book that have sections, and these."""
    names = [path.relative_to(built) for path in sorted(built.rglob("*.html"))]
    pages = [
        (name.as_posix(), sections(built.joinpath(name).read_text("utf-8")))
        for name in names
        if name.parts[0] not in NOT_READ
    ]
    return [(name, found) for name, found in pages if found]


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the list of sections, once the last page is written."""
    if error is not None or app.builder.format != "html":
        return
    built = Path(app.outdir)
    without_sphinxs_search(built)
    book = {"synonyms": app.config.search_synonyms, "pages": listed(built)}
    said = json.dumps(book, ensure_ascii=False, separators=(",", ":"))
    built.joinpath(FILE).write_text(
        f"globalThis.BOOK = {said};\n", encoding="utf-8", newline="\n"
    )


def search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield the page of the search."""
    words = escape(app.config.html_theme_options.get("search_bar_text", ""))
    body = PAGE.format(words=words or "Search this book")
    yield "search", {"title": "Search", "body": body}, "page.html"


def replace_sphinxs_own(app: Sphinx) -> None:
    """Keep Sphinx from writing its index and its page."""
    if isinstance(app.builder, StandaloneHTMLBuilder):
        app.builder.search = False


def setup(app: Sphinx) -> None:
    """Have the sections listed at the end of a build, and the page written."""
    app.add_config_value("search_synonyms", {}, "html", dict)
    app.connect("builder-inited", replace_sphinxs_own)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", write, priority=700)
