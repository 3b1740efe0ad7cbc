"""What the lecture says that a chapter treats, as the table that the chapter folds away.

The directive ``statements`` stands for it: :mod:`claimbook.sphinxext.statements` puts it
into a page of the book, :mod:`claimbook.builder.markdown` into a notebook.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Statement = Mapping[str, Any]

KINDS = {
    "statement": "In our words",
    "addition": "What it leaves unsaid, in our words",
}
VERDICTS = {"holds": "hold", "holds with conditions": "with conditions"}


def of_page(statements: Iterable[Statement], page: str) -> list[Statement]:
    """Return the statements of a page's chapter, which its name begins with.

    Example:
        >>> of_page([{"id": "A1", "chapter": 3}, {"id": "A2"}], "03_clipping")
        [{'id': 'A1', 'chapter': 3}]
    """
    return [
        s
        for s in statements
        if page.startswith(f"{s.get('chapter', '–'):0>2}_")
    ]


def folded(statements: Sequence[Statement]) -> list[str]:
    r"""Return the folded table as lines of MyST.

    Args:
        statements: Of one chapter; each with ``id``, ``kind``, ``says``, ``verdict`` and
            ``note``.

    Example:
        >>> said = {"id": "A1", "kind": "statement", "says": "It is.", "note": "Always."}
        >>> print(*folded([said | {"verdict": "holds"}]), sep="\n")
        ````{admonition} What the lecture says: 1 statement, 1 holds
        :class: dropdown statements
        | id | In our words | verdict |
        |---|---|---|
        | A1 | It is. | **holds**: Always. |
        <BLANKLINE>
        ````
    """
    lines = []
    for kind, head in KINDS.items():
        if rows := [_row(s) for s in statements if s["kind"] == kind]:
            lines += [f"| id | {head} | verdict |", "|---|---|---|", *rows, ""]
    return [
        f"````{{admonition}} {_title(statements)}",
        ":class: dropdown statements",
        *lines,
        "````",
    ]


def _row(statement: Statement) -> str:
    says, note = (
        " ".join(statement[name].split()) for name in ("says", "note")
    )
    return (
        f"| {statement['id']} | {says} | **{statement['verdict']}**: {note} |"
    )


def _title(statements: Sequence[Statement]) -> str:
    said = [s["verdict"] for s in statements if s["kind"] == "statement"]
    if not said:
        return "What the lecture leaves unsaid"
    verdicts = Counter(said)
    one = {"holds": "holds"} if verdicts["holds"] == 1 else {}
    counts = [f"{n} {(VERDICTS | one).get(v, v)}" for v, n in verdicts.items()]
    plural = "s" * (len(said) != 1)
    return f"What the lecture says: {len(said)} statement{plural}, {', '.join(counts)}"
