"""Photograph every page of the built book, to be looked at.

    nox -s screenshots                  all pages
    nox -s screenshots -- 03 preface    those whose name holds one of the words

Each page is taken in four settings (laptop and phone, light and dark) and cut into
slices of a few screens, into ``_build/screenshots/SETTING/PAGE-01.png`` and on.
"""

import sys
from itertools import product
from pathlib import Path

from pages import HTML, PAGES, settle
from playwright.sync_api import Browser

from claimbook.printing import chromium

SLICE = 2400  # CSS pixels


def photograph(browser: Browser, name: str, width: int, scheme: str) -> None:
    """Write one page's slices, from top to bottom."""
    folder = HTML.parent / "screenshots" / f"{width}-{scheme}"
    page = browser.new_page(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto((HTML / name).as_uri())
    settle(page)
    # In one window as tall as the page nothing sticks to its edge.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": height})
    for number, y in enumerate(range(0, height, SLICE), start=1):
        some = min(SLICE, height - y)
        page.screenshot(
            path=folder / f"{Path(name).stem}-{number:02}.png",
            clip={"x": 0, "y": y, "width": width, "height": some},
        )
    page.close()


if __name__ == "__main__":
    words = sys.argv[1:] or [""]
    with chromium() as browser:
        for page in PAGES:
            if any(word in page for word in words):
                print(page, flush=True)
                for setting in product((1280, 390), ("light", "dark")):
                    photograph(browser, page, *setting)
