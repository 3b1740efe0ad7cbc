"""Chapter 4, activation functions: a slope of 1 on the right, something on the left."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from laws.call import in_either
from laws.numbers import Numbers, near, numbers
from laws.trial import Law, Technique, small_first

# --- questions ----------------------------------------------------------------

RIGHT = [(1.0, 2.0), (0.5,), (100.0,)]
LEFT = [(-1.0, -2.0), (-0.5,), (-100.0,)]
BOTH = [(1.0, -1.0), (-0.5, 2.0, -3.0), ((1.0, -1.0), (-2.0, 3.0)), -1.0]
FAR = [(1000.0,), (-1000.0,)]


def values(f: Callable[..., Any], x: Any, **options: float) -> Numbers:
    """Return f(x), for numbers of any shape."""
    return numbers(in_either(f, x, **options), np.shape(x))


def argument(f: Callable[..., Any], x: Any, **options: float) -> Numbers:
    """Return x as it is after f was asked."""
    tensor = torch.tensor(x, dtype=torch.float64)
    array = np.array(x)
    try:
        f(tensor, **options)
    except NotImplementedError:
        raise
    except Exception:
        f(array, **options)
        return numbers(array)
    return numbers(tensor)


def each(formula: Callable[..., float]) -> Callable[..., bool]:
    """Return whether an answer is the formula, number by number."""

    def holds(y: Numbers, x: Any, **options: float) -> bool:
        if isinstance(x, tuple):
            pairs = zip(y, x, strict=True)  # pyright: ignore
            return all(holds(b, a, **options) for b, a in pairs)
        return near(y, formula(x, **options))

    return holds


def elementwise(
    formula: Callable[..., float],
    right: str,
    left: str,
    **options: list[float],
) -> tuple[Law, ...]:
    """Return the laws that all activation functions share."""
    holds, first = each(formula), {k: [v[0]] for k, v in options.items()}
    return (
        Law(right, values, small_first(x=RIGHT, **options), holds),
        Law(left, values, small_first(x=LEFT, **options), holds),
        Law("0 gives 0", values, small_first(x=[(0.0,)], **first), holds),
        Law(
            "each number is treated by itself, in whatever shape they come",
            values,
            small_first(x=BOTH, **first),
            holds,
        ),
        Law(
            "your argument x is not changed",
            argument,
            small_first(x=[(-1.0, 1.0)], **first),
            lambda y, x, **_: near(y, x),
            gives="afterwards x is",
        ),
    )


# --- laws ---------------------------------------------------------------------


def relu(x: float) -> float:
    """max(0, x)."""
    return max(x, 0.0)


def leaky(x: float, negative_slope: float = 0.01) -> float:
    """Return x on the right, a multiple of it on the left."""
    return x if x > 0 else negative_slope * x


def elu(x: float, alpha: float = 1.0) -> float:
    """Return x on the right, α(eˣ − 1) on the left."""
    return x if x > 0 else alpha * math.expm1(x)


POSITIVE = "a number above 0 stays as it is"

RELU = elementwise(relu, POSITIVE, "a number below 0 becomes 0")
LEAKY = (
    *elementwise(
        leaky,
        POSITIVE,
        "a number below 0 is multiplied by negative_slope",
        negative_slope=[0.1, 0.5, 0.0],
    ),
    Law(
        "also where negative_slope is above 1",
        values,
        small_first(x=[(-1.0, 2.0)], negative_slope=[2.0, 1.0]),
        each(leaky),
    ),
    Law(
        "negative_slope is 0.01 unless something else is said",
        values,
        small_first(x=LEFT),
        each(leaky),
    ),
)
ELU = (
    *elementwise(
        elu,
        POSITIVE,
        "a number x below 0 becomes alpha · (exp(x) - 1)",
        alpha=[1.0, 2.0, 0.5],
    ),
    Law(
        "far out nothing overflows: 1000 stays 1000, and -1000 gives -alpha",
        values,
        small_first(x=FAR, alpha=[1.0, 2.0]),
        each(elu),
    ),
    Law(
        "alpha is 1 unless something else is said",
        values,
        small_first(x=LEFT),
        each(elu),
    ),
)

# --- wrong versions -------------------------------------------------------------


def absolute(x: Tensor) -> Tensor:
    """Is this the absolute value? A ReLU drops what is negative."""
    return x.abs()


def lesser(x: Tensor) -> Tensor:
    """Did you take the minimum? It is the greater of x and 0."""
    return x.clamp(max=0)


def greatest(x: Tensor) -> Tensor:
    """Is this one maximum over all of x? Compare each number with 0."""
    return x.max().clamp(min=0)


def a_step(x: Tensor) -> Tensor:
    """Is this the slope, 1 or 0? The function itself gives x or 0."""
    return (x > 0).double()


def twice(x: Tensor) -> Tensor:
    """Is a half missing? x + |x| is twice the positive part."""
    return x + x.abs()


def selected(x: Tensor) -> Tensor:
    """Do you keep only the positive numbers? The others become 0 and keep their place."""
    return x[x > 0]


def one_number(x: Tensor, *_: float, **__: float) -> Tensor:
    """Is your function for one number? x holds many: torch.where, or np.where, chooses."""
    return x if x > 0 else 0 * x


def changes_x(x: Tensor) -> Tensor:
    """Do you write into x? The caller may still need it: make a new array."""
    x[x < 0] = 0
    return x


def without_slope(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Is this the plain ReLU? A leaky one lets something through on the left."""
    return x.clamp(min=0) + 0 * negative_slope


def slope_itself(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Is the slope itself the value on the left? It is multiplied by x."""
    return torch.where(x > 0, x, negative_slope)


def slope_everywhere(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Do you multiply on both sides? On the right x stays as it is."""
    return negative_slope * x


def wrong_side(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Are the sides exchanged? The slope belongs to the left one."""
    return torch.where(x < 0, x, negative_slope * x)


def sign_lost(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Is the sign lost? On the left the values are negative."""
    return torch.where(x > 0, x, negative_slope * x.abs())


def added(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Do you add slope · x on the right, too? It is for the left alone."""
    return x.clamp(min=0) + negative_slope * x


def greater(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Is this max(x, slope · x)? Where the slope is above 1 that takes the wrong one."""
    return torch.maximum(x, negative_slope * x)


def default_of_a_tenth(x: Tensor, negative_slope: float = 0.1) -> Tensor:
    """Which default has your slope? PyTorch's is 0.01."""
    return torch.where(x > 0, x, negative_slope * x)


def leaky_changes_x(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Do you write into x? The caller may still need it: make a new array."""
    x[x < 0] *= negative_slope
    return x


def without_minus_one(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Is the - 1 missing? Without it the function jumps at 0."""
    return torch.where(x > 0, x, alpha * x.exp())


def one_outside(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Are brackets missing? alpha multiplies exp(x) - 1, not exp(x) alone."""
    return torch.where(x > 0, x, alpha * x.exp() - 1)


def alpha_inside(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Is alpha in the exponent? It is a factor in front of exp(x) - 1."""
    return torch.where(x > 0, x, torch.expm1(alpha * x))


def without_alpha(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Is alpha forgotten? The left side ends at -alpha."""
    return torch.where(x > 0, x, torch.expm1(x)) + 0 * alpha


def alpha_everywhere(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Does alpha multiply the right side, too? There x stays as it is."""
    return alpha * torch.where(x > 0, x, torch.expm1(x))


def minus_x(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Is the exponent -x? It is x itself, which is negative there."""
    return torch.where(x > 0, x, alpha * torch.expm1(-x))


def zero_times_infinity(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Do you multiply by a mask? exp(1000) is infinite, and 0 · ∞ is NaN: choose."""
    return (x > 0) * x + (x <= 0) * alpha * (x.exp() - 1)


def elu_changes_x(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Do you write into x? The caller may still need it: make a new array."""
    x[x < 0] = alpha * torch.expm1(x[x < 0])
    return x


TECHNIQUES = (
    Technique(
        "relu",
        RELU,
        (
            absolute,
            lesser,
            greatest,
            a_step,
            twice,
            selected,
            one_number,
            changes_x,
        ),
    ),
    Technique(
        "leaky_relu",
        LEAKY,
        (
            without_slope,
            slope_itself,
            slope_everywhere,
            wrong_side,
            sign_lost,
            added,
            greater,
            default_of_a_tenth,
            one_number,
            leaky_changes_x,
        ),
    ),
    Technique(
        "elu",
        ELU,
        (
            without_minus_one,
            one_outside,
            alpha_inside,
            without_alpha,
            alpha_everywhere,
            minus_x,
            zero_times_infinity,
            one_number,
            elu_changes_x,
        ),
    ),
)
