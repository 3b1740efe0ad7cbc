"""Claims: sentences of the book that its code checks, each with the size it measured.

:func:`claim` shows a finding over many seeds, :func:`exact` an identity.  Either shows one
line and carries the same as structured data, for the ledger, the tests and the builder.  A
claim that fails shows ✘ and goes on: a reader who changed a number has found something.
Whoever reads the outputs may be strict.
"""

from __future__ import annotations

import hashlib
import html
import math
import operator
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import torch
from IPython.display import display
from torch import Tensor

from claimbook.checks import number, shown, text

CLAIM_MIME = "application/vnd.claimbook.claim+json"
ASK = "You changed something: does the sentence still describe what you see?"
MIDDLE = (0.1, 0.5, 0.9)  # the ends of the middle 80%, and the median
FEWEST = 10


class Interval(NamedTuple):
    """A mean with the ends of its 95% confidence interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Claim:
    """A sentence, and what came of checking it.

    Attributes:
        id: What the book calls the statement that it belongs to.
        sentence: One sentence, in our own words.
        kind: ``"finding"`` or ``"identity"``.
        held: Whether it held.
        limit: Whether it says where the statement ends.
        agree: The number of seeds that agree.
        seeds: The number of seeds asked; 0 for an identity.
        needed: The number of seeds that had to agree.
        size: Median, and the ends of the middle 80%, if anything was measured.
        unit: What ``size`` is measured in.
        decimals: Of ``size``.
        lost: The number of seeds whose measurement is not finite.
        same: Whether all seeds measured the same number.
        apart: The largest difference, of an identity that did not hold.
    """

    id: str
    sentence: str
    kind: str
    held: bool
    limit: bool = False
    agree: int = 0
    seeds: int = 0
    needed: int = 0
    size: Sequence[float] | None = None
    unit: str = ""
    decimals: int = 0
    lost: int = 0
    same: bool = False
    apart: float | None = None

    @classmethod
    def read(cls, data: dict[str, Any]) -> Claim:
        """Return the claim that an output carries, or one with more to say."""
        known = {field.name for field in fields(cls)}
        return cls(**{k: v for k, v in data.items() if k in known})

    @property
    def anchor(self) -> str:
        """The claim's address on its page; it changes only with its words."""
        words = hashlib.sha256(self.sentence.encode()).hexdigest()
        return f"{self.id}-{words[:6]}"

    @property
    def mark(self) -> str:
        """✔ for a finding, = for an identity, ✘ for what did not hold."""
        if not self.held:
            return "✘"
        return "=" if self.kind == "identity" else "✔"

    @property
    def measured(self) -> str:
        """The median, the middle 80% and the unit."""
        if self.size is None:
            return ""
        middle, low, high = (written(v, self.decimals) for v in self.size)
        return f"{middle} [{low}, {high}] {self.unit}".strip()

    @property
    def count(self) -> str:
        """How many seeds agree, and what is wrong with them."""
        if self.apart is not None:
            return f"differs by {self.apart:.1e}"
        if not self.seeds:
            return ""
        said = f"{self.agree} of {self.seeds} seeds"
        if self.agree < self.needed:
            said += f", {self.needed} needed"
        if self.seeds < FEWEST:
            said += f", a finding needs {FEWEST}"
        if self.lost:
            said += f", {self.lost} not finite"
        if self.same:
            said += ", all measured the same number"
        return said

    def __repr__(self) -> str:
        limit = " (limit)" if self.limit else ""
        result = ", ".join(filter(None, [self.measured, self.count]))
        line = f"{self.mark} {self.id}{limit} {self.sentence} {result}".strip()
        return line if self.held else f"{line}\n{ASK}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        data = asdict(self)
        if self.apart == math.inf:  # JSON has no word for it
            data["apart"] = None
        return {
            "text/plain": repr(self),
            "text/html": self._html(),
            CLAIM_MIME: data,
        }

    def _html(self) -> str:
        parts = (
            _span("tick", self.mark),
            _span("id", self.id),
            _span("limit", "limit" if self.limit else ""),
            _span("statement", self.sentence),
            _span("size", self.measured),
            _span("count", self.count),
            _span("ask", "" if self.held else ASK),
        )
        broken = "" if self.held else " nnl-broken"
        return (
            f'<p class="nnl-claim{broken}" id="{html.escape(self.anchor)}">'
            f"{' '.join(filter(None, parts))}</p>"
        )


def claim(
    id: str,
    sentence: str,
    holds: Tensor | Sequence[bool],
    *,
    measured: Tensor | Sequence[float] | None = None,
    unit: str = "",
    decimals: int = 2,
    at_least: float = 0.9,
    limit: bool = False,
) -> None:
    """Show whether ``sentence`` holds in enough seeds, and what was measured.

    Args:
        id: The statement that it belongs to, such as ``"A7"``.
        sentence: One sentence, in our own words.
        holds: A boolean for each seed, or each pair of seeds; fewer than 10 of them show
            nothing, and the claim fails.
        measured: One number for each seed, of the shape of ``holds``: the size of what the
            sentence says.  Its median and middle 80% are shown.  If it is the same number
            for all seeds, they were one seed, and the claim fails.
        unit: What ``measured`` is measured in.
        decimals: Decimals shown of it.  Show only what another machine's rounding cannot
            change.
        at_least: The share of seeds that must agree, in (0, 1].
        limit: Whether the sentence says where the statement ends: a condition or a case in
            which it fails.

    Raises:
        TypeError: If an argument is of the wrong kind.
        ValueError: If an argument is out of range.

    Example:
        >>> length = torch.linspace(0.5, 0.9, 20)
        >>> claim("A7", "No fish is longer than 1.", length <= 1, measured=length)
        ✔ A7 No fish is longer than 1. 0.70 [0.54, 0.86], 20 of 20 seeds
    """
    text("id", id)
    text("sentence", sentence)
    number(
        "at_least", at_least, "must be in (0, 1]", lambda share: 0 < share <= 1
    )
    if not isinstance(unit, str):
        raise TypeError(f"unit must be a string, got {shown(unit)}")
    if operator.index(decimals) < 0:
        raise ValueError(f"decimals must be 0 or more, got {decimals}")
    flags = _numbers("holds", holds)
    if flags.dtype != torch.bool:
        raise TypeError(f"holds must be booleans, got {shown(holds)}")
    if flags.numel() == 0:
        raise ValueError("holds must have a boolean for each seed, got none")
    needed = math.ceil(at_least * flags.numel() - 1e-9)
    agree = int(flags.sum())
    size, lost, same = None, 0, False
    if measured is not None:
        values = _numbers("measured", measured)
        if values.shape != flags.shape:
            raise ValueError(
                f"measured must have one number per seed, {tuple(flags.shape)}, "
                f"got shape {tuple(values.shape)}"
            )
        finite = values[values.isfinite()].double()
        lost = values.numel() - finite.numel()
        same = len(finite) == 0 or bool((values == finite[0]).all())
        if len(finite):
            ends = torch.quantile(finite, finite.new_tensor(MIDDLE)).tolist()
            low, middle, high = (round(v, decimals) + 0.0 for v in ends)
            size = [middle, low, high]
    _show(
        Claim(
            id,
            sentence,
            "finding",
            held=agree >= needed and not same and flags.numel() >= FEWEST,
            limit=limit,
            agree=agree,
            seeds=flags.numel(),
            needed=needed,
            size=size,
            unit=unit.strip(),
            decimals=decimals,
            lost=lost,
            same=same,
        )
    )


def exact(
    id: str,
    sentence: str,
    actual: Tensor | Sequence[float] | float,
    expected: Tensor | Sequence[float] | float,
    *,
    atol: float = 1e-10,
    limit: bool = False,
) -> None:
    """Show whether ``actual`` is ``expected``, to rounding: an identity, without seeds.

    Args:
        id: The statement that it belongs to, such as ``"A7"``.
        sentence: One sentence, in our own words.
        actual: Numbers of any shape.
        expected: Numbers of the same shape, or one number; another shape differs by inf.
        atol: The largest difference that passes for rounding.
        limit: Whether the sentence says where the statement ends.

    Raises:
        TypeError: If an argument is of the wrong kind.
        ValueError: If there is nothing to compare.

    Example:
        >>> w = torch.linspace(-1, 1, 5)
        >>> exact("A8", "Twice is plus itself.", 2 * w, w + w)
        = A8 Twice is plus itself.
    """
    text("id", id)
    text("sentence", sentence)
    number(
        "atol",
        atol,
        "must be finite and not negative",
        lambda x: 0 <= x < math.inf,
    )
    ours, theirs = _numbers("actual", actual), _numbers("expected", expected)
    if ours.numel() == 0:
        raise ValueError("actual must hold a number, got none")
    kind = torch.promote_types(
        torch.promote_types(ours.dtype, theirs.dtype), torch.float64
    )
    ours, theirs = ours.to(kind), theirs.to(kind)
    if theirs.ndim and theirs.shape != ours.shape:
        ours, theirs = ours.new_tensor(0.0), ours.new_tensor(math.inf)
    held = bool(torch.isclose(ours, theirs, rtol=0, atol=atol).all())
    differences = (ours - theirs).abs().nan_to_num(math.inf, posinf=math.inf)
    apart = None if held else float(differences.max())
    _show(Claim(id, sentence, "identity", held, limit=limit, apart=apart))


def interval(values: Tensor | Sequence[float]) -> Interval:
    """Return the mean of ``values`` and Student's 95% confidence interval for it.

    Args:
        values: One number per seed, at least 2, finite.

    Example:
        >>> mean, low, high = interval(torch.tensor([1.0, 2.0, 3.0]))
        >>> f"{mean:.2f} ({low:.2f} to {high:.2f})"
        '2.00 (-0.48 to 4.48)'
    """
    from scipy.stats import t

    numbers = _numbers("values", values).flatten().double()
    if len(numbers) < 2 or not numbers.isfinite().all():
        raise ValueError(
            f"values must be at least 2 finite numbers, got {numbers.tolist()}"
        )
    mean = float(numbers.mean())
    error = numbers.std() / math.sqrt(len(numbers))
    half = float(t.ppf(0.975, len(numbers) - 1) * error)
    return Interval(mean, mean - half, mean + half)


def _span(name: str, words: str) -> str:
    if not words:
        return ""
    return f'<span class="nnl-{name}">{html.escape(words)}</span>'


def written(value: float, decimals: int) -> str:
    """Return a number as the book writes it, with a true minus sign.

    Example:
        >>> written(-0.425, 2), written(-1e-9, 2), written(1234.5, 0)
        ('−0.42', '0.00', '1234')
    """
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def _numbers(name: str, values: Tensor | Sequence[float] | float) -> Tensor:
    try:
        return torch.as_tensor(values).detach()
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(
            f"{name} must be numbers, got {shown(values)}"
        ) from None


def _show(claim: Claim) -> None:
    """Display a claim, also where a console knows no ✔."""
    try:
        display(claim)
    except UnicodeEncodeError:
        print(str(claim).encode("ascii", "replace").decode())
