"""Name a folded cell for what it hides, unless its metadata has a name for it.

A reader who folds code away wants to know what is lost: "Code of the figure" says more than
"Show code cell source".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from docutils import nodes
from myst_nb.core.config import NbParserConfig
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

DEFAULT = NbParserConfig().code_prompt_show
DEFINED = re.compile(r"^(?:def|class) (\w+)", re.MULTILINE)
OUTPUTS = (  # what is looked for in an output's HTML, in this order
    ('class="nnl nnl-quiz', "the quiz"),
    ('class="nnl nnl-guess', "the question"),
    ('class="nnl ', "the figure that moves"),
    ("<img", "the figure"),
    ("<svg", "the figure"),
    ("<table", "the table"),
    ('class="nnl-claim', "the findings"),
)


def label(code: str, output: str) -> str:
    r"""Return what a fold says.

    Args:
        code: What is folded.
        output: What the cell shows, as HTML.

    Example:
        >>> label("plot(x)", "<img>")
        'Code of the figure'
        >>> label("def walk(w):\n    step(w)", "")
        'Code: walk'
        >>> label("import torch\nfrom math import pi", "")
        'Imports'
        >>> label("x = 1", "")
        'Code'
    """
    for mark, what in OUTPUTS:
        if mark in output:
            return f"Code of {what}"
    if names := DEFINED.findall(code):
        return f"Code: {', '.join(names)}"
    starts = {line.split(" ")[0] for line in code.splitlines() if line}
    return "Imports" if starts <= {"import", "from"} else "Code"


def as_html(cell: nodes.Element) -> str:
    """Return the HTML of a cell's outputs, and a tag for each picture and table."""
    tags = {nodes.image: "<img>", nodes.table: "<table>"}
    found: Iterable[nodes.Node] = cell.findall()
    return "".join(
        n.astext() if isinstance(n, nodes.raw) else tags.get(type(n), "")
        for n in found
    )


class NameFolds(SphinxPostTransform):
    """Name each fold that has the default name."""

    default_priority = (
        100  # an output is chosen (4), and no cell is folded (199)
    )

    def run(self, **kwargs: object) -> None:
        """Change the document."""
        for cell in self.document.findall(nodes.container):
            if cell.get("prompt_show") == DEFAULT:
                code = next(iter(cell.findall(nodes.literal_block)), None)
                text = label(code.astext() if code else "", as_html(cell))
                cell["prompt_show"] = cell["prompt_hide"] = text


def setup(app: Sphinx) -> None:
    """Have the folds named before pages are written."""
    app.add_post_transform(NameFolds)
