"""nnlib.checks: what is refused, and that the message says why."""

import math
import re

import pytest
import torch

from nnlib import checks

NAN, INF = math.nan, math.inf


# law


@pytest.mark.parametrize(
    ("check", "good", "bad", "rule"),
    [
        (checks.positive, [1e-300, 1, INF], [0, -1.5, NAN], "be positive"),
        (
            checks.non_negative,
            [0, -0.0, 1e300],
            [-1e-9, NAN, INF, -INF],
            "be finite and not negative",
        ),
        (
            checks.probability,
            [0, 0.5, 1],
            [-1e-9, 1.5, NAN, INF],
            "be in [0, 1]",
        ),
    ],
)
def test_a_number_obeys_its_rule(check, good, bad, rule):
    for value in good:
        check("c", value)
        check("c", torch.tensor([value, value]))
    for value in bad:
        with pytest.raises(ValueError, match=re.escape(f"c must {rule}, got")):
            check("c", value)
        with pytest.raises(ValueError, match=re.escape(f"c must {rule}, got")):
            check("c", torch.tensor([good[-1], value]))


def test_a_whole_number_comes_back_as_an_int():
    assert checks.whole("n", torch.tensor(3), 1) == 3
    assert type(checks.whole("n", 3, 3)) is int


# error


@pytest.mark.parametrize("bad", ["1", None, True, 1j, [1.0]])
def test_not_a_number_is_a_type_error(bad):
    rule = re.escape(f"c must be a number or a tensor of numbers, got {bad!r}")
    with pytest.raises(TypeError, match=rule):
        checks.real("c", bad)


@pytest.mark.parametrize("bad", [1.0, "1", None])
def test_not_a_whole_number_is_a_type_error(bad):
    with pytest.raises(
        TypeError, match=f"n must be a whole number, got {bad!r}"
    ):
        checks.whole("n", bad, 1)


def test_too_small_a_whole_number_is_a_value_error():
    with pytest.raises(ValueError, match="n must be at least 2, got 1"):
        checks.whole("n", 1, 2)


def test_the_message_shows_all_values_of_a_tensor():
    with pytest.raises(ValueError, match=r"c must be positive, got \[1, -2\]"):
        checks.positive("c", torch.tensor([1, -2]))


def test_what_is_no_network_is_shown():
    with pytest.raises(TypeError, match=r"net must be .*Module, got 'm\.pt'"):
        checks.module("net", "m.pt")
