"""Chapter 3, gradient clipping: the length is capped, the direction kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from laws.numbers import Numbers, flat, near, numbers
from laws.trial import Law, Technique, small_first

Clip = Callable[[list[nn.Parameter], float], Any]

# --- questions ----------------------------------------------------------------

VECTORS = [(3.0, 4.0), (1.0, 1.0), (0.0, 2.0), (-2.0, 1.0, 2.0), (-6.0, 8.0)]
SHORT = [
    {"g": (0.3, 0.4), "c": 1.0},
    {"g": (3.0, 4.0), "c": 5.0},
    {"g": (3.0, 4.0), "c": 10.0},
    {"g": (-1.0, 2.0, 2.0), "c": 3.5},
]
LONG = small_first(g=VECTORS, c=[1.0, 0.5, 0.01])
SEVERAL = small_first(
    g=[
        ((3.0, 0.0), (0.0, 4.0)),
        ((3.0, 4.0), (12.0,)),
        ((0.3,), (0.4,)),
        ((1.0,), (-1.0,), (2.0, 2.0)),
    ],
    c=[1.0, 0.1, 4.0],
)
ZERO = small_first(g=[(0.0, 0.0), (0.0,)], c=[1.0, 0.1])
FROZEN = [{"g": ((3.0, 4.0), None), "c": c} for c in (1.0, 10.0)]


def clipped(clip: Clip, g: Any, c: float) -> Numbers:
    """Return what has become of the gradients of several parameters."""
    parameters = with_gradients(g)
    clip(parameters, c)
    return tuple(
        numbers(p.grad, p.shape)
        for p, before in zip(parameters, g, strict=True)
        if before is not None
    )


def clipped_alone(clip: Clip, g: Any, c: float) -> Numbers:
    """Return what has become of the gradient of one parameter."""
    [after] = clipped(clip, [g], c)  # pyright: ignore[reportGeneralTypeIssues]
    return after


def returned(clip: Clip, g: Any, c: float) -> Numbers:
    """Return what the function returns."""
    return numbers(clip(with_gradients(g), c), shape=())


def with_gradients(g: Any) -> list[nn.Parameter]:
    """Return parameters that have these gradients."""
    parameters = []
    for gradient in g:
        wide = torch.tensor(gradient or (0.0,), dtype=torch.float64)
        parameters.append(nn.Parameter(torch.zeros_like(wide)))
        parameters[-1].grad = wide if gradient else None
    return parameters


# --- laws ---------------------------------------------------------------------


def length(g: Any) -> float:
    """Return ‖g‖ over all entries."""
    return math.hypot(*flat(g))


def along(y: Any, g: Any) -> bool:
    """Say whether y is a positive multiple of g."""
    product = sum(a * b for a, b in zip(flat(y), flat(g), strict=True))
    return near(product, length(y) * length(g)) and length(y) > 0


def rule(g: Any, c: float) -> Numbers:
    """The slide's formula, min(1, c / ‖g‖) g."""
    factor = min(1.0, c / length(g))
    return tuple(factor * entry for entry in flat(g))


NORM_LAWS = (
    Law(
        "a gradient no longer than c stays as it is",
        clipped_alone,
        SHORT,
        lambda y, g, c: near(y, g),
    ),
    Law(
        "a longer one is cut to the length c",
        clipped_alone,
        LONG,
        lambda y, g, c: near(length(y), c),
    ),
    Law(
        "its direction does not change",
        clipped_alone,
        LONG,
        lambda y, g, c: along(y, g),
    ),
    Law(
        "all parameters together are one vector, with one norm and one factor",
        clipped,
        SEVERAL,
        lambda y, g, c: near(tuple(flat(y)), rule(g, c)),
    ),
    Law(
        "a zero gradient stays zero",
        clipped_alone,
        ZERO,
        lambda y, g, c: near(y, g),
    ),
    Law(
        "a parameter that has no gradient (None) is passed over",
        clipped,
        FROZEN,
        lambda y, g, c: near(tuple(flat(y)), rule(g[:1], c)),
    ),
    Law(
        "the norm before clipping is returned",
        returned,
        small_first(g=[((3.0, 4.0),), ((3.0, 4.0), (12.0,))], c=[1.0, 20.0]),
        lambda y, g, c: near(y, length(g)),
        gives="yours returns",
    ),
)

BELOW = small_first(g=[(0.3, -0.4), (3.0, 4.0), (0.0, 0.0)], c=[5.0, 10.0])

VALUE_LAWS = (
    Law(
        "an entry between -c and c stays as it is",
        clipped_alone,
        BELOW,
        lambda y, g, c: near(y, g),
    ),
    Law(
        "an entry above c becomes c",
        clipped_alone,
        small_first(g=[(3.0, 4.0), (2.0, 0.5)], c=[1.0, 0.25, 2.5]),
        lambda y, g, c: near(y, tuple(min(entry, c) for entry in g)),
    ),
    Law(
        "an entry below -c becomes -c",
        clipped_alone,
        small_first(g=[(-3.0, -4.0), (-2.0, -0.5)], c=[1.0, 0.25, 2.5]),
        lambda y, g, c: near(y, tuple(max(entry, -c) for entry in g)),
    ),
    Law(
        "every parameter is clipped; one without a gradient is passed over",
        clipped,
        [{"g": ((3.0, -4.0), (2.0,), None, (0.5,)), "c": 1.0}],
        lambda y, g, c: near(y, ((1.0, -1.0), (1.0,), (0.5,))),
    ),
)

# --- wrong versions -------------------------------------------------------------


def some(parameters: list[nn.Parameter]) -> list[Tensor]:
    """Return the gradients that are there."""
    return [p.grad for p in parameters if p.grad is not None]


def norm_of(gradients: list[Tensor]) -> Tensor:
    """Return their common norm."""
    return torch.cat([g.flatten() for g in gradients]).norm()


def each_entry(parameters: list[nn.Parameter], c: float) -> Tensor:
    """Did you clip each entry? The rule cuts the whole vector by one factor."""
    norm = norm_of(some(parameters))
    for g in some(parameters):
        g.clamp_(-c, c)
    return norm


def each_parameter(parameters: list[nn.Parameter], c: float) -> Tensor:
    """Did you take the norm of each parameter? All share one norm and one factor."""
    norm = norm_of(some(parameters))
    for g in some(parameters):
        g.mul_((c / g.norm()).clamp(max=1) if g.any() else 1)
    return norm


def always(parameters: list[nn.Parameter], c: float) -> Tensor:
    """Do you scale every gradient to length c? A shorter one is left alone: min(1, …)."""
    norm = norm_of(some(parameters))
    for g in some(parameters):
        g.mul_(c / norm if norm > 0 else 1)
    return norm


def zero_by_zero(parameters: list[nn.Parameter], c: float) -> Tensor:
    """Do you divide by the norm first? For a zero gradient that is 0/0."""
    norm = norm_of(some(parameters))
    for g in some(parameters):
        g.div_(norm).mul_(norm.clamp(max=c))
    return norm


def to_length_one(parameters: list[nn.Parameter], c: float) -> Tensor:
    """Do you divide by the norm only? Then the length is 1, not c."""
    norm = norm_of(some(parameters))
    for g in some(parameters):
        g.div_(norm if norm > c else 1)
    return norm


def without_the_root(parameters: list[nn.Parameter], c: float) -> Tensor:
    """Is the square root missing? ‖g‖ is the root of the sum of squares."""
    square = norm_of(some(parameters)).square()
    for g in some(parameters):
        g.mul_((c / square).clamp(max=1))
    return square


def sum_of_norms(parameters: list[nn.Parameter], c: float) -> Tensor:
    """Did you add up the norms of the parameters? It is their squares that add up."""
    norm = torch.stack([g.norm() for g in some(parameters)]).sum()
    for g in some(parameters):
        g.mul_((c / norm).clamp(max=1))
    return norm


def sum_of_sizes(parameters: list[nn.Parameter], c: float) -> Tensor:
    """Did you add up absolute values? The length is the root of the sum of squares."""
    norm = torch.stack([g.abs().sum() for g in some(parameters)]).sum()
    for g in some(parameters):
        g.mul_((c / norm).clamp(max=1))
    return norm


def norm_after(parameters: list[nn.Parameter], c: float) -> Tensor:
    """Is this the norm after clipping? Return what it was before."""
    norm = norm_of(some(parameters))
    for g in some(parameters):
        g.mul_((c / norm).clamp(max=1))
    return norm.clamp(max=c)


def not_in_place(parameters: list[nn.Parameter], c: float) -> Tensor:
    """Is the result lost? It must be written into p.grad, as with p.grad.mul_(factor)."""
    return norm_of(some(parameters))


def only_above(parameters: list[nn.Parameter], c: float) -> None:
    """Do you look at entries above c only? Those below -c are too large as well."""
    for g in some(parameters):
        g.clamp_(max=c)


def sign_lost(parameters: list[nn.Parameter], c: float) -> None:
    """Is the sign lost? An entry below -c becomes -c."""
    for g in some(parameters):
        g.copy_(torch.where(g.abs() > c, c, g))


def zeroed(parameters: list[nn.Parameter], c: float) -> None:
    """Do large entries become 0? They become c or -c."""
    for g in some(parameters):
        g.mul_(g.abs() <= c)


def always_c(parameters: list[nn.Parameter], c: float) -> None:
    """Does every entry become c or -c? Those in between stay as they are."""
    for g in some(parameters):
        g.sign_().mul_(c)


def by_the_norm(parameters: list[nn.Parameter], c: float) -> None:
    """Is this clipping by norm? Here each entry is clipped for itself."""
    norm = norm_of(some(parameters))
    for g in some(parameters):
        g.mul_((c / norm).clamp(max=1))


def value_not_in_place(parameters: list[nn.Parameter], c: float) -> None:
    """Is the result lost? It must be written into p.grad, as with p.grad.clamp_(-c, c)."""


TECHNIQUES = (
    Technique(
        "clip_grad_norm_",
        NORM_LAWS,
        (
            each_entry,
            each_parameter,
            always,
            zero_by_zero,
            to_length_one,
            without_the_root,
            sum_of_norms,
            sum_of_sizes,
            norm_after,
            not_in_place,
        ),
    ),
    Technique(
        "clip_grad_value_",
        VALUE_LAWS,
        (
            only_above,
            sign_lost,
            zeroed,
            always_c,
            by_the_norm,
            value_not_in_place,
        ),
    ),
)
