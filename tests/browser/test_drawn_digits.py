"""A digit that is drawn and pushed, in a browser: what both networks say is torch's."""

import pytest
import torch
from playwright.sync_api import Locator, expect
from twins import drawn_digits, fact, text

from claimbook.explore import applet
from nnlib.applets import DRAWN_DIGITS
from nnlib.data import digits
from nnlib.replicas import Generators

x, y = digits(60, 20).test()
draws = Generators(5)
SHAPES = [(32, 36), (32,), (10, 32), (10,)], [(10, 144), (10,), (10, 10), (10,)]
conv, shuffled, perceptron = (
    [(60 * draws.randn(*shape)).round().int().flatten().tolist() for shape in shapes]
    for shapes in (SHAPES[0], SHAPES[0], SHAPES[1])
)
DATA = {
    "digits": [
        "".join("0123456789abcdefg"[round(16 * v)] for v in row) for row in x[:3].tolist()
    ],
    "labels": "".join(map(str, y[:3].tolist())),
    "order": draws.randperm(144).tolist(),
    "conv": conv,
    "shuffled": shuffled,
    "perceptron": perceptron,
}


@pytest.fixture(scope="module")
def address(show) -> str:
    return show(applet(DRAWN_DIGITS, alt="A digit in a frame.", **DATA))


@pytest.fixture
def figure(visit, address) -> Locator:
    return visit(address).locator(".nnl-drawn-digits")


def draw(figure: Locator, points: list[tuple[float, float]]) -> None:
    """A stroke through points of the 12 × 12 frame."""
    box = figure.locator(".pad").bounding_box()
    places = [
        (box["x"] + a / 12 * box["width"], box["y"] + b / 12 * box["height"])
        for a, b in points
    ]
    mouse = figure.page.mouse
    mouse.move(*places[0])
    mouse.down()
    for place in places[1:]:
        mouse.move(*place, steps=5)
    mouse.up()


@pytest.mark.parametrize("mixed", [False, True])
def test_what_both_say_is_torchs_wherever_a_digit_is_pushed(figure, mixed):
    if mixed:
        figure.get_by_role("button", name="Shuffle").click()
    for way in ("left", "left", "left", "up", "right", "down", "down"):
        figure.get_by_role("button", name=f"push {way}").click()
        drawn_digits(figure, DATA)
    expect(figure).to_have_attribute("data-place", "3 1")
    figure.get_by_role("button", name="Another").click()
    expect(figure).to_have_attribute("data-label", str(int(y[1])))
    drawn_digits(figure, DATA)


def test_a_digit_is_drawn_with_the_mouse_and_belongs_to_no_class(figure):
    draw(figure, [(5, 3), (7, 3), (6, 9)])
    expect(figure).to_have_attribute("data-label", "")
    expect(figure).to_contain_text("Your own digit: over 25 places")
    drawn_digits(figure, DATA)
    first = figure.get_attribute("data-pixels")
    assert "g" in first  # full in the middle of a stroke
    assert first[0] == "0"
    draw(figure, [(4, 6), (8, 6)])
    second = figure.get_attribute("data-pixels")
    assert all(int(a, 17) <= int(b, 17) for a, b in zip(first, second, strict=True))
    assert second != first
    drawn_digits(figure, DATA)
    figure.get_by_role("button", name="Empty").click()
    expect(figure).to_have_attribute("data-pixels", "0" * 64)
    drawn_digits(figure, DATA)
    figure.get_by_role("button", name="Another").click()
    assert text(figure, "conv-right") == f"{fact_of(figure)} of 25"


def fact_of(figure: Locator) -> int:
    return figure.locator(".map").first.locator(".right").count()


def test_the_keyboard_draws_pixel_by_pixel(figure):
    figure.get_by_role("button", name="Empty").click()
    pixel = figure.get_by_role("switch", name="row 1, column 1")
    pixel.focus()
    keyboard = figure.page.keyboard
    for key in ("ArrowRight", "ArrowDown", " ", "ArrowDown", "Enter", "ArrowUp"):
        keyboard.press(key)
    levels = figure.get_attribute("data-pixels")
    assert [k for k, level in enumerate(levels) if level == "g"] == [9, 17]
    expect(figure.get_by_role("switch", name="row 2, column 2")).to_be_checked()
    drawn_digits(figure, DATA)
    keyboard.press(" ")
    assert figure.get_attribute("data-pixels").count("g") == 1


def test_a_finger_draws_on_a_phone(visit, address):
    page = visit(address, width=390, has_touch=True, is_mobile=True)
    figure = page.locator(".nnl-drawn-digits")
    pad = figure.locator(".pad")
    box = pad.bounding_box()
    assert box["width"] > 250
    pad.tap(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(figure).to_have_attribute("data-label", "")
    assert torch.tensor([int(v, 17) for v in figure.get_attribute("data-pixels")]).sum() > 8
    drawn_digits(figure, DATA)
    figure.locator(".map").first.locator("g").nth(24).tap()
    expect(figure).to_have_attribute("data-place", "4 4")
    assert fact(figure, "mlp-answers") >= 1
