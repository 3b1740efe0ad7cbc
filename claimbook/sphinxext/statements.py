"""The directive ``statements``: what the lecture says that this chapter treats, folded."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from claimbook.book import read_book, read_statements
from claimbook.statements import folded, of_page


class Statements(SphinxDirective):
    """Put the chapter's table where the directive stands."""

    def run(self) -> list[nodes.Node]:
        """Return the table, and rebuild its page when the file of statements changes."""
        root = Path(self.env.srcdir)
        path = root / read_book(root).statements
        self.env.note_dependency(str(path))
        mine = of_page(read_statements(path), Path(self.env.docname).name)
        if not mine:
            raise self.error(f"{path.name} has no statement of this chapter")
        return self.parse_text_to_nodes("\n".join(folded(mine)))


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("statements", Statements)
