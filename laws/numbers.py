"""What a student's function returns, as plain numbers; and how a message writes them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor

Numbers: TypeAlias = "float | tuple[Numbers, ...]"
"""Numbers of any shape, as nested tuples."""

LONGEST = 8  # a longer row is cut where a message shows it


class Wrong(Exception):  # noqa: N818  # a verdict, not an error of ours
    """What a function does instead of answering, to be read after "yours"."""

    def __init__(self, words: str, line: str = "") -> None:
        super().__init__(words)
        self.words, self.line = words, line


def numbers(value: Any, shape: Sequence[int] | None = None) -> Numbers:
    """Return a tensor, an array, a list or a number as nested tuples.

    Raises:
        Wrong: If it is none of them, or has not the ``shape`` that is asked for.

    Example:
        >>> numbers(np.eye(2)), numbers([3], shape=(1,))
        (((1.0, 0.0), (0.0, 1.0)), (3.0,))
    """
    return nested(array_of(value, shape).tolist())


def array_of(value: Any, shape: Sequence[int] | None = None) -> np.ndarray:
    """Return the same as an array; see :func:`numbers`."""
    if value is None:
        raise Wrong("returns None: is a return missing?")
    try:
        array = np.asarray(detached(value))
    except (TypeError, ValueError, RuntimeError):
        array = np.array(None)
    if array.dtype.kind not in "biuf":
        raise Wrong(f"returns {what(value)}, which is not made of numbers")
    if shape is not None and array.shape != tuple(shape):
        asked = f"of shape {tuple(shape)}" if len(shape) else "one number"
        raise Wrong(f"returns {what(value)}, not {asked}")
    return array.astype(float)


def detached(value: Any) -> Any:
    """Return tensors without their graph, also those in a list."""
    if isinstance(value, Tensor):
        plain = value.detach().cpu()
        return plain if plain.is_complex() else plain.double()
    if isinstance(value, (list, tuple)):
        return [detached(part) for part in value]
    return value


def nested(values: Any) -> Numbers:
    """Return nested lists as nested tuples."""
    return tuple(map(nested, values)) if isinstance(values, list) else values


def flat(values: Any) -> list[float]:
    """Return the numbers of nested tuples in one row.

    Example:
        >>> flat(((1.0, 2.0), 3.0))
        [1.0, 2.0, 3.0]
    """
    if isinstance(values, (int, float)):
        return [float(values)]
    return [number for part in values for number in flat(part)]


def near(a: Numbers, b: Numbers, rough: float = 1e-4) -> bool:
    """Say whether two answers are the same up to rounding; NaN equals NaN.

    PyTorch divides by ‖g‖ + 1e-6, and a student may, too: that is near.
    """
    ours, theirs = flat(a), flat(b)
    return len(ours) == len(theirs) and all(
        math.isclose(x, y, rel_tol=rough, abs_tol=1e-6)
        or (math.isnan(x) and math.isnan(y))
        for x, y in zip(ours, theirs, strict=True)
    )


def shown(value: Any) -> str:
    """Return numbers as a message writes them.

    Example:
        >>> shown(((3.0, -0.25), 1e-7)), shown(None), shown(2 / 3)
        ('((3, -0.25), 1e-07)', 'None', '0.6667')
    """
    if isinstance(value, (tuple, list)):
        parts = [shown(part) for part in value[:LONGEST]]
        return f"({', '.join(parts + ['…'] * (len(value) > LONGEST))})"
    if isinstance(value, float):
        return f"{value + 0.0:.4g}"
    return str(value)


def in_words(given: Iterable[tuple[str, Any]]) -> str:
    """Return a question as words.

    Example:
        >>> in_words([("g", (3.0, 4.0)), ("c", 1.0)])
        'g = (3, 4) and c = 1'
    """
    parts = [f"{name} = {shown(value)}" for name, value in given]
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def what(value: Any) -> str:
    """Say what kind of thing a value is."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        kind = str(value.dtype).removeprefix("torch.")
        return f"{kind} numbers of shape {tuple(value.shape)}"
    if isinstance(value, (str, bool, int, float)):
        return repr(value)[:40]
    return f"a {type(value).__name__}"
