"""Chapter 11, what we are missing: mixing weights that are shared, or computed.

A convolution of n inputs with k weights is yᵢ = Σⱼ wⱼ xᵢ₊ⱼ, for the n − k + 1 places where
the window fits.  Attention is softmax(Q Kᵀ / √d) V, with one query, key or value a row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from laws.call import in_either
from laws.numbers import Numbers, near, numbers
from laws.trial import Law, Technique, small_first

# --- questions ----------------------------------------------------------------

INPUTS = [(1.0, 2.0, 4.0), (0.0, 0.0, 1.0, 0.0, 3.0)]
ONE_WEIGHT = small_first(x=INPUTS, w=[(2.0,), (-1.0,)])
WINDOWS = small_first(x=INPUTS, w=[(1.0, 3.0), (2.0, 0.0, 1.0)])
WHOLE = [
    {"x": (1.0, 2.0), "w": (3.0, 1.0)},
    {"x": (1.0, 2.0, 4.0), "w": (3.0, 0.0, 1.0)},
]

AHEAD, BACK = (2.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 2.0)
FAR = (1000.0, 0.0, 0.0, 0.0)
ONE_KEY = [
    {"q": (AHEAD,), "k": (AHEAD,), "v": ((5.0,),)},
    {"q": (AHEAD, BACK), "k": (BACK,), "v": ((5.0, -1.0),)},
]
ALIKE = [
    {"q": (AHEAD,), "k": (BACK, BACK), "v": ((0.0,), (6.0,))},
    {"q": (AHEAD,), "k": (BACK, BACK, BACK), "v": ((1.0,), (2.0,), (6.0,))},
]
TWO_KEYS = [
    {"q": (AHEAD,), "k": (AHEAD, BACK), "v": ((0.0,), (1.0,))},
    {"q": (AHEAD,), "k": (BACK, AHEAD), "v": ((1.0, 3.0), (0.0, 2.0))},
]
SEVERAL = [
    {
        "q": (AHEAD, BACK),
        "k": (AHEAD, BACK, (1.0, 1.0, 0.0, -1.0)),
        "v": ((0.0,), (1.0,), (4.0,)),
    }
]
LONG = [{"q": (FAR,), "k": (FAR, BACK), "v": ((1.0,), (3.0,))}]


def convolved(f: Callable[..., Any], x: Any, w: Any) -> Numbers:
    """Return what a window makes of a row."""
    return numbers(in_either(f, x, w))


def mixed(f: Callable[..., Any], q: Any, k: Any, v: Any) -> Numbers:
    """Return what queries find among keys and values."""
    return numbers(in_either(f, q, k, v))


# --- laws ---------------------------------------------------------------------


def correlated(y: Numbers, x: Any, w: Any) -> bool:
    """Say whether y is w at every place of x."""
    return near(y, numbers(np.correlate(x, w, "valid")))


def attended(y: Numbers, q: Any, k: Any, v: Any) -> bool:
    """Say whether y is softmax(Q Kᵀ / √d) V."""
    q, k, v = map(torch.tensor, (q, k, v))
    weights = torch.softmax(q @ k.T / q.shape[-1] ** 0.5, dim=-1)
    return near(y, numbers(weights @ v))


CONVOLUTION_LAWS = (
    Law(
        "a window of one weight multiplies each input by it",
        convolved,
        ONE_WEIGHT,
        correlated,
    ),
    Law(
        "an output is the window's weights times what lies under them, in order",
        convolved,
        WHOLE,
        correlated,
    ),
    Law(
        "the window moves on by one place, as long as it fits",
        convolved,
        WINDOWS,
        correlated,
    ),
)

ATTENTION_LAWS = (
    Law(
        "where there is one key, its value comes out",
        mixed,
        ONE_KEY,
        attended,
    ),
    Law("of equal keys the mean value comes out", mixed, ALIKE, attended),
    Law(
        "the mixing weights are the softmax of q · k / √d",
        mixed,
        TWO_KEYS,
        attended,
    ),
    Law("each query has its own weights", mixed, SEVERAL, attended),
    Law("a very long query overflows nothing", mixed, LONG, attended),
)

# --- wrong versions of the convolution ------------------------------------------


def windows(x: Tensor, w: Tensor, step: int = 1) -> Tensor:
    """Every whole window, a row each."""
    return x.unfold(0, len(w), step)


def reversed_weights(x: Tensor, w: Tensor) -> Tensor:
    """Are the weights reversed? What libraries call convolution keeps their order."""
    return windows(x, w) @ w.flip(0)


def padded(x: Tensor, w: Tensor) -> Tensor:
    """Did you pad with zeros? Only whole windows count here, n − k + 1 of them."""
    return windows(torch.cat([x, x.new_zeros(len(w) - 1)]), w) @ w


def around_the_end(x: Tensor, w: Tensor) -> Tensor:
    """Does the window go around the end? It stops where it no longer fits."""
    return windows(torch.cat([x, x[: len(w) - 1]]), w) @ w


def without_the_last(x: Tensor, w: Tensor) -> Tensor:
    """Is the last window missing? There are n − k + 1, so it is range(n - k + 1)."""
    return (windows(x, w) @ w)[:-1]


def side_by_side(x: Tensor, w: Tensor) -> Tensor:
    """Do the windows stand side by side? The next one begins one place further."""
    return windows(x, w, len(w)) @ w


def mean_of_products(x: Tensor, w: Tensor) -> Tensor:
    """Did you take the mean of the products? It is their sum."""
    return windows(x, w) @ w / len(w)


def numpys_convolve(x: Any, w: Any) -> Any:
    """Is this np.convolve? It reverses the weights, and pads with zeros at both ends."""
    return torch.tensor(np.convolve(x, w))


def inputs_added(x: Tensor, w: Tensor) -> Tensor:
    """Are the weights missing? Each input under the window is multiplied by its own."""
    return windows(x, w).sum(dim=-1)


# --- wrong versions of attention --------------------------------------------------


def not_scaled(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Is the division by √d missing? Without it long vectors make the softmax hard."""
    return torch.softmax(q @ k.T, dim=-1) @ v


def divided_by_d(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Do you divide by d? It is its root, the spread of a sum of d random products."""
    return torch.softmax(q @ k.T / q.shape[-1], dim=-1) @ v


def divided_by_keys(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Do you divide by the root of the number of keys? It is that of their length d."""
    return torch.softmax(q @ k.T / len(k) ** 0.5, dim=-1) @ v


def along_the_queries(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Does the softmax go along the queries? Each query's weights sum to one: dim=-1."""
    return torch.softmax(q @ k.T / q.shape[-1] ** 0.5, dim=-2) @ v


def no_softmax(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Is the softmax missing? Weights are positive and sum to one; scores do neither."""
    return q @ k.T / q.shape[-1] ** 0.5 @ v


def the_nearest(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Did you take the nearest key alone? All values are mixed, by their weights."""
    return v[(q @ k.T).argmax(dim=-1)]


def keys_mixed(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Do you mix the keys? They are what a query looks at; the values are mixed."""
    return torch.softmax(q @ k.T / q.shape[-1] ** 0.5, dim=-1) @ k


def overflowing(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Does e to a large number overflow? Take each row's largest score away first."""
    raised = (q @ k.T / q.shape[-1] ** 0.5).exp()
    return raised / raised.sum(dim=-1, keepdim=True) @ v


TECHNIQUES = (
    Technique(
        "conv1d",
        CONVOLUTION_LAWS,
        (
            reversed_weights,
            padded,
            around_the_end,
            without_the_last,
            side_by_side,
            mean_of_products,
            numpys_convolve,
            inputs_added,
        ),
    ),
    Technique(
        "attention",
        ATTENTION_LAWS,
        (
            not_scaled,
            divided_by_d,
            divided_by_keys,
            along_the_queries,
            no_softmax,
            the_nearest,
            keys_mixed,
            overflowing,
        ),
    ),
)
