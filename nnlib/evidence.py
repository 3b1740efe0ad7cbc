"""Claims: statements of the lecture, checked over many seeds.

:func:`claim` takes one boolean per seed.  It shows one line, carries the same as structured
data for the evidence ledger, and raises when too few seeds agree, so that a chapter whose
statement does not hold cannot be built.
"""

from __future__ import annotations

import hashlib
import html
import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nnlib.checks import number, real, shown, text, whole

CLAIM_MIME = "application/vnd.nnlib.claim+json"


class ClaimError(AssertionError):
    """Too few seeds agree with a claim."""


class Interval(NamedTuple):
    """A mean with the ends of its 95% confidence interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Claim:
    """A statement that held.

    Attributes:
        id: The lecture's statement, ``"S01"`` … ``"S72"``.
        statement: One sentence, in our own words.
        agree: The number of seeds that agree.
        seeds: The number of seeds asked.
        effect: The size of the effect, in words, if it was measured.
    """

    id: str
    statement: str
    agree: int
    seeds: int
    effect: str | None = None

    def __repr__(self) -> str:
        effect = f"; {self.effect}" if self.effect else ""
        return f"✔ {self.id} {self.statement} ({self._count}{effect})"

    @property
    def anchor(self) -> str:
        """The claim's address on its page; it changes only with its words."""
        words = hashlib.sha256(self.statement.encode()).hexdigest()
        return f"{self.id}-{words[:6]}"

    @property
    def _count(self) -> str:
        return f"in {self.agree} of {self.seeds} seeds"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        effect = (
            f'<span class="nnl-effect">{html.escape(self.effect)}</span>'
            if self.effect
            else ""
        )
        line = (
            f'<p class="nnl-claim" id="{html.escape(self.anchor)}">'
            '<span class="nnl-tick" aria-hidden="true">✔</span> '
            f'<span class="nnl-id">{html.escape(self.id)}</span> '
            f'<span class="nnl-statement">{html.escape(self.statement)}</span> '
            f'<span class="nnl-count">{self._count}</span> {effect}</p>'
        )
        return {
            "text/plain": repr(self),
            "text/html": line,
            CLAIM_MIME: asdict(self),
        }


def claim(
    id: str,
    statement: str,
    holds: Tensor | Sequence[bool],
    *,
    at_least: float = 0.9,
    difference: Tensor | None = None,
    unit: str = "",
    decimals: int = 2,
) -> None:
    """Show that ``statement`` holds in enough seeds, or raise.

    Args:
        id: The lecture's statement, such as ``"S31"``.
        statement: One sentence, in our own words.
        holds: A boolean for each seed, or each pair of seeds; at least 10 of them.
        at_least: The share of seeds that must agree, in (0, 1].
        difference: The paired difference for each seed, where a size matters; its mean and
            95% interval are shown.
        unit: What ``difference`` is measured in.
        decimals: Decimals shown of the difference.  Print only what another machine's
            rounding cannot change.

    Raises:
        ClaimError: If too few seeds agree.
        ValueError: If an argument is out of range.

    Example:
        >>> claim("S10", "Clipping caps the norm.", torch.ones(20) <= 1.0)
        ✔ S10 Clipping caps the norm. (in 20 of 20 seeds)
    """
    from IPython.display import display

    if not re.fullmatch(r"S(0[1-9]|[1-6]\d|7[0-2])", str(id)):
        raise ValueError(f'id must be one of "S01" … "S72", got {id!r}')
    text("statement", statement)
    share = real("at_least", at_least)
    number(
        "at_least", at_least, "must be in (0, 1]", (share > 0) & (share <= 1)
    )
    whole("decimals", decimals, 0)
    flags = _numbers("holds", holds)
    if flags.dtype != torch.bool:
        raise ValueError(f"holds must be booleans, got {flags.dtype}")
    if flags.numel() < 10:
        raise ValueError(
            f"holds must have at least 10 seeds, got {flags.numel()}"
        )
    effect = None
    if difference is not None:
        difference = real("difference", _numbers("difference", difference))
        if difference.shape != flags.shape:
            raise ValueError(
                f"difference must have one number per seed, {tuple(flags.shape)}, "
                f"got shape {tuple(difference.shape)}"
            )
        if not difference.isfinite().all():
            raise ValueError(
                f"difference must be finite, got {difference.tolist()}"
            )
        effect = _describe(interval(difference), unit, decimals)
    result = Claim(id, statement, int(flags.sum()), flags.numel(), effect)
    required = math.ceil(at_least * result.seeds - 1e-9)
    if result.agree < required:
        raise ClaimError(
            f"{id} {statement} holds in {result.agree} of {result.seeds} seeds, "
            f"but must in {required}"
        )
    display(result)


def interval(values: Tensor) -> Interval:
    """Return the mean of ``values`` and Student's 95% confidence interval for it.

    Args:
        values: One number per seed, at least 2, finite.

    Example:
        >>> mean, low, high = interval(torch.tensor([1.0, 2.0, 3.0]))
        >>> f"{mean:.2f} ({low:.2f} to {high:.2f})"
        '2.00 (-0.48 to 4.48)'
    """
    from scipy.stats import t

    values = real("values", _numbers("values", values)).flatten().double()
    if len(values) < 2 or not values.isfinite().all():
        raise ValueError(
            f"values must be at least 2 finite numbers, got {values.tolist()}"
        )
    mean = float(values.mean())
    half = float(
        t.ppf(0.975, len(values) - 1) * values.std() / math.sqrt(len(values))
    )
    return Interval(mean, mean - half, mean + half)


def _numbers(name: str, values: Tensor | Sequence[float]) -> Tensor:
    try:
        return torch.as_tensor(values)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(
            f"{name} must be a tensor, got {shown(values)}"
        ) from None


def _describe(ci: Interval, unit: str, decimals: int) -> str:
    mean, low, high = (f"{round(v, decimals) + 0.0:+.{decimals}f}" for v in ci)
    return f"mean difference {mean}{unit}, 95% interval {low} to {high}"
