"""claimbook.page: what every chapter calls."""

from __future__ import annotations

import ast
import inspect

import matplotlib.pyplot as plt
import pytest
import torch

from claimbook import page
from claimbook.page import show_source, table
from nnlib import clip, dropout


def test_setup_computes_in_float64_on_one_thread() -> None:
    torch.set_default_dtype(torch.float32)
    page.setup()
    assert torch.get_default_dtype() == torch.float64
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize(
    "thing",
    [clip.clip_grad_norm_, clip.total_norm, dropout.dropout, dropout.Dropout],
)
def test_the_source_shown_is_the_source_that_runs(thing: object) -> None:
    shown = repr(show_source(thing))  # pyright: ignore[reportArgumentType]

    def without_docstrings(source: str) -> str:
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                body = node.body
                if ast.get_docstring(node) is not None:
                    node.body = body[1:]
        return ast.dump(tree)

    shipped = inspect.getsource(thing)  # pyright: ignore[reportArgumentType]
    assert without_docstrings(shown) == without_docstrings(shipped)
    assert '"""' not in shown


def test_the_source_is_fenced_for_the_page() -> None:
    shown = show_source(clip.clip_coefficient)
    assert shown._repr_markdown_() == f"```python\n{shown!r}\n```"
    assert repr(shown).startswith("# nnlib/clip.py\ndef clip_coefficient(")


def test_a_table_aligns_numbers_right_and_rounds_only_fractions() -> None:
    shown = table([["a", 1, 0.125], ["b", 20, torch.tensor(2.0)]], list("xyz"))
    assert repr(shown).splitlines()[2:] == [
        "a      1  0.125",
        "b     20  2.000",
    ]
    assert shown._repr_markdown_().splitlines()[1] == "|:----|----:|------:|"


@pytest.mark.parametrize(
    ("cells", "alignment"),
    [
        (["41%", "7%"], "right"),
        (["−0.3", "12 of 20"], "right"),
        (["0.5 ± 0.1", "–"], "right"),
        (["**2.2**", "1e-3"], "right"),
        (["41%", "none"], "left"),
        (["2 / n", "1"], "left"),
    ],
)
def test_text_that_reads_as_numbers_stands_on_the_right(cells, alignment):
    shown = table([[c] for c in cells], ["x"])._repr_markdown_().splitlines()
    assert shown[1].endswith(":|") == (alignment == "right")


def test_a_table_never_shows_a_negative_zero() -> None:
    assert "-" not in repr(table([[-1e-17]], ["x"])).splitlines()[-1]


def test_figures_are_sharp_and_in_the_style_of_the_book() -> None:
    with plt.rc_context():
        plt.rcParams["axes.spines.top"] = True
        page.setup()
        assert not plt.rcParams["axes.spines.top"]
