"""Cut the text face to the weights that the style sheets name and the letters of the pages.

The variable font goes from hairline to black and covers all of Western Europe; the book
needs a part of either.
"""

from __future__ import annotations

import re
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from sphinx.application import Sphinx

WEIGHTS = re.compile(r"font-weight: (\d+) (\d+);[^}]*url\(([^)]+)\)")
FIGURES = ["lnum", "tnum"]  # of which tables are set


def trim(font: Path, weights: tuple[int, int], letters: str) -> None:
    """Keep of a variable font a range of weights and some letters."""
    options = Options(flavor="woff2")
    options.layout_features += FIGURES
    cutter = Subsetter(options)
    cutter.populate(text=letters)
    with TTFont(font) as whole:
        cutter.subset(whole)
        part = instantiateVariableFont(whole, {"wght": weights})
        part.flavor = "woff2"
        part.save(font)


def lean(app: Sphinx, error: Exception | None) -> None:
    """Cut the faces of a built book, each from the vendored file anew."""
    if error is not None or app.builder.format != "html":
        return
    built = Path(app.outdir)
    pages = sorted(built.rglob("*.html"))
    letters = set[str]().union(*(p.read_text(encoding="utf-8") for p in pages))
    for folder in map(Path(app.srcdir).joinpath, app.config.html_static_path):
        for sheet in sorted(folder.glob("*.css")):
            for low, high, name in WEIGHTS.findall(sheet.read_text("utf-8")):
                font = built / "_static" / name
                font.write_bytes((folder / name).read_bytes())
                trim(font, (int(low), int(high)), "".join(letters))


def setup(app: Sphinx) -> None:
    """Have the faces cut at the end of a build."""
    app.connect("build-finished", lean)
