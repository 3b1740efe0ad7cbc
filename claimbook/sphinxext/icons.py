"""Keep, of the theme's icon fonts, the icons that the built book shows.

The theme brings two thousand icons, 270 kB on a reader's first page; the book shows some
thirty.  Each build cuts the fonts anew from the theme's own files, so a new icon in a
page, a script or a style sheet is always among those kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pydata_sphinx_theme
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

FONTS = Path("vendor", "fontawesome", "webfonts")
THEME = Path(pydata_sphinx_theme.__file__).parent.joinpath(
    "theme", "pydata_sphinx_theme", "static"
)
RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
SELECTED = re.compile(r"\.fa-([a-z0-9-]+):")
NAME = re.compile(r"\bfa-([a-z0-9-]+)")
ICON = re.compile(r"\\([ef][0-9a-f]{3})|([\ue000-\uf8ff])")


def icons(styles: str, texts: Iterable[str]) -> set[int]:
    """Return the characters of the icons in use.

    Args:
        styles: Style sheets.  A rule for ``.fa-NAME`` gives an icon its name; icons in
            other rules are in use wherever that rule is.
        texts: Pages and scripts, which use icons by name.
    """
    used, named = set[int](), dict[str, set[int]]()
    for selector, body in RULE.findall(styles):
        found = {
            int(code, 16) if code else ord(c) for code, c in ICON.findall(body)
        }
        for name in (names := SELECTED.findall(selector)):
            named.setdefault(name, set()).update(found)
        if not names:
            used |= found
    for name in {name for text in texts for name in NAME.findall(text)}:
        used |= named.get(name, set())
    return used


def cut(font: Path, keep: Iterable[int], out: Path) -> None:
    """Write ``font`` with the characters in ``keep`` alone to ``out``."""
    bare = Options(hinting=False, layout_features=[], name_IDs=[])
    cutter = Subsetter(bare)
    cutter.populate(unicodes=keep)
    with TTFont(font) as whole:
        cutter.subset(whole)
        whole.flavor = "woff2" if font.suffix == ".woff2" else None
        whole.save(out)


def lean(app: Sphinx, error: Exception | None) -> None:
    """Cut the icon fonts of a built book."""
    if error is not None or app.builder.format != "html":
        return
    built = Path(app.outdir)

    def read(pattern: str) -> list[str]:
        paths = sorted(built.rglob(pattern))
        return [path.read_text(encoding="utf-8") for path in paths]

    keep = icons("".join(read("*.css")), read("*.html") + read("*.js"))
    for font in sorted((THEME / FONTS).iterdir()):
        cut(font, keep, built / "_static" / FONTS / font.name)


def setup(app: Sphinx) -> None:
    """Have the fonts cut at the end of a build."""
    app.connect("build-finished", lean)
