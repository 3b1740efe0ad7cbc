"""The walk through three valleys computes in the page what nnlib computes."""

import re
from functools import cache

import pytest
import torch
from conftest import drag
from playwright.sync_api import Locator, Page, expect
from torch import Tensor

from nnlib.interactive import applet, valleys
from nnlib.optim import SGD
from nnlib.replicas import ReplicaParameter

STARTS = [[0.9, -1.3], [-2, 1.5]]
RATES = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
MOMENTA = [0, 0.5, 0.8, 0.9, 0.95]
STEPS, REST, NEAR = 400, 1e-3, 0.2


@pytest.fixture(scope="module")
def address(show) -> str:
    """A page with two of the figure."""
    outputs = [
        applet("valleys", alt="Three valleys.", start=start, lr=0.1)
        for start in STARTS
    ]
    return show(*outputs)


@pytest.fixture
def page(visit, address) -> Page:
    return visit(address)


# --- the twin ----------------------------------------------------------------


def descend(
    starts: Tensor, lr: float, momentum: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Where each walk ends, after how many steps, and whether it is at rest."""
    w = ReplicaParameter(starts.clone(), replica_dims=1)
    optimiser = SGD([w], lr, momentum=momentum)
    end, steps = starts.clone(), torch.full((len(starts),), STEPS)
    resting = torch.zeros(len(starts), dtype=torch.bool)
    moved = torch.zeros(len(starts), dtype=torch.float64)
    for step in range(STEPS + 1):
        optimiser.zero_grad()
        valleys(w).sum().backward()
        assert w.grad is not None
        now = (w.grad.norm(dim=-1) < REST) & (moved < REST) & ~resting
        end = torch.where(resting[:, None], end, w.detach())
        steps[now] = step
        resting |= now
        before = w.detach().clone()
        optimiser.step()
        moved = (w.detach() - before).norm(dim=-1)
    return end, steps, resting


@cache
def floors() -> Tensor:
    centres = torch.tensor([[-1.4, 0.3], [1.3, 0.8], [0.5, -1.0]])
    return descend(centres.double(), 0.02, 0)[0]


def valley_of(end: Tensor, resting: Tensor) -> Tensor:
    distance = (end.unsqueeze(-2) - floors()).norm(dim=-1)
    found = resting & (distance.amin(dim=-1) < NEAR)
    return torch.where(found, distance.argmin(dim=-1), -1)


@cache
def map_of_ends(lr: float, momentum: float) -> Tensor:
    """The number of the valley for every start of the page's grid."""
    x = -3 + 6 * (torch.arange(120, dtype=torch.float64) + 0.5) / 120
    y = 2 - 4 * (torch.arange(80, dtype=torch.float64) + 0.5) / 80
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    end, _, resting = descend(grid.flatten(0, 1), lr, momentum)
    return valley_of(end, resting)


# --- what the page says ------------------------------------------------------


def said(figure: Locator, name: str) -> list[float]:
    text = figure.locator(f"[data-fact={name}]").inner_text()
    return [float(x.replace("−", "-")) for x in re.findall(r"[−\d.]+", text)]


def setting(figure: Locator) -> tuple[float, float]:
    return tuple(
        float(
            figure.get_by_role("slider", name=name).get_attribute(
                "aria-valuetext"
            )
            or ""
        )
        for name in ("learning rate η", "momentum μ")
    )  # pyright: ignore[reportReturnType]


def choose(figure: Locator, lr: float, momentum: float) -> None:
    figure.get_by_role("slider", name="learning rate").fill(
        str(RATES.index(lr))
    )
    figure.get_by_role("slider", name="momentum").fill(
        str(MOMENTA.index(momentum))
    )
    assert setting(figure) == (lr, momentum)


def agrees_with_nnlib(figure: Locator) -> None:
    """Every number about the walk is the one that nnlib computes."""
    w = torch.tensor([said(figure, "w")], dtype=torch.float64)
    end, steps, resting = descend(w, *setting(figure))
    at = valley_of(end, resting).item()
    (shown_steps,) = said(figure, "steps")
    assert abs(shown_steps - steps.item()) <= 1
    assert said(figure, "end") == pytest.approx(end[0].tolist(), abs=6e-3)
    assert said(figure, "loss") == pytest.approx(valleys(w).tolist(), rel=6e-3)
    assert said(figure, "end-loss") == pytest.approx(
        valleys(end).tolist(), rel=6e-3
    )
    verdict = figure.locator(".nnl-verdict")
    if at < 0:
        expect(verdict).not_to_contain_text("rest in")
    else:
        expect(verdict).to_contain_text(f"rest in valley {'ABC'[at]}")


@pytest.mark.parametrize(
    ("lr", "momentum"),
    [(0.02, 0), (0.2, 0), (0.3, 0), (0.5, 0), (0.1, 0.9), (0.05, 0.95)],
)
def test_the_walk_and_its_numbers_are_nnlibs(page, lr, momentum):
    for figure in page.locator(".nnl-valleys").all():
        choose(figure, lr, momentum)
        agrees_with_nnlib(figure)


@pytest.mark.parametrize(
    ("lr", "momentum"), [(0.02, 0), (0.1, 0), (0.3, 0), (0.1, 0.8), (0.1, 0.9)]
)
def test_the_share_of_starts_that_leave_is_nnlibs(page, lr, momentum):
    figure = page.locator(".nnl-valleys").first
    choose(figure, lr, momentum)
    left = map_of_ends(lr, momentum) != map_of_ends(0.02, 0)
    share = 100 * left.double().mean().item()
    assert said(figure, "leave") == pytest.approx([share], abs=0.3)


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
    assert said(one, "w") == pytest.approx(
        [-3 + 6 * where[0], 2 - 4 * where[1]], abs=0.02
    )
    agrees_with_nnlib(one)
    assert said(two, "w") == STARTS[1]


def test_the_arrow_keys_move_the_start_and_a_button_brings_it_back(page):
    figure = page.locator(".nnl-valleys").nth(1)
    figure.get_by_role("slider", name="the start w").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert said(figure, "w") == [-1.9, 1.54]
    agrees_with_nnlib(figure)
    expect(figure.locator("[aria-live]")).to_contain_text("comes to rest")
    figure.get_by_role("button", name="Start again").click()
    assert said(figure, "w") == STARTS[1]


def test_a_finger_places_the_start(visit, address):
    page = visit(address, width=390, has_touch=True)
    figure = page.locator(".nnl-valleys").first
    picture = figure.locator("svg")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    picture.tap(position={"x": box["width"] / 4, "y": box["height"] / 4})
    assert said(figure, "w") == pytest.approx([-1.5, 1.0], abs=0.05)
    agrees_with_nnlib(figure)


def test_the_figure_fits_a_phone_and_its_controls_have_names(visit, address):
    page = visit(address, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    snapshot = page.locator("main").aria_snapshot()
    assert not re.findall(r"- (?:slider|button|img)(?! \").*", snapshot)
