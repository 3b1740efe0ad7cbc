"""Your turn: a student's own code, judged by the laws of its technique.

===============  ========================================================================
``numbers``      what a function returns, as plain numbers; how a message writes them
``call``         calls a student's function, whatever it does
``trial``        laws, wrong versions, and a function held against them
===============  ========================================================================

These three know no technique.  Each other module holds the laws of one slide and the wrong
versions of its techniques; the tests of :mod:`nnlib` hold it against the same laws.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from laws import (
    activations,
    chain,
    clip,
    dropout,
    early_stopping,
    init,
    mixing,
    residual,
    weight_decay,
)
from laws.trial import Report, judged

__all__ = ["TECHNIQUES", "judge"]

TECHNIQUES = {
    technique.name: technique
    for module in (
        chain,
        clip,
        activations,
        residual,
        init,
        early_stopping,
        weight_decay,
        dropout,
        mixing,
    )
    for technique in module.TECHNIQUES
}


def judge(technique: str, function: Callable[..., Any]) -> Report:
    """Hold your function against the laws of a technique; the report says what it breaks.

    Args:
        technique: One of ``TECHNIQUES``, by name.
        function: Your function.  Its arguments are those of its exercise; it may compute
            with PyTorch or, where it is handed numbers only, with NumPy.

    Returns:
        A report that shows itself: ✔ for a law that holds, ✘ with the smallest input for
        which one does not, ○ while the function raises NotImplementedError.  It has
        ``passed``, and ``held``, how many laws hold.

    Raises:
        TypeError: If the arguments are not a name and a function.
        ValueError: If there is no such technique.

    Example:
        >>> judge("relu", lambda x: abs(x))
        ✔ a number above 0 stays as it is
        ✘ a number below 0 becomes 0
            for x = (-1, -2) yours gives (1, 2)
            Is this the absolute value? A ReLU drops what is negative.
        ✔ 0 gives 0
        ✘ each number is treated by itself, in whatever shape they come
            for x = (1, -1) yours gives (1, 1)
        ✔ your argument x is not changed
        3 of 5 laws hold.
    """
    if not isinstance(technique, str):
        raise TypeError(
            f'technique must be a name, as in judge("relu", my_relu), '
            f"got {technique!r}"
        )
    if technique not in TECHNIQUES:
        near = difflib.get_close_matches(technique, TECHNIQUES, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(
            f"technique must be one of {', '.join(TECHNIQUES)}, "
            f"got {technique!r}{meant}"
        )
    if not callable(function):
        raise TypeError(
            f"function must be a function, without brackets behind its name, "
            f"got {function!r}"
        )
    return judged(TECHNIQUES[technique], function)
