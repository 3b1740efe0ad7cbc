"""The reader stops the training: every rule's regret is what nnlib's stopper finds."""

from itertools import pairwise

import pytest
import torch
from conftest import stop_clock
from playwright.sync_api import Locator, expect
from twins import fact, text

from claimbook.explore import applet
from nnlib.applets import STOP_TRAINING
from nnlib.early_stopping import EarlyStopping

PACE, EPOCHS, OF, TESTS = 320, 30, 50, 80
draws = torch.Generator().manual_seed(3)
SLOPE = 20 + (torch.arange(EPOCHS) - 8).abs()
VALIDATION, TEST = (SLOPE + torch.randint(12, (2, 3, EPOCHS), generator=draws)).tolist()
PATIENCE = {f"p{p}": p for p in (1, 2, 3, 5, 10, 20)}


@pytest.fixture(scope="module")
def address(show) -> str:
    data = {"validation": VALIDATION, "test": TEST, "of": OF, "tests": TESTS}
    return show(applet(STOP_TRAINING, alt="A curve.", **data))


@pytest.fixture
def figure(visit, address) -> Locator:
    page = visit(address)
    stop_clock(page)
    return page.locator(".nnl-stop-training")


def press(figure: Locator, name: str) -> None:
    figure.get_by_role("button", name=name).click()


def train(figure: Locator, epochs: int) -> None:
    press(figure, "Train")
    figure.page.clock.run_for(PACE * (epochs - 1) + PACE // 2)
    assert text(figure, "epoch") == f"{epochs} of {EPOCHS}"


def lasts(network: int, mine: int) -> dict[str, int]:
    """The epoch with which each rule ends, counted from 0."""
    curve, ends = VALIDATION[network], {"you": mine, "never": EPOCHS - 1}
    ends["rise"] = 1 + next(k for k, (a, b) in enumerate(pairwise(curve)) if b > a)
    for name, patience in PATIENCE.items():
        stopper, model = EarlyStopping(patience), torch.nn.Linear(1, 1)
        steps = (stopper.step(float(v), model) for v in curve)
        ends[name] = next((e for e, done in enumerate(steps) if done), EPOCHS - 1)
    return ends


def regrets(network: int, mine: int, *, back: bool = False) -> dict[str, float]:
    curve, test = map(torch.tensor, (VALIDATION[network], TEST[network]))
    kept = {
        rule: int(curve[: last + 1].argmin()) if back else last
        for rule, last in lasts(network, mine).items()
    }
    found = {rule: 100 * float(test[e] - test.min()) / TESTS for rule, e in kept.items()}
    return found | {"oracle": 0.0}


def shown(figure: Locator, name: str, rules: dict[str, float]) -> dict[str, float]:
    return {rule: fact(figure, f"{name}-{rule}") for rule in rules}


@pytest.mark.parametrize("epochs", [1, 6, 14])
def test_every_rule_is_judged_as_nnlib_would(figure, epochs):
    train(figure, epochs) if epochs > 1 else None
    press(figure, "Stop here")
    expected = regrets(0, epochs - 1)
    assert shown(figure, "regret", expected) == pytest.approx(expected, abs=0.051)
    ends = {rule: last + 1 for rule, last in lasts(0, epochs - 1).items()}
    assert shown(figure, "run", ends) == ends
    figure.get_by_role("checkbox").check()
    expected = regrets(0, epochs - 1, back=True)
    assert shown(figure, "regret", expected) == pytest.approx(expected, abs=0.051)
    expect(figure.locator(".nnl-verdict")).to_contain_text(f"You ran {epochs} epochs")


def test_the_next_network_keeps_a_mean_and_the_last_one_starts_over(figure):
    games = []
    for network, epochs in enumerate([4, 9, 12]):
        train(figure, epochs)
        press(figure, "Stop here")
        games.append(regrets(network, epochs - 1))
        means = {rule: sum(g[rule] for g in games) / len(games) for rule in games[0]}
        assert shown(figure, "mean", means) == pytest.approx(means, abs=0.051)
        press(figure, "Start over" if network == 2 else "Next network")
    assert text(figure, "mean-you") == "–"
    expect(figure).to_contain_text("Network 1 of 3")


def test_nothing_is_told_before_the_reader_stops(figure):
    train(figure, 5)
    assert text(figure, "regret-p5") == text(figure, "run-oracle") == "–"
    for hidden in ("later", "free", "moment"):
        assert not figure.locator(f"path.{hidden}").get_attribute("d")
    drawn = figure.locator("path.clipped").get_attribute("d") or ""
    assert drawn.count("L") == 4
    expect(figure.get_by_role("button", name="Next network")).to_be_disabled()
    press(figure, "Pause")
    figure.page.clock.run_for(20 * PACE)
    assert text(figure, "epoch") == f"5 of {EPOCHS}"
    press(figure, "Train")
    figure.page.clock.run_for(40 * PACE)
    assert text(figure, "epoch") == f"{EPOCHS} of {EPOCHS}"
    expect(figure).to_have_attribute("data-state", "still")


def test_it_waits_for_each_epoch_where_motion_is_reduced(visit, address):
    page = visit(address, reduced_motion="reduce", width=390)
    figure = page.locator(".nnl-stop-training")
    figure.get_by_role("button", name="Next epoch").focus()
    for _ in range(6):
        page.keyboard.press("Enter")
    assert text(figure, "epoch") == f"7 of {EPOCHS}"
    expect(figure.locator("[aria-live]")).to_contain_text("After 7 epochs the error is")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(figure.get_by_role("button", name="Next network")).to_be_focused()
    expected = regrets(0, 6)
    assert shown(figure, "regret", expected) == pytest.approx(expected, abs=0.051)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
