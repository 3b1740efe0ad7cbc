"""Keep each script of the moving outputs once, in a file, instead of in every output.

A notebook's output is complete in itself; the built book need not be.  At the end of a
build two kinds of script leave the pages for ``_static/shared``, where a browser finds them
again for the next page:

* ``<script data-shared="NAME">`` as it is, to be loaded where it stood;
* of what :meth:`claimbook.page.Output.with_script` writes all but the data, as a function
  of the data that the inline script calls: it still stands inside the element it moves.
  The function is loaded in front of its first call, so that the text above is read first.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from sphinx.application import Sphinx

FOLDER = "_static/shared"
NAMED = re.compile(r'<script data-shared="([\w-]+)">(.*?)</script>', re.DOTALL)
MOVING = re.compile(
    r"<script>\(\(\) => \{\n(const DATA = .*;\n)(const CSS = [\s\S]*?)"
    r"\}\)\(\)</script>"
)
LOADED = re.compile(rf'src="[./]*{FOLDER}/([\w-]+\.js)"')


def shared(page: str, up: str) -> tuple[str, dict[str, str]]:
    """Return a page without its shared scripts, and those by the names of their files.

    Args:
        page: The page's HTML.
        up: From the page to the root of the book: ``"../"`` as often as it takes.

    Example:
        >>> page, files = shared('<script data-shared="x">f()</script>', up="../")
        >>> page
        '<script src="../_static/shared/x.js"></script>'
        >>> files
        {'x.js': 'f()'}
    """
    files: dict[str, str] = {}

    def take(name: str, code: str) -> str:
        files[f"{name}.js"] = code
        return f'<script src="{up}{FOLDER}/{name}.js"></script>'

    def named(found: re.Match[str]) -> str:
        return take(found[1], found[2])

    def moving(found: re.Match[str]) -> str:
        data, code = found.groups()
        key = hashlib.sha256(code.encode()).hexdigest()[:10]
        body = f"(DATA) => {{\n{code}}}"
        head = f'(globalThis.moving ??= {{}})["{key}"]'
        name = f"moving-{key}"
        first = (
            "" if f"{name}.js" in files else take(name, f"{head} = {body};\n")
        )
        return (
            f"{first}<script>(() => {{\n{data}"
            f'moving["{key}"](DATA);\n}})()</script>'
        )

    return MOVING.sub(moving, NAMED.sub(named, page)), files


def share(app: Sphinx, error: Exception | None) -> None:
    """Take the shared scripts out of every page, once the last of them is written."""
    if error is not None or app.builder.format != "html":
        return
    root, wanted = Path(app.outdir), set[str]()
    for path in root.rglob("*.html"):
        parts = path.relative_to(root).parts
        if parts[0] == "_static":
            continue
        page = path.read_text(encoding="utf-8")
        done, files = shared(page, "../" * (len(parts) - 1))
        wanted.update(LOADED.findall(done))
        for name, code in files.items():
            place = root / FOLDER / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(code, encoding="utf-8", newline="\n")
        if files:
            path.write_text(done, encoding="utf-8", newline="\n")
    for place in (root / FOLDER).glob("*.js"):
        if place.name not in wanted:
            place.unlink()  # of an earlier build


def setup(app: Sphinx) -> None:
    """Have it done before the pages get their policy, which names what is inline."""
    app.connect("build-finished", share, priority=800)
