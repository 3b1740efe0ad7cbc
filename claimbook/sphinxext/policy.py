"""Write a Content-Security-Policy into every page of the built book.

The policy is a ``<meta>`` element, because neither GitHub Pages nor ``file://`` lets a
book set a header.  A page may run the book's own files and the inline scripts that it
was built with, each named by its hash, and nothing else: a script that somebody smuggles
into a page does not run, and no page can reach another host.

Four sources are wider than we should like:

* ``style-src 'unsafe-inline'``: formulas, Matplotlib's tables and the figures that move
  set styles while the page runs.
* ``script-src 'unsafe-hashes'``: two of the theme's buttons carry an ``onclick``; their
  two texts are named by hash like the scripts.  The search reads other pages, so each
  page names those of the whole book.
* ``worker-src blob:``: networks train in workers, whose program is a part of the page's.
* ``img-src data:``: the pictures of figures that move, and Bootstrap's icons.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

from sphinx.application import Sphinx

ELSEWHERE = {
    "default-src": "'none'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "blob:",
    "form-action": "'self'",
    "base-uri": "'none'",
}
META = re.compile(
    r'\n?<meta http-equiv="Content-Security-Policy" content="[^"]*">'
)
HEAD = re.compile(r"<head[^>]*>")
RUN = re.compile(r"(?i)|module|(text|application)/(java|ecma)script")


class Inline(HTMLParser):
    """The scripts that stand in a page, and what its elements do on an event."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.handlers: list[str] = []
        self._inside = False
        self.feed(page)
        self.close()

    def handle_starttag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        """Note handlers such as ``onclick``, and whether a script follows."""
        values = {name: value or "" for name, value in attrs}
        self.handlers += [v for n, v in values.items() if n.startswith("on")]
        runs = RUN.fullmatch(values.get("type", "")) is not None
        self._inside = tag == "script" and runs and "src" not in values
        if self._inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        """Leave the script."""
        self._inside = False

    def handle_data(self, data: str) -> None:
        """Collect the script's text, which is what a browser hashes."""
        if self._inside:
            self.scripts[-1] += data


def policy(page: str, handlers: Iterable[str] = ()) -> str:
    """Return the policy under which a page does all that it was built to do.

    Args:
        page: The page's HTML.
        handlers: What elements of the book's pages do on an event.
    """
    scripts = ["'self'", *sorted({digest(s) for s in Inline(page).scripts})]
    if hashes := sorted({digest(handler) for handler in handlers}):
        scripts += ["'unsafe-hashes'", *hashes]
    return "; ".join(
        f"{name} {sources}"
        for name, sources in (
            ELSEWHERE | {"script-src": " ".join(scripts)}
        ).items()
    )


def digest(text: str) -> str:
    """Return a text's hash, in the form in which a policy names it."""
    sha = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(sha).decode('ascii')}'"


def protected(page: str, handlers: Iterable[str] = ()) -> str:
    """Return a page with its policy as the first thing in its head."""
    bare = META.sub("", page)
    meta = (
        '\n<meta http-equiv="Content-Security-Policy" '
        f'content="{policy(bare, handlers)}">'
    )
    return HEAD.sub(lambda head: head[0] + meta, bare, count=1)


def protect(app: Sphinx, error: Exception | None) -> None:
    """Write the policy into every page, once the last of them is written."""
    if error is None and app.builder.format == "html":
        pages = {
            path: path.read_text(encoding="utf-8")
            for path in Path(app.outdir).rglob("*.html")
            if "_static" not in path.relative_to(app.outdir).parts
        }
        handlers = {
            h for page in pages.values() for h in Inline(page).handlers
        }
        for path, page in pages.items():
            if (done := protected(page, handlers)) != page:
                path.write_text(done, encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> None:
    """Have every page protected at the end of a build."""
    app.connect("build-finished", protect, priority=900)  # after all others
