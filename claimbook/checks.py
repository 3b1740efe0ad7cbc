"""Checks at the entrances: an error names the argument, the rule and the value.

What fails loudly by itself is not checked; what would go wrong in silence is.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable

from torch import Tensor


def number(
    name: str, value: float, rule: str, holds: Callable[[float], bool]
) -> None:
    """Refuse anything but a number for which ``holds``; NaN never should.

    Args:
        name: The argument's name, as the caller wrote it.
        value: A number, or a tensor of one.
        rule: What must be true, to be read after the name: ``"must be positive"``.
        holds: Whether it is.

    Raises:
        TypeError: If it is no number.
        ValueError: If the rule fails.
    """
    try:
        x = float("" if isinstance(value, str | bool) else value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(
            f"{name} must be a number, got {shown(value)}"
        ) from None
    if not holds(x):
        raise ValueError(f"{name} {rule}, got {value}")


def text(name: str, value: str) -> str:
    """Return ``value``; refuse anything but a string that says something.

    Raises:
        TypeError: If it is not a string.
        ValueError: If it is blank.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, got {shown(value)}")
    if not value.strip():
        raise ValueError(f"{name} must not be empty, got {value!r}")
    return value


def shown(value: object) -> str:
    """Return what a message says of a value: of a tensor its kind, else its repr.

    Example:
        >>> import torch
        >>> shown(torch.zeros(2, 3, dtype=torch.int64))
        'a tensor of torch.int64, shape (2, 3), on cpu'
        >>> shown("c")
        "'c'"
    """
    if isinstance(value, Tensor):
        shape = tuple(value.shape)
        return f"a tensor of {value.dtype}, shape {shape}, on {value.device}"
    return reprlib.repr(value)
