"""What stands around the text: the buttons above a page, and the line at its foot.

The theme has up to seven icons above a page; here one menu, whose entries say what they do,
holds all that opens or downloads it.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import yaml
from docutils import nodes
from sphinx.application import Sphinx

from claimbook.book import read_book

Button = dict[str, Any]
WORDS = {  # of the theme's texts, by its labels and tooltips
    "Launch on": "Run on {}",
    "Source repository": "Source",
    "Download source file": "Download the page ({})",
    "Print to PDF": "Print",
}


def one_menu(buttons: list[Button]) -> list[Button]:
    """Return the theme's buttons as one menu.

    Example:
        >>> launch = {"type": "link", "text": "Colab", "tooltip": "Launch on Colab"}
        >>> [menu] = one_menu([{"type": "group", "buttons": [launch]}])
        >>> [entry["text"] for entry in menu["buttons"]]
        ['Run on Colab']
        >>> one_menu([])
        []
    """
    entries = [e for b in buttons for e in b.get("buttons", [b])]
    for entry in entries:
        for tooltip, text in WORDS.items():
            if entry["tooltip"].startswith(tooltip):
                entry["text"] = text.format(entry["text"])
                del entry["tooltip"]
                break
    return [
        {
            "type": "group",
            "label": "page-buttons",
            "tooltip": "Open or download this page",
            "icon": "fas fa-ellipsis",
            "buttons": entries,
        }
    ] * bool(entries)


def report(repository: str, title: str, address: str, version: str) -> str:
    """Return where a mistake on a page is reported: its title and address are filled in."""
    asked = {
        "title": f"Mistake in “{title}”",
        "body": f"Page: {address}\nVersion: {version}\n\nWhat is wrong, and where:\n",
    }
    return f"{repository}/issues/new?{urlencode(asked, quote_via=quote)}"


def surround(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Change the buttons and the foot of one page."""
    root = Path(app.srcdir)
    book = read_book(root)
    said = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    version = said["version"]
    context["header_buttons"] = one_menu(context.get("header_buttons", []))
    titled = app.env.titles.get(pagename)
    title = titled.astext() if titled else pagename
    href = report(
        book.repository, title, f"{book.site}{pagename}.html", version
    )
    context["theme_extra_footer"] = (
        f"<p>Version {version}, {context['last_updated']}. "
        f'<a href="{html.escape(href)}">Report a mistake here</a></p>'
    )


def setup(app: Sphinx) -> None:
    """Have it done after the theme."""
    app.connect("html-page-context", surround, priority=900)
