"""The Sphinx directive ``evidence-ledger``: each statement, with its evidence.

The rows are made while the book is built, from ``chapters/slides.yml`` and from the
claims in the executed notebooks, so the page cannot fall behind them.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from claimbook.book import METADATA_KEY
from claimbook.claims import CLAIM_MIME, Claim


@dataclass(frozen=True)
class Shown:
    """A claim, and the page on which it stands."""

    page: str
    claim: Claim

    @property
    def address(self) -> str:
        """Where a link to it leads, from another page of ``chapters``."""
        return f"{self.page}.html#{self.claim.anchor}"


def read_statements(chapters: Path) -> list[dict[str, Any]]:
    """Return the lecture's statements in order."""
    text = (chapters / "slides.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def read_claims(chapters: Path) -> list[Shown]:
    """Return every claim of the executed notebooks, in the order of the book."""
    return [
        Shown(path.stem, Claim.read(output.data[CLAIM_MIME]))
        for path in sorted(chapters.glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        if CLAIM_MIME in output.get("data", {})
    ]


def count_networks(chapters: Path) -> int:
    """Return how many networks ``fit`` trained while the notebooks were executed."""
    return sum(
        nbformat.read(path, as_version=4)
        .metadata.get(METADATA_KEY, {})
        .get("networks", 0)
        for path in chapters.glob("*.ipynb")
    )


def summary(chapters: Path) -> str:
    """Return one paragraph of totals, as HTML."""
    statements, claims = read_statements(chapters), read_claims(chapters)
    verdicts = Counter(s["verdict"] for s in statements)
    tested = len({shown.claim.id for shown in claims})
    seeds = [shown.claim.seeds for shown in claims if shown.claim.seeds] or [0]
    kinds = ", ".join(
        f"{n} {html.escape(name)}" for name, n in verdicts.most_common()
    )
    return (
        f'<p class="ledger-summary">Of {len(statements)} statements, {tested} are '
        f"tested by {len(claims)} claims, each over {min(seeds)} to {max(seeds)} seeds. "
        f"Our verdicts: {kinds}. While the book was executed, its training loop "
        f"trained {count_networks(chapters):,} networks.</p>"
    )


def rows(chapters: Path, pages: dict[int, str]) -> Iterator[str]:
    """Yield a table row for each statement, as HTML.

    Args:
        chapters: The folder of the book's pages.
        pages: The page of each chapter's number.
    """
    claims = read_claims(chapters)
    for s in read_statements(chapters):
        mine = [shown for shown in claims if shown.claim.id == s["id"]]
        evidence = "".join(map(_item, mine))
        if mine:
            evidence = f"<ul>{evidence}</ul>"
        else:
            evidence = f"<p>{html.escape(s['no_claim'])}</p>"
        number, page = s["chapter"], pages[s["chapter"]]
        name, verdict = html.escape(s["id"]), html.escape(s["verdict"])
        unsaid = " (our addition)" if s["kind"] == "addition" else ""
        yield (
            f'<tr id="{name}" data-verdict="{verdict}" '
            f'data-chapter="{number}"><th scope="row">{name}</th>'
            f"<td><p>{html.escape(s['says'])}</p>"
            f'<p class="ledger-slide">Slide: {html.escape(s["slide"])}{unsaid}. '
            f'<a href="{page}.html">Chapter {number}</a></p></td>'
            f"<td><p><strong>{verdict}</strong></p>"
            f"<p>{html.escape(s['note'])}</p></td><td>{evidence}</td></tr>"
        )


def _item(shown: Shown) -> str:
    claim = shown.claim
    result = ", ".join(filter(None, [claim.measured, claim.count]))
    return (
        f'<li><a href="{html.escape(shown.address)}">{html.escape(claim.sentence)}</a> '
        f"<span>{html.escape(result)}</span></li>"
    )


def ledger(chapters: Path) -> str:
    """Return the whole ledger as HTML."""
    pages = {
        int(path.stem[:2]): path.stem
        for path in sorted(chapters.glob("[0-9][0-9]_*.ipynb"))
    }
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("id", "in our words", "verdict", "evidence")
    )
    return (
        f'{summary(chapters)}<div class="ledger"><table class="table">'
        "<caption>The lecture, statement by statement.</caption>"
        f"<thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows(chapters, pages))}</tbody></table></div>"
        '<script src="../_static/ledger.js"></script>'
    )


class EvidenceLedger(SphinxDirective):
    """Put the ledger where the directive stands."""

    def run(self) -> list[nodes.Node]:
        """Return the ledger, and rebuild its page when a notebook changes."""
        chapters = Path(self.env.srcdir) / "chapters"
        for path in (chapters / "slides.yml", *chapters.glob("*.ipynb")):
            self.env.note_dependency(str(path))
        return [nodes.raw("", ledger(chapters), format="html")]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("evidence-ledger", EvidenceLedger)
