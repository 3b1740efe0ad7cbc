"""The thinned network in a real browser: what is drawn, said and counted agree."""

import re

import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from twins import dropped_as_told, text, thinned_network

from claimbook.explore import applet
from nnlib.applets import THINNED_NETWORK
from nnlib.dropout import dropout


@pytest.fixture(scope="module")
def address(show) -> str:
    """A page with two networks."""
    outputs = [
        applet(THINNED_NETWORK, alt="A network thinned at random.", seed=1),
        applet(THINNED_NETWORK, alt="Another.", seed=2, p=0.2),
    ]
    return show(*outputs)


@pytest.fixture
def page(visit, address) -> Page:
    return visit(address)


def figures(page: Page) -> list[Locator]:
    return page.locator(".nnl-thinned-network").all()


def chance(figure: Locator) -> Locator:
    return figure.get_by_role("slider", name="probability p")


def set_p(figure: Locator, p: float) -> None:
    chance(figure).fill(str(round(10 * p)))


def press(figure: Locator, name: str) -> None:
    figure.get_by_role("button", name=name).click()


def share(figure: Locator, name: str) -> float:
    return float(text(figure, name).removesuffix("%")) / 100


def test_a_new_example_draws_a_new_mask_and_everything_agrees(page):
    one, two = figures(page)
    other, masks = dropped_as_told(two), []
    for k in range(1, 21):
        assert text(one, "examples") == str(k)
        count = thinned_network(one, {})
        expect(one.locator(".nnl-verdict")).to_contain_text(
            f"Example {k}: {count} of 15 units"
        )
        masks.append(str(dropped_as_told(one)))
        press(one, "Next example")
    assert len(set(masks)) > 15
    assert dropped_as_told(two) == other


@pytest.mark.parametrize("p", [0.1, 0.2, 0.5, 0.8, 0.9])
def test_survivors_approach_what_nnlib_keeps(page, p):
    figure = figures(page)[0]
    set_p(figure, p)
    kept = [15 - thinned_network(figure, {})]
    for _ in range(20):
        press(figure, "50 examples")
        kept.append(15 - thinned_network(figure, {}))
    n = 15 * 1001
    assert text(figure, "examples") == "1001"
    assert share(figure, "keep") == pytest.approx(1 - p)
    spread = (p * (1 - p) / n) ** 0.5
    assert abs(share(figure, "survivors") - (1 - p)) < 4 * spread + 5e-4
    assert abs(sum(kept) / (15 * 21) - (1 - p)) < 4 * spread * (n / 315) ** 0.5
    ours = dropout(torch.ones(1001, 15), p, generator=torch.Generator().manual_seed(0))
    difference = share(figure, "survivors") - (ours != 0).double().mean()
    assert abs(difference) < 6 * spread + 5e-4
    assert float(text(figure, "factor")) == pytest.approx(ours.max().item(), abs=0.006)


def test_the_share_counts_every_example(page):
    figure = figures(page)[1]
    kept = 15 - thinned_network(figure, {})
    for k in range(2, 9):
        press(figure, "Next example")
        kept += 15 - thinned_network(figure, {})
        assert share(figure, "survivors") == pytest.approx(kept / (15 * k), abs=6e-4)


def test_p_of_0_drops_none(page):
    figure = figures(page)[0]
    set_p(figure, 0)
    for _ in range(5):
        assert thinned_network(figure, {}) == 0
        assert share(figure, "survivors") == 1
        assert float(text(figure, "factor")) == 1
        press(figure, "50 examples")


def test_evaluation_turns_all_units_on_and_counts_nothing(page):
    figure = figures(page)[1]
    press(figure, "50 examples")
    before = text(figure, "survivors")
    assert text(figure, "factor") == "1.25"
    press(figure, "Evaluate")
    assert thinned_network(figure, {}) == 0
    assert text(figure, "factor") == "1"
    assert text(figure, "survivors") == before
    expect(figure.locator(".nnl-verdict")).to_contain_text("all units are on")
    press(figure, "Next example")
    assert text(figure, "examples") == "52"
    assert text(figure, "factor") == "1.25"


def test_the_keyboard_does_it_all_and_is_answered(page):
    figure = figures(page)[0]
    chance(figure).focus()
    page.keyboard.press("ArrowLeft")
    assert chance(figure).get_attribute("aria-valuetext") == "0.4"
    assert text(figure, "keep") == "60.0%"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert text(figure, "examples") == "3"
    count = thinned_network(figure, {})
    expect(figure.locator("[aria-live]")).to_contain_text(
        f"{count} of 15 units are dropped"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert thinned_network(figure, {}) == 0


def test_the_same_seed_draws_the_same_masks(page):
    figure = figures(page)[0]
    first = dropped_as_told(figure)
    press(figure, "50 examples")
    set_p(figure, 0.2)
    set_p(figure, 0.5)
    assert text(figure, "examples") == "1"
    assert dropped_as_told(figure) == first


def test_it_fits_a_phone(visit, address):
    page = visit(address, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_controls_are_named_and_keep_their_keys_in_jupyterlab(page):
    controls = page.locator("main :is(input, button)")
    marked = page.locator("main [data-lm-suppress-shortcuts=true]")
    assert controls.count() == marked.count() == 8
    assert not re.findall(
        r"- (?:slider|button|img)(?! \").*",
        page.locator("main").aria_snapshot(),
    )
