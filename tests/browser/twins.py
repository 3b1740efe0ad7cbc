"""What nnlib computes, beside what a moving figure shows.

``agreement(figure, kind, data)()`` fails unless they are the same; ``data`` is what the
figure was told.  An applet has a twin here, which computes every number again.
"""

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from playwright.sync_api import Locator, expect
from torch import Tensor

from claimbook.sphinxext.shared import FOLDER, PICTURE, unpacked
from nnlib.activations import derivative, leaky_relu, relu
from nnlib.applets.losses import cliff, valleys
from nnlib.clip import clip_grad_norm_
from nnlib.optim import SGD
from nnlib.replicas import replica_parameter

Data = dict[str, Any]


def text(figure: Locator, name: str) -> str:
    """A value of the figure, as it is written there."""
    shown = figure.locator(f"[data-fact={name}]").inner_text()
    return shown.replace("−", "-")


def numbers(figure: Locator, name: str) -> list[float]:
    return [float(x) for x in re.findall(r"-?[\d.]+", text(figure, name))]


def fact(figure: Locator, name: str) -> float:
    (value,) = numbers(figure, name)
    return value


def spoken(node: Locator) -> str:
    return node.get_attribute("aria-valuetext") or ""


def slider(figure: Locator, name: str) -> float:
    return float(spoken(figure.get_by_role("slider", name=name)))


def weights(figure: Locator) -> Tensor:
    return torch.tensor(numbers(figure, "w"), dtype=torch.float64)


# --- clipping_cliff ----------------------------------------------------------


def clipping_cliff(figure: Locator, data: Data) -> None:
    lr = data.get("lr", 0.4)
    w = weights(figure).requires_grad_()
    c = slider(figure, "threshold c")
    loss = cliff(w)
    loss.backward()
    assert w.grad is not None
    free = cliff(w - lr * w.grad)
    norm = clip_grad_norm_([w], max_norm=c)
    expected = {
        "loss": loss.item(),
        "norm": norm.item(),
        "factor": min(1.0, c / norm.item()),
        "clipped": w.grad.norm().item(),
        "free-loss": free.item(),
        "clipped-loss": cliff(w - lr * w.grad).item(),
    }
    shown = {name: fact(figure, name) for name in expected}
    assert shown == pytest.approx(expected, rel=6e-3)  # three digits are shown


# --- relu_unit ---------------------------------------------------------------


def relu_unit(figure: Locator, data: Data, b: Tensor | None = None) -> None:
    """Compare at the bias that is shown, or at ``b``, which has more digits."""
    if b is None:
        b = torch.tensor(fact(figure, "bias"), dtype=torch.float64)
    a = torch.tensor(data["preactivations"], dtype=torch.float64) + b
    assert text(figure, "active") == f"{int((a > 0).sum())} of {len(a)}"
    expected = {"bias": b.item()}
    for name in ("relu", "leaky"):
        f, loss = unit(name, data)
        expected[f"{name}-slope"] = derivative(f, a).mean().item()
        expected[f"{name}-gradient"] = derivative(loss, b).item()
    shown = {name: fact(figure, name) for name in expected}
    assert shown == pytest.approx(expected, rel=6e-3, abs=1e-12)


def unit(name: str, data: Data) -> tuple[Callable[..., Tensor], ...]:
    """The unit's activation function, and its loss as a function of the bias."""
    slope, target = data.get("slope", 0.1), data.get("target", 1)
    sample = torch.tensor(data["preactivations"], dtype=torch.float64)
    f = relu if name == "relu" else lambda a: leaky_relu(a, slope)
    return f, lambda b: (f(sample + b) - target).square().mean() / 2


# --- thinned_network ---------------------------------------------------------

LAYERS = ("input", "first hidden layer", "second hidden layer")


def dropped_as_told(figure: Locator) -> list[list[int]]:
    """The dropped units of each layer, as the text alternative names them."""
    alt = figure.locator("svg").get_attribute("aria-label") or ""
    lists = [re.search(f"{name}: ([^;.]+)", alt)[1] for name in LAYERS]
    return [[int(k) for k in re.findall(r"\d", units)] for units in lists]


def dropped_as_drawn(figure: Locator) -> list[list[int]]:
    off = figure.locator(".unit").evaluate_all(
        "units => units.map((unit) => unit.classList.contains('off'))"
    )
    assert len(off) == 16
    assert not off[15], "the output is never dropped"
    return [[i + 1 for i in range(5) if off[5 * layer + i]] for layer in range(3)]


def thinned_network(figure: Locator, data: Data) -> int:
    """Return how many units are dropped, which is told in four ways."""
    units = dropped_as_told(figure)
    count = sum(map(len, units))
    assert dropped_as_drawn(figure) == units
    assert fact(figure, "dropped") == count
    wires = len(units[0]) * 5 + len(units[1]) * 5 + len(units[2])
    expect(figure.locator("line.off")).to_have_count(wires)
    keep = 1 - slider(figure, "probability p")
    assert fact(figure, "keep") == pytest.approx(100 * keep)
    n = 15 * fact(figure, "examples")
    spread = 100 * (keep * (1 - keep) / n) ** 0.5
    assert abs(fact(figure, "survivors") - 100 * keep) < 5 * spread + 0.05
    return count


# --- valleys -----------------------------------------------------------------

STEPS, REST, NEAR = 400, 1e-3, 0.2


def descend(starts: Tensor, lr: float, momentum: float) -> tuple[Tensor, Tensor, Tensor]:
    """Where each walk ends, after how many steps, and whether it is at rest."""
    w = replica_parameter(starts.clone(), replica_dims=1)
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
    """The number of the valley in which a walk has come to rest, or -1."""
    distance = (end.unsqueeze(-2) - floors()).norm(dim=-1)
    found = resting & (distance.amin(dim=-1) < NEAR)
    return torch.where(found, distance.argmin(dim=-1), -1)


def three_valleys(figure: Locator, data: Data) -> None:
    w = weights(figure)[None]
    lr, momentum = (slider(figure, name) for name in ("learning rate η", "momentum μ"))
    end, steps, resting = descend(w, lr, momentum)
    at = valley_of(end, resting).item()
    assert abs(fact(figure, "steps") - steps.item()) <= 1
    assert numbers(figure, "end") == pytest.approx(end[0].tolist(), abs=6e-3)
    for name, place in {"loss": w, "end-loss": end}.items():
        expected = pytest.approx(valleys(place).item(), rel=6e-3)
        assert fact(figure, name) == expected
    verdict = figure.locator(".nnl-verdict")
    if at < 0:
        expect(verdict).not_to_contain_text("rest in")
    else:
        expect(verdict).to_contain_text(f"rest in valley {'ABC'[at]}")


TWINS: dict[str, Callable[[Locator, Data], object]] = {
    "nnl-clipping-cliff": clipping_cliff,
    "nnl-relu-unit": relu_unit,
    "nnl-thinned-network": thinned_network,
    "nnl-valleys": three_valleys,
}


# --- any moving figure -------------------------------------------------------


def shown_as(stored: str | None, first: str | None) -> list[str | None]:
    """The addresses of a picture: its own, or that of its file beside a built page."""
    found = PICTURE.fullmatch(f'"{stored}"')
    return [f"../{FOLDER}/{unpacked(found)[0]}", stored] if found else [first]


def agreement(figure: Locator, kind: str, data: Data) -> Callable[[], object]:
    """Return what fails unless the figure shows what nnlib stored or computes."""
    if "frames" not in data:
        assert kind in TWINS, f"{kind} needs a twin in tests/browser/twins.py"
        return lambda: TWINS[kind](figure, data)
    first = figure.locator("img").get_attribute("src")
    lengths = [len(labels) for _, labels in data["axes"]]

    def agree() -> None:
        sliders = figure.get_by_role("slider").all()
        at = [int(slider.input_value()) for slider in sliders]
        for slider, (_, labels), k in zip(sliders, data["axes"], at, strict=True):
            assert spoken(slider) == labels[k]
            expect(slider.locator("+ output")).to_have_text(labels[k])
        place = sum(k * math.prod(lengths[j + 1 :]) for j, k in enumerate(at))
        image = figure.locator("img")
        stored = data["frames"][place]
        if isinstance(stored, int):
            stored = data["frames"][stored]
        assert image.get_attribute("src") in shown_as(stored, first)
        assert image.get_attribute("alt") == data["alts"][place]
        assert image.evaluate("i => i.decode().then(() => i.naturalWidth)")

    return agree
