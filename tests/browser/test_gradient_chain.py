"""The gradient that walks back through 30 layers: its numbers are autograd's, and χ's."""

import math

import pytest
import torch
from playwright.sync_api import Locator, expect
from twins import text

from claimbook.explore import applet
from nnlib.activations import derivative, relu, sigmoid, tanh
from nnlib.applets import GRADIENT_CHAIN

DEPTH = 30
PHI = {"none": lambda a: a, "sigmoid": sigmoid, "tanh": tanh, "ReLU": relu}
SIZES = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, math.sqrt(2), 1.7, 2, 2.5, 3, 4, 5]
DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


@pytest.fixture(scope="module")
def address(show) -> str:
    return show(applet(GRADIENT_CHAIN, alt="A chain."))


@pytest.fixture
def figure(visit, address) -> Locator:
    return visit(address).locator(".nnl-gradient-chain")


def choose(figure: Locator, name: str, g: float, n: int) -> None:
    figure.get_by_role("combobox").select_option(name)
    figure.get_by_role("slider", name="size of the weights").fill(str(SIZES.index(g)))
    figure.get_by_role("slider", name="units a layer").fill(str(n.bit_length() - 1))


def value(figure: Locator, fact: str) -> float:
    factor, _, power = text(figure, fact).translate(DIGITS).partition(" × 10")
    return float(factor) * 10.0 ** int(power or 0)


def gains(name: str, g: float) -> torch.Tensor:
    """√χ of each layer, by numerical integration over a normal pre-activation."""
    z = (torch.arange(4000, dtype=torch.float64) - 1999.5) / 250
    mass = torch.softmax(-z.square() / 2, 0)
    q, found = torch.tensor(g**2, dtype=torch.float64), []
    for _ in range(DEPTH):
        found.append(g * (mass * derivative(PHI[name], q.sqrt() * z) ** 2).sum().sqrt())
        q = g**2 * (mass * PHI[name](q.sqrt() * z) ** 2).sum()
    return torch.stack(found)


@pytest.mark.parametrize("name", PHI)
@pytest.mark.parametrize("g", [0.5, 1, 2])
def test_one_unit_a_layer_is_a_product_that_autograd_knows(figure, name, g):
    choose(figure, name, g, 1)
    figure.get_by_role("button", name="Send it back").click()
    x = torch.ones((), dtype=torch.float64, requires_grad=True)
    h = x
    for _ in range(DEPTH):
        h = PHI[name](g * h)
    h.backward()
    assert value(figure, "drawn") == pytest.approx(float(x.grad), rel=0.06)
    assert figure.locator("path.walk").count() == 1


@pytest.mark.parametrize(
    ("name", "g"), [("none", 0.7), ("sigmoid", 1), ("tanh", 5), ("ReLU", math.sqrt(2))]
)
def test_the_prediction_is_chis_and_the_draws_gather_around_it(figure, name, g):
    choose(figure, name, g, 64)
    figure.get_by_role("button", name="Send it back").click()
    product = float(gains(name, g).log().sum().exp())
    assert value(figure, "predicted") == pytest.approx(product, rel=0.06)
    assert value(figure, "factor") == pytest.approx(product ** (1 / DEPTH), rel=0.01)
    first = value(figure, "drawn")
    assert 0.1 < first / product < 10
    assert figure.locator("path.walk").count() == 20
    figure.get_by_role("button", name="Draw new weights").click()
    assert value(figure, "drawn") != first


def test_nothing_is_told_before_a_guess(visit, address):
    page = visit(address, width=390)
    figure = page.locator(".nnl-gradient-chain")
    assert text(figure, "drawn") == "–"
    assert figure.locator("path.walk").count() == 0
    figure.get_by_role("slider", name="your guess").focus()
    page.keyboard.press("ArrowLeft")
    assert value(figure, "guess") == pytest.approx(0.1)
    figure.get_by_role("button", name="Send it back").click()
    expect(figure.locator("path.walk")).to_have_count(1)
    figure.get_by_role("button", name="Guess again").click()
    assert text(figure, "drawn") == "–"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
