"""The way from chapters/src/*.md to chapters/*.ipynb, on small books in a temporary folder.

Most tests replace the kernel by a function; those that need a real one say so.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path

import build_chapters
import nbformat
import pytest
from chapter_files import (
    METADATA_KEY,
    BuildError,
    Chapter,
    Library,
    Result,
    Run,
    cell_ids,
    notebook_text,
    read_chapter,
    reasons_to_execute,
    write_atomically,
)

ROOT = Path(__file__).resolve().parents[1]

SOURCE = """\
# A title

One sentence.

```{code-cell} ipython3
x = 2
print(x)
```

Another sentence.

```{code-cell} ipython3
:tags: [hide-input]

print(x + 1)
```
"""


class Book:
    """A repository with nothing but chapters."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "chapters" / "src").mkdir(parents=True)

    def write(self, name: str, text: str) -> None:
        (self.root / "chapters" / "src" / f"{name}.md").write_text(text)

    def build(self, *arguments: str) -> int:
        return build_chapters.main(self.root, arguments)

    def path(self, name: str) -> Path:
        return self.root / "chapters" / f"{name}.ipynb"

    def bytes(self, name: str) -> bytes:
        return self.path(name).read_bytes()

    def cells(self, name: str) -> list[nbformat.NotebookNode]:
        return nbformat.read(self.path(name), as_version=4).cells


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the kernel; return the list of the chapters that would have run."""
    names: list[str] = []

    async def execute(chapter: Chapter) -> Run:
        names.append(chapter.name)
        output = nbformat.v4.new_output("stream", text=f"{len(names)}")
        code = [cell for cell in chapter.cells if cell.cell_type == "code"]
        return Run([Result(None, [output]) for _ in code], networks=7)

    monkeypatch.setattr(build_chapters, "execute", execute)
    return names


def code(*cells: str) -> str:
    """Return a source of these code cells."""
    return (
        "\n\n".join(f"```{{code-cell}}\n{cell}\n```" for cell in cells) + "\n"
    )


# --- with a real kernel ---------------------------------------------------------------


FITS_SIX_NETWORKS = """\
from nnlib.data import two_moons
from nnlib.models import MLP
from nnlib.optim import SGD
from nnlib.train import fit

nets = MLP([2, 2], replicas=(2, 3), seeds=range(3))
train = two_moons(n_train=4).train
train = train.x.float(), train.y
history = fit(nets, train, SGD(nets.parameters(), 0.1), epochs=1)
"""


def test_the_networks_that_a_chapter_trains_are_counted(book: Book) -> None:
    (book.root / "nnlib").symlink_to(ROOT / "nnlib")
    book.write("01_a", code(FITS_SIX_NETWORKS, "print('Path' in globals())"))
    assert book.build() == 0
    notebook = nbformat.read(book.path("01_a"), as_version=4)
    assert notebook.metadata[METADATA_KEY]["networks"] == 6
    assert notebook.cells[1].outputs[0].text == "False\n"


def test_new_prose_keeps_the_count(book: Book, executed: list[str]) -> None:
    book.write("01_a", SOURCE)
    assert book.build() == 0
    book.write("01_a", SOURCE.replace("One sentence", "Another"))
    assert book.build() == 0
    assert executed == ["01_a"]
    notebook = nbformat.read(book.path("01_a"), as_version=4)
    assert notebook.metadata[METADATA_KEY]["networks"] == 7


def test_executing_again_changes_no_byte(book: Book) -> None:
    book.write("01_a", SOURCE)
    assert book.build() == 0
    first = book.bytes("01_a")
    outputs = [
        c.outputs[0].text for c in book.cells("01_a") if c.cell_type == "code"
    ]
    assert outputs == ["2\n", "3\n"]
    assert first.endswith(b"}\n")
    assert book.build("--force") == 0
    assert book.bytes("01_a") == first
    assert book.build("--compare") == 0


def test_the_kernel_is_this_python_in_the_chapters_folder(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    names = "OMP_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONHASHSEED"
    book.write(
        "01_a",
        code(
            "import os, pathlib, sys\n"
            f"print(sys.executable == {build_chapters.sys.executable!r})\n"
            "print(pathlib.Path().resolve().name, os.environ['MPLBACKEND'] == 'agg')\n"
            f"print(*(os.environ[name] for name in {names}))"
        ),
    )
    assert book.build() == 0
    text = book.cells("01_a")[0].outputs[0].text
    assert text == "True\nchapters False\n1 1 0\n"


def test_a_failing_cell_names_its_line_and_harms_nothing_else(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    good = code("def half(x):\n    y = x\n    return y / 2", "half(1)")
    book.write("01_a", good)
    assert book.build() == 0
    before = book.bytes("01_a")

    bad = good.replace("half(1)", "z = 0\n\nhalf(None)")
    book.write(
        "01_a",
        bad.replace("{code-cell}", "{code-cell}\n:tags: [raises-exception]"),
    )
    book.write("02_b", code("1 + 1"))
    assert book.build("--jobs", "1") == 1
    assert book.bytes("01_a") == before
    assert book.cells("02_b")[0].outputs[0].data["text/plain"] == "2"
    stderr = capsys.readouterr().err
    assert "chapters/src/01_a.md:5: " in stderr
    assert "TypeError" in stderr
    assert "\x1b" not in stderr


def test_stderr_is_refused(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book.write(
        "01_a", code("x = 1", "import warnings\nwarnings.warn('careful')")
    )
    assert book.build() == 1
    assert not book.path("01_a").exists()
    stderr = capsys.readouterr().err
    assert "chapters/src/01_a.md:6: the cell writes to stderr" in stderr
    assert "careful" in stderr


def test_widgets_leave_only_what_a_page_can_show(book: Book) -> None:
    show = (
        "import ipywidgets as w\nw.IntSlider()",
        "display(w.IntSlider())",
        "w.Box()",
    )
    book.write("01_a", code(*show))
    assert book.build() == 0
    assert b"widget-view" not in book.bytes("01_a")
    assert "widgets" not in json.loads(book.bytes("01_a"))["metadata"]


# --- cell ids -------------------------------------------------------------------------


def test_an_insertion_changes_no_other_id(
    book: Book, executed: list[str]
) -> None:
    book.write("01_a", SOURCE)
    book.build()
    before = [cell.id for cell in book.cells("01_a")]
    book.write(
        "01_a",
        SOURCE.replace("Another", "```{code-cell}\ny = 1\n```\n\nAnother"),
    )
    book.build()
    after = [cell.id for cell in book.cells("01_a")]
    assert after[:2] + after[3:] == before
    assert after[2] not in before


def test_equal_cells_have_different_ids() -> None:
    cell, text = (
        nbformat.v4.new_code_cell("x"),
        nbformat.v4.new_markdown_cell("x"),
    )
    ids = cell_ids([cell, cell, text, cell])
    assert len(set(ids)) == 4
    assert ids[1] == f"{ids[0]}-2"
    assert ids[3] == f"{ids[0]}-3"


# --- the first cell -------------------------------------------------------------------


ADDRESS = "https://example.org/a/book"


def test_the_first_cell_installs_nnlib_from_the_books_one_address(
    book: Book,
) -> None:
    (book.root / "_config.yml").write_text(
        f"repository: {{url: {ADDRESS}}}", encoding="utf-8"
    )
    book.write("01_a", SOURCE)
    assert book.build() == 0
    first = book.cells("01_a")[0]
    assert first.source.endswith(f"    %pip install -q git+{ADDRESS}")
    assert first.metadata == {"tags": ["remove-cell"]}
    assert first.outputs == []
    assert book.cells("01_a")[2].outputs[0].text == "2\n"


def test_the_first_cell_does_not_move_the_line_of_a_failure(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    (book.root / "_config.yml").write_text(
        f"repository: {{url: {ADDRESS}}}", encoding="utf-8"
    )
    book.write("01_a", code("x = 1", "1 / 0"))
    assert book.build() == 1
    assert "chapters/src/01_a.md:6: cell failed" in capsys.readouterr().err


# --- what is executed again -----------------------------------------------------------


def test_nothing_changed_executes_and_writes_nothing(
    book: Book, executed: list[str]
) -> None:
    book.write("01_a", SOURCE)
    book.build()
    stat = book.path("01_a").stat()
    book.build()
    assert executed == ["01_a"]
    assert book.path("01_a").stat().st_mtime_ns == stat.st_mtime_ns


@pytest.mark.parametrize(
    ("old", "new"),
    [("Another sentence", "A better sentence"), ("hide-input", "hide-output")],
)
def test_an_edit_of_text_or_metadata_keeps_the_outputs(
    book: Book, executed: list[str], old: str, new: str
) -> None:
    book.write("01_a", SOURCE)
    book.build()
    before = [cell.get("outputs") for cell in book.cells("01_a")]
    book.write("01_a", SOURCE.replace(old, new))
    assert book.build("--check") == 1
    assert book.build() == 0
    assert executed == ["01_a"]
    assert new.encode() in book.bytes("01_a")
    assert [cell.get("outputs") for cell in book.cells("01_a")] == before
    assert book.build("--check") == 0


def test_an_edit_of_code_executes_again(
    book: Book, executed: list[str]
) -> None:
    book.write("01_a", SOURCE)
    book.write("02_b", SOURCE)
    book.build()
    book.write("02_b", SOURCE.replace("x + 1", "x + 2"))
    book.build()
    assert sorted(executed[:2]) == ["01_a", "02_b"]
    assert executed[2:] == ["02_b"]


TOYLIB = {
    "__init__": "",
    "base": "",
    "clip": "from toylib.base import x",
    "data": "FILE = 'signals.npz'",
    "plotting": "def draw():\n    from toylib import clip",
    "residual": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import toylib.data"
    ),
}


@pytest.fixture
def toylib(book: Book, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library whose modules import each other in every way that counts."""
    folder = book.root / "toylib"
    folder.mkdir()
    for name, text in TOYLIB.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "signals.npz").write_bytes(b"1")
    monkeypatch.syspath_prepend(str(book.root))
    return folder


CHAPTERS = {
    "01_clip": "from toylib.clip import clip",
    "02_plot": "%matplotlib inline\nfrom toylib import plotting as p",
    "03_data": "if True:\n    import toylib.data",
    "04_residual": "import numpy, toylib.residual",
    "05_none": "import toylibrary",
}


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("base.py", ["01_clip", "02_plot"]),
        ("clip.py", ["01_clip", "02_plot"]),
        ("plotting.py", ["02_plot"]),
        ("data.py", ["03_data"]),
        ("signals.npz", ["03_data"]),
        ("residual.py", ["04_residual"]),
        ("__init__.py", ["01_clip", "02_plot", "03_data", "04_residual"]),
    ],
)
def test_a_module_makes_exactly_its_chapters_stale(
    book: Book, toylib: Path, changed: str, stale: list[str]
) -> None:
    def reasons() -> dict[str, list[str]]:
        chapters = [
            read_chapter(
                book.root / "chapters" / "src" / f"{name}.md",
                Library(book.root, "toylib"),
            )
            for name in CHAPTERS
        ]
        for chapter in chapters:
            if not chapter.notebook.exists():
                text = notebook_text(chapter, Run([Result(1, [])]))
                write_atomically(chapter.notebook, text)
        return {
            c.name: why for c in chapters if (why := reasons_to_execute(c))
        }

    for name, text in CHAPTERS.items():
        book.write(name, code(text))
    assert reasons() == {}
    path = toylib / changed
    path.write_bytes(path.read_bytes() + b"\n# changed")
    module = {"__init__.py": "toylib", "signals.npz": "toylib.data"}.get(
        changed, f"toylib.{path.stem}"
    )
    assert reasons() == {name: [f"{module} changed"] for name in stale}


def test_line_endings_do_not_matter(toylib: Path) -> None:
    before = Library(toylib.parent, "toylib").hash("toylib.plotting")
    path = toylib / "plotting.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert Library(toylib.parent, "toylib").hash("toylib.plotting") == before


def test_every_data_file_of_nnlib_belongs_to_a_module(root: Path) -> None:
    library = Library(root)
    codes = [path.read_text("utf-8") for path in (root / "nnlib").glob("*.py")]
    claimed = {path for text in codes for path in library.data_files(text)}
    present = {
        path
        for path in (root / "nnlib").rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert {path.name for path in present - claimed} == {"py.typed"}


# --- what --check and --compare say ---------------------------------------------------


def test_check_says_what_is_wrong_with_each_notebook(
    book: Book, executed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    names = [
        "01_same",
        "02_prose",
        "03_code",
        "04_missing",
        "05_broken",
        "06_orphan",
    ]
    for name in names:
        book.write(name, SOURCE)
    book.build()
    book.write("02_prose", SOURCE + "\nMore.\n")
    book.write("03_code", SOURCE + "\n" + code("x"))
    book.path("04_missing").unlink()
    book.path("05_broken").write_text("<<<<<<< ours")
    (book.root / "chapters" / "src" / "06_orphan.md").unlink()
    capsys.readouterr()
    assert book.build("--check") == 1
    assert capsys.readouterr().out.splitlines() == [
        "02_prose: prose changed",
        "03_code: code changed",
        "04_missing: missing",
        "05_broken: unreadable",
        "06_orphan: no source",
    ]
    assert book.build("--check", "01") == 0


def outputs_of(texts: list[str]) -> Callable[[Chapter], object]:
    """Return an ``execute`` that prints the next of ``texts`` each time it is called."""

    async def execute(chapter: Chapter) -> Run:
        output = nbformat.v4.new_output("stream", text=texts.pop(0))
        return Run([Result(1, [output])])

    return execute


A, B, C = "a" * 200, "b" * 200, "c" * 200


@pytest.mark.parametrize(
    ("runs", "code_", "says"),
    [
        (["1", "1"], 0, "same bytes"),
        (
            ["1", "2"],
            1,
            "chapters/src/01_a.md:2: what this cell gives is not what",
        ),
        ([f"1 {A}", f"1 {B}", f"1 {B}"], 0, "same text"),
        ([f"1 {A}", f"1 {B}", f"1 {C}"], 1, "changes with every run"),
        ([f"1 {A}", f"2 {B}"], 1, "is not what is stored"),
    ],
)
def test_compare_accepts_another_processor_and_nothing_else(
    book: Book,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    runs: list[str],
    code_: int,
    says: str,
) -> None:
    monkeypatch.setattr(build_chapters, "execute", outputs_of(runs))
    book.write("01_a", code("show()"))
    assert book.build() == 0
    before = book.bytes("01_a")
    capsys.readouterr()
    assert book.build("--compare") == code_
    captured = capsys.readouterr()
    assert says in captured.out + captured.err
    assert book.bytes("01_a") == before
    assert runs == []


# --- what can go wrong ----------------------------------------------------------------


def test_an_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.ipynb"
    write_atomically(path, "old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.ipynb"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("# T\n\n```{code-cell}\nx = 1\n", "01_a.md:3: the block"),
        (
            "```{code-cell}\nx = 1\n\n```{code-cell}\ny = 1\n```\n",
            "01_a.md:1: the block",
        ),
        (
            "```{note}\nHello.\n\n```{code-cell}\ny = 1\n```\n",
            "01_a.md:1: the block",
        ),
        (code(":tags: [a\nx = 1"), "broken metadata: Code cell 0 at line 1"),
        (code(":tags: a\nx = 1"), "broken metadata: 'a' is not of type"),
        (code(":tags [a]\nx = 1"), "broken metadata"),
        ("---\nfoo: [\n---\n" + SOURCE, "broken metadata: Notebook metadata"),
        ("---\nfoo\n---\n" + SOURCE, "broken metadata"),
        ("# T\n\n+++ {tags}\n\nText\n" + code("x"), "broken metadata"),
        (
            code("x = 1", ":tags: [a]\n\ny = 1\nz ="),
            "01_a.md:9: invalid syntax",
        ),
        ("# Only text\n", "01_a.md: has no code cell"),
    ],
)
def test_a_broken_source_is_one_sentence(
    book: Book,
    executed: list[str],
    capsys: pytest.CaptureFixture[str],
    source: str,
    says: str,
) -> None:
    book.write("01_a", source)
    assert book.build() == 1
    assert executed == []
    message = capsys.readouterr().err
    assert message.startswith("chapters/src/01_a.md")
    assert says in message
    assert message.count("\n") == 1


def test_names_choose_by_their_beginning(
    book: Book, executed: list[str]
) -> None:
    for name in ("01_a", "02_b", "03_c"):
        book.write(name, SOURCE)
    assert book.build("02", "03") == 0
    assert sorted(executed) == ["02_b", "03_c"]


def test_a_name_without_source_and_a_book_without_sources(
    book: Book, executed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert book.build() == 1
    assert "chapters/src has no source" in capsys.readouterr().err
    book.write("01_a", SOURCE)
    assert book.build("07") == 1
    assert "begins with '07'" in capsys.readouterr().err
    assert executed == []


def test_a_missing_kernel_is_one_sentence(
    book: Book,
    executed: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda n: None if n == "ipykernel" else find(n),
    )
    book.write("01_a", SOURCE)
    assert book.build() == 1
    assert (
        capsys.readouterr().err
        == "ipykernel is not installed: run `make book` once\n"
    )


def test_a_library_that_does_not_parse_is_named(
    book: Book, toylib: Path
) -> None:
    (toylib / "clip.py").write_text("def (")
    with pytest.raises(BuildError, match=r"toylib cannot be read.*clip\.py"):
        Library(book.root, "toylib").fingerprint(["toylib.data"])
