"""Laws, the wrong versions of a technique, and a function held against them.

A law asks a function questions, the small ones first, so that the first one that fails is
the smallest.  A wrong version is a function with a common mistake; its docstring is what
the judge says to whoever wrote it.  It is recognised by its answers: where they are those
of the student's function, it is the student's mistake.
"""

from __future__ import annotations

import itertools
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from laws.call import TooSlow, Unwritten, Watch, answer, undisturbed
from laws.numbers import Numbers, Wrong, in_words, near, shown

SECONDS = 5.0  # for one call, and for one law; a first import may take some
AFTERWARDS = 0.3  # for one call, once a call has not ended
ALIKE = 0.8  # the share of answers that a wrong version must share
WIDTH = 79

Question = Mapping[str, Any]


@dataclass(frozen=True)
class Law:
    """What is true of every right version of a technique.

    Attributes:
        says: The law, as the chapter puts it.
        ask: Puts one question to a function, ``ask(function, **question)``; the answer.
        given: The questions, the small ones first.
        holds: Whether an answer is lawful, ``holds(answer, **question)``.
        gives: What a message says before the answer.
        rough: How far apart, relatively, the same answers may be; more where it is chance.
    """

    says: str
    ask: Callable[..., Numbers]
    given: Sequence[Question]
    holds: Callable[..., bool]
    gives: str = "yours gives"
    rough: float = 1e-4


@dataclass(frozen=True)
class Technique:
    """The laws of a technique, and the versions of it that are wrong."""

    name: str
    laws: Sequence[Law]
    wrong_versions: Sequence[Callable[..., Any]]


@dataclass(frozen=True)
class Trial:
    """A law, and what a function answered to each of its questions."""

    law: Law
    answers: Sequence[tuple[Question, Numbers | Wrong]]

    @property
    def failures(self) -> list[tuple[Question, Numbers | Wrong]]:
        """The questions that were answered unlawfully, the smallest first."""
        return [
            (question, said)
            for question, said in self.answers
            if isinstance(said, Wrong) or not self.law.holds(said, **question)
        ]

    @property
    def unwritten(self) -> bool:
        """Whether there was nothing to judge."""
        return any(isinstance(said, Unwritten) for _, said in self.answers)

    @property
    def held(self) -> bool:
        """Whether each answer was lawful."""
        return not self.failures

    @property
    def mark(self) -> str:
        """✔ for a law that holds, ✘ for one that does not, ○ for one not yet judged."""
        return "○" if self.unwritten else "✔" if self.held else "✘"

    def evidence(self) -> list[str]:
        """Return what happened at the smallest question that fails."""
        question, said = self.failures[0]
        given = f"for {in_words(question.items())} "
        if isinstance(said, Wrong):
            return [f"{given}yours {said.words}", *filter(None, [said.line])]
        return [f"{given}{self.law.gives} {shown(said)}"]


@dataclass(frozen=True, repr=False)
class Report:
    """The verdict on a function, law by law.

    Attributes:
        trials: Each law with the answers.
        hints: What is said of a law that does not hold, beside the evidence.

    Example:
        >>> Report([], {})
        All 0 laws hold.
    """

    trials: Sequence[Trial]
    hints: Mapping[str, str]

    @property
    def held(self) -> int:
        """The number of laws that hold."""
        return sum(trial.held for trial in self.trials)

    @property
    def passed(self) -> bool:
        """Whether all laws hold."""
        return self.held == len(self.trials)

    def __repr__(self) -> str:
        lines, told = [], set()
        for trial in self.trials:
            lines += wrapped(f"{trial.mark} {trial.law.says}", "  ")
            if trial.mark == "✘":
                said = trial.failures[0][1]
                again = isinstance(said, Wrong) and str(said) in told
                told.add(str(said))
                hint = self.hints.get(trial.law.says, "")
                evidence = ["the same"] if again else trial.evidence()
                for line in filter(None, [*evidence, hint]):
                    lines += wrapped(f"    {line}", "      ")
        return "\n".join([*lines, self._sum()])

    def _sum(self) -> str:
        if any(trial.unwritten for trial in self.trials):
            return "Not written yet."
        if self.passed:
            return f"All {self.held} laws hold."
        return f"{self.held} of {len(self.trials)} laws hold."


def wrapped(line: str, indent: str) -> list[str]:
    """Break a line that is too long for a page."""
    return textwrap.wrap(line, WIDTH, subsequent_indent=indent)


def small_first(**choices: Sequence[Any]) -> list[dict[str, Any]]:
    """Return every combination of choices, those of the first choices first.

    Example:
        >>> small_first(g=[1, 2], c=[5, 6])
        [{'g': 1, 'c': 5}, {'g': 1, 'c': 6}, {'g': 2, 'c': 5}, {'g': 2, 'c': 6}]
    """
    ranked = [list(enumerate(values)) for values in choices.values()]
    combinations = sorted(
        itertools.product(*ranked),
        key=lambda picks: sum(rank for rank, _ in picks),
    )
    return [
        dict(zip(choices, (value for _, value in picks), strict=True))
        for picks in combinations
    ]


def tried(law: Law, function: Callable[..., Any], watch: Watch) -> Trial:
    """Put the questions of a law to a function, as long as there is time."""
    answers, end = [], time.monotonic() + SECONDS
    seconds = AFTERWARDS if watch.struck else SECONDS
    for question in law.given:
        said = answer(law.ask, function, question, watch.limit(seconds))
        answers.append((question, said))
        late = time.monotonic() > end
        if late or isinstance(said, (Unwritten, TooSlow)):
            break
    return Trial(law, answers)


def judged(technique: Technique, function: Callable[..., Any]) -> Report:
    """Hold a function against the laws of a technique."""
    with undisturbed(), Watch() as watch:
        trials = [tried(law, function, watch) for law in technique.laws]
        return Report(trials, recognised(trials, technique))


def recognised(
    trials: Sequence[Trial], technique: Technique
) -> dict[str, str]:
    """Return the sentence of the mistake, for laws that do not hold; each one once."""
    hints: dict[str, str] = {}
    for trial in trials:
        if trial.mark == "✘":
            version = likeliest(trial, trials, technique)
            sentence = (
                " ".join((version.__doc__ or "").split()) if version else ""
            )
            if sentence not in hints.values():
                hints[trial.law.says] = sentence
    return hints


def likeliest(
    trial: Trial, trials: Sequence[Trial], technique: Technique
) -> Callable[..., Any] | None:
    """Return the wrong version that answers like the function, if there is one.

    It gives the same answer to the smallest question that fails, and the most of the same
    answers to this law's questions; if two are even, to those of all laws.
    """
    shares = {
        version: alike(version, trial)
        for version in technique.wrong_versions
        if same(version, trial.law, *trial.failures[0])
    }
    most = max(shares.values(), default=0.0)
    first = [v for v, share in shares.items() if share == most >= ALIKE]
    if len(first) < 2:
        return first[0] if first else None
    return max(first, key=lambda v: sum(alike(v, t) for t in trials))


def alike(version: Callable[..., Any], trial: Trial) -> float:
    """Return the share of a trial's answers that a wrong version gives, too."""
    shared = [same(version, trial.law, *pair) for pair in trial.answers]
    return sum(shared) / len(shared)


def same(
    version: Callable[..., Any],
    law: Law,
    question: Question,
    said: Numbers | Wrong,
) -> bool:
    """Say whether a wrong version gives this answer, too."""
    other = answer(law.ask, version, question, nullcontext())
    if isinstance(said, Wrong) or isinstance(other, Wrong):
        return (
            isinstance(said, Wrong)
            and isinstance(other, Wrong)
            and said.words == other.words
        )
    return near(said, other, law.rough)
