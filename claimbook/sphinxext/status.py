"""The Sphinx directive ``book-status``: how long each chapter takes, and with what.

Times, machine and versions are those that ``nox -s status`` wrote; cells and networks are
read from the executed notebooks while the book is built.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from claimbook.book import METADATA_KEY, read_book

Row = Sequence[object]


def status(chapters: Path, notebooks: Iterable[Path]) -> str:
    """Return the page's two tables as HTML.

    Args:
        chapters: The folder with ``status.json``.
        notebooks: The executed notebooks of the book.
    """
    recorded = json.loads((chapters / "status.json").read_text("utf-8"))
    rows = list(chapter_rows(notebooks, recorded["seconds"]))
    cells, networks, seconds = (
        sum(row[i] or 0 for row in rows) for i in (1, 2, 3)
    )
    rows.append(("all", cells, networks, round(seconds, 1)))
    said = (
        f"Executed on {recorded['date']}: {recorded['machine']}; "
        f"{recorded['jobs']} notebooks at a time, one thread each, "
        f"{recorded['total']:.0f} s from the first to the last."
    )
    return (
        f"<p>{html.escape(said)}</p>"
        + table(
            "What executing the book takes.",
            ("notebook", "code cells", "networks trained", "seconds"),
            rows,
        )
        + table(
            "The versions it was executed with.",
            ("package", "version"),
            recorded["versions"].items(),
        )
    )


def chapter_rows(
    notebooks: Iterable[Path], seconds: dict[str, float]
) -> Iterable[tuple[Any, Any, Any, Any]]:
    """Yield name, code cells, networks and seconds of each notebook."""
    for path in sorted(notebooks):
        notebook = nbformat.read(path, as_version=4)
        cells = sum(cell.cell_type == "code" for cell in notebook.cells)
        networks = notebook.metadata.get(METADATA_KEY, {}).get("networks", 0)
        yield path.stem, cells, networks, seconds.get(path.stem)


def table(caption: str, head: Sequence[str], rows: Iterable[Row]) -> str:
    """Return a table as HTML; numbers stand on the right."""
    top = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in head)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return (
        f'<div class="pst-scrollable-table-container"><table class="table">'
        f"<caption>{html.escape(caption)}</caption>"
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f'<td class="text-end">{value:,}</td>'
    return f"<td>{html.escape(str(value if value is not None else '–'))}</td>"


class BookStatus(SphinxDirective):
    """Put the tables where the directive stands."""

    def run(self) -> list[nodes.Node]:
        """Return the tables, and rebuild the page when what they show changes."""
        root = Path(self.env.srcdir)
        chapters = (root / read_book(root).statements).parent
        pages = {Path(name).name for name in self.env.found_docs}
        notebooks = [
            path for path in chapters.glob("*.ipynb") if path.stem in pages
        ]
        for path in (chapters / "status.json", *notebooks):
            self.env.note_dependency(str(path))
        return [nodes.raw("", status(chapters, notebooks), format="html")]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("book-status", BookStatus)
