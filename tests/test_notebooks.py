"""What every committed notebook keeps: up to date, clean, readable without seeing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from markdown_it import MarkdownIt
from nbformat import NotebookNode

from claimbook.builder.__main__ import PICTURE, Builder
from claimbook.builder.chapter import Chapter, read_chapter
from claimbook.builder.execute import WIDGET_VIEW
from claimbook.builder.fingerprint import Library
from claimbook.builder.markdown import SOLUTION, raw_myst
from claimbook.builder.pages import Pages

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
SOURCES = sorted((ROOT / "chapters" / "src").glob("*.md"))

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


def test_every_notebook_is_what_its_source_and_the_packages_give() -> None:
    assert Builder(ROOT).complaints() == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_clean(path: Path) -> None:
    assert faults(nbformat.read(path, as_version=4)) == []


# --- for people -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(ROOT)


@pytest.fixture(scope="module")
def parser(pages: Pages) -> MarkdownIt:
    return pages.parser()


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(ROOT)


@pytest.fixture(params=SOURCES, ids=lambda path: path.stem)
def chapter(
    request: pytest.FixtureRequest, library: Library, pages: Pages
) -> Chapter:
    """What the builder makes of a source, without outputs."""
    return read_chapter(request.param, library, pages)


def test_nothing_raw_is_left(chapter: Chapter, parser: MarkdownIt) -> None:
    texts = [c.source for c in chapter.cells if c.cell_type == "markdown"]
    assert [raw for text in texts for raw in raw_myst(text, parser)] == []


def test_every_solution_is_folded(chapter: Chapter) -> None:
    """The solutions' cells, counted in the source by its own marks."""
    source = chapter.source.read_text("utf-8")
    parts = [
        part.split("{solution-end}")[0]
        for part in source.split("{solution-start}")[1:]
    ]
    wanted = sum(part.count("```{code-cell}") for part in parts)
    code = [cell for cell in chapter.cells if cell.cell_type == "code"]
    folded = [c for c in code if c.source.startswith(SOLUTION)]
    assert len(folded) == wanted
    for cell in folded:
        hidden = {"source_hidden": True, "outputs_hidden": True}
        assert cell.metadata["jupyter"] == hidden
        assert cell.metadata["collapsed"] is True
        assert cell.metadata["cellView"] == "form"
    shown = [c.source for c in chapter.cells if c.cell_type == "markdown"]
    summaries = sum(t.count("<summary>Solution</summary>") for t in shown)
    assert summaries == len(parts)


# --- the rules themselves can fail ----------------------------------------------------

ALT = "Training error falls within ten epochs; validation error rises after twenty."


def cell(
    source: str = "x", *outputs: NotebookNode, **metadata: object
) -> NotebookNode:
    """Return a code cell."""
    made = nbformat.v4.new_code_cell(
        source, outputs=list(outputs), metadata=metadata
    )
    return nbformat.v4.new_notebook(cells=[made])


def shown(mime: str, data: object) -> NotebookNode:
    """Return a display output."""
    return nbformat.v4.new_output("display_data", data={mime: data})


def printed(text: str, name: str = "stdout") -> NotebookNode:
    """Return a stream output."""
    return nbformat.v4.new_output("stream", name=name, text=text)


PICTURE_OUTPUT = shown("image/png", "iVBOR" * 30)


@pytest.mark.parametrize(
    "notebook",
    [
        cell(
            "x" * 79, printed("g/‖g‖ in 20/20 seeds, see https://a.org/home/x")
        ),
        cell("x", PICTURE_OUTPUT, mystnb={"image": {"alt": ALT}}),
        cell(
            "x",
            shown("text/html", f'<div class="nnl a"><img alt="{ALT}"></div>'),
        ),
        cell(
            "x",
            shown("text/html", f'<div class="nnl a">{{"alt": "{ALT}"}}</div>'),
        ),
        cell("x", shown("text/html", '<div class="nnl nnl-quiz">Why?</div>')),
        cell("x", shown("text/html", f'<img src="{"/tmp/aaaa" * 20}">')),
    ],
)
def test_a_good_notebook_has_no_fault(notebook: NotebookNode) -> None:
    assert faults(notebook) == []


@pytest.mark.parametrize(
    "notebook",
    [
        cell("x" * 80),
        cell("x", tags=["nbval-skip"]),
        cell("x", tags=["raises-exception"]),
        cell(
            "x",
            nbformat.v4.new_output(
                "error", ename="E", evalue="", traceback=[]
            ),
        ),
        cell("x", printed("careful", "stderr")),
        cell("x", printed("in /home/ada/book")),
        cell("x", printed(r"in C:\Users\ada")),
        cell("x", printed("ipykernel_123/1.py")),
        cell("x", shown("text/html", "<p>/tmp/x</p>")),
        cell("x", shown(WIDGET_VIEW, {"model_id": "a"})),
        cell("x", PICTURE_OUTPUT),
        cell("x", PICTURE_OUTPUT, mystnb={"image": {"alt": "Too short."}}),
        cell(
            "x", PICTURE_OUTPUT, mystnb={"image": {"alt": f"Figure of {ALT}"}}
        ),
        cell(
            "x", PICTURE_OUTPUT, mystnb={"image": {"alt": f"{ALT} (loss.png)"}}
        ),
        cell("x", shown("text/html", '<div class="nnl a"><img></div>')),
        cell(
            "x",
            shown("text/html", '<div class="nnl a"><img alt="Loss."></div>'),
        ),
    ],
)
def test_a_fault_is_found(notebook: NotebookNode) -> None:
    assert len(faults(notebook)) == 1
