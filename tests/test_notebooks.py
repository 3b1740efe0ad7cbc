"""What every committed notebook keeps: up to date, clean, readable without seeing."""

import re
from pathlib import Path

import nbformat
import pytest

from claimbook.builder.__main__ import PICTURE, Builder
from claimbook.builder.execute import WIDGET_VIEW
from claimbook.builder.markdown import raw_myst

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))

MACHINE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|Users|tmp|usr|opt|private|mnt|work|runner)/\w|\b[A-Z]:\\\w"
)
FILE_NAME = re.compile(r"\w\.(?:png|jpe?g|svg|webp|gif|ipynb)\b")
ALT_IN_HTML = re.compile(r"""\balt="([^"]*)"|"alt": "((?:[^"\\]|\\.)*)\"""")


def is_a_sentence(alt):
    """Whether it tells what is seen, not what it is or how it is called."""
    named = re.search(r"\b(?:figure|image|picture) of\b", alt or "", re.I)
    long = len(alt or "") >= 40 and len(alt.split()) >= 6
    return long and not named and not FILE_NAME.search(alt)


def faults(notebook):
    """A line for each thing that no page of the book should have."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [f"cell {cell.id}: {fault}" for cell in code for fault in cell_faults(cell)]


def cell_faults(cell):
    for line in cell.source.split("\n"):
        if len(line) > 79:
            yield f"the line is longer than 79 columns: {line}"
    for tag in cell.metadata.get("tags", []):
        if tag.startswith("nbval-") or tag == "raises-exception":
            yield f"the tag {tag} hides its output from the comparison"
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    for output in cell.outputs:
        data, name = output.get("data", {}), output.get("name")
        if output.output_type == "error" or name == "stderr" or WIDGET_VIEW in data:
            yield f"stored: {output.output_type}, {name}, {list(data)}"
        if any(m.startswith("image/") for m in data) and not is_a_sentence(alt):
            yield f"mystnb.image.alt does not say what is seen: {alt!r}"
        for text in map(str, [output.get("text", ""), *data.values()]):
            if "ipykernel_" in text or MACHINE_PATH.search(PICTURE.sub("", text)):
                yield f"a path of one machine: {text[:200]}"
        html = data.get("text/html", "")
        if 'class="nnl ' in html and "nnl-quiz" not in html and "nnl-guess" not in html:
            alts = ["".join(pair) for pair in ALT_IN_HTML.findall(html)]
            if not alts or not all(map(is_a_sentence, alts)):
                yield f"an interactive figure without a sentence as alt: {alts}"


@pytest.fixture(scope="module")
def book():
    """Every chapter, as the builder makes it of its source."""
    return Builder(ROOT)


def test_every_notebook_is_what_its_source_and_the_packages_give(book):
    assert book.complaints() == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_clean(path):
    assert faults(nbformat.read(path, as_version=4)) == []


def test_nothing_raw_is_left(book):
    parser = book.pages.parser()
    for chapter in book.chapters:
        text = [cell.source for cell in chapter.cells if cell.cell_type == "markdown"]
        left = [raw for source in text for raw in raw_myst(source, parser)]
        assert (chapter.name, left) == (chapter.name, [])


ALT = "Training error falls within ten epochs; validation error rises after twenty."


def cell(*output, source="x", alt=None, tags=(), **given):
    """A notebook of one code cell."""
    about = {"tags": [*tags], "mystnb": {"image": {"alt": alt}}}
    outputs = [nbformat.v4.new_output(*output, **given)] if output else []
    made = nbformat.v4.new_code_cell(source, outputs=outputs, metadata=about)
    return nbformat.v4.new_notebook(cells=[made])


def html(text):
    return cell("display_data", {"text/html": text})


def printed(text, name="stdout"):
    return cell("stream", name=name, text=text)


def drawn(alt):
    return cell("display_data", {"image/png": "iVBOR" * 30}, alt=alt)


GOOD = [
    cell(source="x" * 79), printed("g/‖g‖ in 20/20 seeds, see https://a.org/home/x"),
    drawn(ALT), html(f'<div class="nnl a"><img alt="{ALT}"></div>'),
    html('<div class="nnl nnl-quiz">Why?</div>'),
]  # fmt: skip
FAULTY = [
    cell(source="x" * 80), cell(tags=["nbval-skip"]), cell(tags=["raises-exception"]),
    cell("error", ename="", evalue="", traceback=[]),
    printed("careful", "stderr"), printed("in /home/ada/book"),
    printed(r"in C:\Users\ada"), printed("ipykernel_123/1.py"), html("<p>/tmp/x</p>"),
    cell("display_data", {WIDGET_VIEW: {"model_id": "a"}}),
    drawn(None), drawn("Too short."), drawn(f"Figure of {ALT}"),
    drawn(f"{ALT} (loss.png)"),
    html('<div class="nnl a"><img></div>'),
    html('<div class="nnl a"><img alt="Loss."></div>'),
]  # fmt: skip


def test_a_fault_is_found_and_a_good_notebook_has_none():
    assert [len(faults(notebook)) for notebook in GOOD] == [0] * len(GOOD)
    assert [len(faults(notebook)) for notebook in FAULTY] == [1] * len(FAULTY)
