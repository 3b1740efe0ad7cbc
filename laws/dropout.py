"""Chapter 10, dropout: zero or rescaled, anew for each unit, example and call.

Some of these laws are of chance: their limits are five standard errors wide or wider.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from laws.call import in_either
from laws.numbers import Numbers, array_of, near, numbers
from laws.trial import Law, Technique, small_first

Dropout = Callable[..., Any]

EXAMPLES, UNITS = 100, 200
CHANCE = 0.06

# --- questions ----------------------------------------------------------------


def dropped(f: Dropout, x: float, **options: Any) -> np.ndarray:
    """Return what becomes of a batch in which every unit is x."""
    batch = np.full((EXAMPLES, UNITS), x)
    return array_of(in_either(f, batch, **options), batch.shape)


def values(f: Dropout, x: float, p: float) -> Numbers:
    """Return the different values that become of units of x."""
    found = np.unique(dropped(f, x, p=p).round(6))
    return numbers(found)


def share_of_zeros(f: Dropout, p: float) -> Numbers:
    """Return the share of units that were dropped."""
    return float((dropped(f, 1.0, p=p) == 0).mean())


def mean(f: Dropout, p: float) -> Numbers:
    """Return the mean of units that were 1."""
    return float(dropped(f, 1.0, p=p).mean())


def different_examples(f: Dropout, p: float) -> Numbers:
    """Return how many examples have a mask of their own."""
    return float(len(np.unique(dropped(f, 1.0, p=p), axis=0)))


def different_units(f: Dropout, p: float) -> Numbers:
    """Return how many units have a mask of their own."""
    return float(len(np.unique(dropped(f, 1.0, p=p), axis=1).T))


def share_alike(f: Dropout, p: float) -> Numbers:
    """Return the share of units to which a second call does the same."""
    first, second = (dropped(f, 1.0, p=p) for _ in range(2))
    return float((first == second).mean())


def evaluated(f: Dropout, x: Any, p: float) -> Numbers:
    """Return the units when training is over."""
    return numbers(in_either(f, x, p=p, training=False), np.shape(x))


def trained(f: Dropout, x: Any, p: float) -> Numbers:
    """Return the units in training."""
    return numbers(in_either(f, x, p=p, training=True), np.shape(x))


def argument(f: Dropout, x: float, p: float) -> Numbers:
    """Return the least and the greatest unit of the argument, afterwards."""
    kept: list[Any] = []

    def watched(batch: Any, **options: Any) -> Any:
        kept.append(batch)
        return f(batch, **options)

    dropped(watched, x, p=p)
    after = array_of(kept[-1])
    return float(after.min()), float(after.max())


# --- laws ---------------------------------------------------------------------

SOME = small_first(p=[0.5, 0.2, 0.8])
ROWS = [((1.0, -2.0),), ((1.0, 2.0), (3.0, 4.0))]

LAWS = (
    Law(
        "when training is over, x is returned as it is",
        evaluated,
        small_first(x=ROWS, p=[0.5, 0.2, 1.0]),
        lambda y, x, p: near(y, x),
    ),
    Law(
        "in training a unit becomes 0, or is divided by 1 - p",
        values,
        small_first(x=[1.0, 3.0], p=[0.5, 0.2, 0.75]),
        lambda y, x, p: near(y, (0.0, x / (1 - p))),
        gives="units of x become one of",
    ),
    Law(
        "the share of units that become 0 is p",
        share_of_zeros,
        small_first(p=[0.2, 0.5, 0.8]),
        lambda y, p: abs(y - p) < 0.02,
        gives="the share of zeros is",
        rough=CHANCE,
    ),
    Law(
        "the mean is kept",
        mean,
        SOME,
        lambda y, p: abs(y - 1) < 0.08,
        gives="the mean of units of 1 is",
        rough=2 * CHANCE,
    ),
    Law(
        "each example has a mask of its own",
        different_examples,
        SOME[:2],
        lambda y, p: y == EXAMPLES,
        gives=f"the number of different masks for {EXAMPLES} examples is",
    ),
    Law(
        "each unit has a mask of its own",
        different_units,
        SOME[:2],
        lambda y, p: y == UNITS,
        gives=f"the number of different masks for {UNITS} units is",
    ),
    Law(
        "each call draws anew",
        share_alike,
        SOME[:1],
        lambda y, p: y < 0.9,
        gives="the share of units treated alike by a second call is",
        rough=CHANCE,
    ),
    Law(
        "p = 0 changes nothing, and p = 1 gives zeros",
        trained,
        small_first(x=ROWS, p=[0.0, 1.0]),
        lambda y, x, p: near(y, numbers((1 - p) * np.array(x))),
    ),
    Law(
        "your argument x is not changed",
        argument,
        small_first(x=[1.0], p=[0.5]),
        lambda y, x, p: near(y, (x, x)),
        gives="the least and the greatest unit of x are afterwards",
    ),
)

# --- wrong versions -------------------------------------------------------------


def draw(*shape: int) -> Tensor:
    """Uniform numbers in [0, 1)."""
    return torch.rand(*shape, dtype=torch.float64)


def right(x: Tensor, p: float, mask: Tensor) -> Tensor:
    """The slide's formula, with a mask of what is kept."""
    return x * mask / (1 - p) if p < 1 else 0 * x


def multiplied(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Do you multiply by 1 - p in training? Divide, so that the mean is kept."""
    return x * (draw(*x.shape) >= p) * (1 - p) if training else x


def not_rescaled(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Is the factor missing? What is left must make up for what is dropped: 1/(1 - p)."""
    return x * (draw(*x.shape) >= p) if training else x


def original(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Is this the original form? It rescales at test time; ours does so in training."""
    return x * (draw(*x.shape) >= p) if training else x * (1 - p)


def p_is_kept(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Is your p the probability of keeping? Here it is that of dropping."""
    return right(x, 1 - p, draw(*x.shape) < p) if training else x


def mask_reversed(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Is the mask reversed? rand < p marks the units to drop, not those to keep."""
    return right(x, p, draw(*x.shape) < p) if training else x


def divided_by_p(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Do you divide by p? Divide by the share that is left, 1 - p."""
    mask = draw(*x.shape) >= p
    return x * mask / p if training and p > 0 else x


def one_mask(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Is there one mask for the whole batch? Draw one for each example."""
    return right(x, p, draw(x.shape[-1]) >= p) if training else x


def whole_examples(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Do you drop whole examples? Draw a number for each unit of each example."""
    return right(x, p, draw(len(x), 1) >= p) if training else x


def always(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Do you drop at test time, too? Look at `training`."""
    return right(x, p, draw(*x.shape) >= p)


def divided_at_test_time(
    x: Tensor, p: float = 0.5, training: bool = True
) -> Tensor:
    """Do you divide at test time, too? Then x is returned as it is."""
    return right(x, p, draw(*x.shape) >= p) if training else x / (1 - p)


def never(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Is nothing dropped? In training each unit becomes 0 with probability p."""
    return x.clone()


def zero_by_zero(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Do you divide by 1 - p in any case? For p = 1 that is 0/0: return zeros."""
    return x * (draw(*x.shape) >= p) / (1 - p) if training else x


def seeded(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Is there a seed inside? Then each step of training has the same mask."""
    torch.manual_seed(0)
    return right(x, p, draw(*x.shape) >= p) if training else x


def changes_x(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Do you write into x? The caller may still need it: make a new array."""
    if training:
        x[draw(*x.shape) < p] = 0
        x /= max(1 - p, 1e-9)
    return x


TECHNIQUES = (
    Technique(
        "dropout",
        LAWS,
        (
            multiplied,
            not_rescaled,
            original,
            p_is_kept,
            mask_reversed,
            divided_by_p,
            one_mask,
            whole_examples,
            always,
            divided_at_test_time,
            never,
            zero_by_zero,
            seeded,
            changes_x,
        ),
    ),
)
