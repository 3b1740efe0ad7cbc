"""Keep a formula and the punctuation behind it on one line.

A browser may break a line between a formula and a full stop, because to it a formula is a
picture.  So both are put into one element, which the style sheet lets no line break into.
"""

from __future__ import annotations

import re
from itertools import pairwise

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

CLOSING = re.compile(r"[-’]\w+|[,.;:!?%)\]”’]+")  # also "-th" and "’s"


class GlueFormulas(SphinxPostTransform):
    """Wrap each formula that has punctuation behind it."""

    default_priority = 900

    def run(self, **kwargs: object) -> None:
        """Change the document."""
        for parent in {f.parent for f in self.document.findall(nodes.math)}:
            glue(parent)


def glue(parent: nodes.Element) -> None:
    """Wrap the formulas among the children of ``parent``.

    They are replaced by place, because to docutils equal texts are the same node.
    """
    for i, (formula, text) in enumerate(pairwise(list(parent.children))):
        if not isinstance(formula, nodes.math):
            continue
        if isinstance(text, nodes.Text) and (mark := CLOSING.match(text)):
            both = (formula, nodes.Text(mark[0]))
            parent[i] = nodes.inline("", "", *both, classes=["glued"])
            parent[i + 1] = nodes.Text(text[mark.end() :])


def setup(app: Sphinx) -> None:
    """Have the formulas glued before pages are written."""
    app.add_post_transform(GlueFormulas)
