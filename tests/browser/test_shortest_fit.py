"""The shortest fit, solved in the page, is the one that NumPy's pseudo-inverse finds."""

import json

import pytest
import torch
from playwright.sync_api import Locator, expect
from twins import amount, fact, shortest_fit, spoken

from claimbook.explore import applet
from nnlib.applets import SHORTEST_FIT
from nnlib.replicas import Generators

draws = Generators(range(8), stream=5)
places = (torch.arange(15) + 0.2 + 0.6 * draws.rand(15)) / 7.5 - 1
places = places.mul(100).round().div(100)
heights = (torch.sin(6 * places) + 0.15 * draws.randn(15)).mul(100).round().div(100)
DATA = {
    "sets": torch.stack([places, heights], dim=1).tolist(),
    "centres": [
        round(k / 99.5 - 1, 3) for k in Generators(0, stream=6).randperm(200).tolist()
    ],
    "slope": 8,
    "wave": 6,
    "sizes": [*range(1, 41), *range(42, 61, 2), *range(65, 101, 5), *range(110, 201, 10)],
}


@pytest.fixture(scope="module")
def address(show) -> str:
    return show(applet(SHORTEST_FIT, alt="Points and a fit.", **DATA))


@pytest.fixture
def figure(visit, address) -> Locator:
    return visit(address).locator(".nnl-shortest-fit")


def dial(figure: Locator, units: int) -> None:
    slider = figure.get_by_role("slider", name="units P")
    slider.fill(str(DATA["sizes"].index(units)))
    assert spoken(slider) == str(units)


def points(figure: Locator) -> list[list[float]]:
    return json.loads(figure.get_attribute("data-points") or "")


def press(figure: Locator, name: str) -> None:
    figure.get_by_role("button", name=name).click()


@pytest.mark.parametrize("units", [1, 2, 7, 14, 15, 16, 40, 100, 200])
def test_it_is_the_shortest_fit_for_every_number_of_units(figure, units):
    dial(figure, units)
    shortest_fit(figure, DATA)
    press(figure, "Draw new points")
    press(figure, "Draw new points")
    shortest_fit(figure, DATA)


def test_the_errors_peak_where_units_and_points_are_equally_many(figure):
    press(figure, "Draw all 8 sets")
    expect(figure).to_have_attribute("data-state", "still")
    expect(figure).to_have_attribute("data-drawn", "8")
    expect(figure.locator(".lines path")).to_have_count(8)
    expect(figure.locator(".nnl-verdict")).to_contain_text(
        "the median is highest at P = 15"
    )
    typical = {}
    for units in (8, 15, 200):
        dial(figure, units)
        shortest_fit(figure, DATA)
        typical[units] = amount(figure, "median")
    assert typical[15] > 10 * typical[8] > 10 * typical[200]
    press(figure, "Start over")
    expect(figure).to_have_attribute("data-drawn", "1")
    expect(figure.locator(".lines path")).to_have_count(1)
    shortest_fit(figure, DATA)


def test_a_point_follows_the_mouse_and_comes_back(figure):
    dial(figure, 20)
    press(figure, "Draw new points")
    first, alone = points(figure), fact(figure, "median")
    mouse, point = figure.page.mouse, figure.locator(".datum").nth(4).bounding_box()
    mouse.move(point["x"] + 7, point["y"] + 7)
    mouse.down()
    mouse.move(point["x"] + 27, point["y"] + 57, steps=5)
    mouse.up()
    mouse.move(point["x"] + 90, point["y"])
    figure.page.wait_for_timeout(100)
    now = points(figure)
    assert now[0][4] > first[0][4] + 0.05
    assert now[1][4] < first[1][4] - 0.3
    assert [v for k, v in enumerate(now[1]) if k != 4] == first[1][:4] + first[1][5:]
    assert fact(figure, "median") == alone  # it is of the points as they were drawn
    error = fact(figure, "error")
    press(figure, "Points back")
    assert points(figure) == first
    shortest_fit(figure, DATA)
    assert fact(figure, "error") != error


def test_the_keyboard_chooses_a_point_and_moves_it(figure):
    point = figure.locator("svg [role=slider]")
    point.focus()
    before = points(figure)
    point.press("ArrowRight")
    assert spoken(point).startswith("point 2 of 15")
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowRight"):
        point.press(key)
    figure.page.wait_for_timeout(100)
    now = points(figure)
    assert now[1][1] == pytest.approx(before[1][1] + 0.2)
    assert now[0][1] == pytest.approx(before[0][1] + 0.02)
    shortest_fit(figure, DATA)
    expect(figure.locator("[aria-live]")).to_contain_text("test error")


def test_a_click_into_the_chart_sets_the_number_of_units(figure):
    chart = figure.locator(".both svg").nth(1)
    box = chart.bounding_box()
    chart.click(position={"x": 0.999 * box["width"], "y": box["height"] / 2})
    assert spoken(figure.get_by_role("slider", name="units P")) == "200"
    shortest_fit(figure, DATA)


def test_nothing_moves_where_motion_is_reduced_and_a_phone_is_wide_enough(visit, address):
    page = visit(address, width=390, reduced_motion="reduce")
    figure = page.locator(".nnl-shortest-fit")
    press(figure, "Draw all 8 sets")
    expect(figure).to_have_attribute("data-drawn", "8")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
