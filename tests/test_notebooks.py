"""What every committed notebook keeps: up to date, clean, readable without seeing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from claimbook.builder.__main__ import PICTURE, Builder
from claimbook.builder.execute import WIDGET_VIEW
from claimbook.builder.markdown import SOLUTION, raw_myst

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))

MACHINE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|Users|tmp|usr|opt|private|mnt|work|runner)/\w|\b[A-Z]:\\\w"
)
FILE_NAME = re.compile(r"\w\.(?:png|jpe?g|svg|webp|gif|ipynb)\b")
ALT_IN_HTML = re.compile(r"""\balt="([^"]*)"|"alt": "((?:[^"\\]|\\.)*)\"""")


def is_a_sentence(alt: object) -> bool:
    """Say whether ``alt`` tells what is seen, not what it is or how it is called."""
    return (
        isinstance(alt, str)
        and len(alt) >= 40
        and len(alt.split()) >= 6
        and not re.search(
            r"\b(?:figure|image|picture) of\b", alt, re.IGNORECASE
        )
        and not FILE_NAME.search(alt)
    )


def faults(notebook: NotebookNode) -> list[str]:
    """Return a line for each thing that no page of the book should have."""
    return [
        f"cell {index} ({cell.id}): {fault}"
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for fault in cell_faults(cell)
    ]


def cell_faults(cell: NotebookNode) -> Iterator[str]:
    """Yield what is wrong with one code cell."""
    for line in cell.source.split("\n"):
        if len(line) > 79:
            yield f"the line is longer than 79 columns: {line}"
    for tag in cell.metadata.get("tags", []):
        if tag.startswith("nbval-") or tag == "raises-exception":
            yield f"the tag {tag} hides its output from the comparison"
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    for output in cell.outputs:
        if output.output_type == "error":
            yield "an error is stored"
        if output.get("name") == "stderr":
            yield "stderr is stored"
        data = output.get("data", {})
        if WIDGET_VIEW in data:
            yield "a widget view is stored"
        if any(
            mime.startswith("image/") for mime in data
        ) and not is_a_sentence(alt):
            yield f"mystnb.image.alt does not say what is seen: {alt!r}"
        texts = [output.get("text", ""), *data.values()]
        for text in (PICTURE.sub("", str(text)) for text in texts):
            if "ipykernel_" in text or MACHINE_PATH.search(text):
                yield f"a path of one machine: {text[:200]}"
        html = data.get("text/html", "")
        if 'class="nnl ' in html and "nnl-quiz" not in html:
            alts = ["".join(pair) for pair in ALT_IN_HTML.findall(html)]
            if not alts or not all(map(is_a_sentence, alts)):
                yield f"an interactive figure without a sentence as alt: {alts}"


@pytest.fixture(scope="module")
def book() -> Builder:
    """Every chapter, as the builder makes it of its source."""
    return Builder(ROOT)


def test_every_notebook_is_what_its_source_and_the_packages_give(
    book: Builder,
) -> None:
    assert book.complaints() == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_clean(path: Path) -> None:
    assert faults(nbformat.read(path, as_version=4)) == []


# --- for people -----------------------------------------------------------------------


def test_nothing_raw_is_left(book: Builder) -> None:
    parser = book.pages.parser()
    texts = [
        (chapter.name, cell.source)
        for chapter in book.chapters
        for cell in chapter.cells
        if cell.cell_type == "markdown"
    ]
    left = [(n, raw) for n, text in texts for raw in raw_myst(text, parser)]
    assert left == []


def test_every_solution_is_folded(book: Builder) -> None:
    """The solutions, counted in the sources by their own marks."""
    for chapter in book.chapters:
        source = chapter.source.read_text("utf-8")
        parts = [
            part.split("{solution-end}")[0]
            for part in source.split("{solution-start}")[1:]
        ]
        wanted = sum(part.count("```{code-cell}") for part in parts)
        code = [c for c in chapter.cells if c.source.startswith(SOLUTION)]
        assert len(code) == wanted
        for cell in code:
            hidden = {"source_hidden": True, "outputs_hidden": True}
            assert cell.metadata["jupyter"] == hidden
        text = "\n".join(cell.source for cell in chapter.cells)
        assert text.count("<summary>Solution</summary>") == len(parts)


# --- the rules themselves can fail ----------------------------------------------------

ALT = "Training error falls within ten epochs; validation error rises after twenty."


def cell(*outputs: NotebookNode, source: str = "x", **metadata: object):
    """Return a notebook of one code cell."""
    made = nbformat.v4.new_code_cell(
        source, outputs=[*outputs], metadata=metadata
    )
    return nbformat.v4.new_notebook(cells=[made])


def shown(mime: str, data: object) -> NotebookNode:
    return cell(nbformat.v4.new_output("display_data", data={mime: data}))


def html(text: str) -> NotebookNode:
    return shown("text/html", text)


def printed(text: str, name: str = "stdout") -> NotebookNode:
    return cell(nbformat.v4.new_output("stream", name=name, text=text))


def drawn(alt: str = "") -> NotebookNode:
    """Return a cell with a picture."""
    notebook = shown("image/png", "iVBOR" * 30)
    if alt:
        notebook.cells[0].metadata["mystnb"] = {"image": {"alt": alt}}
    return notebook


GOOD = [
    cell(source="x" * 79),
    printed("g/‖g‖ in 20/20 seeds, see https://a.org/home/x"),
    drawn(ALT),
    html(f'<div class="nnl a"><img alt="{ALT}"></div>'),
    html(f'<div class="nnl a">{{"alt": "{ALT}"}}</div>'),
    html('<div class="nnl nnl-quiz">Why?</div>'),
    html(f'<img src="{"/tmp/aaaa" * 20}">'),
]
FAULTY = [
    cell(source="x" * 80),
    cell(tags=["nbval-skip"]),
    cell(tags=["raises-exception"]),
    cell(nbformat.v4.new_output("error", ename="", evalue="", traceback=[])),
    printed("careful", "stderr"),
    printed("in /home/ada/book"),
    printed(r"in C:\Users\ada"),
    printed("ipykernel_123/1.py"),
    html("<p>/tmp/x</p>"),
    shown(WIDGET_VIEW, {"model_id": "a"}),
    drawn(),
    drawn("Too short."),
    drawn(f"Figure of {ALT}"),
    drawn(f"{ALT} (loss.png)"),
    html('<div class="nnl a"><img></div>'),
    html('<div class="nnl a"><img alt="Loss."></div>'),
]


@pytest.mark.parametrize("notebook", GOOD)
def test_a_good_notebook_has_no_fault(notebook: NotebookNode) -> None:
    assert faults(notebook) == []


@pytest.mark.parametrize("notebook", FAULTY)
def test_a_fault_is_found(notebook: NotebookNode) -> None:
    assert len(faults(notebook)) == 1
