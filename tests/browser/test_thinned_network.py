"""The thinned network in a real browser: what is drawn, said and counted agree."""

import re

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from nnlib.dropout import dropout
from nnlib.interactive import applet

LAYERS = ("input", "first hidden layer", "second hidden layer")


@pytest.fixture(scope="module")
def address(show) -> str:
    """A page with two networks."""
    outputs = [
        applet("thinned_network", alt="A network thinned at random.", seed=1),
        applet("thinned_network", alt="Another.", seed=2, p=0.2),
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


def fact(figure: Locator, name: str) -> str:
    return figure.locator(f"[data-fact={name}]").inner_text()


def share(figure: Locator, name: str) -> float:
    return float(fact(figure, name).removesuffix("%")) / 100


def said(figure: Locator) -> list[list[int]]:
    """The dropped units of each layer, as the text alternative names them."""
    alt = figure.locator("svg").get_attribute("aria-label") or ""
    lists = [re.search(f"{name}: ([^;.]+)", alt)[1] for name in LAYERS]
    return [[int(k) for k in re.findall(r"\d", units)] for units in lists]


def crossed(figure: Locator) -> list[list[int]]:
    """The dropped units of each layer, as they are drawn."""
    off = figure.locator(".unit").evaluate_all(
        "units => units.map((unit) => unit.classList.contains('off'))"
    )
    assert len(off) == 16
    assert not off[15], "the output is never dropped"
    return [
        [i + 1 for i in range(5) if off[5 * layer + i]] for layer in range(3)
    ]


def agrees(figure: Locator) -> int:
    """Return how many units are dropped, which is told in four ways."""
    units = said(figure)
    count = sum(map(len, units))
    assert crossed(figure) == units
    assert fact(figure, "dropped") == str(count)
    wires = len(units[0]) * 5 + len(units[1]) * 5 + len(units[2])
    expect(figure.locator("line.off")).to_have_count(wires)
    return count


def test_a_new_example_draws_a_new_mask_and_everything_agrees(page):
    one, two = figures(page)
    other, masks = said(two), []
    for k in range(1, 21):
        assert fact(one, "examples") == str(k)
        count = agrees(one)
        expect(one.locator(".nnl-verdict")).to_contain_text(
            f"Example {k}: {count} of 15 units"
        )
        masks.append(str(said(one)))
        press(one, "Next example")
    assert len(set(masks)) > 15
    assert said(two) == other


@pytest.mark.parametrize("p", [0.1, 0.2, 0.5, 0.8, 0.9])
def test_survivors_approach_what_nnlib_keeps(page, p):
    figure = figures(page)[0]
    set_p(figure, p)
    kept = [15 - agrees(figure)]
    for _ in range(20):
        press(figure, "50 examples")
        kept.append(15 - agrees(figure))
    n = 15 * 1001
    assert fact(figure, "examples") == "1001"
    assert share(figure, "keep") == pytest.approx(1 - p)
    spread = (p * (1 - p) / n) ** 0.5
    assert abs(share(figure, "survivors") - (1 - p)) < 4 * spread + 5e-4
    assert abs(sum(kept) / (15 * 21) - (1 - p)) < 4 * spread * (n / 315) ** 0.5
    ours = dropout(
        torch.ones(1001, 15), p, generator=torch.Generator().manual_seed(0)
    )
    difference = share(figure, "survivors") - (ours != 0).double().mean()
    assert abs(difference) < 6 * spread + 5e-4
    assert float(fact(figure, "factor")) == pytest.approx(
        ours.max().item(), abs=0.006
    )


def test_the_share_counts_every_example(page):
    figure = figures(page)[1]
    kept = 15 - agrees(figure)
    for k in range(2, 9):
        press(figure, "Next example")
        kept += 15 - agrees(figure)
        assert share(figure, "survivors") == pytest.approx(
            kept / (15 * k), abs=6e-4
        )


def test_p_of_0_drops_none(page):
    figure = figures(page)[0]
    set_p(figure, 0)
    for _ in range(5):
        assert agrees(figure) == 0
        assert share(figure, "survivors") == 1
        assert float(fact(figure, "factor")) == 1
        press(figure, "50 examples")


def test_evaluation_turns_all_units_on_and_counts_nothing(page):
    figure = figures(page)[1]
    press(figure, "50 examples")
    before = fact(figure, "survivors")
    assert fact(figure, "factor") == "1.25"
    press(figure, "Evaluate")
    assert agrees(figure) == 0
    assert fact(figure, "factor") == "1"
    assert fact(figure, "survivors") == before
    expect(figure.locator(".nnl-verdict")).to_contain_text("all units are on")
    press(figure, "Next example")
    assert fact(figure, "examples") == "52"
    assert fact(figure, "factor") == "1.25"


def test_the_keyboard_does_it_all_and_is_answered(page):
    figure = figures(page)[0]
    chance(figure).focus()
    page.keyboard.press("ArrowLeft")
    assert chance(figure).get_attribute("aria-valuetext") == "0.4"
    assert fact(figure, "keep") == "60.0%"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert fact(figure, "examples") == "3"
    count = agrees(figure)
    expect(figure.locator("[aria-live]")).to_contain_text(
        f"{count} of 15 units are dropped"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert agrees(figure) == 0


def test_the_same_seed_draws_the_same_masks(page):
    figure = figures(page)[0]
    first = said(figure)
    press(figure, "50 examples")
    set_p(figure, 0.2)
    set_p(figure, 0.5)
    assert fact(figure, "examples") == "1"
    assert said(figure) == first


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
