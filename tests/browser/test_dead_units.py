"""Two layers of units that train in the page, in a browser: their numbers are nnlib's."""

import pytest
from playwright.sync_api import Locator, expect
from twins import dead_units, text

from claimbook.explore import applet
from nnlib.applets import DEAD_UNITS
from nnlib.data import digits
from nnlib.init import kaiming_normal_
from nnlib.models import MLP

x, y = digits(60, 20).train
net = MLP([64, 16, 10], init=kaiming_normal_, seeds=3)
DATA = {
    "digits": [
        "".join("0123456789abcdefg"[round(16 * v)] for v in row) for row in x.tolist()
    ],
    "labels": "".join(map(str, y.tolist())),
    "first": [[round(w, 3) for w in row] for row in net[0].weight.tolist()],
    "second": [[round(w, 3) for w in row] for row in net[2].weight.tolist()],
    "low": 1.5,
}


@pytest.fixture(scope="module")
def address(show) -> str:
    return show(applet(DEAD_UNITS, alt="Two layers.", **DATA))


@pytest.fixture
def figure(visit, address) -> Locator:
    return visit(address).locator(".nnl-dead-units")


@pytest.mark.parametrize("low", [0.0, 1.5, 4.0])
@pytest.mark.parametrize("rates", [[0.3], [1.0, 0.1]])
def test_training_is_nnlibs(figure, low, rates):
    figure.get_by_role("slider", name="biases").fill(str(round(2 * low)))
    for rate in rates:
        place = ["0.03", "0.1", "0.3", "1.0"].index(str(rate))
        figure.get_by_role("slider", name="rate").fill(str(place))
        figure.get_by_role("button", name="Train").click()
        dead_units(figure, DATA)
    expect(figure).to_contain_text(f"After {20 * len(rates)} epochs")


def test_no_dead_column_lights_up_again_and_leaky_ones_do(figure):
    none = {name: figure.locator(f".{name}").count() for name in ("dead", "asleep")}
    assert none["dead"] > 8
    figure.get_by_role("button", name="Train").click()
    expect(figure.locator("svg")).to_be_visible()
    dead_units(figure, DATA)
    assert figure.locator(".dead").count() >= none["dead"]
    assert figure.locator(".asleep").count() < none["asleep"]
    assert text(figure, "relu-off") == f"{figure.locator('.dead').count()} of 16"
    expect(figure.locator("[aria-live]")).to_contain_text("After 20 epochs")


def test_those_who_asked_for_it_see_the_end_at_once(visit, address):
    page = visit(address, reduced_motion="reduce")
    figure = page.locator(".nnl-dead-units")
    figure.get_by_role("button", name="Train").click()
    expect(figure).to_contain_text("After 20 epochs")
    dead_units(figure, DATA)
    figure.get_by_role("button", name="Start again").click()
    expect(figure).to_contain_text("Will training bring them back?")
