"""Checks at the public entrances: an error names the argument, the rule and the value."""

from __future__ import annotations

import operator
import reprlib
from collections.abc import Callable

import torch
from torch import Tensor, nn


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
        got = value.tolist() if isinstance(value, Tensor) else value
        raise ValueError(f"{name} {rule}, got {got}")


def real(name: str, value: float | Tensor) -> Tensor:
    """Return ``value`` as a tensor of real numbers; refuse anything else.

    Raises:
        TypeError: If it is not a real number or a tensor of real numbers.
    """
    if (
        isinstance(value, Tensor)
        and not value.is_complex()
        and value.dtype != torch.bool
        and not value.is_meta
    ):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return torch.tensor(value, dtype=torch.float64)
    raise TypeError(
        f"{name} must be a number or a tensor of numbers, got {shown(value)}"
    )


def finite(name: str, value: float | Tensor) -> None:
    """Refuse anything but finite numbers."""
    number(name, value, "must be finite", real(name, value).isfinite())


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
        if isinstance(value, bool):
            raise TypeError
        value = operator.index(value)
    except (TypeError, RuntimeError):  # the latter from a tensor without data
        raise TypeError(
            f"{name} must be a whole number, got {shown(value)}"
        ) from None
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value}")
    return value


def floating(name: str, value: Tensor) -> None:
    """Refuse anything but a tensor of floating-point numbers.

    Raises:
        TypeError: The message shows dtype, shape and device of another tensor.
    """
    if not (isinstance(value, Tensor) and value.is_floating_point()):
        raise TypeError(
            f"{name} must be a tensor of floating-point numbers, got {shown(value)}"
        )


def like(name: str, value: Tensor, other: Tensor) -> None:
    """Refuse a tensor that cannot meet ``other``: of another dtype or device.

    Raises:
        TypeError: If it is not even a tensor, or its dtype or device differ.
    """
    if not (
        isinstance(value, Tensor)
        and value.dtype == other.dtype
        and value.device == other.device
    ):
        raise TypeError(
            f"{name} must be a tensor of {other.dtype} on {other.device}, "
            f"got {shown(value)}"
        )


def module(name: str, value: nn.Module) -> None:
    """Refuse anything but a network.

    Raises:
        TypeError: If it is none.
    """
    if not isinstance(value, nn.Module):
        raise TypeError(
            f"{name} must be a torch.nn.Module, got {shown(value)}"
        )


def callable_(name: str, value: Callable[..., object]) -> None:
    """Refuse what cannot be called.

    Raises:
        TypeError: If it cannot.
    """
    if not callable(value):
        raise TypeError(f"{name} must be callable, got {shown(value)}")


def text(name: str, value: str) -> None:
    """Refuse anything but a string that says something.

    Raises:
        TypeError: If it is not a string.
        ValueError: If it is blank.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, got {shown(value)}")
    if not value.strip():
        raise ValueError(f"{name} must not be empty, got {value!r}")


def shown(value: object) -> str:
    """Return what a message says of a value: of a tensor its kind, else its repr.

    Example:
        >>> shown(torch.zeros(2, 3, dtype=torch.int64))
        'a tensor of torch.int64, shape (2, 3), on cpu'
        >>> shown("c")
        "'c'"
    """
    if isinstance(value, Tensor):
        shape = tuple(value.shape)
        return f"a tensor of {value.dtype}, shape {shape}, on {value.device}"
    return reprlib.repr(value)
