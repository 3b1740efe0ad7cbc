"""Two networks on noisy moons, in a browser: they train as nnlib does, and lose units."""

import json
import re

import pytest
from playwright.sync_api import Locator, expect
from twins import dropout_moons

from claimbook.explore import applet
from nnlib.applets import DROPOUT_MOONS
from nnlib.data import two_moons

noisy, clean = two_moons(40, 40, label_noise=0.3), two_moons(40, 40)


def rounded(points) -> list[list[float]]:
    return [[round(v, 2) for v in point] for point in points.tolist()]


DATA = {
    "points": rounded(noisy.train.x),
    "labels": "".join(map(str, noisy.train.y.tolist())),
    "wrong": "".join(map(str, (noisy.train.y != clean.train.y).int().tolist())),
    "unseen": rounded(clean.test()[0][:60]),
    "answers": "".join(map(str, clean.test()[1][:60].tolist())),
    "steps": 60,
}


@pytest.fixture(scope="module")
def address(show) -> str:
    return show(applet(DROPOUT_MOONS, alt="Two moons.", **DATA))


@pytest.fixture
def figure(visit, address) -> Locator:
    return visit(address).locator(".nnl-dropout-moons")


def press(figure: Locator, name: str) -> None:
    figure.get_by_role("button", name=name).click()


def train(figure: Locator) -> None:
    press(figure, "Train")
    expect(figure).to_have_attribute("data-steps", "60")
    dropout_moons(figure, DATA)


@pytest.mark.parametrize("place", [1, 3, 5])
def test_both_train_as_nnlib_does(figure, place):
    dropout_moons(figure, DATA)
    figure.get_by_role("slider", name="probability p").fill(str(place))
    train(figure)
    press(figure, "Other weights")
    train(figure)


def test_units_go_and_come_back(figure):
    train(figure)
    units = figure.get_by_role("switch")
    assert units.count() == 128
    units.nth(3).click()
    expect(units.nth(67)).to_have_attribute("aria-checked", "false")
    dropout_moons(figure, DATA)
    press(figure, "Turn 16 units off")
    expect(figure.locator(".nnl-verdict")).to_contain_text("units are off in both")
    dropout_moons(figure, DATA)
    press(figure, "All units on")
    expect(figure.locator(".pair svg .off")).to_have_count(0)
    dropout_moons(figure, DATA)


def test_a_layer_keeps_a_unit(figure):
    for _ in range(5):
        press(figure, "Turn 16 units off")
    off = json.loads(figure.get_attribute("data-off") or "")
    assert [len(layer) for layer in off] == [31, 31]
    dropout_moons(figure, DATA)


def test_the_keyboard_reaches_every_unit(figure):
    units = figure.get_by_role("switch")
    units.first.focus()
    page = figure.page
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    assert json.loads(figure.get_attribute("data-off") or "") == [[], [0]]
    page.keyboard.press("Enter")
    assert json.loads(figure.get_attribute("data-off") or "") == [[], []]
    assert figure.locator("svg [tabindex='0']").count() == 2  # one stop for each


def test_masks_flash_while_it_trains_and_not_for_those_who_asked(visit, show):
    long = show(applet(DROPOUT_MOONS, alt="Two moons.", **DATA | {"steps": 4000}))
    figure = visit(long).locator(".nnl-dropout-moons")
    press(figure, "Train")
    right = figure.locator(".pair > div").nth(1)
    expect(right.locator(".off").first).to_be_attached()
    assert figure.locator(".pair > div").first.locator(".off").count() == 0
    press(figure, "Pause")
    dropout_moons(figure, DATA | {"steps": 4000})
    calm = visit(long, reduced_motion="reduce").locator(".nnl-dropout-moons")
    press(calm, "Train")
    calm.page.wait_for_timeout(300)
    assert calm.locator(".off").count() == 0
    press(calm, "Pause")
    assert int(calm.get_attribute("data-steps") or "") > 0


def test_it_fits_a_phone_and_its_controls_have_names(visit, address):
    page = visit(address, width=390, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    snapshot = page.locator("main").aria_snapshot()
    assert not re.findall(r"- (?:slider|button|img|switch)(?! \").*", snapshot)
    page.get_by_role("switch").nth(5).tap()
    figure = page.locator(".nnl-dropout-moons")
    assert json.loads(figure.get_attribute("data-off") or "") == [[5], []]
