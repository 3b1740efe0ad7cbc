"""What nnlib computes, beside what a moving figure shows.

``agreement(figure, kind, data)()`` fails unless they are the same; ``data`` is what the
figure was told.  An applet has a twin here, which computes every number again.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, expect
from torch import Tensor

from claimbook.sphinxext.shared import FOLDER, PICTURE, unpacked
from nnlib.activations import Activation, derivative, leaky_relu, relu
from nnlib.applets.losses import cliff, valleys
from nnlib.clip import clip_grad_norm_
from nnlib.diagnostics import record_activations
from nnlib.models import MLP
from nnlib.optim import SGD, Adam
from nnlib.replicas import replica_parameter
from nnlib.train import cross_entropy, evaluate, fit
from nnlib.weight_decay import decay_groups, l2_penalty
from nnlib.weight_decay import weights as weights_of

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


# --- step_length -------------------------------------------------------------


def step_length(figure: Locator, data: Data) -> None:
    lr, h = (slider(figure, name) for name in ("learning rate η", "curvature h"))
    w = torch.nn.Parameter(torch.tensor([-9.0, 2.0], dtype=torch.float64))
    optimiser = SGD([w], lr)
    losses = []
    for _ in range(data.get("steps", 24) + 1):
        optimiser.zero_grad()
        loss = (w[0] ** 2 + h * w[1] ** 2) / 2
        loss.backward()
        losses.append(loss.item())
        optimiser.step()
    expected = {"limit": 2 / h, "before": losses[0], "after": losses[-1]}
    shown = {name: float(text(figure, name)) for name in expected}
    assert shown == pytest.approx(expected, rel=6e-3)  # three digits are shown
    side = "is 2/h" if lr * h == 2 else "above" if lr * h > 2 else "below 2/h"
    between = "between" if lr * h > 1 else "below 1/h"
    verdict = figure.locator(".nnl-verdict")
    expect(verdict).to_contain_text(between if side == "below 2/h" else side)


# --- clipping_cliff ----------------------------------------------------------


def clipping_cliff(figure: Locator, data: Data) -> None:
    """Walk twenty steps, one replica without clipping and one with it."""
    c = slider(figure, "threshold c")
    w = replica_parameter(weights(figure).repeat(2, 1), replica_dims=1)
    optimiser = SGD([w], lr=slider(figure, "learning rate η"))
    losses, norms = [cliff(w.detach())], []
    for _ in range(20):
        optimiser.zero_grad()
        cliff(w).sum().backward()
        norms.append(clip_grad_norm_([w], max_norm=torch.tensor([torch.inf, c])))
        optimiser.step()
        losses.append(cliff(w.detach()))
    norm = norms[0][0].item()
    expected = {
        "loss": losses[0][0].item(),
        "norm": norm,
        "factor": min(1.0, c / norm),
    }
    for i, name in enumerate(("free", "clipped")):
        expected[f"{name}-top"] = max(loss[i].item() for loss in losses[1:])
        expected[f"{name}-loss"] = losses[-1][i].item()
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


# --- dead_units --------------------------------------------------------------


def dead_units(figure: Locator, data: Data) -> None:
    """Compare once it stands still, with nnlib's networks of the same history."""
    expect(figure).to_have_attribute("data-state", "still")
    levels = [[int(level, 36) / 16 for level in row] for row in data["digits"]]
    x, y = torch.tensor(levels).double(), torch.tensor([*map(int, data["labels"])])
    history = json.loads(figure.get_attribute("data-history") or "")
    low, few = slider(figure, "biases lowered by"), data.get("batch", 10)
    for name, slope in {"relu": 0.0, "leaky": data.get("slope", 0.2)}.items():
        first, second = (torch.tensor(data[k]) for k in ("first", "second"))
        phi = Activation(leaky_relu, negative_slope=slope)
        net = MLP([x.shape[1], len(first), 10], phi).double()
        with torch.no_grad():
            for layer, weight, bias in ((net[0], first, -low), (net[2], second, 0.0)):
                layer.weight.copy_(weight)
                layer.bias.fill_(bias)
        for rate, epochs in history:
            optimiser = SGD(net.parameters(), lr=rate)
            for rows in [*torch.arange(len(y)).split(few)] * epochs:
                optimiser.zero_grad()
                cross_entropy(net(x[rows]), y[rows]).backward()
                optimiser.step()
        [(a, _)] = record_activations(net, x)
        off = int((a <= 0).all(dim=0).sum())
        right = round(len(y) * (1 - evaluate(net, x, y).item()))
        assert text(figure, f"{name}-off") == f"{off} of {len(first)}"
        assert text(figure, f"{name}-right") == f"{right} of {len(y)}"
        shown = figure.locator(f".{'dead' if name == 'relu' else 'asleep'}")
        assert shown.count() == off


# --- dropout_moons -----------------------------------------------------------

UNITS = 32  # in each of two hidden layers


def uniforms(seed: int, count: int) -> Tensor:
    """The first numbers that :func:`mulberry` yields, all at once."""
    t = np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
    t += np.uint32(seed)
    t = (t ^ t >> np.uint32(15)) * (t | np.uint32(1))
    t ^= t + (t ^ t >> np.uint32(7)) * (t | np.uint32(61))
    return torch.from_numpy((t ^ t >> np.uint32(14)) / 2**32)


@cache
def moons_nets(seed: int, p: float, steps: int, told: str) -> list[MLP]:
    """Both networks, from the page's weights, after steps with the page's masks."""
    data = json.loads(told)
    x = torch.tensor(data["points"], dtype=torch.float64)
    y = torch.tensor([*map(int, data["labels"])])
    nets = []
    for q in (0.0, p):
        net = MLP([2, UNITS, UNITS, 2]).double()
        linears = [layer for layer in net if hasattr(layer, "weight")]
        u, v = uniforms(seed, 2 * 1152).view(-1, 2).unbind(-1)
        normal = (-2 * torch.log(1 - u)).sqrt() * torch.cos(2 * math.pi * v)
        parts = normal.split([layer.weight.numel() for layer in linears])
        with torch.no_grad():
            for layer, part in zip(linears, parts, strict=True):
                scale = (2 / layer.in_features) ** 0.5
                layer.weight.copy_(scale * part.view_as(layer.weight))
                layer.bias.zero_()
        masks = uniforms(seed + 1000000, max(1, steps) * 2 * len(y) * UNITS) >= q
        masks = masks.view(-1, 2, len(y), UNITS).double() / (1 - q)
        optimiser = Adam(net.parameters(), lr=data.get("lr", 0.01))
        for mask in masks[:steps]:
            h = x
            for layer, m in zip(linears, mask, strict=False):
                h = relu(layer(h)) * m
            optimiser.zero_grad()
            cross_entropy(linears[2](h), y).backward()
            optimiser.step()
        nets.append(net)
    return nets


def dropout_moons(figure: Locator, data: Data) -> None:
    """Compare once it stands still: points right with the reader's units off."""
    expect(figure).to_have_attribute("data-state", "still")
    steps = int(figure.get_attribute("data-steps") or "")
    off = json.loads(figure.get_attribute("data-off") or "")
    seed = int(figure.get_attribute("data-seed") or "")
    nets = moons_nets(seed, slider(figure, "probability p"), steps, json.dumps(data))
    seen = {"learnt": ("points", "labels"), "right": ("unseen", "answers")}
    for name, net in zip(("plain", "dropout"), nets, strict=True):
        for what, (points, labels) in seen.items():
            h = torch.tensor(data[points], dtype=torch.float64)
            y = torch.tensor([*map(int, data[labels])])
            for layer, gone in zip(net[:4:2], off, strict=True):
                kept = torch.ones(UNITS, dtype=torch.float64)
                kept[gone] = 0
                h = relu(layer(h)) * kept * UNITS / (UNITS - len(gone))
            right = int((net[4](h).argmax(dim=-1) == y).sum())
            shown, count = numbers(figure, f"{name}-{what}")
            assert count == len(y)
            assert abs(shown - right) <= 1  # one point may lie on the border
    lights = figure.locator(".pair svg .off")
    expect(lights).to_have_count(2 * sum(map(len, off)))


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


# --- xor_starts --------------------------------------------------------------

LEVELS = torch.tensor(
    [0, math.log(2) / 2, math.log(3) * 3 / 4 - math.log(2) / 2, math.log(2)]
)


def mulberry(state: int) -> Iterator[float]:
    """The uniform numbers that the page draws, with 32 bits of state."""
    while True:
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = (state ^ state >> 15) * (state | 1) & 0xFFFFFFFF
        t ^= t + (t ^ t >> 7) * (t | 61) & 0xFFFFFFFF
        yield (t ^ t >> 14) / 2**32


@cache
def xor_losses(width: int, seed: int, steps: int) -> tuple[Tensor, Tensor]:
    """The losses of the page's thousand networks, and which of them have a dead unit."""
    numbers = islice(mulberry(seed), 6000 * width)
    u, v = torch.tensor(list(numbers), dtype=torch.float64).view(1000, -1, 2).unbind(-1)
    normal = (-2 * torch.log(1 - u)).sqrt() * torch.cos(2 * math.pi * v)
    nets = MLP([2, width, 1], replicas=(1000,), init=lambda w, generator: w).double()
    with torch.no_grad():
        nets[0].weight.copy_(normal[:, : 2 * width].view(1000, width, 2))
        nets[2].weight.copy_((2 / width) ** 0.5 * normal[:, None, 2 * width :])
    x = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)
    y = torch.tensor([[0], [1], [1], [0]], dtype=torch.float64)

    def loss(z: Tensor, y: Tensor) -> Tensor:
        return (torch.nn.functional.softplus(z) - y * z).mean(dim=(-2, -1))

    if steps:
        fit(nets, (x, y), SGD(nets.parameters(), lr=0.5), epochs=steps, loss=loss)
    with torch.no_grad():
        dead = (nets[0](x) <= 0).all(dim=-2).any(dim=-1)
        return loss(nets(x), y), dead


def xor_starts(figure: Locator, data: Data) -> None:
    expect(figure.locator("[data-fact=steps]")).to_have_text(re.compile("^(0|1500)$"))
    steps, seed = int(fact(figure, "steps")), data.get("seed", 1)
    losses, dead = xor_losses(int(slider(figure, "hidden units")), seed, steps)
    ends = (losses[:, None] - LEVELS).abs() < 0.02
    if steps:
        shown = [fact(figure, name) for name in ("solved", "two", "one", "none")]
        assert shown == pytest.approx(ends.sum(dim=0).tolist(), abs=2)
        failed = dead[~ends[:, 0]]
        assert numbers(figure, "dead") == pytest.approx(
            [int(failed.sum()), len(failed)], abs=2
        )
    else:
        assert text(figure, "solved") == "–"


# --- residual_blocks ---------------------------------------------------------


def residual_blocks(figure: Locator, data: Data) -> None:
    pressed = figure.locator("button[aria-pressed=true]").inner_text()
    net = next(net for net in data["networks"] if net["name"] == pressed)
    labels = torch.tensor(data["labels"])
    greys = ["0123456789abcdefg".index(c) / 16 for c in data["digits"]]
    x = torch.tensor(greys, dtype=torch.float64).reshape(len(labels), -1)

    def tensors(linear: dict[str, list[float]], inputs: int) -> list[Tensor]:
        w, b = (
            torch.tensor(linear[name], dtype=torch.float64) for name in ("weight", "bias")
        )
        return [w.reshape(-1, inputs).requires_grad_(), b]

    def through(h: Tensor, linear: list[Tensor]) -> Tensor:
        return h @ linear[0].mT + linear[1]

    def on(kind: str, k: int) -> bool:
        switch = figure.get_by_role("switch", name=f"{kind} {k + 1}", exact=True)
        return switch.get_attribute("aria-checked") == "true"

    width, maps = data["width"], []

    def outputs(branches: list[bool], shortcuts: list[bool]) -> Tensor:
        maps.clear()
        h = through(x, tensors(net["first"], x.shape[-1]))
        for block, branch, shortcut in zip(net["blocks"], branches, shortcuts, strict=True):
            maps.append([tensors(block[p], width) for p in ("first", "second")])
            first, second = maps[-1]
            h = branch * through(relu(through(h, first)), second) + shortcut * h
        return through(h, tensors(net["last"], width))

    def error(logits: Tensor) -> float:
        return (logits.argmax(dim=-1) != labels).double().mean().item()

    blocks = range(len(net["blocks"]))
    whole = outputs([True] * len(blocks), [net["shortcuts"]] * len(blocks))
    logits = outputs([on("block", k) for k in blocks], [on("shortcut", k) for k in blocks])
    loss = torch.nn.functional.cross_entropy(logits, labels)
    flat = [linear[0] for pair in maps for linear in pair]
    found = torch.autograd.grad(loss, flat, materialize_grads=True)
    norms = [
        math.hypot(a.norm(), b.norm()) for a, b in zip(found[::2], found[1::2], strict=True)
    ]
    assert fact(figure, "loss") == pytest.approx(loss.item(), rel=6e-3)
    assert fact(figure, "error") == pytest.approx(100 * error(logits), abs=0.51)
    assert fact(figure, "whole") == pytest.approx(100 * error(whole), abs=0.51)
    heights = [
        float(bar.get_attribute("height") or "nan") for bar in figure.locator(".bar").all()
    ]
    decades = [min(1, math.log10(g)) + 4 if g else 0 for g in norms]
    tallest = [max(1, d / 5 * 110) if g else 0 for d, g in zip(decades, norms, strict=True)]
    assert heights == pytest.approx(tallest, abs=1e-6)


# --- decay_moons -------------------------------------------------------------


def decay_moons(figure: Locator, data: Data) -> None:
    """Train as the page does, once it stands still, at its λ and on its labels."""
    expect(figure).to_have_attribute("data-state", "still")
    lam, steps = slider(figure, "λ"), data.get("steps", 1500)
    x, y = torch.tensor(data["points"]).double(), torch.tensor(data["labels"])
    wrong = json.loads(figure.get_attribute("data-flipped") or "")
    y[wrong] = 1 - y[wrong]
    expect(figure.locator(".datum.flipped")).to_have_count(len(wrong))
    net = MLP([2, len(data["weights"][0]) // 2, 2], init=lambda w, generator: w).double()
    with torch.no_grad():
        for layer, w in zip((net[0], net[2]), data["weights"], strict=True):
            layer.weight.copy_(torch.tensor(w).view_as(layer.weight))
    optimiser = SGD(decay_groups(net, 2 * lam), lr=data.get("lr", 0.2), momentum=0.9)
    fit(net, (x, y), optimiser, epochs=steps)
    fresh = torch.tensor(data["fresh"]).double()
    missed, error = evaluate(net, x, y), evaluate(net, fresh[:, :2], fresh[:, 2].long())
    assert numbers(figure, "training")[0] == pytest.approx(len(y) * missed.item(), abs=1)
    assert fact(figure, "fresh") == pytest.approx(100 * error.item(), abs=1.1)
    length = l2_penalty(weights_of(net)).sqrt().item()
    assert fact(figure, "length") == pytest.approx(length, rel=0.02, abs=0.06)
    assert fact(figure, "steps") == steps


# --- drawn_digits ------------------------------------------------------------


def drawn_digits(figure: Locator, data: Data) -> None:
    """What PyTorch's layers say, with the page's weights, to the page's pixels."""
    levels = figure.get_attribute("data-pixels") or ""
    ink = torch.tensor([int(level, 17) / 16 for level in levels]).double().view(8, 8)
    top, left = map(int, (figure.get_attribute("data-place") or "").split())
    mixed, order = figure.get_attribute("data-mixed") == "true", torch.tensor(data["order"])
    x = torch.zeros(25, 12, 12, dtype=torch.float64)
    for k in range(25):
        x[k, k // 5 : k // 5 + 8, k % 5 : k % 5 + 8] = ink
    seen = x.flatten(1)[:, order] if mixed else x.flatten(1)
    shaped = seen.view(25, 1, 12, 12)

    def tensors(name: str) -> list[Tensor]:
        return [torch.tensor(values).double() / 100 for values in data[name]]

    W, b, V, c = tensors("shuffled" if mixed else "conv")
    maps = torch.nn.functional.conv2d(shaped, W.view(32, 1, 6, 6), b)
    logits = {"conv": maps.amax(dim=(-2, -1)).relu() @ V.view(10, 32).mT + c}
    W, b, V, c = tensors("perceptron")
    logits["mlp"] = (x.flatten(1) @ W.view(-1, 144).mT + b).relu() @ V.view(10, -1).mT + c
    label = figure.get_attribute("data-label")
    for (name, z), chart in zip(logits.items(), figure.locator(".map").all(), strict=True):
        answers = z.argmax(dim=-1)
        shares = z.softmax(dim=-1)[5 * top + left]
        right = int((answers == int(label)).sum()) if label else None
        assert text(figure, f"{name}-right") == ("–" if right is None else f"{right} of 25")
        assert fact(figure, f"{name}-answers") == len(answers.unique())
        answer, percent = numbers(figure, f"{name}-says")
        assert answer == answers[5 * top + left]
        assert percent == pytest.approx(100 * shares.max().item(), abs=0.51)
        assert chart.locator("text").all_text_contents() == [str(int(a)) for a in answers]
    bars = [
        float(bar.get_attribute("height") or "nan") for bar in figure.locator(".bar").all()
    ]
    expected = torch.cat([z.softmax(dim=-1)[5 * top + left] for z in logits.values()])
    assert bars == pytest.approx((62 * expected).tolist(), abs=0.01)


# --- shortest_fit ------------------------------------------------------------


def shortest_fit(figure: Locator, data: Data) -> None:
    """Fit the points as they lie, with the weights that NumPy finds."""
    expect(figure).to_have_attribute("data-state", "still")
    xs, ys = (np.array(v) for v in json.loads(figure.get_attribute("data-points") or ""))
    k, units = int(figure.get_attribute("data-set") or ""), int(slider(figure, "units"))
    grid = np.linspace(-1, 1, 101)

    def hidden(x, k):
        centres = np.roll(data["centres"], -data.get("stride", 6) * k)
        return np.tanh(data["slope"] * (x[:, None] - centres))

    def fitted(x, y, k, p):
        """Training error, test error, and the length of the weights."""
        w = np.linalg.pinv(hidden(x, k)[:, :p], rcond=max(len(x), p) * 2**-52) @ y
        missed = hidden(grid, k)[:, :p] @ w - np.sin(data["wave"] * grid)
        training = np.mean((hidden(x, k)[:, :p] @ w - y) ** 2)
        return training, np.mean(missed**2), np.linalg.norm(w)

    for name, value in zip(
        ("training", "error", "length"), fitted(xs, ys, k, units), strict=True
    ):
        assert amount(figure, name) == pytest.approx(min(value, 1e6), rel=0.06, abs=6e-4)
    drawn = int(figure.get_attribute("data-drawn") or "")
    if drawn == 1:
        assert text(figure, "median") == "–"
        return
    stored = [(np.array(x), np.array(y)) for x, y in data["sets"][:drawn]]
    typical = np.median([fitted(x, y, k, units)[1] for k, (x, y) in enumerate(stored)])
    assert amount(figure, "median") == pytest.approx(min(typical, 1e6), rel=0.06, abs=6e-4)


def amount(figure: Locator, name: str) -> float:
    """A number; the figure says of the largest only that they are above a million."""
    shown = text(figure, name)
    return 1e6 if "over" in shown else float(shown.replace(" ", ""))


TWINS: dict[str, Callable[[Locator, Data], object]] = {
    "nnl-shortest-fit": shortest_fit,
    "nnl-step-length": step_length,
    "nnl-clipping-cliff": clipping_cliff,
    "nnl-dead-units": dead_units,
    "nnl-decay-moons": decay_moons,
    "nnl-drawn-digits": drawn_digits,
    "nnl-dropout-moons": dropout_moons,
    "nnl-relu-unit": relu_unit,
    "nnl-residual-blocks": residual_blocks,
    "nnl-valleys": three_valleys,
    "nnl-xor-starts": xor_starts,
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
