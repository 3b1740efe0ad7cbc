"""The way from chapters/src/*.md to chapters/*.ipynb, on small books in a temporary folder.

Most tests replace the kernel by a function; those that need a real one come first.
"""

import sys

import nbformat
import pytest

from claimbook.builder import __main__ as builder
from claimbook.builder.chapter import METADATA_KEY, Result, Run, versions


def code(*cells):
    """A source of these code cells."""
    return "\n\n".join(f"```{{code-cell}}\n{c}\n```" for c in cells) + "\n"


CELLS = ("x = 2\nprint(x)", ":tags: [hide-input]\n\nprint(x + 1)")
SOURCE = "# A title\n\nOne sentence.\n\n{}\nAnother sentence.\n\n{}".format(
    *map(code, CELLS)
)
LISTED = "parse: {myst_substitutions: {statements: s.yml}}"


class Book:
    """A repository with nothing but chapters, and what its last build printed."""

    def __init__(self, root, capsys):
        self.root, self.capsys = root, capsys
        (root / "chapters" / "src").mkdir(parents=True)

    def write(self, text, *names):
        for name in names or ["01_a"]:
            (self.root / f"chapters/src/{name}.md").write_text(text, encoding="utf-8")

    def build(self, *arguments):
        returned = builder.main(self.root, arguments)
        self.out, self.err = self.capsys.readouterr()
        return returned

    def path(self, name="01_a"):
        return self.root / "chapters" / f"{name}.ipynb"

    def bytes(self, name="01_a"):
        return self.path(name).read_bytes()

    def notebook(self, name="01_a"):
        return nbformat.read(self.path(name), as_version=4)

    def texts(self, name="01_a"):
        """What the cells have printed."""
        cells = self.notebook(name).cells
        return [o.text for c in cells for o in c.get("outputs", ()) if "text" in o]


@pytest.fixture
def book(tmp_path, capsys, monkeypatch, root):
    monkeypatch.setenv("PYTHONPATH", str(root))  # else a first cell would install claimbook
    return Book(tmp_path, capsys)


@pytest.fixture
def kernel(monkeypatch):
    """In place of the kernel; the chapters that have run, and what they shall print."""

    class Kernel:
        ran, prints = [], iter("123456789")

        async def execute(self, chapter):
            self.ran.append(chapter.name)
            code = [c for c in chapter.cells if c.cell_type == "code"]
            printed = nbformat.v4.new_output("stream", text=next(self.prints))
            return Run([Result(None, [printed]) for _ in code], {}, versions())

    kernel = Kernel()
    monkeypatch.setattr(builder, "execute", kernel.execute)
    return kernel


def test_executing_again_changes_no_byte_and_the_book_s_facts_stay(book):
    notes = "pathlib.Path(os.environ['CHAPTER_FACTS']).write_text('{\"networks\": 6}')"
    (book.root / "chapters/startup.py").write_text(f"import os, pathlib\n{notes}\n")
    book.write(SOURCE)
    assert book.build() == 0
    first = book.bytes()
    assert book.texts() == ["2\n", "3\n"]
    assert first.endswith(b"}\n")
    assert book.build("--force") == book.build("--compare") == 0
    assert book.bytes() == first
    book.write(SOURCE.replace("One sentence", "Another"))
    assert book.build() == 0
    assert book.notebook().metadata[METADATA_KEY]["networks"] == 6


def test_the_kernel_is_this_python_in_the_chapters_folder(book, monkeypatch):
    """And of a widget only what a page can show is left."""
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    asks = (
        "import os, pathlib, sys\n"
        f"print(sys.executable == {sys.executable!r}, pathlib.Path().resolve().name)\n"
        "names = 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'PYTHONHASHSEED'\n"
        "print(*map(os.environ.get, names), os.environ['MPLBACKEND'] == 'agg')"
    )
    widgets = "import ipywidgets as w\nw.IntSlider()", "display(w.Box())"
    book.write(code(asks, *widgets))
    assert book.build() == 0
    assert book.texts() == ["True chapters\n1 1 0 False\n"]
    assert b"widget-view" not in book.bytes()
    assert "widgets" not in book.notebook().metadata


def test_a_failing_cell_names_its_line_and_harms_nothing_else(book):
    """In a solution, too, whose code has one line more in the notebook."""
    address = "repository: {url: https://example.org/a/book}"
    (book.root / "_config.yml").write_text(address)
    good = code("def half(x):\n    y = x\n    return y / 2", "half(1)")
    good += "\n````{solution-start} a\n````\n\n" + code("x = 1\nx / 1")
    book.write(good)
    assert book.build() == 0
    before = book.bytes()

    bad = good.replace("half(1)", "z = 0\n\nhalf(None)")
    book.write(bad.replace("-cell}", "-cell}\n:tags: [raises-exception]"))
    book.write(code("1 + 1"), "02_b")
    book.write(good.replace("x / 1", "x / 0"), "03_c")
    book.write(code("x = 1", "import warnings\nwarnings.warn('careful')"), "04_d")
    assert book.build("--jobs", "1") == 1
    assert book.bytes() == before
    assert book.notebook("02_b").cells[1].outputs[0].data["text/plain"] == "2"
    assert not book.path("04_d").exists()
    for said in ("01_a.md:5: ", "03_c.md:16: ", "04_d.md:6: the cell writes to stderr"):
        assert f"chapters/src/{said}" in book.err
    assert "TypeError" in book.err
    assert "careful" in book.err
    assert "\x1b" not in book.err  # no colours


def test_a_kernel_that_does_not_start_is_one_sentence(book):
    """The repository may hold a file that hides ipykernel."""
    (book.root / "ipykernel_launcher.py").write_text("raise SystemExit(3)")
    book.write(SOURCE)
    assert book.build() == book.err.count("\n") == 1
    assert book.err.startswith("chapters/src/01_a.md: the kernel does not start: ")


def test_claims_that_do_not_hold_are_refused_all_at_once(book):
    (book.root / "_config.yml").write_text(LISTED)
    (book.root / "s.yml").write_text("- id: S01\n- id: S02\n")
    first = "from claimbook.claims import exact\nexact('S01', 'So.', 1, {})"
    book.write(code(first.format(1)))
    assert book.build() == 0
    more = "exact('S9', 'So.', 1, 1)\nexact('S02', 'So.', 1, 2)"
    book.write(code(first.format(2), more, "exact('S02', 'So.', 1, 1)"))
    before = book.bytes()
    assert book.build() == 1
    assert book.bytes() == before
    assert book.err.splitlines() == [
        "chapters/src/01_a.md:2: ✘ S01 So. differs by 1.0e+00",
        "chapters/src/01_a.md:7: the book has no statement 'S9': = S9 So.",
        "chapters/src/01_a.md:7: ✘ S02 So. differs by 1.0e+00",
    ]


def test_an_insertion_changes_no_other_id_and_equal_cells_have_different_ones(book, kernel):
    more = SOURCE.replace("Another", code("y = 1") + "\nAnother")
    for name, text in {"1": SOURCE, "2": more, "3": code("x", "x", "x")}.items():
        book.write(text, name)
    book.build()
    before, after, equal = ([c.id for c in book.notebook(n).cells] for n in "123")
    assert after[:2] + after[3:] == before
    assert after[2] not in before
    assert equal == [equal[0], f"{equal[0]}-2", f"{equal[0]}-3"]


def test_nothing_changed_executes_and_writes_nothing(book, kernel):
    """Nor does a checkout with the line ends of Windows, or a saved metadata."""
    book.write(SOURCE)
    book.build()
    written, text = book.path().stat(), book.bytes()
    book.build()
    assert book.path().stat() == written
    book.path().write_bytes(text.replace(b"\n", b"\r\n"))
    assert book.build("--check") == 0
    book.path().write_bytes(text.replace(b"ipython3", b"ipython4"))
    assert book.build() == 0
    assert book.bytes() == text
    assert kernel.ran == ["01_a"]


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("Another sentence", "A better sentence", False),
        ("hide-input", "hide-output", False),
        ("print(x)", "print( x )  # two", False),
        ("x + 1", "x + 2", True),
        ("print(x + 1)", "print(x + 1);", True),
    ],
)
def test_an_edit_of_code_alone_executes_again(book, kernel, old, new, again):
    """Of text or metadata it keeps the outputs."""
    book.write(SOURCE, "01_a", "02_b")
    book.build()
    assert sorted(kernel.ran) == ["01_a", "02_b"]
    before = book.texts("02_b")
    book.write(SOURCE.replace(old, new), "02_b")
    assert book.build("--check") == 1
    assert book.build() == book.build("--check") == 0
    assert kernel.ran[2:] == ["02_b"] * again
    assert (book.texts("02_b") == before) is not again
    assert new.encode() in book.bytes("02_b")


def test_a_definition_executes_the_chapter_that_reaches_it_and_is_named(book, kernel):
    """Which chapters reach it is the matter of test_fingerprint.py."""
    (book.root / "lib").mkdir()
    book.write(code("from lib import used\nused()"))
    for value in (1, 2):
        (book.root / "lib/__init__.py").write_text(f"def used():\n    return {value}\n")
        assert book.build("--check") == 1
        says = book.out
        book.build()
    assert says == "01_a: lib.used changed\n"
    assert kernel.ran == ["01_a"] * 2
    (book.root / "chapters/startup.py").write_text("x = 1\n")
    assert book.build("--check") == 1
    assert "01_a: chapters/startup.py changed\n" in book.out


def test_a_changed_pin_is_stale_and_another_version_a_note(book, kernel, monkeypatch):
    book.write(SOURCE)
    book.build()
    here = versions()
    torch, pins = here["torch"], book.root / "constraints.txt"
    elsewhere = f'torch==9 ; python_version > "{here["python"]}"\n'
    pins.write_text(f"# a comment\nother==1\n{elsewhere}torch=={torch}\n")
    assert book.build("--check") == 0
    pins.write_text("torch==9.1\n")
    assert book.build("--check") == 1
    assert book.out == f"01_a: torch {torch} is not the pinned 9.1\n"
    assert book.build() == 1
    assert "install that first" in book.err
    monkeypatch.setattr(builder, "versions", lambda: here | {"torch": "9.1"})
    pins.unlink()
    assert book.build("--check") == 0
    assert f"note: made with torch {torch}, here is 9.1" in book.out.splitlines()
    assert kernel.ran == ["01_a"]
    notebook = book.notebook()
    del notebook.metadata[METADATA_KEY]["versions"]
    nbformat.write(notebook, book.path())
    assert book.build("--check") == 1
    assert book.out == "01_a: versions unknown\n"


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda n: n.cells[0].update(source="# Mine"), "(its cells)"),
        (lambda n: n.cells[1].update(source="x = 3"), "(its cells)"),
        (lambda n: n.cells[1].outputs[0].update(text="3"), "(its outputs)"),
        (lambda n: n.cells[1].update(execution_count=7), "(its outputs)"),
        (lambda n: n.metadata[METADATA_KEY].update(networks=7), "(its outputs)"),
        (lambda n: n.cells[3].metadata.update(tags=["mine"]), "(its cells)"),
        (lambda n: n.cells.pop(), "(its cells and its outputs)"),
        (lambda n: n.metadata.pop(METADATA_KEY), "(all of it)"),
    ],
)
def test_what_was_edited_by_hand_is_neither_used_nor_lost(book, kernel, edit, says):
    book.write(SOURCE)
    book.build()
    size, notebook = len(book.bytes()), book.notebook()
    edit(notebook)
    nbformat.write(notebook, book.path())
    edited = book.bytes()
    assert book.build("--check") == 1
    assert book.out == (
        f"01_a: chapters/01_a.ipynb was not written by the builder {says}, so it is "
        "neither used nor overwritten.  Put the change into chapters/src/01_a.md, then or "
        "instead throw it away: git checkout chapters/01_a.ipynb, or "
        "python -m claimbook.builder 01_a --discard\n"
    )
    assert book.build() == book.build("--force") == 1
    assert says in book.err
    assert book.bytes() == edited
    assert book.build("01_a", "--discard") == book.build("--check") == 0
    assert len(book.bytes()) == size


def test_check_says_what_is_wrong_with_each_notebook(book, kernel):
    book.write(SOURCE, "0_same", "1_text", "2_code", "3_lost", "4_broken", "5_orphan")
    book.build()
    book.write(SOURCE + "\nMore.\n", "1_text")
    book.write(SOURCE + "\n" + code("x"), "2_code")
    book.path("3_lost").unlink()
    book.path("4_broken").write_text("<<<<<<< ours")
    (book.root / "chapters/src/5_orphan.md").unlink()
    assert book.build("--check") == 1
    assert book.out == (
        "1_text: text changed\n2_code: code changed\n3_lost: missing\n"
        "4_broken: unreadable\n5_orphan: no source\n"
    )
    assert book.build("--check", "0") == 0


A, B, C = "a" * 200, "b" * 200, "c" * 200


@pytest.mark.parametrize(
    ("runs", "returned", "says"),
    [
        (["1", "1"], 0, "same bytes"),
        (["1", "2"], 1, "chapters/src/01_a.md:2: what this cell gives is not what"),
        ([f"1 {A}", f"1 {B}", f"1 {B}"], 0, "same text"),
        ([f"1 {A}", f"1 {B}", f"1 {C}"], 1, "changes with every run"),
        ([f"1 {A}", f"2 {B}"], 1, "is not what is stored"),
    ],
)
def test_compare_accepts_another_processor_and_nothing_else(
    book, kernel, runs, returned, says
):
    kernel.prints = iter(runs)
    book.write(code("show()"))
    assert book.build() == 0
    before = book.bytes()
    assert book.build("--compare") == returned
    assert says in book.out + book.err
    assert book.bytes() == before
    assert len(kernel.ran) == len(runs)


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
        (code("x = 1", ":tags: [a]\n\ny = 1\nz ="), "01_a.md:9: invalid syntax"),
        ("# Only text\n", "01_a.md: has no code cell"),
        (SOURCE + "\nA {rolle}`x`.\n", "01_a.md:18: the role {rolle} has no"),
        (SOURCE + "\n```{noted}\n```\n", "01_a.md:18: the directive {noted}"),
        (SOURCE + "\n{cite}`who`\n", "01_a.md:18: the bibliography has no"),
    ],
)
def test_a_broken_source_is_one_sentence(book, kernel, source, says):
    book.write(source)
    assert book.build() == 1
    assert kernel.ran == []
    assert book.err.startswith("chapters/src/01_a.md")
    assert says in book.err
    assert book.err.count("\n") == 1


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("", ""),
        ("parse:\nrepository:", ""),
        ("a: [", "_config.yml: is not YAML: "),
        ("- a", "_config.yml: must hold names with values"),
        (LISTED, "s.yml: statement 2 has no id"),
    ],
)
def test_a_setting_is_empty_or_its_fault_is_one_sentence(book, kernel, config, says):
    (book.root / "s.yml").write_text("- id: S1\n- says: So.\n")
    (book.root / "_config.yml").write_text(config)
    book.write(SOURCE)
    assert book.build() == book.err.count("\n") == bool(says)
    assert says in book.err
    assert kernel.ran == ["01_a"] * (not says)


def test_names_choose_by_their_beginning(book, kernel):
    """And everything cannot be thrown away at once."""
    assert book.build() == 1
    assert "chapters/src has no source" in book.err
    book.write(SOURCE, "01_a", "02_b", "03_c")
    assert book.build("02", "03") == 0
    assert sorted(kernel.ran) == ["02_b", "03_c"]
    assert book.build("07") == 1
    assert "begins with '07'" in book.err
    with pytest.raises(SystemExit):
        book.build("--discard")


def test_cells_whose_tag_names_a_program_are_that_program(book, kernel):
    parts = (":tags: [run.py]\n\nimport sys", "x = 1", ":tags: [run.py]\n\ndef main(): ...")
    book.write("# A title\n\n" + code(*parts))
    program = book.path().with_name("run.py")
    assert book.build() == 0
    assert program.read_text() == (
        "import sys\n\n\ndef main(): ...\n\n\n"
        'if __name__ == "__main__":\n    sys.exit(main())\n'
    )
    program.write_text("")
    assert book.build("--check") == 1
    assert "01_a: run.py is older" in book.out
    assert book.build() == 0
    assert "def main" in program.read_text()
    assert kernel.ran == ["01_a"]
