"""A link to a chapter that this book does not have becomes text.

So whoever takes three chapters of a book need not touch their words.  A chapter's page
begins with its number, as in ``02_name``; a wrong name of a chapter that is there is still
a mistake, and fails the build.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

NUMBERED = re.compile(r"(\d\d)_(\w+)")


def words_of(target: str, pages: set[str]) -> str | None:
    """Return what to write for a page; None if a link to it is right or a mistake.

    Args:
        target: Where the link leads, with or without folders.
        pages: The names of the book's pages.

    Example:
        >>> words_of("04_active_units", {"chapters/02_clipping"})
        'Active units'
        >>> words_of("02_cliping", {"chapters/02_clipping"})
    """
    chapter = NUMBERED.fullmatch(PurePosixPath(target).name)
    names = [PurePosixPath(page).name for page in pages]
    if not chapter or any(n.startswith(f"{chapter[1]}_") for n in names):
        return None
    return chapter[2].replace("_", " ").capitalize()


def resolve(
    app: Sphinx,
    env: BuildEnvironment,
    node: pending_xref,
    content: nodes.TextElement,
) -> nodes.Node | None:
    """Return the words of a link that leads to an absent chapter."""
    if node.get("reftype") != "doc":
        return None
    words = words_of(node["reftarget"], env.found_docs)
    if words is None:
        return None
    if node.get("refexplicit"):
        words = content.astext()
    return nodes.inline("", words)


def setup(app: Sphinx) -> None:
    """Have such links resolved."""
    app.connect("missing-reference", resolve)
