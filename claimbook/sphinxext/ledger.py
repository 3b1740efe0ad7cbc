"""The directive ``evidence-ledger``: each statement, with its verdict and its evidence.

The rows are made while the book is built, from the file of statements, from the claims in
the executed notebooks, and from the file of witnesses that a sabotage run writes, so the
page cannot fall behind them.  A claim of a statement that no file knows fails the build.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from claimbook.book import METADATA_KEY, read_book, read_statements
from claimbook.claims import CLAIM_MIME, Claim

Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """A claim, and the page on which it stands."""

    page: str
    claim: Claim

    @property
    def address(self) -> str:
        """Where a link to it leads, from another page of the same folder."""
        return f"{self.page}.html#{self.claim.anchor}"


@dataclass(frozen=True)
class Evidence:
    """What the ledger is made of.

    Attributes:
        statements: In order.
        claims: Of the executed notebooks, in the order of the book.
        pages: The names of the notebooks' pages, in the order of the book.
        networks: How many networks were trained while they were executed.
        breaks: For each page on which techniques were broken, the sabotages that break
            each claim, by its anchor.
    """

    statements: Sequence[Statement]
    claims: Sequence[Shown]
    pages: Sequence[str] = ()
    networks: int = 0
    breaks: Mapping[str, Mapping[str, Sequence[str]]] = field(
        default_factory=dict
    )

    @property
    def listed(self) -> list[Statement]:
        """The statements of the pages that the book has: tested, or with the reason."""
        return [
            s
            for s in self.statements
            if self.of(s) or (self.page(s) and "no_claim" in s)
        ]

    @property
    def unknown(self) -> list[Shown]:
        """Claims of statements that are not in the file."""
        known = {s["id"] for s in self.statements}
        return [shown for shown in self.claims if shown.claim.id not in known]

    def of(self, statement: Statement) -> list[Shown]:
        """Return the claims of a statement."""
        return [s for s in self.claims if s.claim.id == statement["id"]]

    def page(self, statement: Statement) -> str | None:
        """Return the page of a statement's chapter, if the book has it."""
        prefix = f"{statement.get('chapter', '–'):0>2}_"
        return next((p for p in self.pages if p.startswith(prefix)), None)

    def sabotages(self, shown: Shown) -> Sequence[str] | None:
        """Return what breaks a claim; None if nobody tried on its page."""
        tried = self.breaks.get(shown.page)
        return None if tried is None else tried.get(shown.claim.anchor, ())


def read_evidence(root: Path, pages: Iterable[str] | None = None) -> Evidence:
    """Return the evidence of a book.

    Args:
        root: The repository.
        pages: The names of the pages that the book has, if not all that are there.
    """
    book = read_book(root)
    statements = root / book.statements
    notebooks = {
        path.stem: nbformat.read(path, as_version=4)
        for path in sorted(statements.parent.glob("*.ipynb"))
        if pages is None or path.stem in pages
    }
    return Evidence(
        read_statements(statements),
        [s for page in notebooks for s in _claims(page, notebooks[page])],
        list(notebooks),
        sum(
            notebook.metadata.get(METADATA_KEY, {}).get("networks", 0)
            for notebook in notebooks.values()
        ),
        read_breaks(root / book.witnesses),
    )


def _claims(page: str, notebook: nbformat.NotebookNode) -> Iterator[Shown]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if data := output.get("data", {}).get(CLAIM_MIME):
                yield Shown(page, Claim.read(data))


def read_breaks(witnesses: Path) -> dict[str, dict[str, list[str]]]:
    """Return, for each page and claim, the sabotages that break it.

    Args:
        witnesses: A YAML file: sabotage, page, anchors of the claims that broke.  A book
            without it has broken nothing yet.
    """
    if not witnesses.exists():
        return {}
    written = yaml.safe_load(witnesses.read_text(encoding="utf-8")) or {}
    breaks: dict[str, dict[str, list[str]]] = {}
    for sabotage, pages in written.items():
        for page, anchors in pages.items():
            of_page = breaks.setdefault(page, {})
            for anchor in anchors:
                of_page.setdefault(anchor, []).append(sabotage)
    return breaks


def ledger(evidence: Evidence) -> str:
    """Return the whole ledger as HTML."""
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("id", "in our words", "verdict", "evidence")
    )
    return (
        f'{summary(evidence)}<div class="ledger"><table class="table">'
        "<caption>The lecture, statement by statement.</caption>"
        f"<thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows(evidence))}</tbody></table></div>"
        '<script src="../_static/ledger.js"></script>'
    )


def summary(evidence: Evidence) -> str:
    """Return one paragraph of totals, as HTML."""
    claims = [shown.claim for shown in evidence.claims]
    findings = [c.seeds for c in claims if c.kind == "finding"]
    statements = evidence.listed
    verdicts = Counter(s["verdict"] for s in statements)
    kinds = ", ".join(
        f"{n} {html.escape(name)}" for name, n in verdicts.most_common()
    )
    said = (
        f"Of {len(statements)} statements, {len({c.id for c in claims})} are "
        f"tested: by {len(findings)} findings, each over {min(findings, default=0)} to "
        f"{max(findings, default=0)} seeds, and by {len(claims) - len(findings)} "
        f"identities; {sum(c.limit for c in claims)} of these say where a statement ends. "
        f"Our verdicts: {kinds}."
    )
    if evidence.networks:
        said += (
            " While the book was executed, its training loop trained "
            f"{evidence.networks:,} networks."
        )
    return f'<p class="ledger-summary">{said}</p>'


def rows(evidence: Evidence) -> Iterator[str]:
    """Yield a table row for each statement of the pages that the book has, as HTML."""
    for s in evidence.listed:
        yield _row(s, evidence.page(s), evidence.of(s), evidence)


def _row(
    s: Statement, page: str | None, mine: Sequence[Shown], evidence: Evidence
) -> str:
    name, verdict = html.escape(s["id"]), html.escape(s["verdict"])
    number = html.escape(str(s.get("chapter", "–")))
    said = [f"Slide: {html.escape(s['slide'])}"] if "slide" in s else []
    if s.get("kind") == "addition":
        said.append("our addition")
    if page:
        said.append(f'<a href="{page}.html">Chapter {number}</a>')
    return (
        f'<tr id="{name}" data-verdict="{verdict}" data-chapter="{number}">'
        f'<th scope="row">{name}</th><td><p>{html.escape(s["says"])}</p>'
        f'<p class="ledger-slide">{", ".join(said)}</p></td>'
        f"<td><p><strong>{verdict}</strong></p><p>{html.escape(s['note'])}</p></td>"
        f"<td>{_evidence(s, mine, evidence)}</td></tr>"
    )


def _evidence(s: Statement, mine: Sequence[Shown], evidence: Evidence) -> str:
    if not mine:
        return f"<p>{html.escape(s['no_claim'])}</p>"
    found = ""
    for limit, title in ((False, ""), (True, "Limits")):
        items = [
            _item(shown, evidence.sabotages(shown))
            for shown in mine
            if shown.claim.limit is limit
        ]
        if items and title:
            found += f'<p class="ledger-limits">{title}</p>'
        if items:
            found += f"<ul>{''.join(items)}</ul>"
    return found


def _item(shown: Shown, sabotages: Sequence[str] | None) -> str:
    claim = shown.claim
    size = f"<strong>{html.escape(claim.measured)}</strong>" * bool(claim.size)
    count = claim.count if claim.kind == "finding" else "identity"
    result = ", ".join(filter(None, [size, html.escape(count)]))
    return (
        f'<li><a href="{html.escape(shown.address)}">{html.escape(claim.sentence)}</a> '
        f'<span class="ledger-size">{result}</span>{_breaks(claim, sabotages)}</li>'
    )


def _breaks(claim: Claim, sabotages: Sequence[str] | None) -> str:
    if sabotages is None or (not sabotages and claim.kind == "identity"):
        return ""
    said = f"Breaks under: {'; '.join(sabotages)}."
    if not sabotages:
        said = "No sabotage breaks it."
    return f'<p class="ledger-breaks">{html.escape(said)}</p>'


class EvidenceLedger(SphinxDirective):
    """Put the ledger where the directive stands."""

    def run(self) -> list[nodes.Node]:
        """Return the ledger, and rebuild its page when a notebook changes."""
        root = Path(self.env.srcdir)
        book = read_book(root)
        folder = (root / book.statements).parent
        for path in (
            root / book.statements,
            root / book.witnesses,
            *folder.glob("*.ipynb"),
        ):
            if path.exists():
                self.env.note_dependency(str(path))
        pages = {Path(name).name for name in self.env.found_docs}
        evidence = read_evidence(root, pages)
        return [nodes.raw("", ledger(evidence), format="html")]


def refuse_what_is_no_evidence(app: Sphinx) -> None:
    """Fail the build if a claim does not hold, or no file knows its statement."""
    root = Path(app.srcdir)
    try:
        evidence = read_evidence(root)
    except ValueError as error:
        raise ExtensionError(str(error)) from error
    if broken := [s for s in evidence.claims if not s.claim.held]:
        names = "; ".join(f"{s.page}: {s.claim!r}" for s in broken)
        raise ExtensionError(f"these claims do not hold: {names}")
    if unknown := evidence.unknown:
        names = "; ".join(f"{s.page}: {s.claim!r}" for s in unknown)
        raise ExtensionError(
            f"{read_book(root).statements} lacks the statements of these claims: {names}"
        )


def setup(app: Sphinx) -> None:
    """Register the directive, and look at every claim before a build."""
    app.add_directive("evidence-ledger", EvidenceLedger)
    app.connect("builder-inited", refuse_what_is_no_evidence)
