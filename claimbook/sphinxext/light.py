"""Let a page load what it uses: its scripts behind its text, and no rule of style more.

``templates/`` says which scripts, and where.  The style sheets of the theme are made for
every page that there could be, half a megabyte before the first word is drawn; at the end
of a build they keep the rules that could apply: those whose classes and identifiers stand,
as words, in some page or script of the book.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import tinycss2
from sphinx.application import Sphinx
from sphinx.config import Config
from tinycss2.ast import AtRule, HashToken, IdentToken, Node, QualifiedRule

TEMPLATES = Path(__file__).with_name("templates")
SHEETS = (
    "styles/*-theme.css",
    "sphinx-design.min.css",
    "mystnb.*.css",
    "katex/*.css",
)
NESTING = ("media", "supports")
QUIETLY = (True, True)  # without comments, without white space
WORD = re.compile(r"[A-Za-z_][\w-]*")


def used(css: str, words: Container[str]) -> str:
    """Return a style sheet without the selectors that name what is not in ``words``.

    What stands in brackets, as in ``:not(.x)``, is not asked for.

    Example:
        >>> used(".a b, .c{x:y} .c .a{x:y} @media print{.c{x:y}} :not(.c){x:y}", {"a"})
        '.a b{x:y}:not(.c){x:y}'
    """
    return "".join(kept(tinycss2.parse_stylesheet(css, *QUIETLY), words))


def kept(rules: Iterable[Node], words: Container[str]) -> Iterator[str]:
    """Yield the text of each rule that could apply."""
    for rule in rules:
        if isinstance(rule, QualifiedRule):
            some = [
                tinycss2.serialize(selector).strip()
                for selector in selectors(rule.prelude)
                if all(name in words for name in names(selector))
            ]
            inside = tinycss2.serialize(rule.content) if some else ""
            head = ",".join(some)
        elif isinstance(rule, AtRule) and rule.at_keyword in NESTING:
            below = tinycss2.parse_rule_list(rule.content or [], *QUIETLY)
            inside = "".join(kept(below, words))
            head = f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}"
        else:
            yield rule.serialize()
            continue
        if inside:
            yield f"{head}{{{inside}}}"


def selectors(prelude: Iterable[Node]) -> list[list[Node]]:
    """Return what stands between the commas in front of a rule."""
    found: list[list[Node]] = [[]]
    for token in prelude:
        if token == ",":
            found.append([])
        else:
            found[-1].append(token)
    return found


def names(selector: Iterable[Node]) -> Iterator[str]:
    """Yield the classes and identifiers that an element must have."""
    for before, token in pairwise([None, *selector]):
        if isinstance(token, HashToken) or (
            isinstance(token, IdentToken) and before == "."
        ):
            yield token.value


def lighten(app: Sphinx, error: Exception | None) -> None:
    """Shorten the style sheets of a built book."""
    if error is not None or app.builder.format != "html":
        return
    built, words = Path(app.outdir), set[str]()
    for path in (
        *built.rglob("*.html"),
        *built.joinpath("_static").rglob("*.js"),
    ):
        words.update(WORD.findall(path.read_text("utf-8")))
    for pattern in SHEETS:
        for path in built.joinpath("_static").glob(pattern):
            css = used(path.read_text("utf-8"), words)
            path.write_text(css, "utf-8", newline="\n")


def add_templates(app: Sphinx, config: Config) -> None:
    """Have our templates found before the theme's."""
    config.templates_path.insert(0, str(TEMPLATES))


def setup(app: Sphinx) -> None:
    """Have it done once all scripts are where they stay."""
    app.connect("config-inited", add_templates)
    app.connect("build-finished", lighten, priority=850)
