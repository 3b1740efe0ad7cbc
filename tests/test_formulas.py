"""A formula and the punctuation behind it become one element."""

import pytest
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document

from claimbook.sphinxext.formulas import CLOSING, GlueFormulas


def glued(*parts: str | nodes.math) -> nodes.paragraph:
    document = new_document("page", get_default_settings())
    children = [nodes.Text(p) if isinstance(p, str) else p for p in parts]
    document += nodes.paragraph("", "", *children)
    GlueFormulas(document).run()
    return document[0]


def test_punctuation_moves_into_the_element_and_nothing_is_lost():
    before = glued(
        "If ", nodes.math("", "x > 0"), ", then ", nodes.math("", "y")
    )
    (element,) = before.findall(nodes.inline)
    assert element["classes"] == ["glued"]
    assert element.astext() == "x > 0,"
    assert before.astext() == "If x > 0, then y"


def test_of_equal_texts_the_one_behind_the_formula_is_taken():
    before = glued(
        nodes.emphasis("", "Hoerl"),
        ". ",
        nodes.math("", "x"),
        ". ",
        nodes.math("", "y"),
        ". ",
    )
    assert before.astext() == "Hoerl. x. y. "
    assert [e.astext() for e in before.findall(nodes.inline)] == ["x.", "y."]


@pytest.mark.parametrize("mark", [",", ".", ".)", ":", "-th", "’s", "?", "”"])
def test_what_must_not_begin_a_line(mark):
    assert CLOSING.match(f"{mark} and so on")[0] == mark


@pytest.mark.parametrize("text", [" and", " (so", "– or", " = 2", "\n"])
def test_what_may_begin_a_line(text):
    paragraph = glued(nodes.math("", "x"), text)
    assert not list(paragraph.findall(nodes.inline))
