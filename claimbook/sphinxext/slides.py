"""Make slides of the built pages: a deck for each chapter, and one of all of them.

A page that says what the lecture says (``.statements``) becomes a deck: its title and the
answer; the figure that moves, alive; each section's formulas; each guess, then its figure
and findings; the summary.  Nothing is written twice: the slides are cut from the page, and
the figure is the page itself in a frame, as ``?present`` shows it (``place.js``).

What to say is in the speaker's notes (key S): the rows of the page ``slides_notes`` that
link to the chapter, and the answer to each guess.  reveal.js comes from sphinx-revealjs.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import sphinx_revealjs
from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx

from claimbook.sphinxext.policy import ELSEWHERE, Inline, digest

FOLDER = "slides"
HERE = Path(__file__).with_name("decks")
REVEAL = Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"
FILES = (
    "dist/reveal.js",
    "dist/reveal.css",
    "dist/reset.css",
    "plugin/notes/notes.js",
)
HERO = "#figure-that-moves"
OFF = (
    "script, style, a.headerlink, .cell_input, details.above-input, .nnl-said"
)
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="../_static/reveal/reset.css">
<link rel="stylesheet" href="../_static/reveal/reveal.css">
{styles}
<link rel="stylesheet" href="../_static/reveal/decks.css">
</head>
<body>
<main class="reveal"><div class="slides">
{slides}
</div></main>
<script src="../_static/reveal/reveal.js"></script>
<script src="../_static/reveal/notes.js"></script>
<script src="../_static/reveal/decks.js"></script>
</body>
</html>
"""


@dataclass
class Slide:
    """What one slide shows, as HTML, and what its speaker may say."""

    html: str
    notes: list[str] = field(default_factory=list)
    kind: str = "text"

    def __str__(self) -> str:
        notes = "".join(f"<p>{note}</p>" for note in self.notes)
        aside = f'<aside class="notes">{notes}</aside>' if notes else ""
        sheet = f'<div class="sheet">{self.html}</div>'
        return f'<section class="{self.kind}">{sheet}{aside}</section>'


def slides(
    page: BeautifulSoup, name: str, notes: list[str]
) -> Iterator[Slide]:
    """Cut a page into slides.

    Args:
        page: The built page.
        name: The page's file name.
        notes: What to say about the figure that moves.
    """
    body = page.select_one("article > section")
    if body is None:
        raise ValueError(f"{name} has no article to make slides of")
    body = copy.copy(body)
    hero = body.select_one(HERO)
    still = _bare(hero) if hero else ""
    for part in body.select(OFF):
        part.decompose()
    _aim(body)
    title = _title(body)
    lead = [
        p
        for p in body.find_all("p", recursive=False)
        if not hero or _before(p, hero)
    ]
    yield Slide(f"{title}{''.join(map(str, lead))}", kind="title")
    if hero:
        words = escape(_words(body))
        frame = (
            f'<iframe title="{words}" data-src="../chapters/{name}?present">'
        )
        shown = f'{frame}</iframe><div class="still">{still}</div>'
        yield Slide(shown, notes, kind="alive")
    for section in body.find_all("section", recursive=False):
        yield from _section(section)


def _section(section: Tag) -> Iterator[Slide]:
    """The slides of one section: formulas, then each guess, figure and its findings."""
    title = _title(section)
    if section.get("id") == "summary":
        lists = section.find_all("ul", recursive=False)
        yield Slide(title + "".join(map(str, lists)), kind="text")
        return
    formulas = section.find_all("div", class_="formula", recursive=False)
    if formulas:
        yield Slide(
            title + "".join(_introduced(f) for f in formulas), kind="formulas"
        )
    answer: list[str] = []
    shown: Slide | None = None
    for cell in section.find_all("div", class_="cell", recursive=False):
        if guess := cell.select_one(".nnl-guess"):
            question, options = guess.find("p"), guess.find("ul")
            answer = [
                f"Answer: {_inside(p)}" for p in guess.select("details p")
            ]
            yield Slide(f"{title}{question}{options}", kind="question")
        elif (figure := cell.find("figure")) and figure.find("img"):
            if shown:
                yield shown
            shown = Slide(f"{title}{_plain(figure)}", answer, kind="figure")
            answer = []
        elif (claims := cell.select(".nnl-claim")) and shown:
            shown.html += (
                f'<div class="findings">{"".join(map(_unnamed, claims))}</div>'
            )
            yield shown
            shown = None
    if shown:
        yield shown


def notes_by_page(page: BeautifulSoup) -> dict[str, list[str]]:
    """Return what the rows of a page's tables say of each page that they link to."""
    said: dict[str, list[str]] = {}
    for table in page.select("article table"):
        heads = [_inside(th) for th in table.select("thead th")]
        for row in table.select("tbody tr"):
            cells = row.find_all(["td", "th"])
            words = "; ".join(
                f"{head}: {cell.get_text(' ', strip=True)}"
                for head, cell in zip(heads, cells, strict=True)
                if not cell.find("a")
            )
            links = (
                urlsplit(str(a["href"])).path for a in row.select("a[href]")
            )
            for name in {link.rpartition("/")[2] for link in links}:
                said.setdefault(name, []).append(words)
    return said


def deck(title: str, styles: str, stacks: list[list[Slide]]) -> str:
    """Return a deck: stacks beside one another, the slides of each below one another."""
    shown = "\n".join(
        str(stack[0])
        if len(stack) == 1
        else f"<section>{''.join(map(str, stack))}</section>"
        for stack in stacks
    )
    return PAGE.format(
        policy=_policy(), title=escape(title), styles=styles, slides=shown
    )


def make(app: Sphinx, error: Exception | None) -> None:
    """Write the decks, once every page is finished."""
    if error is not None or app.builder.name != "html":
        return
    root = Path(app.outdir)
    pages = {
        path.name: soup
        for path in sorted((root / "chapters").glob("*.html"))
        if "statements admonition"
        in (text := path.read_text(encoding="utf-8"))
        and (soup := BeautifulSoup(text, "html.parser"))
    }
    if not pages:
        return
    notes: dict[str, list[str]] = {}
    source = root / f"{app.config.slides_notes}.html"
    if source.exists():
        text = source.read_text(encoding="utf-8")
        notes = notes_by_page(BeautifulSoup(text, "html.parser"))
    folder = root / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    stacks, styles = [], ""
    for name, page in pages.items():
        stack = [*slides(page, name, notes.get(name, []))]
        stacks.append(stack)
        title = page.title.get_text() if page.title else name
        styles = _styles(page)
        text = deck(title, styles, [[slide] for slide in stack])
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    text = deck(str(app.config.html_title), styles, stacks)
    (folder / "lecture.html").write_text(text, encoding="utf-8", newline="\n")
    static = root / "_static" / "reveal"
    static.mkdir(parents=True, exist_ok=True)
    for file in [
        *(REVEAL / f for f in FILES),
        REVEAL / "LICENSE",
        *HERE.iterdir(),
    ]:
        shutil.copyfile(file, static / file.name)


def _policy() -> str:
    """The book's policy, and: frames of its own pages, and the speaker's window."""
    view = (REVEAL / "plugin/notes/speaker-view.html").read_text(
        encoding="utf-8"
    )
    scripts = " ".join(digest(script) for script in Inline(view).scripts)
    own = {"frame-src": "'self'", "script-src": f"'self' {scripts}"}
    return "; ".join(
        f"{name} {sources}" for name, sources in (ELSEWHERE | own).items()
    )


def _styles(page: BeautifulSoup) -> str:
    """The page's own style sheets, but for paper."""
    links = page.select('head link[rel="stylesheet"]:not([media="print"])')
    return "\n".join(map(str, links))


def _aim(body: Tag) -> None:
    """Let links lead from the folder of the decks to the pages."""
    for link in body.select("a[href]"):
        parts = urlsplit(href := str(link["href"]))
        if href.startswith("#") or not (
            parts.scheme or href.startswith("../")
        ):
            link["href"] = f"../chapters/{href}" if parts.path else ""
    for link in body.select('a[href=""], a.image-reference'):
        link.unwrap()


def _title(section: Tag) -> str:
    heading = section.find(["h1", "h2"])
    if not isinstance(heading, Tag):
        return ""
    return f"<h2>{_inside(heading)}</h2>"


def _words(section: Tag) -> str:
    """Return the words of a section's heading."""
    heading = section.find(["h1", "h2"])
    return heading.get_text(" ", strip=True) if heading else ""


def _introduced(formula: Tag) -> str:
    """A formula, behind the paragraph that leads to it unless that is long."""
    before = formula.find_previous_sibling()
    short = (
        isinstance(before, Tag)
        and before.name == "p"
        and len(before.get_text()) < 420
    )
    return f"{before if short else ''}{formula}"


def _plain(figure: Tag) -> str:
    """A figure's picture with its caption, as large as the slide lets it be."""
    image, caption = figure.find("img"), figure.find("figcaption")
    if isinstance(image, Tag):
        del image["style"]
    return f"<figure>{image}{caption or ''}</figure>"


def _unnamed(claim: Tag) -> str:
    claim = copy.copy(claim)
    del claim["id"]
    return str(claim)


def _bare(part: Tag) -> str:
    part = copy.copy(part)
    for script in part.select("script, style"):
        script.decompose()
    del part["id"]
    return str(part)


def _inside(part: Tag) -> str:
    return part.decode_contents().strip()


def _before(part: Tag, other: Tag) -> bool:
    return any(e is other for e in part.find_all_next(True))


def setup(app: Sphinx) -> None:
    """Have the decks made when every page has its policy."""
    app.add_config_value("slides_notes", "", "html")
    app.connect("build-finished", make, priority=950)
