"""What a chapter is on disk: its source, the code it depends on, its notebook.

A chapter is written in ``chapters/src/NAME.md`` and stored, executed, in
``chapters/NAME.ipynb``.  Everything here is a pure function of those files and of the
repository's packages: nothing is executed, and equal input gives equal bytes.

The notebook's metadata say how it was made, so that one look tells whether it still holds:

==============  ==========================================================================
``code``        hash of the syntax tree of the chapter's code
``reached``     hash of each definition that the code reaches (:mod:`.fingerprint`)
``versions``    of Python and of what computes, when it was executed
``cells``       hash of the cells' text and tags: others were written by hand
``outputs``     hash of what the run left behind: anything else the builder did not make
==============  ==========================================================================
"""

from __future__ import annotations

import ast
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import nbformat
import yaml
from IPython.core.inputtransformer2 import TransformerManager
from jupytext.myst import (
    MystMetadataParsingError,
    get_parser,
    myst_to_notebook,
)
from nbformat import NotebookNode
from packaging.requirements import Requirement

from claimbook.book import METADATA_KEY
from claimbook.builder.fingerprint import (
    HASH,
    Library,
    UnreadableError,
    canonical,
    digest,
)
from claimbook.builder.markdown import ForPeople
from claimbook.builder.pages import BuildError, Pages, shown

STARTUP = "startup.py"  # what a kernel runs first, beside the notebooks
MADE = ("source", "code", "reached", "versions", "cells", "outputs")
COMPUTES = ("torch", "numpy", "scipy", "scikit-learn", "matplotlib")
LANGUAGE = {
    "name": "python",
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
INSTALLING = """\
# Where the book's code is not installed (in Colab, say), this installs it.
from importlib.util import find_spec

if find_spec("claimbook") is None:
    %pip install -q git+{repository}"""


# What a program ends in that its chapter's cells do not say: there it must not run.
RUNS = """


if __name__ == "__main__":
    sys.exit(main())
"""


@dataclass(frozen=True)
class Result:
    """What one code cell left behind."""

    execution_count: int | None
    outputs: list[NotebookNode]


@dataclass(frozen=True)
class Run:
    """What one execution of a chapter left behind.

    Attributes:
        results: Of each code cell, in order.
        facts: What the book's own start-up file has noted (``chapters/startup.py``).
        versions: Of Python and of what computes.
    """

    results: list[Result]
    facts: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chapter:
    """A source file, read.

    Attributes:
        source: The MyST file.
        notebook: Where its executed notebook belongs.
        cells: The notebook's cells, in order, with their ids and without outputs.
        lines: For each cell, the line of ``source`` on which its text begins.
        code: Short hash of its code.
        reached: Short hash of each definition that the code reaches.
    """

    source: Path
    notebook: Path
    cells: list[NotebookNode]
    lines: list[int]
    code: str
    reached: dict[str, str]

    @property
    def name(self) -> str:
        """The file name without its ending."""
        return self.source.stem

    @property
    def root(self) -> Path:
        """The repository."""
        return self.source.parents[2]

    @property
    def where(self) -> str:
        """The source's path as the author knows it."""
        return shown(self.source)

    @property
    def programs(self) -> dict[Path, str]:
        """The programs that the chapter shows in parts.

        A cell's tag names the file to which the cell belongs, such as ``train.py``.
        """
        parts: dict[str, list[str]] = defaultdict(list)
        for cell in self.cells:
            for tag in cell.metadata.get("tags", ()):
                if tag.endswith(".py"):
                    parts[tag].append(cell.source.strip("\n"))
        return {
            self.notebook.with_name(name): "\n\n\n".join(cells) + RUNS
            for name, cells in parts.items()
        }


def read_chapter(source: Path, library: Library, pages: Pages) -> Chapter:
    """Read ``chapters/src/NAME.md``.

    Args:
        source: The file.
        library: The packages of the repository.
        pages: What the chapters say of each other.

    Raises:
        BuildError: With file, line and reason, if the source is not sound.
    """
    where = shown(source)
    text = pages.text(source)
    refuse_open_fences(text, where)
    cells, lines = source_cells(text, where)
    code = [cell for cell in cells if cell.cell_type == "code"]
    if not code:
        raise BuildError(f"{where}: has no code cell, so it is not a chapter")
    run = [
        as_run(cell.source, where, line)
        for cell, line in zip(cells, lines, strict=True)
        if cell.cell_type == "code"
    ]
    trees = [canonical(ast.parse(c).body) + ";" * is_silent(c) for c in run]
    try:
        reached = library.fingerprint("\n".join(run))
    except UnreadableError as error:
        raise BuildError(str(error)) from error
    if (startup := source.parents[1] / STARTUP).exists():
        name = startup.relative_to(pages.root).as_posix()
        tree = ast.parse(as_run(pages.text(startup), name, 1))
        reached[name] = digest(canonical(tree.body).encode())[:HASH]
    for cell, cell_id in zip(cells, cell_ids(cells), strict=True):
        cell["id"] = cell_id
    cells, lines = ForPeople(pages, source).notebook(cells, lines)
    if pages.repository:
        cells.insert(0, installing_cell(pages.repository))
        lines.insert(0, 1)
    return Chapter(
        source,
        source.parents[1] / f"{source.stem}.ipynb",
        cells,
        lines,
        digest("\0".join(trees).encode())[:HASH],
        reached,
    )


def source_cells(
    text: str, where: str
) -> tuple[list[NotebookNode], list[int]]:
    """Return the cells that a source holds, and the lines on which they begin.

    Raises:
        BuildError: If their metadata cannot be read.
    """
    try:
        read = myst_to_notebook(text, add_source_map=True)
    except (
        MystMetadataParsingError,
        nbformat.ValidationError,
        yaml.YAMLError,
        AttributeError,
        TypeError,
        ValueError,
    ) as error:
        message = " ".join(str(error).split("\n\n")[0].split())
        raise BuildError(f"{where}: broken metadata: {message}") from error
    starts = read.metadata["source_map"]
    lines = text.splitlines()
    return read.cells, [
        first_line(lines, start, cell.source)
        for start, cell in zip(starts, read.cells, strict=True)
    ]


def as_run(code: str, where: str, line: int) -> str:
    """Return a cell's code as IPython hands it to Python.

    Raises:
        BuildError: If it is not Python.
    """
    try:
        ast.parse(run := TransformerManager().transform_cell(code))
    except SyntaxError as error:
        at = line + (error.lineno or 1) - 1
        raise BuildError(f"{where}:{at}: {error.msg}") from error
    return run


def is_silent(code: str) -> bool:
    """Say whether a cell ends in a semicolon, so that its value is not shown."""
    return code.rstrip().endswith(";")


def installing_cell(repository: str) -> NotebookNode:
    """Return the first cell of every notebook, which no page of the book shows."""
    cell = nbformat.v4.new_code_cell(
        INSTALLING.format(repository=repository),
        metadata={
            "tags": ["remove-cell"],
            "jupyter": {"source_hidden": True},
            "cellView": "form",
        },
    )
    (cell["id"],) = cell_ids([cell])
    return cell


def refuse_open_fences(text: str, where: str) -> None:
    """Refuse a fenced block that never ends, or that ends in the middle of another."""
    lines = text.splitlines()
    for token in get_parser().parse(text):
        if token.type != "fence" or token.level or not token.map:
            continue
        first, end = token.map
        last = lines[end - 1].strip()
        closed = last.startswith(token.markup) and set(last) == {
            token.markup[0]
        }
        body = lines[first + 1 : end - 1]
        swallowed = any(
            line.lstrip().startswith(token.markup) for line in body
        )
        if end - first < 2 or not closed or swallowed:
            raise BuildError(
                f"{where}:{first + 1}: the block {token.markup}{token.info.strip()} "
                "is not closed"
            )


def first_line(lines: Sequence[str], start: int, text: str) -> int:
    """Return the number of the first line, from ``start`` on, where ``text`` stands."""
    body = text.split("\n")
    for index in range(start, len(lines)):
        if list(lines[index : index + len(body)]) == body:
            return index + 1
    return start + 1


def cell_ids(cells: Iterable[NotebookNode]) -> list[str]:
    """Return an id for each cell that depends on what the cell says, not where.

    The second of two equal cells gets ``-2``, and so on.
    """
    seen: Counter[str] = Counter()
    ids = []
    for cell in cells:
        short = digest(cell.cell_type.encode(), cell.source.encode())[:HASH]
        seen[short] += 1
        ids.append(short if seen[short] == 1 else f"{short}-{seen[short]}")
    return ids


# --- the notebook ---------------------------------------------------------------------


def notebook_text(chapter: Chapter, run: Run) -> str:
    """Return the notebook as text: the chapter with these results."""
    cells = deepcopy(chapter.cells)
    code = [cell for cell in cells if cell.cell_type == "code"]
    for cell, result in zip(code, run.results, strict=True):
        cell.execution_count = result.execution_count
        cell.outputs = result.outputs
    made = {
        "source": chapter.where,
        "code": chapter.code,
        "reached": chapter.reached,
        "versions": run.versions,
        "cells": cells_hash(cells),
        "outputs": outputs_hash(run),
    }
    notebook = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": KERNEL,
            "language_info": LANGUAGE,
            METADATA_KEY: run.facts | made,
        },
    )
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1).rstrip("\n") + "\n"


def cells_hash(cells: Iterable[NotebookNode]) -> str:
    """Return a short hash of what the cells say, and of their tags."""
    said = [(c.cell_type, c.source, c.metadata.get("tags")) for c in cells]
    return digest(json.dumps(said).encode())[:HASH]


def outputs_hash(run: Run) -> str:
    """Return a short hash of what the cells have given, their counts and the facts."""
    given = [
        (result.execution_count, result.outputs) for result in run.results
    ]
    said = json.dumps([given, run.facts], sort_keys=True)
    return digest(said.encode())[:HASH]


def read_notebook(path: Path) -> NotebookNode | None:
    """Return the stored notebook, or None if there is none that can be read."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, AttributeError, KeyError):
        return None


def stored_run(notebook: NotebookNode) -> Run:
    """Return what a stored notebook's last execution left behind."""
    results = [
        Result(cell.execution_count, cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    made = dict(notebook.metadata.get(METADATA_KEY, {}))
    facts = {key: made[key] for key in made if key not in MADE}
    return Run(results, facts, made.get("versions", {}))


def edited_by_hand(chapter: Chapter) -> str:
    """Say what of the stored notebook the builder has not written, or ``""``."""
    notebook = read_notebook(chapter.notebook)
    if notebook is None:
        return ""  # missing, or what a merge left behind: there is nothing to lose
    made = notebook.metadata.get(METADATA_KEY)
    if made is None:
        return "all of it"
    hashes = {
        "cells": cells_hash(notebook.cells),
        "outputs": outputs_hash(stored_run(notebook)),
    }
    return " and ".join(f"its {k}" for k in hashes if made.get(k) != hashes[k])


def reasons_to_execute(chapter: Chapter) -> list[str]:
    """Say why the stored outputs do not hold any more; an empty list if they do."""
    notebook = read_notebook(chapter.notebook)
    if notebook is None:
        return ["unreadable" if chapter.notebook.exists() else "missing"]
    made = notebook.metadata.get(METADATA_KEY, {})
    cells = sum(cell.cell_type == "code" for cell in chapter.cells)
    same = made.get("code") == chapter.code
    if not same or len(stored_run(notebook).results) != cells:
        return ["code changed"]
    if "versions" not in made:
        return ["versions unknown"]
    now, before = chapter.reached, made.get("reached", {})
    return [
        f"{name} changed"
        for name in sorted(now.keys() | before.keys())
        if now.get(name) != before.get(name)
    ] + [
        f"{name} {old} is not the pinned {new}"
        for name, old, new in other_pins(chapter.root, made["versions"])
    ]


# --- versions -------------------------------------------------------------------------


def versions() -> dict[str, str]:
    """Return those of Python and of what computes, as they are installed here."""
    found = {"python": "{}.{}".format(*sys.version_info)}
    for name in COMPUTES:
        try:
            found[name] = metadata.version(name).split("+")[0]
        except metadata.PackageNotFoundError:
            continue
    return found


def other_pins(
    root: Path, stored: dict[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Yield name, stored and pinned version where ``constraints.txt`` says another.

    Pins for another Python than the stored one do not count, so that the answer is the
    same on every machine.
    """
    path = root / "constraints.txt"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    for line in lines:
        wanted = line.split("#")[0].strip()
        if not wanted or wanted.startswith("-"):
            continue
        pin = Requirement(wanted)
        python = {"python_version": stored.get("python", "")}
        if pin.name not in stored or not (
            pin.marker is None or pin.marker.evaluate(python)
        ):
            continue
        if not pin.specifier.contains(stored[pin.name], prereleases=True):
            pinned = str(pin.specifier).removeprefix("==")
            yield pin.name, stored[pin.name], pinned


def write_atomically(path: Path, text: str) -> None:
    """Replace ``path`` by ``text``, wholly or not at all.

    Raises:
        BuildError: If the disk is full or may not be written; the old file stands.
    """
    try:
        handle, temporary = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}."
        )
        try:
            with os.fdopen(
                handle, "w", encoding="utf-8", newline="\n"
            ) as file:
                file.write(text)
            Path(temporary).chmod(0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BuildError(
            f"{path.name} cannot be written: {error.strerror}"
        ) from error
