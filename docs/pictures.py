"""Draw what stands for the book elsewhere: the small icon and the card of a shared link.

    nox -s pictures

Both come from what the book has already: the icon from ``assets/logo.svg``, the card
from the first figure of the opening page, as the executed notebook stores it.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from claimbook.book import read_book
from claimbook.printing import chromium

ASSETS = Path("assets")
FIGURE = re.compile(r"data:image/webp;base64,[\w+/=]+")

ICON = """<style>body { margin: 0 } img { display: block; width: 64px }</style>
<img src="logo.svg">"""

CARD = """<!doctype html><meta charset="utf-8">
<style>
  @font-face {
    font-family: "Source Serif 4"; font-weight: 200 900;
    src: url(vendor/source-serif-4/latin-normal.woff2);
  }
  body {
    box-sizing: border-box; width: 1200px; height: 630px; margin: 0; padding: 44px 60px;
    font-family: "Source Serif 4"; color: #222; background: #fff;
    border-bottom: 16px solid #0a6b7c;
  }
  header { display: flex; align-items: center; gap: 28px; }
  header img { width: 104px; }
  h1 { margin: 0; font-size: 66px; font-weight: 700; line-height: 1.1; }
  p { margin: 4px 0 0; font-size: 31px; color: #444; }
  .figure { display: block; height: 398px; margin: 22px auto 0; }
</style>
<header><img src="logo.svg"><div><h1>TITLE</h1>
<p>Course notes that run: each experiment over many seeds</p></div></header>
<img class="figure" src="FIGURE">"""


def card() -> str:
    """Return the card as a page.

    Raises:
        ValueError: If the opening page shows no figure.
    """
    figure = FIGURE.search(Path("chapters/index.ipynb").read_text("utf-8"))
    if figure is None:
        raise ValueError("chapters/index.ipynb shows no figure")
    page = CARD.replace("TITLE", escape(read_book(Path()).title))
    return page.replace("FIGURE", figure[0])


def draw(html: str, name: str, width: int, height: int) -> None:
    """Let Chromium draw a page of ``assets``, and keep it as a PNG there."""
    sheet = ASSETS / f"{name}.html"
    sheet.write_text(html, "utf-8")
    try:
        with chromium() as browser:
            page = browser.new_page()
            page.set_viewport_size({"width": width, "height": height})
            page.goto(sheet.resolve().as_uri())
            page.evaluate("document.fonts.ready")
            page.screenshot(path=ASSETS / f"{name}.png", omit_background=True)
    finally:
        sheet.unlink()


if __name__ == "__main__":
    draw(ICON, "favicon", 64, 64)
    draw(card(), "card", 1200, 630)
