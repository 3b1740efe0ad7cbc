"""The way from chapters/src/*.md to chapters/*.ipynb, on small books in a temporary folder.

Most tests replace the kernel by a function; those that need a real one say so.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from claimbook.builder import __main__ as builder
from claimbook.builder.chapter import (
    METADATA_KEY,
    Chapter,
    Result,
    Run,
    cell_ids,
    versions,
)

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
        path = self.root / "chapters" / "src" / f"{name}.md"
        path.write_text(text, encoding="utf-8")

    def build(self, *arguments: str) -> int:
        return builder.main(self.root, arguments)

    def path(self, name: str) -> Path:
        return self.root / "chapters" / f"{name}.ipynb"

    def bytes(self, name: str) -> bytes:
        return self.path(name).read_bytes()

    def notebook(self, name: str) -> nbformat.NotebookNode:
        return nbformat.read(self.path(name), as_version=4)

    def made(self, name: str) -> dict[str, object]:
        return self.notebook(name).metadata[METADATA_KEY]

    def outputs(self, name: str) -> list[object]:
        return [cell.get("outputs") for cell in self.notebook(name).cells]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def run_of(chapter: Chapter, *outputs: nbformat.NotebookNode) -> Run:
    code = [cell for cell in chapter.cells if cell.cell_type == "code"]
    results = [Result(None, [*outputs]) for _ in code]
    return Run(results, {"networks": 7}, versions())


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the kernel; return the list of the chapters that would have run."""
    names: list[str] = []

    async def execute(chapter: Chapter) -> Run:
        names.append(chapter.name)
        text = f"{len(names)}"
        return run_of(chapter, nbformat.v4.new_output("stream", text=text))

    monkeypatch.setattr(builder, "execute", execute)
    return names


def code(*cells: str) -> str:
    """Return a source of these code cells."""
    return (
        "\n\n".join(f"```{{code-cell}}\n{cell}\n```" for cell in cells) + "\n"
    )


# --- with a real kernel ---------------------------------------------------------------


def test_executing_again_changes_no_byte(book: Book) -> None:
    book.write("01_a", SOURCE)
    assert book.build() == 0
    first = book.bytes("01_a")
    cells = book.notebook("01_a").cells
    assert [c.outputs[0].text for c in cells if "outputs" in c] == [
        "2\n",
        "3\n",
    ]
    assert first.endswith(b"}\n")
    assert book.build("--force") == 0
    assert book.bytes("01_a") == first
    assert book.build("--compare") == 0


STARTUP = """\
import os, pathlib
pathlib.Path(os.environ["CHAPTER_FACTS"]).write_text('{"networks": 6}')
"""


def test_what_the_books_start_up_file_notes_is_kept(book: Book) -> None:
    (book.root / "chapters" / "startup.py").write_text(STARTUP)
    book.write("01_a", SOURCE)
    assert book.build() == 0
    assert book.made("01_a")["networks"] == 6
    book.write("01_a", SOURCE.replace("One sentence", "Another"))
    assert book.build() == 0
    assert book.made("01_a")["networks"] == 6


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
            f"print(sys.executable == {sys.executable!r})\n"
            "print(pathlib.Path().resolve().name, os.environ['MPLBACKEND'] == 'agg')\n"
            f"print(*(os.environ[name] for name in {names}))"
        ),
    )
    assert book.build() == 0
    text = book.notebook("01_a").cells[0].outputs[0].text
    assert text == "True\nchapters False\n1 1 0\n"


ADDRESS = "https://example.org/a/book"


def test_a_failing_cell_names_its_line_and_harms_nothing_else(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a solution, too, whose code has one line more in the notebook."""
    config = f"repository: {{url: {ADDRESS}}}"
    (book.root / "_config.yml").write_text(config, encoding="utf-8")
    good = code("def half(x):\n    y = x\n    return y / 2", "half(1)")
    good += "\n````{solution-start} a\n````\n\n" + code("x = 1\nx / 1")
    book.write("01_a", good)
    assert book.build() == 0
    before = book.bytes("01_a")

    bad = good.replace("half(1)", "z = 0\n\nhalf(None)")
    tagged = "{code-cell}\n:tags: [raises-exception]"
    book.write("01_a", bad.replace("{code-cell}", tagged))
    book.write("02_b", code("1 + 1"))
    book.write("03_c", good.replace("x / 1", "x / 0"))
    assert book.build("--jobs", "1") == 1
    assert book.bytes("01_a") == before
    assert book.notebook("02_b").cells[1].outputs[0].data["text/plain"] == "2"
    stderr = capsys.readouterr().err
    assert "chapters/src/01_a.md:5: " in stderr
    assert "chapters/src/03_c.md:16: " in stderr
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


CLAIMS = """\
from IPython.display import display
def claim(id, held):
    display({"text/plain": f"{'✔' if held else '✘'} {id} So it is.\\nasks",
             "application/vnd.claimbook.claim+json": {
                 "id": id, "held": held, "kind": "finding"}}, raw=True)"""


def test_claims_that_do_not_hold_are_refused_all_at_once(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    (book.root / "_config.yml").write_text(
        "parse: {myst_substitutions: {statements: said.yml}}"
    )
    (book.root / "said.yml").write_text("- id: S01\n- id: S02\n")
    book.write("01_a", code(CLAIMS, "claim('S01', True)"))
    assert book.build() == 0
    capsys.readouterr()
    broken = ("claim('S01', False)", "claim('S9', True)\nclaim('S02', False)")
    book.write("01_a", code(CLAIMS, *broken, "claim('S02', True)"))
    before = book.bytes("01_a")
    assert book.build() == 1
    assert book.bytes("01_a") == before
    assert capsys.readouterr().err.splitlines() == [
        "chapters/src/01_a.md:10: ✘ S01 So it is.",
        "chapters/src/01_a.md:14: the book has no statement 'S9': ✔ S9 So it is.",
        "chapters/src/01_a.md:14: ✘ S02 So it is.",
    ]


# --- cells ----------------------------------------------------------------------------


def test_an_insertion_changes_no_other_id(
    book: Book, executed: list[str]
) -> None:
    book.write("01_a", SOURCE)
    book.build()
    before = [cell.id for cell in book.notebook("01_a").cells]
    more = SOURCE.replace("Another", "```{code-cell}\ny = 1\n```\n\nAnother")
    book.write("01_a", more)
    book.build()
    after = [cell.id for cell in book.notebook("01_a").cells]
    assert after[:2] + after[3:] == before
    assert after[2] not in before


def test_equal_cells_have_different_ids() -> None:
    cell = nbformat.v4.new_code_cell("x")
    ids = cell_ids([cell, cell, nbformat.v4.new_markdown_cell("x"), cell])
    assert len(set(ids)) == 4
    assert ids[1] == f"{ids[0]}-2"
    assert ids[3] == f"{ids[0]}-3"


# --- what is executed again -----------------------------------------------------------


def test_nothing_changed_executes_and_writes_nothing(
    book: Book, executed: list[str]
) -> None:
    """Nor does a checkout with the line ends of Windows, or a saved metadata."""
    book.write("01_a", SOURCE)
    book.build()
    stat = book.path("01_a").stat()
    book.build()
    assert book.path("01_a").stat().st_mtime_ns == stat.st_mtime_ns
    book.path("01_a").write_bytes(book.bytes("01_a").replace(b"\n", b"\r\n"))
    assert book.build("--check") == 0
    text = book.path("01_a").read_text()
    book.path("01_a").write_text(text.replace("ipython3", "ipython4"))
    assert book.build() == 0
    assert book.path("01_a").read_text() == text
    assert executed == ["01_a"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Another sentence", "A better sentence"),
        ("hide-input", "hide-output"),
        ("print(x)", "print( x )  # two"),
    ],
)
def test_an_edit_of_text_or_metadata_keeps_the_outputs(
    book: Book, executed: list[str], old: str, new: str
) -> None:
    book.write("01_a", SOURCE)
    book.build()
    before = book.outputs("01_a")
    book.write("01_a", SOURCE.replace(old, new))
    assert book.build("--check") == 1
    assert book.build() == 0
    assert executed == ["01_a"]
    assert new.encode() in book.bytes("01_a")
    assert book.outputs("01_a") == before
    assert book.build("--check") == 0


@pytest.mark.parametrize("new", ["x + 2", "x + 1;", "x + 1.0"])
def test_an_edit_of_code_executes_again(
    book: Book, executed: list[str], new: str
) -> None:
    source = SOURCE.replace("print(x + 1)", "x + 1")
    book.write("01_a", source)
    book.write("02_b", source)
    book.build()
    book.write("02_b", source.replace("x + 1", new))
    book.build()
    assert sorted(executed[:2]) == ["01_a", "02_b"]
    assert executed[2:] == ["02_b"]


LIBRARY = """\
def used():
    "Doc."
    return 1

def unused():
    return 2
"""


def test_a_definition_executes_the_chapters_that_reach_it_and_is_named(
    book: Book, executed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    module = book.root / "lib" / "__init__.py"
    module.parent.mkdir()
    module.write_text(LIBRARY)
    book.write("01_a", code("from lib import used\nused()"))
    book.write("02_b", code("import lib\nlib.unused()"))
    book.build()
    module.write_text(LIBRARY.replace("Doc", "Other words") + "# the end\n")
    assert book.build("--check") == 0
    module.write_text(LIBRARY.replace("return 1", "return 3"))
    capsys.readouterr()
    assert book.build("--check") == 1
    assert capsys.readouterr().out == "01_a: lib.used changed\n"
    book.build()
    assert executed[2:] == ["01_a"]


def test_a_changed_pin_is_stale_and_another_version_a_note(
    book: Book,
    executed: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book.write("01_a", SOURCE)
    book.build()
    torch, python = versions()["torch"], versions()["python"]
    pins = book.root / "constraints.txt"
    elsewhere = f'torch==9 ; python_version > "{python}"\n'
    pins.write_text(f"# a comment\nother==1\n{elsewhere}torch=={torch}\n")
    assert book.build("--check") == 0
    pins.write_text("torch==9.1\n")
    capsys.readouterr()
    assert book.build("--check") == 1
    says = f"01_a: torch {torch} is not the pinned 9.1\n"
    assert capsys.readouterr().out == says
    assert book.build() == 1
    assert "install that first" in capsys.readouterr().err
    here = versions() | {"torch": "9.1"}
    monkeypatch.setattr(builder, "versions", lambda: here)
    pins.unlink()
    assert book.build("--check") == 0
    note = f"note: made with torch {torch}, here is 9.1"
    assert note in capsys.readouterr().out.splitlines()
    assert executed == ["01_a"]


# --- what was edited by hand ----------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda n: n.cells[0].update(source="# Mine"), "(its cells)"),
        (lambda n: n.cells[1].update(source="x = 3"), "(its cells)"),
        (lambda n: n.cells[1].update(outputs=[]), "(its outputs)"),
        (lambda n: n.cells[1].outputs[0].update(text="3"), "(its outputs)"),
        (lambda n: n.cells.pop(), "(its cells and its outputs)"),
        (lambda n: n.metadata.pop(METADATA_KEY), "(all of it)"),
    ],
)
def test_what_was_edited_by_hand_is_neither_used_nor_lost(
    book: Book,
    executed: list[str],
    capsys: pytest.CaptureFixture[str],
    edit: Callable[[nbformat.NotebookNode], object],
    says: str,
) -> None:
    book.write("01_a", SOURCE)
    book.write("02_b", SOURCE)
    book.build()
    good = book.bytes("01_a")
    notebook = book.notebook("01_a")
    edit(notebook)
    nbformat.write(notebook, book.path("01_a"))
    edited = book.bytes("01_a")
    capsys.readouterr()
    assert book.build("--check") == 1
    said = capsys.readouterr().out
    assert said.startswith("01_a: chapters/01_a.ipynb was not written by the")
    assert says in said
    assert "Put the change into chapters/src/01_a.md" in said
    assert "git checkout chapters/01_a.ipynb" in said
    assert "python -m claimbook.builder 01_a --discard" in said
    for options in ([], ["--force"]):
        assert book.build(*options) == 1
        assert says in capsys.readouterr().err
        assert book.bytes("01_a") == edited
    assert book.build("01_a", "--discard") == 0
    assert book.build("--check") == 0
    assert len(book.bytes("01_a")) == len(good)


def test_everything_cannot_be_thrown_away_at_once(book: Book) -> None:
    with pytest.raises(SystemExit):
        book.build("--discard")


# --- what --check and --compare say ---------------------------------------------------


def test_check_says_what_is_wrong_with_each_notebook(
    book: Book, executed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["01_same", "02_text", "03_code", "04_missing", "05_broken"]
    for name in [*names, "06_orphan"]:
        book.write(name, SOURCE)
    book.build()
    book.write("02_text", SOURCE + "\nMore.\n")
    book.write("03_code", SOURCE + "\n" + code("x"))
    book.path("04_missing").unlink()
    book.path("05_broken").write_text("<<<<<<< ours")
    (book.root / "chapters" / "src" / "06_orphan.md").unlink()
    capsys.readouterr()
    assert book.build("--check") == 1
    assert capsys.readouterr().out.splitlines() == [
        "02_text: text changed",
        "03_code: code changed",
        "04_missing: missing",
        "05_broken: unreadable",
        "06_orphan: no source",
    ]
    assert book.build("--check", "01") == 0


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
    async def execute(chapter: Chapter) -> Run:
        text = runs.pop(0)
        return run_of(chapter, nbformat.v4.new_output("stream", text=text))

    monkeypatch.setattr(builder, "execute", execute)
    book.write("01_a", code("show()"))
    assert book.build() == 0
    before = book.bytes("01_a")
    capsys.readouterr()
    assert book.build("--compare") == code_
    captured = capsys.readouterr()
    assert says in captured.out + captured.err
    assert book.bytes("01_a") == before
    assert runs == []


# --- sources that are not sound -------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("# T\n\n```{code-cell}\nx = 1\n", "01_a.md:3: the block ```{code-"),
        ("# T\n\n```{note}\n\n" + SOURCE, "01_a.md:3: the block ```{note}"),
        (code("---\ntags: [\n---\nx"), "broken metadata: Code cell 0 at line"),
        (code(":tags [a]\nx = 1"), "broken metadata"),
        ("---\nfoo: [\n---\n" + SOURCE, "broken metadata: Notebook metadata"),
        ("---\nfoo\n---\n" + SOURCE, "broken metadata"),
        ("# T\n\n+++ {tags}\n\nText\n" + code("x"), "broken metadata"),
        (
            code("x = 1", ":tags: [a]\n\ny = 1\nz ="),
            "01_a.md:9: invalid syntax",
        ),
        ("# Only text\n", "01_a.md: has no code cell"),
        (SOURCE + "\nA {rolle}`x`.\n", "01_a.md:18: the role {rolle} has no"),
        (SOURCE + "\n```{noted}\n```\n", "01_a.md:18: the directive {noted}"),
        (SOURCE + "\n{cite}`who`\n", "01_a.md:18: the bibliography has no"),
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
    book: Book, executed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert book.build() == 1
    assert "chapters/src has no source" in capsys.readouterr().err
    for name in ("01_a", "02_b", "03_c"):
        book.write(name, SOURCE)
    assert book.build("02", "03") == 0
    assert sorted(executed) == ["02_b", "03_c"]
    assert book.build("07") == 1
    assert "begins with '07'" in capsys.readouterr().err
