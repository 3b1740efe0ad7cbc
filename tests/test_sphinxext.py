"""claimbook.sphinxext and claimbook.book: what Sphinx adds, what a book says."""

import json
import re
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document
from fontTools.ttLib import TTFont
from helpers import Page
from sphinx.errors import ExtensionError

from claimbook.book import METADATA_KEY, Book, read_book
from claimbook.claims import Claim
from claimbook.explore import applet
from claimbook.printing import sheet
from claimbook.sphinxext.absent import words_of
from claimbook.sphinxext.formulas import GlueFormulas
from claimbook.sphinxext.icons import FONTS, THEME, cut
from claimbook.sphinxext.ledger import ledger, read_evidence, refuse_what_is_no_evidence
from claimbook.sphinxext.shared import shared
from claimbook.sphinxext.slides import notes_by_page, slides
from claimbook.sphinxext.status import status
from nnlib.applets import VALLEYS

ROOT = Path(__file__).parents[1]


def glued(*parts):
    document = new_document("page", get_default_settings())
    children = [nodes.Text(p) if isinstance(p, str) else p for p in parts]
    document += nodes.paragraph("", "", *children)
    GlueFormulas(document).run()
    return document[0]


def test_punctuation_moves_into_the_element_and_nothing_is_lost():
    """Of equal texts the one behind the formula is taken."""
    for mark in (",", ".", ".)", ":", "-th", "’s", "?", "”"):
        x, y, text = nodes.math("", "x"), nodes.math("", "y"), f"{mark} and "
        line = glued(nodes.emphasis("", "Hoerl"), text, x, text, y, text)
        assert line.astext() == f"Hoerl{text}x{text}y{text}"
        found = [(e.astext(), e["classes"]) for e in line.findall(nodes.inline)]
        assert found == [(f"x{mark}", ["glued"]), (f"y{mark}", ["glued"])]
    for text in (" and", " (so", "– or", " = 2", "\n"):
        assert not list(glued(nodes.math("", "x"), text).findall(nodes.inline))


@pytest.mark.parametrize(("suffix", "flavor"), [(".woff2", "woff2"), (".ttf", None)])
def test_a_font_is_cut(tmp_path, suffix, flavor):
    font, out = THEME / FONTS / f"fa-solid-900{suffix}", tmp_path / f"cut{suffix}"
    cut(font, [0xF002, 0xF062], out)
    with TTFont(out) as small:
        assert (set(small.getBestCmap()), small.flavor) == ({0xF002, 0xF062}, flavor)
    assert out.stat().st_size < font.stat().st_size / 20


def test_a_link_to_an_absent_chapter_becomes_words_and_a_mistake_stays_one():
    pages = {"chapters/02_clipping", "chapters/preface"}
    for target in ("04_active_units", "/chapters/04_active_units"):
        assert words_of(target, pages) == "Active units"
    for target in ("02_clipping", "02_cliping", "no_page"):
        assert words_of(target, pages) is None


SIZE = {"size": [-0.4, -0.5, -0.3], "decimals": 1, "unit": "nats"}
CLAIMS = {
    "02_a": [
        Claim("A1", "It helps.", "finding", True, False, 19, 20, 18, **SIZE),
        Claim("A1", "Not here.", "finding", True, True, 10, 10, 9),
        Claim("A1", "It is so.", "identity", True),
    ],
    "notes": [Claim("N1", "More.", "finding", True, False, 20, 20, 18)],
}


def statement(name, **more):
    said = {"kind": "statement", "slide": "One", "says": f"{name} says."}
    return {"id": name, "verdict": "holds", "note": "Why."} | said | more


STATEMENTS = [
    statement("A1", chapter=2),
    statement("A2", chapter=2, no_claim="Nothing to run."),
    statement("A3", chapter=3, no_claim="Not in this book."),
    statement("A4", chapter=3),
    statement("N1", kind="addition"),
]


@pytest.fixture
def book(tmp_path):
    """A book of two pages, with a statement that is only listed, and one far away."""
    block = dict.fromkeys((f.name for f in fields(Book)), "x")
    block |= {"statements": "pages/s.yml", "witnesses": "w.yml"}
    (tmp_path / "pages").mkdir()
    breaks = {"02_a": [CLAIMS["02_a"][0].anchor]}
    files = {"_config.yml": {"parse": {"myst_substitutions": block}}}
    files |= {"pages/s.yml": STATEMENTS, "w.yml": {"lame": breaks, "slow": {"02_a": []}}}
    for name, data in files.items():
        (tmp_path / name).write_text(yaml.safe_dump(data))
    for page, claims in CLAIMS.items():
        bundles = [c._repr_mimebundle_() for c in claims]
        outputs = [nbformat.v4.new_output("display_data", b) for b in bundles]
        cell = nbformat.v4.new_code_cell("x", outputs=outputs)
        made = {METADATA_KEY: {"networks": 1234}}
        notebook = nbformat.v4.new_notebook(cells=[cell], metadata=made)
        nbformat.write(notebook, tmp_path / f"pages/{page}.ipynb")
    return tmp_path


def cells(page):
    """The text of each row's last cell, and of the row's name."""
    found = re.findall(r'<tr id="(\w+)".*?</td><td>((?:(?!<td>).)*)</td></tr>', page)
    return {name: re.sub("<[^>]+>", "|", text) for name, text in found}


def test_the_ledger_shows_sizes_limits_and_sabotages(book):
    page = ledger(read_evidence(book))
    rows = cells(page)
    assert list(rows) == ["A1", "A2", "N1"]
    assert [part for part in rows["A1"].split("|") if part.strip(" ,")] == [
        "It helps.", "−0.4 [−0.5, −0.3] nats", ", 19 of 20 seeds",
        "Breaks under: lame.", "It is so.", "identity", "Limits", "Not here.",
        "10 of 10 seeds", "No sabotage breaks it.",
    ]  # fmt: skip
    assert rows["A2"] == "|Nothing to run.|"
    assert "sabotage" not in rows["N1"]  # nobody tried
    addresses = [f"{name}.html#{c.anchor}" for name in CLAIMS for c in CLAIMS[name]]
    said = [f'href="{address}"' for address in addresses]
    said += ['<a href="02_a.html">Chapter 2</a>', "trained 2,468 networks"]
    said += ["by 3 findings, each over 10 to 20 seeds, and by 1 identities"]
    said += ["1 of these say where a statement ends", "Of 3 statements, 2 are tested"]
    assert [part for part in said if part not in page] == []


def test_the_ledger_is_of_the_pages_that_the_book_has(book):
    """And a claim of a statement that no file knows is found."""
    assert list(cells(ledger(read_evidence(book, {"notes"})))) == ["N1"]
    (book / "w.yml").unlink()
    assert "sabotage" not in ledger(read_evidence(book))
    text = (book / "pages/s.yml").read_text()
    (book / "pages/s.yml").write_text(text.replace("N1", "N2"))
    assert [s.claim.id for s in read_evidence(book).unknown] == ["N1"]
    with pytest.raises(ExtensionError, match=r"lacks the statements .*N1"):
        refuse_what_is_no_evidence(SimpleNamespace(srcdir=book))
    for path in (book / "pages").glob("*.ipynb"):
        path.write_text(path.read_text().replace('"held": true', '"held": false'))
    with pytest.raises(ExtensionError, match=r"do not hold: .*✘"):
        refuse_what_is_no_evidence(SimpleNamespace(srcdir=book))
    (book / "pages/s.yml").write_text("- says: So.")
    with pytest.raises(ExtensionError, match=r"s\.yml: statement 1 has no id"):
        refuse_what_is_no_evidence(SimpleNamespace(srcdir=book))


def test_the_status_counts_cells_and_networks(book):
    recorded = {"seconds": {"02_a": 2.5}, "date": "D", "machine": "M", "jobs": 1}
    recorded |= {"total": 3, "versions": {"p": "1"}}
    (book / "status.json").write_text(json.dumps(recorded))
    page = status(book, (book / "pages").glob("*.ipynb"))
    row = '<td class="text-end">{}</td>'.format
    assert f"<td>02_a</td>{row(1)}{row('1,234')}{row(2.5)}" in page
    assert f"<td>all</td>{row(2)}{row('2,468')}{row(2.5)}" in page


def test_what_a_book_lacks_is_named(book):
    text = (book / "_config.yml").read_text()
    lacking = {"pdf": text.replace("pdf: x", "pdf: ''"), "title, ": ""}
    for name, config in lacking.items():
        (book / "_config.yml").write_text(config)
        with pytest.raises(ValueError, match=f"myst_substitutions lacks {name}"):
            read_book(book)


def test_the_printed_book_escapes_what_its_files_say(book, monkeypatch):
    monkeypatch.chdir(book)
    text = (book / "_config.yml").read_text()
    (book / "_config.yml").write_text(text.replace(" x\n", " <b>x</b>\n"))
    toc = "{format: jb-book, root: a, parts: [{caption: <b>, chapters: [{file: b}]}]}"
    (book / "_toc.yml").write_text(toc)
    (book / "_build/html").mkdir(parents=True)
    for name in "ab":
        page = '<article class="bd-article"><h1>&lt;b&gt;</h1></article>'
        (book / f"_build/html/{name}.html").write_text(page)
    assert "b" not in Page(sheet()).tags


def test_the_machine_knows_no_lecture():
    """What this book says of itself, its package and its statements: none of it."""
    book = read_book(ROOT)
    words = re.findall(r"[A-Z]\w{5,}", f"{book.lecturer} {book.lecture} {book.university}")
    words += re.findall(r"[A-Z]+\d{4,}", f"{book.lecture} {book.university}")
    own = {*words, *vars(book).values()} - {"Machine", "Training", "University"}
    foreign = "|".join([*map(re.escape, own), r"\bS\d\d\b", r"\bnnlib\b", r"slides\.yml"])
    for path in sorted((ROOT / "claimbook").rglob("*.*")):
        if path.suffix in {".py", ".js", ".css"}:
            text = path.read_text(encoding="utf-8")
            assert re.findall(foreign, text) == [], path


DECK = """<article><section><h1>A</h1><p>The answer.</p><div id="figure-that-moves">
<img src="x.png"><script>f()</script></div><p>Not the answer.</p>
<section><h2>Idea</h2><p>So that</p><div class="formula">x = y</div></section>
<section><h2>Proof</h2>
<div class="cell"><div class="nnl-guess"><p>Is it?</p><ul><li>Yes</li></ul>
<details><p>Yes, it is.</p></details></div></div>
<div class="cell"><figure><img style="width: 9px"><figcaption>F</figcaption></figure></div>
<div class="cell"><p class="nnl-claim" id="c">It is: <a href="b.html#c">S</a></p></div>
<div class="cell"><figure><img><figcaption>G</figcaption></figure></div></section>
<section id="summary"><h2>Summary</h2><ul><li>It was.</li></ul></section>
</section></article>"""


def test_a_page_is_cut_into_slides():
    said = [*slides(BeautifulSoup(DECK, "html.parser"), "a.html", ["7 minutes"])]
    kinds = ["title", "alive", "formulas", "question", "figure", "figure", "text"]
    assert [slide.kind for slide in said] == kinds
    title, alive, formulas, question, figure, other, summary = (s.html for s in said)
    assert "The answer." in title
    assert "Not the answer." not in title
    assert 'data-src="../chapters/a.html?present"' in alive
    assert '<img src="x.png"/>' in alive
    assert "script" not in alive
    assert "So that" in formulas
    assert "Is it?" in question
    assert "it is." not in question
    assert 'class="findings"' in figure
    assert "style" not in figure
    assert 'href="../chapters/b.html#c"' in figure
    assert "findings" not in other
    assert "It was." in summary
    notes = [slide.notes for slide in said]
    assert notes == [[], ["7 minutes"], [], [], ["Answer: Yes, it is."], [], []]


def test_what_to_say_stands_in_a_table():
    table = """<article><table><thead><tr><th>minutes</th><th>page</th></tr></thead>
    <tbody><tr><td>7</td><td><a href="a.html">A</a>, <a href="../b.html#c">B</a></td></tr>
    </tbody></table></article>"""
    said = notes_by_page(BeautifulSoup(table, "html.parser"))
    assert said == {"a.html": ["minutes: 7"], "b.html": ["minutes: 7"]}


def test_a_moving_output_keeps_its_data_and_shares_the_rest():
    one, two = (applet(VALLEYS, alt=alt).html for alt in ("One.", "Two."))
    page, files = shared(f"<head></head>{one}{two}", "../")
    [(name, code)] = files.items()
    assert page.count(f'<script src="../_static/shared/{name}"></script><script>') == 1
    assert page.count('const DATA = {"alt": "One."') == 1
    assert page.count('const DATA = {"alt": "Two."') == 1
    assert b"const CSS = " in code
    assert len(page) < 1200
    page += "<script>f()</script><script src='x.js'></script>"
    assert shared(page, "../") == (page, {})  # an ordinary script stays where it is
