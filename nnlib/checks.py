"""Checks at the public entrances: an error names the argument, the rule and the value."""

from __future__ import annotations

import operator

import torch
from torch import Tensor


def number(
    name: str, value: float | Tensor, rule: str, holds: Tensor | bool
) -> None:
    """Refuse ``value`` unless ``holds`` everywhere; NaN never holds.

    Args:
        name: The argument's name, as the caller wrote it.
        value: A number, or a tensor with one number per replica.
        rule: What must be true, to be read after the name: ``"must be positive"``.
        holds: Whether it is, elementwise.

    Raises:
        ValueError: If the rule fails for any entry.
    """
    if not bool(torch.as_tensor(holds).all()):
        shown = value.tolist() if isinstance(value, Tensor) else value
        raise ValueError(f"{name} {rule}, got {shown}")


def real(name: str, value: float | Tensor) -> Tensor:
    """Return ``value`` as a tensor of real numbers; refuse anything else.

    Raises:
        TypeError: If it is not a real number or a tensor of real numbers.
    """
    if (
        isinstance(value, Tensor)
        and not value.is_complex()
        and value.dtype != torch.bool
    ):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return torch.tensor(value, dtype=torch.float64)
    raise TypeError(
        f"{name} must be a number or a tensor of numbers, got {value!r}"
    )


def positive(name: str, value: float | Tensor) -> None:
    """Refuse anything but numbers above zero (infinity is one of them)."""
    number(name, value, "must be positive", real(name, value) > 0)


def non_negative(name: str, value: float | Tensor) -> None:
    """Refuse anything but finite numbers from zero up."""
    x = real(name, value)
    number(
        name, value, "must be finite and not negative", (x >= 0) & x.isfinite()
    )


def probability(name: str, value: float | Tensor) -> None:
    """Refuse anything outside [0, 1]."""
    x = real(name, value)
    number(name, value, "must be in [0, 1]", (x >= 0) & (x <= 1))


def whole(name: str, value: int, at_least: int) -> int:
    """Return ``value`` as an int; refuse fractions and anything below ``at_least``.

    Raises:
        TypeError: If it is not a whole number.
        ValueError: If it is too small.
    """
    try:
        value = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name} must be a whole number, got {value!r}"
        ) from None
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value}")
    return value
