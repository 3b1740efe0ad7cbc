"""The thousand starts of XOR train in the page as nnlib trains them."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from twins import fact, text, xor_starts

from claimbook.explore import applet
from nnlib.applets import XOR_STARTS


@pytest.fixture(scope="module")
def address(show) -> str:
    return show(applet(XOR_STARTS, alt="A thousand squares."))


@pytest.fixture
def figure(visit, address) -> Locator:
    return visit(address).locator(".nnl-xor-starts")


def train(figure: Locator) -> None:
    figure.get_by_role("button", name="Train").click()
    expect(figure.locator("[data-fact=steps]")).to_have_text("1500")


@pytest.mark.parametrize("place", [0, 2])
def test_they_end_where_nnlib_ends(figure, place):
    figure.get_by_role("slider", name="hidden units").fill(str(place))
    train(figure)
    xor_starts(figure, {})


def test_other_weights_end_in_other_numbers_and_the_guess_is_told(figure):
    figure.get_by_role("button", name="Draw other weights").click()
    assert text(figure, "solved") == "–"
    figure.get_by_role("slider", name="your guess").fill("7")
    train(figure)
    xor_starts(figure, {"seed": 2})
    solved = int(fact(figure, "solved"))
    said = re.compile(f"^{solved} of 1000 solve XOR; your guess was 700")
    expect(figure.locator(".nnl-verdict")).to_have_text(said)


def test_the_squares_have_the_colours_of_their_ends_and_sort(figure):
    train(figure)
    figure.get_by_role("button", name="Sort").click()
    colours = figure.locator("canvas").evaluate(
        """(canvas) => {
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          return Array.from({ length: 1000 }, (_, k) => {
            const at = 4 * (width * (14 * (k % 20) + 7) + 14 * Math.floor(k / 20) + 7);
            return [...data.slice(at, at + 3)];
          });
        }"""
    )
    assert colours == sorted(
        colours, key=[[0, 114, 178], [240, 192, 90], [213, 94, 0], [204, 121, 167]].index
    )
    assert colours.count([0, 114, 178]) == fact(figure, "solved")


def test_it_fits_a_phone_and_its_controls_have_names(visit, address):
    page: Page = visit(address, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    snapshot = page.locator("main").aria_snapshot()
    assert not re.findall(r"- (?:slider|button|img)(?! \").*", snapshot)
