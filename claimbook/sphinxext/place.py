"""Under a chapter's title: how long it takes, where to jump, how much code to show.

A chapter's page begins with its number.  ``02_name`` is its core page; ``02_name_further``,
if there is one, has the rest of its evidence.
"""

from __future__ import annotations

import html
import re
from pathlib import PurePosixPath

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from claimbook.sphinxext.absent import NUMBERED

SPEED = 180  # words a minute, of a text that is studied
LINE, PICTURE = (
    5,
    60,
)  # as how many words a line of code and a picture are read
FURTHER = "_further"
HERO = "figure-that-moves"
MOVES = re.compile(r'<div class="nnl(?:-lab"| (?!nnl-quiz|nnl-guess))')
QUIZ = re.compile(r'<div class="nnl nnl-quiz')
UNREAD = re.compile(r"(?s)<(script|style|details)\b.*?</\1>|<[^>]*>")
SWITCH = (
    '<fieldset class="code-switch pst-js-only"><legend>Code</legend>'
    + "".join(
        f'<label><input type="radio" name="code-shown" value="{name}">{name}</label>'
        for name in ("all", "essential", "none")
    )
    + "</fieldset>"
)


def words(node: nodes.Node) -> int:
    r"""Return as how many words a reader reads what a page shows before it is unfolded.

    A formula is one word.

    Example:
        >>> text = nodes.paragraph("", "", nodes.Text("two words "), nodes.math("", "a+b"))
        >>> words(text)
        3
        >>> words(nodes.literal_block("", "x = 1\ny = 2"))
        10
    """
    if isinstance(node, HideCodeCellNode):
        return 0
    if isinstance(node, nodes.Text):
        return len(node.split())
    if isinstance(node, nodes.raw):
        return len(UNREAD.sub(" ", node.astext()).split())
    if isinstance(node, nodes.literal_block):
        return LINE * len(node.astext().splitlines())
    if isinstance(node, nodes.image):
        return PICTURE
    if isinstance(node, nodes.math | nodes.math_block):
        return 1
    if "dropdown" in getattr(node, "attributes", {}).get("classes", ()):
        return 0
    return sum(map(words, node.children))


def minutes(document: nodes.document) -> int:
    """Return how long a page takes: up to ten to a minute, then to five."""
    exact = words(document) / SPEED
    return max(1, round(exact)) if exact < 10 else 5 * round(exact / 5)


def first(document: nodes.document, html: re.Pattern[str]) -> nodes.raw | None:
    """Return the first output whose HTML holds something."""
    found = (n for n in document.findall(nodes.raw) if html.search(n.astext()))
    return next(found, None)


def jumps(
    document: nodes.document, docname: str, pages: set[str]
) -> dict[str, str]:
    """Return where to jump, by what is there; the figure gets its address here."""
    links: dict[str, str] = {}
    if figure := first(document, MOVES):
        figure.parent.setdefault("ids", []).append(HERO)
        links["the figure that moves"] = f"#{HERO}"
    if quiz := first(document, QUIZ):
        section: nodes.Node | None = quiz
        while section is not None and not isinstance(section, nodes.section):
            section = section.parent
        if section is not None:
            links["quiz"] = f"#{section['ids'][0]}"
    name = PurePosixPath(docname).name
    if docname + FURTHER in pages:
        links["further evidence"] = f"{name}{FURTHER}.html"
    core = name.removesuffix(FURTHER)
    if core != name:
        links["back to the core page"] = f"{core}.html"
    return links


def line(takes: int, links: dict[str, str], has_code: bool) -> str:
    """Return the line, as HTML."""
    items = [f"About {takes} minutes"]
    items += [
        f'<a href="{html.escape(href)}">{html.escape(text)}</a>'
        for text, href in links.items()
    ]
    listed = "".join(f"<li>{item}</li>" for item in items)
    switch = SWITCH if has_code else ""
    return f'<div class="place"><ul>{listed}</ul>{switch}</div>'


class Place(SphinxPostTransform):
    """Put the line under the title of each chapter."""

    default_priority = 850  # outputs are HTML, and cells are folded

    def run(self, **kwargs: object) -> None:
        """Change the document."""
        docname, document = self.env.docname, self.document
        title = next(iter(document.findall(nodes.title)), None)
        if title is None or not NUMBERED.fullmatch(
            PurePosixPath(docname).name
        ):
            return
        takes = minutes(document)
        links = jumps(document, docname, set(self.env.found_docs))
        cells = document.findall(nodes.container)
        has_code = any("cell_input" in cell["classes"] for cell in cells)
        title.parent.insert(
            title.parent.index(title) + 1,
            nodes.raw("", line(takes, links, has_code), format="html"),
        )


def setup(app: Sphinx) -> None:
    """Have the line added before pages are written."""
    app.add_post_transform(Place)
