"""The laboratory's output: what the page is told, what its scripts are, what is refused.

What it does in a page is in ``browser/test_laboratory.py``.
"""

import json

import matplotlib.pyplot as plt
import pytest
import torch
from helpers import Page

from claimbook.lab import Preset, joined, lab, packed, short
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


def test_a_preset_is_told_by_side():
    told = preset(both={"data": "moons"}, python={"A": [0.5], "B": [0.25]}).told()
    assert told["choice"] == {"A.lr": 1, "B.depth": 2, "data": "moons"}
    assert told["python"] == {"A": [0.5], "B": [0.25]}
    assert "a" not in told


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


def test_modules_are_joined_each_once_and_in_order():
    code, names = joined(LABORATORY / "train.js")
    assert names.count("Generator") == names.count("fit") == 1
    assert code.index("class Generator") < code.index("class Network") < code.index("fit(")
    assert "import" not in code
    assert "export" not in code
    assert len(set(names)) == len(names)


def test_code_is_shortened_and_its_texts_are_not():
    code = '// a\n/** b\n * c */\nf("// d"); // e\n  g = "https://h"; \n\n'
    assert short(code) == 'f("// d");\ng = "https://h";\n'
