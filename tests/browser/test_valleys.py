"""The walk through three valleys computes in the page what nnlib computes."""

import re
from functools import cache

import pytest
import torch
from conftest import drag
from playwright.sync_api import Locator, Page, expect
from torch import Tensor
from twins import descend, numbers, slider, three_valleys, valley_of

from claimbook.explore import applet
from nnlib.applets import VALLEYS

STARTS = [[0.9, -1.3], [-2, 1.5]]
RATES = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
MOMENTA = [0, 0.5, 0.8, 0.9, 0.95]


@pytest.fixture(scope="module")
def address(show) -> str:
    """A page with two of the figure."""
    outputs = [
        applet(VALLEYS, alt="Three valleys.", start=start, lr=0.1) for start in STARTS
    ]
    return show(*outputs)


@pytest.fixture
def page(visit, address) -> Page:
    return visit(address)


# --- the twin ----------------------------------------------------------------


@cache
def map_of_ends(lr: float, momentum: float) -> Tensor:
    """The number of the valley for every start of the page's grid."""
    x = -3 + 6 * (torch.arange(120, dtype=torch.float64) + 0.5) / 120
    y = 2 - 4 * (torch.arange(80, dtype=torch.float64) + 0.5) / 80
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    end, _, resting = descend(grid.flatten(0, 1), lr, momentum)
    return valley_of(end, resting)


# --- what the page says ------------------------------------------------------


def choose(figure: Locator, lr: float, momentum: float) -> None:
    figure.get_by_role("slider", name="learning rate").fill(str(RATES.index(lr)))
    figure.get_by_role("slider", name="momentum").fill(str(MOMENTA.index(momentum)))
    assert slider(figure, "learning rate") == lr
    assert slider(figure, "momentum") == momentum


@pytest.mark.parametrize(
    ("lr", "momentum"),
    [(0.02, 0), (0.2, 0), (0.3, 0), (0.5, 0), (0.1, 0.9), (0.05, 0.95)],
)
def test_the_walk_and_its_numbers_are_nnlibs(page, lr, momentum):
    for figure in page.locator(".nnl-valleys").all():
        choose(figure, lr, momentum)
        three_valleys(figure, {})


@pytest.mark.parametrize(
    ("lr", "momentum"), [(0.02, 0), (0.1, 0), (0.3, 0), (0.1, 0.8), (0.1, 0.9)]
)
def test_the_share_of_starts_that_leave_is_nnlibs(page, lr, momentum):
    figure = page.locator(".nnl-valleys").first
    choose(figure, lr, momentum)
    left = map_of_ends(lr, momentum) != map_of_ends(0.02, 0)
    share = 100 * left.double().mean().item()
    assert numbers(figure, "leave") == pytest.approx([share], abs=0.3)


def test_the_map_has_the_colour_of_every_valley(page):
    figure = page.locator(".nnl-valleys").first
    counts = figure.locator("image").evaluate(
        """async (image) => {
          const picture = new Image();
          picture.src = image.getAttribute("href");
          await picture.decode();
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [picture.width, picture.height];
          const pen = canvas.getContext("2d");
          pen.drawImage(picture, 0, 0);
          const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
          const counts = {};
          for (let i = 0; i < data.length; i += 4) {
            const brighter = (a, b) => data[i + a] > data[i + b] ? a : b;
            const main = data[i + 3] ? [0, 1, 2].reduce(brighter) : -1;
            counts[main] = (counts[main] || 0) + 1;
          }
          return counts;
        }"""
    )
    ends = map_of_ends(0.1, 0)
    for valley, channel in enumerate(["2", "0", "1"]):  # blue, red, green
        expected = int((ends == valley).sum())
        assert counts[channel] == pytest.approx(expected, abs=20)


# --- moving the start --------------------------------------------------------


@pytest.mark.parametrize("where", [(0.1, 0.2), (0.6, 0.8), (0.8, 0.3)])
def test_the_start_follows_the_mouse(page, where):
    one, two = page.locator(".nnl-valleys").all()
    drag(one, where)
    assert numbers(one, "w") == pytest.approx(
        [-3 + 6 * where[0], 2 - 4 * where[1]], abs=0.02
    )
    three_valleys(one, {})
    assert numbers(two, "w") == STARTS[1]


def test_the_arrow_keys_move_the_start_and_a_button_brings_it_back(page):
    figure = page.locator(".nnl-valleys").nth(1)
    figure.get_by_role("slider", name="the start w").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert numbers(figure, "w") == [-1.9, 1.54]
    three_valleys(figure, {})
    expect(figure.locator("[aria-live]")).to_contain_text("comes to rest")
    figure.get_by_role("button", name="Start again").click()
    assert numbers(figure, "w") == STARTS[1]


def test_a_finger_places_the_start(visit, address):
    page = visit(address, width=390, has_touch=True)
    figure = page.locator(".nnl-valleys").first
    picture = figure.locator("svg")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    picture.tap(position={"x": box["width"] / 4, "y": box["height"] / 4})
    assert numbers(figure, "w") == pytest.approx([-1.5, 1.0], abs=0.05)
    three_valleys(figure, {})


def test_the_figure_fits_a_phone_and_its_controls_have_names(visit, address):
    page = visit(address, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    snapshot = page.locator("main").aria_snapshot()
    assert not re.findall(r"- (?:slider|button|img)(?! \").*", snapshot)
