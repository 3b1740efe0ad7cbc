"""The pages of the built book, and the moving outputs that the notebooks store."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"

# Every page that a reader can come to, with the sources behind the reference.
PAGES = sorted(
    path.relative_to(HTML).as_posix()
    for path in HTML.rglob("*.html")
    if not {"_static", "slides"} & {*path.relative_to(HTML).parts}
)
DECKS = sorted((HTML / "slides").glob("*.html"))
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
ASKS = {"nnl-quiz", "nnl-guess"}  # what asks, and has no picture
MOVES = ":is(.nnl:not(.nnl-quiz, .nnl-guess), .nnl-lab)"
CHAPTERS = [path.stem for path in NOTEBOOKS if path.stem[:2].isdigit()]
FURTHER = {name for name in CHAPTERS if name.endswith("_further")}
CORE = [
    name for name in CHAPTERS if f"{name}_further" in FURTHER
]  # of chapters in two pages


def settle(page: Page) -> Page:
    """Wait until everything is loaded, fonts included."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => null)")
    return page


@cache
def parsed(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def moving(name: str, folder: Path = ROOT / "chapters") -> list[tuple[str, dict[str, Any]]]:
    """The class and the data of each moving output of a notebook, in order."""
    notebook = json.loads((folder / f"{name}.ipynb").read_text())
    pages = [
        "".join(output["data"].get("text/html", ""))
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if "data" in output
    ]
    found = []
    for html in pages:
        if kind := re.match(r'<div class="nnl ([^"]*)">', html):
            data = re.search(r"^const DATA = (.*);$", html, re.MULTILINE)
            assert data, f"{name}: a moving output without its data"
            found.append((kind[1], json.loads(data[1])))
    return found
