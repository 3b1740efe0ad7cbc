"""The machine's own Chromium, for what only a browser can draw."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "no Chromium found: install Debian's or Ubuntu's chromium package, Google Chrome, "
    "or run `python -m playwright install chromium`"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium, and end it with the block.

    Raises:
        FileNotFoundError: If there is none on this machine.
    """
    with sync_playwright() as playwright:
        paths = [
            *map(shutil.which, NAMES),
            playwright.chromium.executable_path,
        ]
        found = [path for path in paths if path and Path(path).exists()]
        if not found:
            raise FileNotFoundError(MISSING)
        browser = playwright.chromium.launch(executable_path=found[0])
        yield browser
        browser.close()
