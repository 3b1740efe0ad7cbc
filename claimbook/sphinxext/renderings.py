"""Let Sphinx read a chapter's source, with the outputs of its notebook.

The committed notebook holds plain Markdown for JupyterLab, VS Code, Colab and GitHub; its
source holds the book's directives, from which Sphinx makes numbered exercises, citations
and figures.  Both have the same code cells in the same order.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from jupytext.myst import myst_to_notebook
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from claimbook.builder.chapter import INSTALLING
from claimbook.builder.markdown import SOLUTION

PYTHON = {"name": "python"}
INSTALLS = INSTALLING.partition("\n")[0]


def as_book(notebook: str, source: str) -> str:
    """Return the notebook that Sphinx shall read, as JSON.

    Args:
        notebook: The executed notebook, as JSON.
        source: The MyST text that it was made from.

    Raises:
        ValueError: If their code differs.
    """
    stored = nbformat.reads(notebook, as_version=4)
    executed = [
        cell
        for cell in stored.cells
        if cell.cell_type == "code" and not cell.source.startswith(INSTALLS)
    ]
    cells = myst_to_notebook(source).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    ran = [done.source.removeprefix(SOLUTION) for done in executed]
    if [cell.source for cell in code] != ran:
        raise ValueError("the code differs")
    for cell, done in zip(code, executed, strict=True):
        cell["id"] = done["id"]
        cell.outputs = done.outputs
        cell.execution_count = done.execution_count
    stored.cells = cells
    stored.metadata["language_info"] = PYTHON
    return nbformat.writes(stored)


def read_source(app: Sphinx, docname: str, content: list[str]) -> None:
    """Give Sphinx the source of a page that has one."""
    page = Path(app.srcdir, docname)
    source = page.parent / "src" / f"{page.name}.md"
    if not source.exists() or page.with_suffix(".md").exists():
        return
    app.env.note_dependency(str(source))
    try:
        content[0] = as_book(content[0], source.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ExtensionError(
            f"{docname}: notebook and source do not belong together "
            f"({error}): run `make chapters`"
        ) from error


def setup(app: Sphinx) -> dict[str, bool]:
    """Listen to Sphinx as it reads."""
    app.connect("source-read", read_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
