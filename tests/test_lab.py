"""The laboratory's output: what the page is told, what is refused.

Its scripts, and what they do in a page, are in ``browser/test_laboratory.py``.
"""

import json

import matplotlib.pyplot as plt
import pytest
import torch
from helpers import Page

from claimbook.lab import Preset, lab, packed
from nnlib.applets import LABORATORY
from nnlib.data import Data, Examples, two_moons

NASTY = "</script><script>x</script><b id='x' onclick=\"y\">&amp;<!--"


@pytest.fixture
def shown():
    figure = plt.figure(figsize=(1, 1))
    yield lambda **changed: lab(
        LABORATORY,
        **{"id": "lab", "alt": "Two settings.", "data": {"moons": two_moons(20, 20)}}
        | {"presets": [preset()], "still": figure, "finding": "B learns."}
        | changed,
    )
    plt.close(figure)


def preset(**changed):
    words = {name: name for name in ("name", "title", "question", "task")}
    return Preset(**words | {"a": {"lr": 1}, "b": {"depth": 2}} | changed)


def test_an_output_is_complete_and_words_are_words(shown):
    output = shown(alt=NASTY, finding=NASTY, presets=[preset(question=NASTY)])
    page = Page(output.html)
    assert page.tags == ["div", "img", "p", "script", "script"]
    assert page.handlers == []
    assert NASTY in page.text
    assert "http" not in output.html.replace("http://www.w3.org/2000/svg", "")
    assert str(output) == f"Laboratory: {NASTY} {NASTY}"
    assert shown().html == shown().html


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"data": {}}, "lab must have data and presets, got none"),
        ({"presets": []}, "lab must have data and presets, got none"),
        ({"data": {'"]': two_moons(20, 20)}}, "names of data must be words, got '\"]'"),
        ({"alt": " "}, "alt must not be empty, got ' '"),
        ({"finding": ""}, "finding must not be empty, got ''"),
    ],
)
def test_what_is_refused(shown, changed, message):
    with pytest.raises(ValueError, match="^" + message.replace("[", r"\[")):
        shown(**changed)


@pytest.mark.parametrize(("x", "levels"), [(0.5, 16), (0.3, 0), (-0.5, 0), (2.0, 0)])
def test_sixteenths_take_half_a_byte(x, levels):
    some = Examples(torch.full((3, 4), x), torch.tensor([0, 1, 2]))
    told = json.loads(packed(Data(some, some, 3, some)))
    assert (told["n"], told["inputs"], told["levels"]) == ([3, 3], 4, levels)
