"""A quiz that marks itself in the page, with no kernel and no network.

Where scripts are stripped the questions stand as a list, with the answers folded away.
Text is plain, with `code` between backticks; formulae are written in Unicode.
"""

from __future__ import annotations

import hashlib
import html
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from claimbook import checks
from claimbook.checks import shown, text
from claimbook.page import HERE, Output

__all__ = ["Choice", "Number", "choice", "guess", "number", "quiz"]


@dataclass(frozen=True)
class Choice:
    """A question with one right option; each wrong one has its reason."""

    question: str
    right: str
    because: str
    wrong: Mapping[str, str]
    see: str = ""

    @property
    def options(self) -> list[str]:
        """The options in an order that depends on nothing but their words."""

        def place(option: str) -> bytes:
            return hashlib.sha256(f"{self.question}{option}".encode()).digest()

        return sorted([self.right, *self.wrong], key=place)

    @property
    def answer(self) -> str:
        """The right option."""
        return self.right


@dataclass(frozen=True)
class Number:
    """A question whose answer is a number, right within ``tolerance``."""

    question: str
    value: float
    tolerance: float
    because: str
    see: str = ""

    @property
    def answer(self) -> str:
        """The number, to as few digits as still count as right."""
        digits = math.ceil(math.log10(0.5 / self.tolerance) - 1e-9)
        return f"{round(self.value, digits):.12g}"


def choice(
    question: str,
    *,
    right: str,
    because: str,
    wrong: Mapping[str, str],
    see: str = "",
) -> Choice:
    """Ask for one of several options.

    Args:
        question: The question.
        right: The right option.
        because: Why it is right; shown once it was chosen, and among the answers.
        wrong: Each wrong option, with what to tell a reader who chose it.
        see: Where the book explains it, for a reader who was wrong: a page of the book
            and a section of it, as in ``"03_clipping#one-step"``.
    """
    if not isinstance(wrong, Mapping):
        raise TypeError(f"wrong must be a mapping, got {shown(wrong)}")
    if not wrong or right in wrong:
        raise ValueError(
            f"wrong must hold options other than {right!r}, got {list(wrong)}"
        )
    _refuse_empty(question, right, because, *wrong, *wrong.values())
    return Choice(question, right, because, dict(wrong), _address(see))


def number(
    question: str,
    *,
    answer: float,
    tolerance: float,
    because: str,
    see: str = "",
) -> Number:
    """Ask for a number.

    Args:
        question: The question, saying to how many digits.
        answer: The number, computed by the chapter.
        tolerance: How far from it still counts as right.  The answer is kept to one
            digit beyond, so that the page does not depend on the machine's rounding.
        because: How one gets there; shown with the right answer.
        see: As in :func:`choice`.
    """
    checks.number("answer", answer, "must be finite", math.isfinite)
    checks.number(
        "tolerance",
        tolerance,
        "must be positive and finite",
        lambda x: 0 < x < math.inf,
    )
    _refuse_empty(question, because)
    digits = 1 - math.floor(math.log10(tolerance))
    value = round(float(answer), digits)
    return Number(question, value, float(tolerance), because, _address(see))


def quiz(*questions: Choice | Number) -> Output:
    """Show questions that mark themselves.

    Args:
        *questions: What :func:`choice` and :func:`number` return, in order.

    Example:
        >>> quiz(choice("Is 0 even?", right="Yes", because="0 = 2 · 0.",
        ...             wrong={"No": "Halve it: what is left over?"}))
        Quiz: Is 0 even?
    """
    if not questions:
        raise ValueError("quiz must have at least one question, got none")
    for question in questions:
        if not isinstance(question, Choice | Number):
            raise TypeError(
                f"questions must be choice(...) or number(...), got {question!r}"
            )
    asked = "".join(f"<li>{_asked(question)}</li>" for question in questions)
    answers = "".join(
        f"<li><strong>{_marked(q.answer)}</strong> {_marked(q.because)}</li>"
        for q in questions
    )
    return Output.with_script(
        f"<ol>{asked}</ol><details><summary>Answers</summary><ol>{answers}</ol></details>",
        HERE / "quiz.js",
        {"questions": [_key(question) for question in questions]},
        "Quiz: " + " · ".join(question.question for question in questions),
        "nnl-quiz",
    )


def guess(
    question: str, *, right: str, because: str, wrong: Mapping[str, str]
) -> Output:
    """Ask for a guess before the page shows what was measured.

    In a page of the book what follows, up to the last cell with the tag ``revealed`` before
    the next guess or heading, appears with the answer or at a press on *Just show me*.  In
    a notebook, on paper and without scripts it simply follows.

    Args:
        question: The question.
        right: The option that the measurement bears out.
        because: What to say to a reader who chose it, and among the answers.
        wrong: Each other option, with what to tell a reader who chose it.

    Example:
        >>> guess("Does it fall?", right="Yes", because="It is heavy.",
        ...       wrong={"No": "Let it go, and see."})
        Guess: Does it fall?
    """
    asked = choice(question, right=right, because=because, wrong=wrong)
    answer = f"<strong>{_marked(right)}</strong> {_marked(because)}"
    return Output.with_script(
        f"{_asked(asked)}<details><summary>Answer</summary><p>{answer}</p></details>",
        HERE / "guess.js",
        {"replies": _key(asked)["replies"]},
        f"Guess: {question}",
        "nnl-guess",
    )


def _asked(question: Choice | Number) -> str:
    asked = f"<p>{_marked(question.question)}</p>"
    if isinstance(question, Number):
        return asked
    options = "".join(
        f"<li>{_marked(option)}</li>" for option in question.options
    )
    return f"{asked}<ul>{options}</ul>"


def _key(question: Choice | Number) -> dict[str, object]:
    """Return what the page needs to mark a question."""
    because = _marked(question.because)
    see = {"see": question.see} if question.see else {}
    if isinstance(question, Number):
        value, tolerance = question.value, question.tolerance
        return {  # pyright: ignore[reportReturnType]
            "answer": value,
            "tolerance": tolerance,
            "because": because,
        } | see
    replies = [
        [True, because]
        if option == question.right
        else [False, _marked(question.wrong[option])]
        for option in question.options
    ]
    return {"replies": replies} | see  # pyright: ignore[reportReturnType]


def _address(see: str) -> str:
    """Return the address in the built book of a page and its section."""
    page, mark, section = see.partition("#")
    if see and not (page and section):
        raise ValueError(f"see must be 'page#section', got {see!r}")
    return f"{page}.html{mark}{section}" if see else ""


def _marked(words: str) -> str:
    """Return text as HTML: escaped, and `code` between backticks."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(words))


def _refuse_empty(*texts: str) -> None:
    for words in texts:
        text("questions, options and reasons", words)
