"""Chapter 2, vanishing gradients: the backward pass of a chain of sigmoid units.

Each layer is one unit, hₗ = σ(wₗ hₗ₋₁), from h₀ = x to the output y = h_L.  The technique
returns ∂y/∂w₁, …, ∂y/∂w_L.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from laws.numbers import Numbers, near, numbers
from laws.trial import Law, Technique, small_first

Chain = Callable[[float, list[float]], Any]

# --- questions ----------------------------------------------------------------

ONE = small_first(w=[(1.0,), (0.0,), (-2.0,), (0.5,)], x=[1.0, 2.0, -1.0])
DEEP = small_first(
    w=[(1.0, 2.0), (2.0, -1.0), (1.0, 2.0, 3.0), (4.0, -3.0, 0.5, 2.0)],
    x=[1.0, -0.5, 2.0],
)
CUT = [
    {"w": (1.0, 0.0), "x": 1.0},
    {"w": (1.0, 2.0, 0.0), "x": 1.0},
    {"w": (1.0, 0.0, 3.0), "x": 2.0},
]
LONG = [
    {"w": (1.0,) * 8, "x": 1.0},
    {"w": (2.0,) * 8, "x": 1.0},
    {"w": (-1.0, 3.0, 0.5, 2.0, 1.0), "x": 0.5},
]


def gradients(chain: Chain, w: Sequence[float], x: float) -> Numbers:
    """Return the gradient of each weight."""
    return numbers(chain(x, list(w)), (len(w),))


# --- laws ---------------------------------------------------------------------


def sigmoid(a: float) -> float:
    """1 / (1 + exp(-a))."""
    return 1 / (1 + math.exp(-a))


def slope(h: float) -> float:
    """σ′ where σ is h."""
    return h * (1 - h)


def forward(x: float, w: Sequence[float]) -> list[float]:
    """Return h₀ … h_L."""
    h = [x]
    for weight in w:
        h.append(sigmoid(weight * h[-1]))
    return h


def quotients(w: Sequence[float], x: float) -> Numbers:
    """Return what a small change of each weight does to the output, per unit of change."""

    def moved(layer: int, step: float) -> float:
        nudged = [v + step * (k == layer) for k, v in enumerate(w)]
        return forward(x, nudged)[-1]

    e = 1e-4
    return tuple((moved(k, e) - moved(k, -e)) / (2 * e) for k in range(len(w)))


def bounds(w: Sequence[float], x: float) -> list[float]:
    """Return the largest gradient that a quarter and a weight per layer allow."""
    h = forward(x, w)
    return [
        abs(h[k]) * math.prod(abs(v) for v in w[k + 1 :]) / 4 ** (len(w) - k)
        for k in range(len(w))
    ]


def right(g: Any, w: Sequence[float], x: float) -> bool:
    """Say whether each number is the slope that is measured."""
    return near(g, quotients(w, x))


LAWS = (
    Law("one layer: σ′(wx) times the input x", gradients, ONE, right),
    Law(
        "the last weight: σ′ of its own layer times what enters that layer",
        gradients,
        DEEP,
        lambda g, w, x: near(g[-1], quotients(w, x)[-1]),  # pyright: ignore
    ),
    Law(
        "each number is what a small change of that weight does to the output",
        gradients,
        DEEP,
        right,
    ),
    Law(
        "a weight of 0 lets nothing back to the layers before it",
        gradients,
        CUT,
        lambda g, w, x: not any(g[: w.index(0.0)]),
    ),
    Law(
        "each layer further back costs a factor of at most |w|/4",
        gradients,
        LONG,
        lambda g, w, x: all(
            abs(a) <= b * (1 + 1e-9)
            for a, b in zip(g, bounds(w, x), strict=True)
        ),
    ),
)

# --- wrong versions -------------------------------------------------------------


def backward(
    x: float,
    w: Sequence[float],
    *,
    local: Callable[[float, float], float] = lambda h, weight: slope(h),
    through: Callable[[Sequence[float], int], float] = lambda w, k: w[k],
    entering: Callable[[Sequence[float], int], float] = lambda h, k: h[k],
) -> list[float]:
    """The backward pass, with a place for each mistake."""
    h = forward(x, w)
    found, back = [], 1.0
    for k in reversed(range(len(w))):
        back *= local(h[k + 1], w[k] * h[k])
        found.append(back * entering(h, k))
        back *= through(w, k)
    return found[::-1]


def slope_of_the_output(x: float, w: Sequence[float]) -> list[float]:
    """Do you take σ′ at h = σ(a)? It is taken at a: σ(a)(1 - σ(a)), which is h(1 - h)."""
    return backward(x, w, local=lambda h, a: slope(sigmoid(h)))


def without_slope(x: float, w: Sequence[float]) -> list[float]:
    """Is σ′ missing? Each layer on the way back contributes σ′ of its own."""
    return backward(x, w, local=lambda h, a: 1.0)


def sigmoid_for_slope(x: float, w: Sequence[float]) -> list[float]:
    """Is σ where σ′ belongs? The slope is σ(a)(1 - σ(a))."""
    return backward(x, w, local=lambda h, a: h)


def without_weights(x: float, w: Sequence[float]) -> list[float]:
    """Are the weights missing? Going back through a layer multiplies by its weight, too."""
    return backward(x, w, through=lambda w, k: 1.0)


def own_weight(x: float, w: Sequence[float]) -> list[float]:
    """Is the weight one layer off? Back to a layer lead the weights of those after it."""
    return backward(x, w, through=lambda w, k: w[k - 1] if k else 1.0)


def own_weight_too(x: float, w: Sequence[float]) -> list[float]:
    """Is a layer's own weight among the factors? ∂a/∂w is what enters, without w."""
    return [g * v for g, v in zip(backward(x, w), w, strict=True)]


def without_input(x: float, w: Sequence[float]) -> list[float]:
    """Is what enters the layer missing? ∂a/∂w is the h of the layer before."""
    return backward(x, w, entering=lambda h, k: 1.0)


def input_of_the_first(x: float, w: Sequence[float]) -> list[float]:
    """Do you multiply by x in each layer? Only the first one is entered by x."""
    return backward(x, w, entering=lambda h, k: h[0])


def own_output(x: float, w: Sequence[float]) -> list[float]:
    """Is h one layer off? A weight is multiplied by what enters its layer, not by its h."""
    return backward(x, w, entering=lambda h, k: h[k + 1])


def from_the_back(x: float, w: Sequence[float]) -> list[float]:
    """Is the order that of the way back? The first number belongs to the first layer."""
    return backward(x, w)[::-1]


def one_layer_only(x: float, w: Sequence[float]) -> list[float]:
    """Does each gradient stop in its own layer? It goes through all layers after it."""
    h = forward(x, w)
    return [slope(h[k + 1]) * h[k] for k in range(len(w))]


TECHNIQUES = (
    Technique(
        "chain_gradients",
        LAWS,
        (
            slope_of_the_output,
            without_slope,
            sigmoid_for_slope,
            without_weights,
            own_weight,
            own_weight_too,
            without_input,
            input_of_the_first,
            own_output,
            from_the_back,
            one_layer_only,
        ),
    ),
)
