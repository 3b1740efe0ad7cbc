"""What the functions that chapters call refuse, and in what words."""

import math

import matplotlib.pyplot as plt
import pytest
import torch
from helpers import draw
from matplotlib.figure import Figure

from claimbook import claims
from claimbook.claims import claim, exact, interval
from claimbook.explore import applet, explore
from claimbook.page import show_source, table
from claimbook.plots import band, heat_map, label_ends, strips
from claimbook.quiz import choice, number, quiz
from nnlib.applets import CLIPPING_CLIFF


def undrawn(**_):
    pytest.fail("drawn before the axes were looked at")


def sized(level):
    return plt.figure(figsize=(level, 1))


AX = Figure().subplots()
YES = torch.ones(20).bool()
GOOD = {
    claim: {"id": "S1", "sentence": "So.", "holds": YES},
    exact: {"id": "S1", "sentence": "So.", "actual": [1.0], "expected": [1.0]},
    choice: {"question": "?", "right": "yes", "because": "so", "wrong": {"no": "why"}},
    number: {"question": "?", "answer": 1.0, "tolerance": 0.1, "because": "so"},
    explore: {"draw": undrawn, "alt": "A."},
    applet: {"script": CLIPPING_CLIFF, "alt": "A."},
    band: {"values": draw(2, 3), "x": [1, 2], "label": "a", "ax": AX},
    strips: {"ax": AX},
    heat_map: {"values": draw(2, 2), "label": "", "x": [1, 2], "y": [1, 2], "limit": 1,
               "ax": AX},
    table: {"rows": [[1]], "headers": ["x"]},
}  # fmt: skip
REFUSED = [
    (claim, {"id": ""}, "ValueError: id must not be empty, got ''"),
    (exact, {"id": 1}, "TypeError: id must be a string, got 1"),
    (claim, {"sentence": " "}, "ValueError: sentence must not be empty"),
    (exact, {"sentence": None}, "TypeError: sentence must be a string"),
    (claim, {"at_least": 0}, r"ValueError: .* in \(0, 1\], got 0"),
    (claim, {"at_least": math.nan}, "ValueError: .* got nan"),
    (claim, {"at_least": "1"}, "TypeError: at_least must be a number"),
    (claim, {"holds": torch.ones(20)}, "TypeError: holds must be bool"),
    (claim, {"holds": "yes"}, "TypeError: holds must be numbers"),
    (claim, {"holds": YES[:0]}, "ValueError: .* a boolean for each seed, got none"),
    (claim, {"measured": torch.ones(19)}, "ValueError: measured must have one number "
     r"per seed, \(20,\), got shape \(19,\)"),
    (claim, {"measured": "x"}, "TypeError: measured must be numbers"),
    (claim, {"decimals": -1}, "ValueError: decimals must be .*, got -1"),
    (claim, {"unit": 3}, "TypeError: unit must be a string, got 3"),
    (exact, {"actual": []}, "ValueError: actual must hold a number"),
    (exact, {"expected": "1"}, "TypeError: expected must be numbers"),
    (exact, {"atol": -1}, "ValueError: atol must be .*, got -1"),
    (exact, {"atol": math.inf}, "ValueError: atol must be .*, got inf"),
    (interval, {"values": [1.0]}, "ValueError: values must be at least 2 finite"),
    (interval, {"values": [1.0, math.nan]}, "ValueError: .* at least 2 finite numbers"),
    (choice, {"wrong": {}}, "ValueError: wrong must hold options"),
    (choice, {"wrong": {"yes": "1"}}, "ValueError: .* other than 'yes'"),
    (choice, {"wrong": ["no"]}, "TypeError: wrong must be a mapping"),
    (choice, {"wrong": {"no": " "}}, "ValueError: .* empty, got ' '"),
    (choice, {"because": ""}, "ValueError: .* must not be empty, got ''"),
    (choice, {"right": 1}, "TypeError: .* must be a string, got 1"),
    (number, {"answer": math.nan}, "ValueError: answer .* got nan"),
    (number, {"answer": "1"}, "TypeError: answer must be a number"),
    (number, {"tolerance": 0}, "ValueError: tolerance .* got 0"),
    (number, {"tolerance": math.inf}, "ValueError: tolerance .* inf"),
    (number, {"because": ""}, "ValueError: .* must not be empty"),
    (quiz, {}, "ValueError: .* at least one question"),
    (lambda: quiz("a"), {}, r"TypeError: .* number\(...\), got 'a'"),
    (explore, {}, "ValueError: .* one or two axes, got 0"),
    (explore, {name: [1] for name in "abc"}, "ValueError: .* one or two axes, got 3"),
    (explore, {"level": []}, "ValueError: level must hold at least one value"),
    (explore, {"level": [1, 0, 1]}, "ValueError: level must hold different values"),
    (explore, {"level": "abc"}, "TypeError: level must be a sequence .* 'abc'"),
    (explore, {"a": range(16), "b": range(10)}, "ValueError: .* 150 pictures, count=160"),
    (explore, {"level": [0], "start": {"level": 7}}, "ValueError: start must be on"),
    (explore, {"level": [0], "start": {"depth": 0}}, "ValueError: start must be on"),
    (explore, {"level": [0], "draw": lambda level: None}, "TypeError: .* got NoneType"),
    (explore, {"level": [1, 2], "draw": sized},
     r"ValueError: .* one size, got \(100, 100\) and \(200, 100\)"),
    (explore, {"level": [1], "draw": sized, "alt": " "}, "ValueError: alt .* got ' '"),
    (explore, {"level": [1], "draw": sized, "alt": None}, "TypeError: alt .* got None"),
    (explore, {"level": [1], "draw": sized, "alt": lambda level: ""},
     r"ValueError: alt\(...\) must not be empty"),
    (applet, {"alt": ""}, "ValueError: alt must not be empty"),
    (applet, {"script": "none.js"}, "FileNotFoundError: No such file"),
    (applet, {"start": YES}, "TypeError: .* not JSON"),
    (band, {"x": [1]}, r"ValueError: .* shape \(1, seeds\), got \(2, 3\)"),
    (band, {"values": draw(2)}, r"ValueError: .* got \(2,\)"),
    (band, {"values": [[1.0]]}, "TypeError: values must be a tensor"),
    (band, {"values": draw(0, 2), "x": []}, "TypeError: .* that is not empty"),
    (strips, {"groups": {"a": [1.0]}}, "TypeError: groups.'a'."),
    (strips, {"groups": {"a": draw(2)}, "ax": plt}, "TypeError: .* Matplotlib axes"),
    (label_ends, {"ax": plt}, "TypeError: ax must be Matplotlib"),
    (heat_map, {"values": draw(2, 3)}, r"ValueError: .* shape \(2, 2\)"),
    (heat_map, {"limit": 0}, "ValueError: limit must be .* got 0"),
    (table, {"rows": [[1, 2]]}, "ValueError: rows must have 1 cells .* got"),
    (table, {"rows": ["a"]}, "ValueError: .* got 'a'"),
    (table, {"headers": "x"}, "TypeError: headers must be a sequence of names, got 'x'"),
    (lambda: show_source(len), {}, "TypeError: .* source in Python, got <built-in"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "bad", "error"), REFUSED)
def test_what_is_wrong_is_named_and_nothing_is_shown(function, bad, error, monkeypatch):
    monkeypatch.setattr(claims, "display", pytest.fail)
    with pytest.raises(Exception, match=error.partition(": ")[2]) as raised:
        function(**GOOD.get(function, {}) | bad)
    assert raised.typename == error.partition(":")[0]
    assert not plt.get_fignums()
