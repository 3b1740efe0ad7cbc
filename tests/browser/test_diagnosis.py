"""Networks that went wrong: what was handed in is drawn, and no answer shows too soon."""

import base64

import pytest
import torch
from playwright.sync_api import Locator, expect
from twins import fact

from claimbook.explore import applet
from nnlib.applets import DIAGNOSIS

EPOCHS, LEAST, MOST = 20, [-2, -2, 0, 0, -2], [1, 1, 1, 1, 3]
OPTIONS = [
    ["zero", "no zero_grad()", "Then it would grow."],
    ["leak", "a leak", "Then it would be too good."],
    ["none", "nothing", "Then it would be grey."],
]
ANSWERS = ["leak", "zero", "leak"]


def curves(seed: int) -> torch.Tensor:
    """Losses, errors and gradient length, as they are drawn: logarithms, but for errors."""
    low, high = torch.tensor(LEAST)[:, None], torch.tensor(MOST)[:, None]
    generator = torch.Generator().manual_seed(seed)
    draws = torch.rand(5, EPOCHS, generator=generator, dtype=torch.float64)
    return low + (high - low) * draws


def packed(heights: torch.Tensor) -> str:
    low, high = torch.tensor(LEAST)[:, None], torch.tensor(MOST)[:, None]
    raw = (65535 * (heights - low) / (high - low)).round().numpy().astype("<u2")
    return base64.b64encode(raw.tobytes()).decode()


@pytest.fixture(scope="module")
def address(show) -> str:
    patients = [
        {
            "curves": packed(curves(k)),
            "answer": name,
            "tells": f"Tell {k}.",
            "code": f"code_{k}",
        }
        for k, name in enumerate(ANSWERS)
    ]
    data = {"healthy": packed(curves(9)), "least": LEAST, "most": MOST}
    return show(
        applet(DIAGNOSIS, alt="Curves.", patients=patients, options=OPTIONS, **data)
    )


@pytest.fixture
def figure(visit, address) -> Locator:
    return visit(address).locator(".nnl-diagnosis")


def press(figure: Locator, name: str) -> None:
    figure.get_by_role("button", name=name, exact=True).click()


def heights(figure: Locator, kind: str, panel: int) -> list[float]:
    path = figure.locator("svg").nth(panel).locator(f"path.{kind}").get_attribute("d") or ""
    return [float(point.split()[1]) for point in path[1:].split("L")]


@pytest.mark.parametrize("network", [0, 1, 2])
def test_it_draws_and_says_what_it_was_handed(figure, network):
    if network:
        press(figure, f"network {network + 1}")
    expected = curves(network)
    for k, (kind, panel) in enumerate(
        [("clipped", 0), ("free", 0), ("clipped", 1), ("free", 1), ("norm", 2)]
    ):
        drawn = torch.tensor(heights(figure, kind, panel), dtype=torch.float64)
        assert len(drawn) == EPOCHS
        slope = (drawn[1:] - drawn[0]) / (expected[k, 1:] - expected[k, 0])
        assert slope.median() < 0  # the same up to the scale, upside down
        middle = slope.median()
        assert (slope - middle).abs().median() < 0.01 * -middle
        last = float(expected[k, -1])
        shown = fact(figure, f"last-{k}")
        assert shown == pytest.approx(
            last if k in (2, 3) else 10**last, rel=0.06, abs=0.006
        )


def test_no_answer_shows_before_it_is_guessed_and_each_guess_has_a_reply(figure):
    verdict = figure.locator(".nnl-verdict")
    expect(verdict).to_be_empty()
    expect(figure.locator(".choices [aria-pressed=true]")).to_have_count(0)
    press(figure, "nothing")
    expect(verdict).to_contain_text("✘ Not so. Then it would be grey.")
    expect(verdict).not_to_contain_text("Tell")
    expect(figure).to_have_attribute("data-state", "asking")
    expect(figure.locator(".score")).to_have_text("0 of 1 named at the first try (✔)")
    press(figure, "a leak")
    expect(verdict).to_contain_text("✔ Right, this time. Tell 0. code_0")
    expect(figure.locator(".score")).to_have_text("0 of 1 named at the first try (✔)")
    press(figure, "Next network")
    expect(verdict).to_be_empty()
    press(figure, "no zero_grad()")
    expect(verdict).to_contain_text("✔ Right. Tell 1. code_1")
    press(figure, "nothing")  # too late: it is answered
    expect(figure.locator(".score")).to_have_text("1 of 2 named at the first try (✔)")
    press(figure, "Next network")
    press(figure, "Tell me")
    expect(verdict).to_contain_text("It was this: a leak. Tell 2. code_2")
    expect(figure.locator(".score")).to_have_text("1 of 3 named at the first try (✔)")
    press(figure, "network 1, answered")
    expect(verdict).to_contain_text("Tell 0.")


def test_the_keyboard_alone_answers_it_on_a_phone(visit, address):
    page = visit(address, width=390, reduced_motion="reduce")
    figure = page.locator(".nnl-diagnosis")
    figure.get_by_role("button", name="a leak").focus()
    page.keyboard.press("Enter")
    expect(figure.locator("[aria-live]")).to_contain_text("Right. Tell 0.")
    for _ in range(2):  # past the last diagnosis; what tells is told already
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(figure.get_by_role("button", name="network 2", exact=True)).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
