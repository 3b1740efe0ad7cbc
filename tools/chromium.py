"""The machine's own Chromium: where it is, and how to get one."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "no Chromium found: install Debian's or Ubuntu's chromium package, Google Chrome, "
    "or run `python -m playwright install chromium`"
)


def find(playwright: Playwright) -> str | None:
    """Return the path of a Chromium or Chrome, or None where there is none."""
    paths = [*map(shutil.which, NAMES), playwright.chromium.executable_path]
    return next((path for path in paths if path and Path(path).exists()), None)
