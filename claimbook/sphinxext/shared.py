"""Keep scripts and pictures of the moving outputs in files, instead of in the pages.

A notebook's output is complete in itself; the built book need not be.  At the end of a
build three things leave the pages for ``_static/shared``, where a browser finds them
again for the next page:

* ``<script data-shared="NAME">`` as it is, to be loaded where it stood;
* of what :meth:`claimbook.page.Output.with_script` writes all but the data, as a function
  of the data that the inline script calls: it still stands inside the element it moves.
  The function is loaded in front of its first call, so that the text above is read first;
* the pictures among the data, but for the first, which the page shows.  They are fetched
  as a reader comes to the figure with a pointer, a finger or the keyboard.
"""

from __future__ import annotations

import base64
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
PICTURE = re.compile(r'"data:image/(\w+);base64,([\w+/=]+)"')
NAMES = re.compile(rf'"[./]*{FOLDER}/([\w.-]+)"')
FETCH = """
const fetched = () => (DATA.frames ?? []).forEach((frame) => {
  if (typeof frame === "string") new Image().src = frame;
});
for (const sign of ["pointerover", "focusin"])
  root.addEventListener(sign, fetched, { once: true });
"""


def shared(page: str, up: str) -> tuple[str, dict[str, bytes]]:
    """Return a page without what it shares, and that by the names of their files.

    Args:
        page: The page's HTML.
        up: From the page to the root of the book: ``"../"`` as often as it takes.

    Example:
        >>> page, files = shared('<script data-shared="x">f()</script>', up="../")
        >>> page
        '<script src="../_static/shared/x.js"></script>'
        >>> files
        {'x.js': b'f()'}
    """
    files: dict[str, bytes] = {}

    def take(name: str, code: str) -> str:
        files[f"{name}.js"] = code.encode()
        return f'<script src="{up}{FOLDER}/{name}.js"></script>'

    def named(found: re.Match[str]) -> str:
        return take(found[1], found[2])

    def picture(found: re.Match[str]) -> str:
        name, content = unpacked(found)
        files[name] = content
        return f'"{up}{FOLDER}/{name}"'

    def moving(found: re.Match[str]) -> str:
        data, code = found.groups()
        key = hashlib.sha256(code.encode()).hexdigest()[:10]
        body = f"(DATA) => {{\n{code}{FETCH}}}"
        head = f'(globalThis.moving ??= {{}})["{key}"]'
        data = PICTURE.sub(picture, data)
        name = f"moving-{key}"
        first = (
            "" if f"{name}.js" in files else take(name, f"{head} = {body};\n")
        )
        return (
            f"{first}<script>(() => {{\n{data}"
            f'moving["{key}"](DATA);\n}})()</script>'
        )

    return MOVING.sub(moving, NAMED.sub(named, page)), files


def unpacked(picture: re.Match[str]) -> tuple[str, bytes]:
    """Return the name of a picture's file, and its content.

    Example:
        >>> unpacked(PICTURE.match('"data:image/webp;base64,eHl6"'))
        ('3608bca1e4.webp', b'xyz')
    """
    content = base64.b64decode(picture[2])
    return f"{hashlib.sha256(content).hexdigest()[:10]}.{picture[1]}", content


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
        wanted.update(NAMES.findall(done))
        for name, content in files.items():
            place = root / FOLDER / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        if files:
            path.write_text(done, encoding="utf-8", newline="\n")
    for place in (root / FOLDER).glob("*"):
        if place.name not in wanted:
            place.unlink()  # of an earlier build


def setup(app: Sphinx) -> None:
    """Have it done before the pages get their policy, which names what is inline."""
    app.connect("build-finished", share, priority=800)
