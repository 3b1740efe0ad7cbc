"""What every chapter calls: the set-up, the source that runs, a table, an output."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from matplotlib_inline.backend_inline import set_matplotlib_formats
from tabulate import tabulate

from claimbook.checks import shown
from claimbook.plots import use_style
from claimbook.source import without_docstrings

HERE = Path(__file__).parent

# Digits and signs, as in "−0.3", "41%", "2 of 20" and "0.5 ± 0.1", or the dash for none.
NUMERIC = re.compile(r"\W*\d(\W|\d|e|of|to)*|–")


def setup() -> None:
    """Make what the notebook prints the same on every machine, and its figures sharp.

    Numbers are float64 and computed on one thread; nothing is seeded here, because every
    draw in the book comes from a generator that is handed in.
    """
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    use_style()
    set_matplotlib_formats("retina")


@dataclass(frozen=True)
class Markdown:
    """Text that a notebook shows as Markdown and a terminal as it is."""

    markdown: str
    plain: str

    def __repr__(self) -> str:
        return self.plain

    def _repr_markdown_(self) -> str:
        return self.markdown


class Output:
    """What a front end shows: HTML that is complete in itself, and one line of text."""

    def __init__(self, html: str, text: str) -> None:
        self.html, self.text = html, text

    @classmethod
    def with_script(
        cls,
        content: str,
        script: Path,
        data: Mapping[str, Any],
        text: str,
        kind: str,
    ) -> Output:
        """Return ``content`` and a script that finds it as ``root``.

        Args:
            content: The HTML that stays where scripts are stripped.
            script: A JavaScript file; it sees ``root``, ``DATA`` and the helpers of
                ``interactive.js``.
            data: What the script sees as ``DATA``; anything that JSON can say.
            text: The plain-text form of the output.
            kind: Further CSS classes of the root.
        """
        css = (HERE / "interactive.css").read_text(encoding="utf-8")
        code = (HERE / "interactive.js").read_text(encoding="utf-8")
        code += script.read_text(encoding="utf-8")
        return cls(
            f'<div class="nnl {kind}">{content}<script>(() => {{\n'
            f"const DATA = {_in_script(data)};\nconst CSS = {_in_script(css)};\n{code}"
            "})()</script></div>",
            text,
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": self.text, "text/html": self.html}

    def __repr__(self) -> str:
        return self.text


def _in_script(data: Any) -> str:
    """Return JSON that is safe inside ``<script>``."""
    return json.dumps(data).replace("<", "\\u003c")


def show_source(*objects: Callable[..., object]) -> Markdown:
    """Show the source of functions or classes as it runs, without docstrings.

    Args:
        *objects: Functions, classes or methods written in Python.

    Example:
        >>> show_source(use_style, Markdown)  # doctest: +ELLIPSIS
        # claimbook/plots.py
        def use_style() -> None:
            plt.rcdefaults()
        ...
        # claimbook/page.py
        @dataclass(frozen=True)
        class Markdown:
        ...
    """
    parts = []
    for thing in objects:
        try:
            code = inspect.getsource(thing)
        except (OSError, TypeError):
            raise TypeError(
                f"objects must have a source in Python, got {shown(thing)}"
            ) from None
        path = inspect.getmodule(thing).__name__.replace(".", "/")  # pyright: ignore
        source = without_docstrings(code)
        parts.append(f"# {path}.py\n{source}")
    code = "\n\n".join(parts)
    return Markdown(f"```python\n{code}\n```", code)


def table(
    rows: Sequence[Sequence[object]],
    headers: Sequence[str],
    *,
    decimals: int = 3,
) -> Markdown:
    """Show a small table; numbers get ``decimals`` decimals and stand on the right.

    A column of text stands on the right, too, if it reads as numbers (``"41%"``).

    Args:
        rows: One sequence for each row.
        headers: Names of the columns.
        decimals: For numbers with a fraction.  Print only what another machine's rounding
            cannot change.

    Example:
        >>> table([["He", 0.96], ["Glorot", 0.5]], ["start", "accuracy"], decimals=2)
        start      accuracy
        -------  ----------
        He             0.96
        Glorot         0.50
    """
    if isinstance(headers, str):
        raise TypeError(
            f"headers must be a sequence of names, got {headers!r}"
        )
    for row in rows:
        if isinstance(row, str) or len(row) != len(headers):
            raise ValueError(
                f"rows must have {len(headers)} cells as the headers have, "
                f"got {shown(row)}"
            )
    cells = [[_text(cell, decimals) for cell in row] for row in rows]
    alignment = [
        "right" if all(_is_number(row[i]) for row in rows) else "left"
        for i in range(len(headers))
    ]
    names = list(map(str, headers))

    def drawn(form: str, written: Callable[[str], str]) -> str:
        return tabulate(
            [list(map(written, row)) for row in cells],
            list(map(written, names)),
            tablefmt=form,
            disable_numparse=True,
            colalign=alignment,
        )

    return Markdown(drawn("pipe", _in_markdown), drawn("simple", str))


def _in_markdown(cell: str) -> str:
    """Return text that neither leaves its cell nor becomes an element of the page."""
    one_line = " ".join(cell.splitlines()).replace("<", "&lt;")
    return re.sub(r"(?<!\\)\|", r"\|", one_line)


def _is_number(cell: object) -> bool:
    if isinstance(cell, str):
        return NUMERIC.fullmatch(cell) is not None
    return isinstance(cell, (int, float, torch.Tensor))


def _text(cell: object, decimals: int) -> str:
    value = cell.item() if isinstance(cell, torch.Tensor) else cell
    if isinstance(value, float):
        return f"{round(value, decimals) + 0.0:.{decimals}f}"  # never -0.00
    return str(value)
