"""Checks at the public entrances: an error names the argument, the rule and the value.

What fails loudly by itself is not checked; what would go wrong in silence is.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import torch
from torch import Tensor

Axes = Sequence[int] | None


def require(rule: str, holds: bool | Tensor, got: object) -> None:
    """Raise a ValueError that names the rule and what was got, unless it holds."""
    if not holds:
        raise ValueError(f"{rule}, got {got}")


def within(name: str, value: Any, interval: str, axes: Axes = None) -> None:
    """Refuse a setting unless it is in an interval, and fits the replica axes if given.

    Args:
        name: The argument's name, as the caller wrote it.
        value: A number, or a tensor of numbers, one for each replica.
        interval: As one writes it: ``"[0, 1)"``, ``"(0, inf)"``.  NaN is in none.
        axes: The replica axes over which ``value`` must broadcast.

    Example:
        >>> within("p", 1.5, "[0, 1]")
        Traceback (most recent call last):
        ValueError: p must be in [0, 1], got 1.5
    """
    number = isinstance(value, Real | Tensor) and not isinstance(value, bool)
    require(f"{name} must be a number", number, value)
    low, high = map(float, interval[1:-1].split(","))
    above = value >= low if interval[0] == "[" else value > low  # pyright: ignore
    below = value <= high if interval[-1] == "]" else value < high  # pyright: ignore
    inside = torch.as_tensor(above & below, device="cpu").all()
    require(f"{name} must be in {interval}", inside, value)
    if axes is not None:
        fits(name, value, axes)


def fits(name: str, value: object, replicas: Sequence[int]) -> None:
    """Refuse what does not broadcast over the replica axes, or would add to them."""
    require(
        "replicas must be a list", isinstance(replicas, Sequence), replicas
    )
    shape, axes = tuple(getattr(value, "shape", ())), tuple(replicas)
    pairs = zip(shape[::-1], axes[::-1], strict=False)
    ok = len(shape) <= len(axes) and all(n in (1, r) for n, r in pairs)
    require(f"{name} must broadcast over the replica axes {axes}", ok, shape)
