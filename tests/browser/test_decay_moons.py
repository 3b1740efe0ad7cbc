"""Two moons that train in the page at the reader's λ, on labels that a click flips."""

import json
import math
import re

import pytest
from playwright.sync_api import Locator, expect
from twins import decay_moons, fact, spoken

from claimbook.explore import applet
from nnlib.applets import DECAY_MOONS
from nnlib.data import two_moons
from nnlib.init import kaiming_normal_
from nnlib.models import MLP

data = two_moons(n_train=60, seed=3)
noisy = two_moons(n_train=60, label_noise=0.3, seed=3)
net = MLP([2, 32, 2], init=kaiming_normal_, seeds=0)
DATA = {
    "points": data.train.x.mul(100).round().div(100).tolist(),
    "labels": data.train.y.tolist(),
    "flipped": (data.train.y != noisy.train.y).nonzero().flatten().tolist(),
    "fresh": [
        [round(a, 2), round(b, 2), label]
        for (a, b), label in zip(
            data.validation.x.tolist(), data.validation.y.tolist(), strict=True
        )
    ],
    "weights": [[round(w, 3) for w in net[k].weight.flatten().tolist()] for k in (0, 2)],
}


@pytest.fixture(scope="module")
def address(show) -> str:
    return show(applet(DECAY_MOONS, alt="Two moons.", **DATA))


@pytest.fixture
def figure(visit, address) -> Locator:
    return visit(address).locator(".nnl-decay-moons")


def dial(figure: Locator, lam: str) -> None:
    place = round(20 * math.log10(float(lam)) + 80) + 1 if float(lam) else 0
    slider = figure.get_by_role("slider", name="λ")
    slider.fill(str(place))
    assert spoken(slider) == lam


@pytest.mark.parametrize("lam", ["0", "0.0001", "0.0032", "0.032", "0.32"])
def test_it_ends_where_nnlib_ends(figure, lam):
    dial(figure, lam)
    decay_moons(figure, DATA)
    expect(figure.locator(".nnl-verdict")).to_contain_text(f"λ = {lam}: ")


def test_some_decay_is_better_than_none_and_too_much_is_worst(figure):
    errors = []
    for lam in ("0", "0.0032", "0.32"):
        dial(figure, lam)
        expect(figure).to_have_attribute("data-state", "still")
        errors.append(fact(figure, "fresh"))
    none, some, much = errors
    assert some < none - 4
    assert some < much - 4
    expect(figure.locator(".nnl-verdict")).to_contain_text(f"{some:.1f}%, at λ = ")


def test_a_click_flips_a_label_and_so_does_the_keyboard(figure):
    dial(figure, "0.0032")
    first = json.loads(figure.get_attribute("data-flipped"))
    picture = figure.locator(".plane svg")
    x, y = DATA["points"][next(i for i in range(60) if i not in first)]
    unit = picture.bounding_box()["width"] / 4.4
    picture.click(position={"x": (x + 1.7) * unit, "y": (1.68 - y) * unit})
    decay_moons(figure, DATA)
    assert len(json.loads(figure.get_attribute("data-flipped"))) == len(first) + 1
    point = figure.locator("svg [role=slider]")
    point.focus()
    before = spoken(point)
    point.press("ArrowRight")
    assert spoken(point) != before
    told = re.search("label (wrong|right)", spoken(point))[1]
    point.press("Enter")
    other = {"wrong": "right", "right": "wrong"}[told]
    expect(point).to_have_attribute("aria-valuetext", re.compile(f"label {other}"))
    decay_moons(figure, DATA)
    figure.get_by_role("button", name="All labels right").click()
    expect(figure.locator(".flipped")).to_have_count(0)
    decay_moons(figure, DATA)
    figure.get_by_role("button", name="First labels again").click()
    assert json.loads(figure.get_attribute("data-flipped")) == first


def test_a_slow_training_shows_its_way_and_ends_the_same(figure):
    steps = figure.locator("[data-fact=steps]")
    figure.get_by_role("button", name="Watch it train").click()
    expect(steps).to_have_text(re.compile(r"^\d{1,3}$"))
    expect(figure.locator(".nnl-verdict")).to_have_text("Training …")
    decay_moons(figure, DATA)


def test_it_fits_a_phone(visit, address):
    page = visit(address, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
