"""The unit whose bias moves, in a real browser: its numbers are nnlib's."""

from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import Locator, expect
from torch import Tensor

from nnlib.activations import derivative, leaky_relu, relu
from nnlib.interactive import applet

SLOPE, TARGET, LR = 0.2, 1.0, 0.5
SAMPLE = [-0.9, -0.5, -0.2, 0.0, 0.1, 0.4, 0.7, 1.3]
UNITS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": relu,
    "leaky": lambda a: leaky_relu(a, SLOPE),
}


@pytest.fixture(scope="module")
def address(show) -> str:
    outputs = [
        applet(
            "relu_unit",
            alt="A unit.",
            preactivations=SAMPLE,
            slope=SLOPE,
            target=TARGET,
            lr=LR,
        ),
        applet("relu_unit", alt="Another.", preactivations=[1, 2], bias=0.5),
    ]
    return show(*outputs)


@pytest.fixture
def figure(visit, address) -> Locator:
    return visit(address).locator(".nnl-relu-unit").first


def shown(figure: Locator, name: str) -> str:
    text = figure.locator(f"[data-fact={name}]").inner_text()
    return text.replace("−", "-")


def loss_of(f: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    sample = torch.tensor(SAMPLE, dtype=torch.float64)
    return lambda b: (f(sample + b) - TARGET).square().mean() / 2


def agrees_with_nnlib(figure: Locator, b: Tensor) -> None:
    """Every number that the page shows is the one that nnlib computes."""
    a = torch.tensor(SAMPLE, dtype=torch.float64) + b
    assert shown(figure, "active") == f"{int((a > 0).sum())} of {len(SAMPLE)}"
    expected = {"bias": b.item()}
    for name, f in UNITS.items():
        expected[f"{name}-slope"] = derivative(f, a).mean().item()
        expected[f"{name}-gradient"] = derivative(loss_of(f), b).item()
    numbers = {name: float(shown(figure, name)) for name in expected}
    assert numbers == pytest.approx(expected, rel=6e-3, abs=1e-12)


def set_bias(figure: Locator, b: float) -> Tensor:
    figure.get_by_role("slider", name="bias b").fill(str(round(10 * (b + 3))))
    return torch.tensor(b, dtype=torch.float64)


@pytest.mark.parametrize("b", [-3.0, -1.3, -0.4, 0.0, 0.2, 0.5, 2.0])
def test_every_number_is_nnlibs(figure, b):
    agrees_with_nnlib(figure, set_bias(figure, b))
    on = int(shown(figure, "active").split()[0])
    assert figure.locator("circle.on").count() == on
    assert figure.locator("circle.off").count() == len(SAMPLE) - on


@pytest.mark.parametrize("name", ["ReLU", "leaky ReLU"])
@pytest.mark.parametrize("b", [-2.0, -0.5, 1.5])
def test_ten_steps_are_gradient_descent(figure, name, b):
    bias = set_bias(figure, b)
    loss = loss_of(UNITS["relu" if name == "ReLU" else "leaky"])
    for _ in range(10):
        bias = bias - LR * derivative(loss, bias)
    figure.get_by_role("button", name=f"10 steps with {name}").click()
    agrees_with_nnlib(figure, bias)


def test_a_dead_unit_stays_and_a_leaky_one_comes_back(figure):
    set_bias(figure, -2.0)
    figure.get_by_role("button", name="10 steps with ReLU").click()
    assert shown(figure, "bias") == "-2"
    assert shown(figure, "relu-gradient") == "0"
    expect(figure.locator(".nnl-verdict")).to_contain_text("exactly 0")
    expect(figure.locator("[aria-live]")).to_contain_text("off for every")
    for _ in range(5):
        figure.get_by_role("button", name="10 steps with leaky").click()
    assert int(shown(figure, "active").split()[0]) > 0


def test_the_keyboard_moves_one_unit_and_no_other(visit, address):
    page = visit(address, width=390)
    one, two = page.locator(".nnl-relu-unit").all()
    assert shown(two, "bias") == "0.5"
    dial = one.get_by_role("slider", name="bias b")
    dial.focus()
    page.keyboard.press("ArrowLeft")
    assert shown(one, "bias") == "-0.1"
    assert dial.get_attribute("aria-valuetext") == "-0.1"
    assert shown(two, "bias") == "0.5"
    one.get_by_role("button", name="Start again").click()
    assert shown(one, "bias") == "0"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
