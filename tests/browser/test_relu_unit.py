"""The unit whose bias moves, in a real browser: its numbers are nnlib's."""

import pytest
import torch
from playwright.sync_api import Locator, expect
from torch import Tensor
from twins import relu_unit, text, unit

from claimbook.explore import applet
from nnlib.activations import derivative
from nnlib.applets import RELU_UNIT

LR = 0.5
SAMPLE = [-0.9, -0.5, -0.2, 0.0, 0.1, 0.4, 0.7, 1.3]
DATA = {"preactivations": SAMPLE, "slope": 0.2, "target": 1.0, "lr": LR}


@pytest.fixture(scope="module")
def address(show) -> str:
    outputs = [
        applet(RELU_UNIT, alt="A unit.", **DATA),
        applet(RELU_UNIT, alt="Another.", preactivations=[1, 2], bias=0.5),
    ]
    return show(*outputs)


@pytest.fixture
def figure(visit, address) -> Locator:
    return visit(address).locator(".nnl-relu-unit").first


def set_bias(figure: Locator, b: float) -> Tensor:
    figure.get_by_role("slider", name="bias b").fill(str(round(10 * (b + 3))))
    return torch.tensor(b, dtype=torch.float64)


@pytest.mark.parametrize("b", [-3.0, -1.3, -0.4, 0.0, 0.2, 0.5, 2.0])
def test_every_number_is_nnlibs(figure, b):
    relu_unit(figure, DATA, set_bias(figure, b))
    on = int(text(figure, "active").split()[0])
    assert figure.locator("circle.on").count() == on
    assert figure.locator("circle.off").count() == len(SAMPLE) - on


@pytest.mark.parametrize("name", ["ReLU", "leaky ReLU"])
@pytest.mark.parametrize("b", [-2.0, -0.5, 1.5])
def test_ten_steps_are_gradient_descent(figure, name, b):
    bias = set_bias(figure, b)
    _, loss = unit("relu" if name == "ReLU" else "leaky", DATA)
    for _ in range(10):
        bias = bias - LR * derivative(loss, bias)
    figure.get_by_role("button", name=f"10 steps with {name}").click()
    relu_unit(figure, DATA, bias)


def test_a_dead_unit_stays_and_a_leaky_one_comes_back(figure):
    set_bias(figure, -2.0)
    figure.get_by_role("button", name="10 steps with ReLU").click()
    assert text(figure, "bias") == "-2"
    assert text(figure, "relu-gradient") == "0"
    expect(figure.locator(".nnl-verdict")).to_contain_text("exactly 0")
    expect(figure.locator("[aria-live]")).to_contain_text("off for every")
    for _ in range(5):
        figure.get_by_role("button", name="10 steps with leaky").click()
    assert int(text(figure, "active").split()[0]) > 0


def test_the_keyboard_moves_one_unit_and_no_other(visit, address):
    page = visit(address, width=390)
    one, two = page.locator(".nnl-relu-unit").all()
    assert text(two, "bias") == "0.5"
    dial = one.get_by_role("slider", name="bias b")
    dial.focus()
    page.keyboard.press("ArrowLeft")
    assert text(one, "bias") == "-0.1"
    assert dial.get_attribute("aria-valuetext") == "-0.1"
    assert text(two, "bias") == "0.5"
    one.get_by_role("button", name="Start again").click()
    assert text(one, "bias") == "0"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
