"""Photograph every page of the built book, to be looked at.

    python tools/screenshots.py            all pages
    python tools/screenshots.py 03 preface pages whose name holds one of the words

Each page is taken in four settings (laptop and phone, light and dark) and cut into
slices of a few screens, into ``_build/screenshots/SETTING/PAGE-01.png`` and on.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chromium import MISSING, find
from playwright.sync_api import Page, sync_playwright

HTML = Path("_build/html")
FOLDER = Path("_build/screenshots")
SLICE = 2400  # CSS pixels
SETTINGS = {
    f"{width}-{scheme}": {
        "viewport": {"width": width, "height": 900},
        "color_scheme": scheme,
    }
    for width in (1280, 390)
    for scheme in ("light", "dark")
}


def slices(page: Page, stem: Path) -> None:
    """Write the page's slices, from top to bottom."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    # In one window as tall as the page nothing sticks to its edge.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": height})
    for number, top in enumerate(range(0, height, SLICE), start=1):
        clip = {
            "x": 0,
            "y": top,
            "width": width,
            "height": min(SLICE, height - top),
        }
        page.screenshot(path=f"{stem}-{number:02}.png", clip=clip)  # pyright: ignore[reportArgumentType]


def main(words: list[str]) -> None:
    """Photograph the pages whose name holds one of the words; all without words."""
    names = [
        path.relative_to(HTML)
        for path in sorted(HTML.rglob("*.html"))
        if not path.relative_to(HTML).parts[0].startswith("_")
    ]
    if not names:
        sys.exit("the book is not built: run `make book` first")
    if words:
        names = [n for n in names if any(word in str(n) for word in words)]
    with sync_playwright() as playwright:
        path = find(playwright)
        if not path:
            sys.exit(MISSING)
        browser = playwright.chromium.launch(executable_path=path)
        for setting, options in SETTINGS.items():
            folder = FOLDER / setting
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                page = browser.new_page(**options)  # pyright: ignore[reportArgumentType]
                page.goto((HTML / name).resolve().as_uri())
                page.evaluate(
                    "window.MathJax?.startup?.promise.then(() => null)"
                )
                slices(page, folder / "-".join(name.with_suffix("").parts))
                page.close()
            print(f"{len(names)} pages in {folder}")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
