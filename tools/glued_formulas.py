"""Keep a formula and the punctuation behind it on one line.

A browser may break a line between a formula and a full stop, because to it a formula is a
picture.  So both are put into one element, which the style sheet lets no line break into.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

CLOSING = re.compile(r"[-’]\w+|[,.;:!?%)\]”’]+")  # also "-th" and "’s"


class GlueFormulas(SphinxPostTransform):
    """Wrap each formula that has punctuation behind it."""

    default_priority = 900

    def run(self, **kwargs: object) -> None:
        """Change the document."""
        for formula in list(self.document.findall(nodes.math)):
            text = formula.next_node(siblings=True, descend=False)
            if not isinstance(text, nodes.Text):
                continue
            if mark := CLOSING.match(text):
                rest = nodes.Text(text[mark.end() :])
                glued = nodes.inline(classes=["glued"])
                text.parent.replace(text, rest)
                formula.replace_self(glued)
                glued += [formula, nodes.Text(mark[0])]


def setup(app: Sphinx) -> dict[str, bool]:
    """Have the formulas glued before pages are written."""
    app.add_post_transform(GlueFormulas)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
