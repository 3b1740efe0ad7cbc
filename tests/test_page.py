"""claimbook.page: what every chapter calls."""

import inspect
import re
import textwrap

import matplotlib.pyplot as plt
import pytest
import torch

from claimbook import page, plots
from claimbook.page import Output, show_source, table


def test_setup_computes_in_float64_on_one_thread_in_the_style_of_the_book():
    torch.set_default_dtype(torch.float32)
    with plt.rc_context({"axes.spines.top": True}):
        page.setup()
        assert not plt.rcParams["axes.spines.top"]
    assert torch.get_default_dtype() == torch.float64
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize("thing", [plots.band, Output, Output.with_script, page.Markdown])
def test_the_source_shown_is_the_source_that_runs(thing):
    shown = show_source(thing)
    first, _, code = repr(shown).partition("\n")
    assert first in ("# claimbook/plots.py", "# claimbook/page.py")
    source = textwrap.dedent(inspect.getsource(thing))
    assert code == re.sub(r' *r?"""(?s:.*?)"""\n', "", source).rstrip()
    assert shown._repr_markdown_() == f"```python\n{shown!r}\n```"


def test_a_table_aligns_numbers_right_and_rounds_only_fractions():
    shown = table([["a", 1, 0.125], ["b", 20, torch.tensor(2.0)]], list("xyz"))
    lines = ["a      1  0.125", "b     20  2.000"]
    assert repr(shown).splitlines()[2:] == lines
    assert shown._repr_markdown_().splitlines()[1] == "|:----|----:|------:|"
    assert "-" not in repr(table([[-1e-17]], ["x"])).splitlines()[-1]


def test_text_that_reads_as_numbers_stands_on_the_right():
    right = ["41%", "7%"], ["−0.3", "12 of 20"], ["0.5 ± 0.1", "–"], ["**2.2**", "1e-3"]
    for cells in (*right, ["41%", "none"], ["2 / n", "1"]):
        shown = table([[c] for c in cells], ["x"])._repr_markdown_().splitlines()
        assert shown[1].endswith(":|") == (cells in right)
