"""What a chapter is on disk: its source, the code it depends on, its notebook.

A chapter is written in ``chapters/src/NAME.md`` and stored, executed, in
``chapters/NAME.ipynb``. Everything here is a pure function of those files and of the
library: nothing is executed, and equal input gives equal bytes. The notebook carries
two fingerprints in its metadata, one of its code cells and one of each library module
that they import, so that one look says whether its outputs still hold.
"""

from __future__ import annotations

import ast
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import grimp
import nbformat
import yaml
from grimp.exceptions import GrimpException
from IPython.core.inputtransformer2 import TransformerManager
from jupytext.myst import (
    MystMetadataParsingError,
    get_parser,
    myst_to_notebook,
)
from nbformat import NotebookNode

METADATA_KEY = "training_neural_networks"

WHERE_MISSING = """\
# Where nnlib is not installed (in Colab, say), this installs it.
from importlib.util import find_spec

if find_spec("nnlib") is None:
    %pip install -q git+{repository}"""


class BuildError(Exception):
    """Something the author has to mend, said in one message."""


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
        networks: How many networks :func:`nnlib.train.fit` has trained.
    """

    results: list[Result]
    networks: int = 0


@dataclass(frozen=True)
class Chapter:
    """A source file, read.

    Attributes:
        source: The MyST file.
        notebook: Where its executed notebook belongs.
        cells: Its cells, in order, with their final ids and without outputs.
        lines: For each cell, the line of ``source`` on which its text begins.
        library: Short hash of each library module that the code uses.
    """

    source: Path
    notebook: Path
    cells: list[NotebookNode]
    lines: list[int]
    library: dict[str, str]

    @property
    def name(self) -> str:
        """The file name without its ending."""
        return self.source.stem

    @property
    def where(self) -> str:
        """The source's path as the author knows it."""
        return shown(self.source)

    @property
    def metadata(self) -> dict[str, Any]:
        """What the notebook says about its own origin."""
        code = [cell.source for cell in self.cells if cell.cell_type == "code"]
        return {
            "source": self.where,
            "code": digest("\0".join(code).encode()),
            "nnlib": self.library,
        }


class Library:
    """The package that the chapters import, as a graph of modules."""

    def __init__(self, root: Path, package: str = "nnlib") -> None:
        self.root = root
        self.package = package

    @cached_property
    def graph(self) -> grimp.ImportGraph:
        """Who imports whom; imports inside functions count, typing-only ones do not."""
        try:
            return grimp.build_graph(
                self.package,
                exclude_type_checking_imports=True,
                cache_dir=None,
            )
        except GrimpException as error:
            raise BuildError(
                f"{self.package} cannot be read: {error}"
            ) from error

    def fingerprint(self, names: Iterable[str]) -> dict[str, str]:
        """Return a short hash of each module that importing ``names`` would load."""
        paths = [
            n.split(".") for n in names if n.split(".")[0] == self.package
        ]
        if not paths:
            return {}
        loaded = {".".join(p[:k]) for p in paths for k in range(1, len(p) + 1)}
        used = loaded & self.graph.modules
        for module in tuple(used):
            used |= self.graph.find_upstream_modules(module)
        return {module: self.hash(module) for module in sorted(used)}

    def hash(self, module: str) -> str:
        """Return a short hash of the module's file and of the data files it names."""
        stem = self.root.joinpath(*module.split("."))
        path = stem.with_suffix(".py")
        code = (path if path.exists() else stem / "__init__.py").read_bytes()
        data = [file.read_bytes() for file in self.data_files(code.decode())]
        return digest(code, *data)[:12]

    def data_files(self, code: str) -> list[Path]:
        """Return the package's other files that ``code`` names, or whose folder."""
        folder = self.root / self.package
        others = (path for path in folder.rglob("*") if path.is_file())
        return sorted(
            path
            for path in others
            if path.suffix not in {".py", ".pyc"}
            and any(part in code for part in path.relative_to(folder).parts)
        )


def shown(source: Path) -> str:
    """Return ``chapters/src/NAME.md`` for a source in any repository."""
    return source.relative_to(source.parents[2]).as_posix()


def digest(*parts: bytes) -> str:
    """Return the SHA-256 of ``parts``, the same for both kinds of line ending."""
    return hashlib.sha256(
        b"\0".join(part.replace(b"\r\n", b"\n") for part in parts)
    ).hexdigest()


def read_chapter(source: Path, library: Library) -> Chapter:
    """Read ``chapters/src/NAME.md``.

    Raises:
        BuildError: With file, line and reason, if the source is not sound.
    """
    notebook = source.parents[1] / f"{source.stem}.ipynb"
    where = shown(source)
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BuildError(f"{where}: cannot be read: {error}") from error
    refuse_open_fences(text, where)
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

    if not any(cell.cell_type == "code" for cell in read.cells):
        raise BuildError(f"{where}: has no code cell, so it is not a chapter")
    lines = [
        first_line(text.splitlines(), start, cell.source)
        for start, cell in zip(
            read.metadata["source_map"], read.cells, strict=True
        )
    ]
    imports: set[str] = set()
    for cell, line in zip(read.cells, lines, strict=True):
        if cell.cell_type != "code":
            continue
        try:
            imports |= imported_names(cell.source)
        except SyntaxError as error:
            at = line + (error.lineno or 1) - 1
            raise BuildError(f"{where}:{at}: {error.msg}") from error
    installer = installing_cell(source.parents[2])
    cells, lines = installer + read.cells, [1] * len(installer) + lines
    for cell, cell_id in zip(cells, cell_ids(cells), strict=True):
        cell["id"] = cell_id
    fingerprint = library.fingerprint(imports)
    return Chapter(source, notebook, cells, lines, fingerprint)


def installing_cell(root: Path) -> list[NotebookNode]:
    """Return the first cell of every notebook, which no page of the book shows.

    It installs the library from the repository's address in ``_config.yml``; a book
    without a repository has no such cell.
    """
    settings = root / "_config.yml"
    if not settings.exists():
        return []
    address = yaml.safe_load(settings.read_text("utf-8"))["repository"]["url"]
    return [
        nbformat.v4.new_code_cell(
            WHERE_MISSING.format(repository=address),
            metadata={"tags": ["remove-cell"]},
        )
    ]


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


def imported_names(code: str) -> set[str]:
    """Return every dotted name that ``code`` imports, wherever the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(TransformerManager().transform_cell(code))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def cell_ids(cells: Iterable[NotebookNode]) -> list[str]:
    """Return an id for each cell that depends on what the cell says, not where.

    The second of two equal cells gets ``-2``, and so on.
    """
    seen: Counter[str] = Counter()
    ids = []
    for cell in cells:
        short = digest(cell.cell_type.encode(), cell.source.encode())[:10]
        seen[short] += 1
        ids.append(short if seen[short] == 1 else f"{short}-{seen[short]}")
    return ids


def notebook_text(chapter: Chapter, run: Run) -> str:
    """Return the bytes of the notebook, as text: the chapter with these results."""
    cells = deepcopy(chapter.cells)
    code = [cell for cell in cells if cell.cell_type == "code"]
    for cell, result in zip(code, run.results, strict=True):
        cell.execution_count, cell.outputs = (
            result.execution_count,
            result.outputs,
        )
    notebook = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
            METADATA_KEY: chapter.metadata | {"networks": run.networks},
        },
    )
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1).rstrip("\n") + "\n"


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
    metadata = notebook.metadata.get(METADATA_KEY, {})
    return Run(results, metadata.get("networks", 0))


def reasons_to_execute(chapter: Chapter) -> list[str]:
    """Say why the stored outputs do not hold any more; an empty list if they do."""
    notebook = read_notebook(chapter.notebook)
    if notebook is None:
        return ["unreadable" if chapter.notebook.exists() else "missing"]
    now, stored = chapter.metadata, notebook.metadata.get(METADATA_KEY, {})
    cells = sum(cell.cell_type == "code" for cell in chapter.cells)
    same_code = stored.get("code") == now["code"]
    if not same_code or len(stored_run(notebook).results) != cells:
        return ["code changed"]
    modules, before = now["nnlib"], stored.get("nnlib", {})
    return [
        f"{module} changed"
        for module in sorted(modules.keys() | before.keys())
        if modules.get(module) != before.get(module)
    ]


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
