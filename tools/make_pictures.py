"""Draw what stands for the book elsewhere: the small icon and the card of a shared link.

    python tools/make_pictures.py

Both come from what the book has already: the icon from ``assets/logo.svg``, the card
from the figure of the first page, as the executed notebook stores it.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import yaml
from chromium import chromium

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "assets"
FIGURE = re.compile(r'<img [^>]*src="(data:image/webp;base64,[^"]+)"')

ICON = """<style>body { margin: 0 } img { display: block; width: 64px }</style>
<img src="logo.svg">"""

CARD = """<!doctype html><meta charset="utf-8">
<style>
  @font-face {{
    font-family: "Source Serif 4"; font-weight: 200 900;
    src: url(vendor/source-serif-4/latin-normal.woff2);
  }}
  body {{
    box-sizing: border-box; width: 1200px; height: 630px; margin: 0; padding: 44px 60px;
    font-family: "Source Serif 4"; color: #222; background: #fff;
    border-bottom: 16px solid #0a6b7c;
  }}
  header {{ display: flex; align-items: center; gap: 28px; }}
  header img {{ width: 104px; }}
  h1 {{ margin: 0; font-size: 66px; font-weight: 700; line-height: 1.1; }}
  p {{ margin: 4px 0 0; font-size: 31px; color: #444; }}
  .figure {{ display: block; height: 398px; margin: 22px auto 0; }}
</style>
<header><img src="logo.svg"><div><h1>{title}</h1>
<p>Course notes that run: each experiment over many seeds</p></div></header>
<img class="figure" src="{figure}">"""


def first_figure() -> str:
    """Return the picture that the first page shows, as a data address.

    Raises:
        ValueError: If the notebook shows none.
    """
    notebook = nbformat.read(ROOT / "chapters" / "index.ipynb", as_version=4)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            if found := FIGURE.search(html):
                return found[1]
    raise ValueError("chapters/index.ipynb shows no figure: run make chapters")


def draw(html: str, name: str, width: int, height: int) -> None:
    """Let Chromium draw a page of ``assets``, and keep it as a PNG there."""
    sheet = ASSETS / f"{name}.html"
    sheet.write_text(html, "utf-8")
    try:
        with chromium() as browser:
            page = browser.new_page(
                viewport={"width": width, "height": height}
            )
            page.goto(sheet.as_uri())
            page.evaluate("document.fonts.ready")
            page.screenshot(path=ASSETS / f"{name}.png", omit_background=True)
    finally:
        sheet.unlink()


def main() -> None:
    """Draw both."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    draw(ICON, "favicon", 64, 64)
    card = CARD.format(title=settings["title"], figure=first_figure())
    draw(card, "card", 1200, 630)


if __name__ == "__main__":
    main()
