"""Checks at the public entrances: an error names the argument, the rule and the value.

What fails loudly by itself is not checked; what would go wrong in silence is.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

Axes = Sequence[int] | None


def require(rule: str, holds: bool | Tensor, got: object) -> None:
    """Raise a ValueError that names the rule and what was got, unless it holds."""
    if not holds:
        raise ValueError(f"{rule}, got {got}")


def within(
    name: str, value: float | Tensor, interval: str, replicas: Axes = None
) -> None:
    """Refuse a setting unless it is in an interval, and fits the replica axes if given.

    Args:
        name: The argument's name, as the caller wrote it.
        value: A number, or a tensor of numbers, one for each replica.
        interval: As one writes it: ``"[0, 1)"``, ``"(0, inf)"``.  NaN is in none.
        replicas: The replica axes over which ``value`` must broadcast.

    Example:
        >>> within("p", 1.5, "[0, 1]")
        Traceback (most recent call last):
        ValueError: p must be in [0, 1], got 1.5
    """
    require(f"{name} must be a number", not isinstance(value, bool), value)
    low, high = map(float, interval[1:-1].split(","))
    above = value >= low if interval[0] == "[" else value > low
    below = value <= high if interval[-1] == "]" else value < high
    inside = above & below
    holds = inside.all() if isinstance(inside, Tensor) else inside
    require(f"{name} must be in {interval}", holds, value)
    if replicas is not None:
        fits(name, value, replicas)


def fits(name: str, value: object, replicas: Sequence[int]) -> None:
    """Refuse what does not broadcast over the replica axes, or would add to them."""
    shape, axes = tuple(getattr(value, "shape", ())), tuple(replicas)
    pairs = zip(shape[::-1], axes[::-1], strict=False)
    ok = len(shape) <= len(axes) and all(n in (1, r) for n, r in pairs)
    require(f"{name} must broadcast over the replica axes {axes}", ok, shape)


# --- leaves with the machine modules ---


import operator  # noqa: E402
import reprlib  # noqa: E402
from collections.abc import Callable  # noqa: E402

import torch  # noqa: E402


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


def floating(name: str, value: Tensor) -> None:
    """Refuse anything but a tensor of floating-point numbers.

    Raises:
        TypeError: The message shows dtype, shape and device of another tensor.
    """
    if not (isinstance(value, Tensor) and value.is_floating_point()):
        raise TypeError(
            f"{name} must be a tensor of floating-point numbers, got {shown(value)}"
        )


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
