"""Chapter 6, parameter initialisation: the variance follows the layer's size.

A weight has PyTorch's shape (n_out, n_in).  These laws are of chance: each looks at 20,000
numbers or more, and its limits are five standard errors wide or wider.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from laws.numbers import Numbers, Wrong, array_of
from laws.trial import Law, Technique

Fill = Callable[[Any], Any]

SIZES = [
    {"n_in": n_in, "n_out": n_out}
    for n_in, n_out in ((100, 400), (400, 100), (50, 400), (200, 200))
]
ONE = SIZES[:1]
CHANCE = 0.08  # how far off, relatively, a variance of 20,000 numbers may be


def filled(fill: Fill, n_in: int, n_out: int) -> tuple[Any, Any]:
    """Return a weight that was to be filled, and what came back."""
    try:
        weight: Any = torch.full((n_out, n_in), math.nan, dtype=torch.float64)
        return weight, fill(weight)
    except NotImplementedError:
        raise
    except Exception:
        try:
            weight = np.full((n_out, n_in), math.nan)
            return weight, fill(weight)
        except Exception:
            weight = None
        if weight is None:
            raise
        raise


def drawn(fill: Fill, n_in: int, n_out: int) -> np.ndarray:
    """Return the numbers that were drawn, in place or not."""
    weight, back = filled(fill, n_in, n_out)
    shape = (n_out, n_in)
    if bool((weight != weight).all()) and back is not None:
        weight = back
    return array_of(weight, shape)


def in_place(fill: Fill, n_in: int, n_out: int) -> Numbers:
    """Return the share of the entries that were filled, of the tensor that came back."""
    weight, back = filled(fill, n_in, n_out)
    share = float((weight == weight).sum() / (n_in * n_out))
    if share and back is not weight:
        raise Wrong("does not return the tensor that it was handed")
    return share


def variance_times_n_in(fill: Fill, n_in: int, n_out: int) -> Numbers:
    """Return what is to be 2, by He."""
    return float(np.var(drawn(fill, n_in, n_out)) * n_in)


def variance_times_both(fill: Fill, n_in: int, n_out: int) -> Numbers:
    """Return what is to be 2, by Glorot."""
    return float(np.var(drawn(fill, n_in, n_out)) * (n_in + n_out))


def share_above_zero(fill: Fill, n_in: int, n_out: int) -> Numbers:
    """Return what is to be a half."""
    return float((drawn(fill, n_in, n_out) > 0).mean())


def share_in_the_tails(fill: Fill, n_in: int, n_out: int) -> Numbers:
    """Return the share of numbers beyond two standard deviations; 0.0455 of a normal."""
    w = drawn(fill, n_in, n_out)
    return float((abs(w) > 2 * w.std()).mean())


def share_near_zero(fill: Fill, n_in: int, n_out: int) -> Numbers:
    """Return the share of numbers less than half as large as the largest."""
    w = abs(drawn(fill, n_in, n_out))
    return float((w < w.max() / 2).mean())


def largest(fill: Fill, n_in: int, n_out: int) -> Numbers:
    """Return the square of the largest number, times n_in + n_out."""
    w = drawn(fill, n_in, n_out)
    return float((w**2).max() * (n_in + n_out))


def different_units(fill: Fill, n_in: int, n_out: int) -> Numbers:
    """Return how many units have weights of their own."""
    return float(len(np.unique(drawn(fill, n_in, n_out), axis=0)))


def share_repeated(fill: Fill, n_in: int, n_out: int) -> Numbers:
    """Return the share of numbers that a second call draws again."""
    first, second = (drawn(fill, n_in, n_out) for _ in range(2))
    return float((first == second).mean())


# --- laws ---------------------------------------------------------------------


def about(target: float, within: float) -> Callable[..., bool]:
    """Return whether a number is near its target."""
    return lambda y, **_: abs(y - target) <= within


def laws(*own: Law) -> tuple[Law, ...]:
    """Return the laws of a scheme, with those that all schemes share."""
    return (
        Law(
            "the tensor is filled in place, and returned",
            in_place,
            ONE,
            about(1, 0),
            gives="the share of entries filled is",
        ),
        Law(
            "numbers above and below 0 are equally likely",
            share_above_zero,
            ONE,
            about(0.5, 0.02),
            gives="the share of numbers above 0 is",
            rough=CHANCE,
        ),
        *own,
        Law(
            "no two units start alike",
            different_units,
            ONE,
            lambda y, n_in, n_out: y == n_out,
            gives="the number of different units is",
        ),
        Law(
            "each call draws anew",
            share_repeated,
            ONE,
            about(0, 0.01),
            gives="the share of numbers drawn again by a second call is",
        ),
    )


KAIMING = laws(
    Law(
        "the variance is 2 / n_in",
        variance_times_n_in,
        SIZES,
        about(2, 2 * CHANCE),
        gives="the variance times n_in is",
        rough=CHANCE,
    ),
    Law(
        "the numbers are normal: 1 in 22 is beyond two standard deviations",
        share_in_the_tails,
        ONE,
        about(0.0455, 0.01),
        gives="the share beyond two standard deviations is",
        rough=2 * CHANCE,
    ),
)
XAVIER = laws(
    Law(
        "the variance is 2 / (n_in + n_out)",
        variance_times_both,
        SIZES,
        about(2, 2 * CHANCE),
        gives="the variance times (n_in + n_out) is",
        rough=CHANCE,
    ),
    Law(
        "no number is larger than √(6 / (n_in + n_out))",
        largest,
        SIZES,
        lambda y, **_: y <= 6 * (1 + 1e-9),
        gives="the largest square times (n_in + n_out) is",
        rough=CHANCE,
    ),
    Law(
        "up to there, all sizes are equally likely",
        share_near_zero,
        ONE,
        about(0.5, 0.02),
        gives="the share below half of the largest is",
        rough=CHANCE,
    ),
)

# --- wrong versions -------------------------------------------------------------


def normal(w: Tensor, variance: float) -> Tensor:
    """Fill with normal numbers."""
    return w.normal_(0, math.sqrt(variance))


def uniform(w: Tensor, variance: float) -> Tensor:
    """Fill with uniform numbers."""
    bound = math.sqrt(3 * variance)
    return w.uniform_(-bound, bound)


def fan_out(w: Tensor) -> Tensor:
    """Is this fan-out? n_in is the second axis: PyTorch's weights are (n_out, n_in)."""
    return normal(w, 2 / w.shape[0])


def variance_as_std(w: Tensor) -> Tensor:
    """Is 2 / n_in your standard deviation? It is the variance; take the root."""
    return w.normal_(0, 2 / w.shape[1])


def fan_out_as_std(w: Tensor) -> Tensor:
    """Two things: the variance is 2 / n_in, so take the root; n_in is the second axis."""
    return w.normal_(0, 2 / w.shape[0])


def lecun(w: Tensor) -> Tensor:
    """Is the 2 missing? It makes up for the half that a ReLU drops."""
    return normal(w, 1 / w.shape[1])


def glorot(w: Tensor) -> Tensor:
    """Is this Glorot's variance, 2 / (n_in + n_out)? He's is 2 / n_in."""
    return normal(w, 2 / sum(w.shape))


def all_numbers(w: Tensor) -> Tensor:
    """Did you divide by the number of all weights? n_in is the number of inputs."""
    return normal(w, 2 / w.numel())


def he_uniform(w: Tensor) -> Tensor:
    """Are these uniform numbers? This scheme draws from a normal distribution."""
    return uniform(w, 2 / w.shape[1])


def root_two_only(w: Tensor) -> Tensor:
    """Is n_in missing? The more inputs are added up, the smaller each weight must be."""
    return normal(w, 2)


def he_new_tensor(w: Tensor) -> Tensor:
    """Do you return a new tensor? Fill the one that you are handed: tensor.normal_(…)."""
    return normal(torch.empty_like(w), 2 / w.shape[1])


def he_one_unit(w: Tensor) -> Tensor:
    """Did you draw one unit and copy it? Each unit needs numbers of its own."""
    return w.copy_(normal(w[:1].clone(), 2 / w.shape[1]))


def he_seeded(w: Tensor) -> Tensor:
    """Is there a seed inside? Then every layer starts alike; seed once, outside."""
    torch.manual_seed(0)
    return normal(w, 2 / w.shape[1])


def bound_for_std(w: Tensor) -> Tensor:
    """Is the bound the standard deviation? A uniform number's is the bound over √3."""
    bound = math.sqrt(2 / sum(w.shape))
    return w.uniform_(-bound, bound)


def variance_as_bound(w: Tensor) -> Tensor:
    """Is the root missing? The bound is √(6 / (n_in + n_out))."""
    bound = 6 / sum(w.shape)
    return w.uniform_(-bound, bound)


def positive(w: Tensor) -> Tensor:
    """Are all numbers positive? rand gives [0, 1): stretch it to [-bound, bound]."""
    return w.uniform_(0, math.sqrt(6 / sum(w.shape)))


def fan_in_only(w: Tensor) -> Tensor:
    """Is n_out missing? Glorot divides by n_in + n_out, for the way back, too."""
    return uniform(w, 2 / w.shape[1])


def mean_twice(w: Tensor) -> Tensor:
    """Is the variance 1 / (n_in + n_out)? A mean has a 2: it is 2 / (n_in + n_out)."""
    return uniform(w, 1 / sum(w.shape))


def glorot_normal(w: Tensor) -> Tensor:
    """Are these normal numbers? This scheme draws uniformly."""
    return normal(w, 2 / sum(w.shape))


def glorot_new_tensor(w: Tensor) -> Tensor:
    """Do you return a new tensor? Fill the one that you are handed: tensor.uniform_(…)."""
    return uniform(torch.empty_like(w), 2 / sum(w.shape))


def glorot_one_unit(w: Tensor) -> Tensor:
    """Did you draw one unit and copy it? Each unit needs numbers of its own."""
    return w.copy_(uniform(w[:1].clone(), 2 / sum(w.shape)))


def glorot_seeded(w: Tensor) -> Tensor:
    """Is there a seed inside? Then every layer starts alike; seed once, outside."""
    torch.manual_seed(0)
    return uniform(w, 2 / sum(w.shape))


TECHNIQUES = (
    Technique(
        "kaiming_normal_",
        KAIMING,
        (
            fan_out,
            variance_as_std,
            fan_out_as_std,
            lecun,
            glorot,
            all_numbers,
            root_two_only,
            he_uniform,
            he_new_tensor,
            he_one_unit,
            he_seeded,
        ),
    ),
    Technique(
        "xavier_uniform_",
        XAVIER,
        (
            bound_for_std,
            variance_as_bound,
            positive,
            fan_in_only,
            mean_twice,
            glorot_normal,
            glorot_new_tensor,
            glorot_one_unit,
            glorot_seeded,
        ),
    ),
)
