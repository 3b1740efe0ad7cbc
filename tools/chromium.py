"""The machine's own Chromium, for what only a browser can draw.

python tools/chromium.py   succeed if there is one, else say how to get one
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "no Chromium found: install Debian's or Ubuntu's chromium package, Google Chrome, "
    "or run `python -m playwright install chromium`"
)


def find(playwright: Playwright) -> str | None:
    """Return the path of a Chromium or Chrome, or None where there is none."""
    paths = [*map(shutil.which, NAMES), playwright.chromium.executable_path]
    return next((path for path in paths if path and Path(path).exists()), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium, and end it with the block.

    Raises:
        FileNotFoundError: If there is none on this machine.
    """
    with sync_playwright() as playwright:
        path = find(playwright)
        if path is None:
            raise FileNotFoundError(MISSING)
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


if __name__ == "__main__":
    with sync_playwright() as found:
        sys.exit(None if find(found) else MISSING)
