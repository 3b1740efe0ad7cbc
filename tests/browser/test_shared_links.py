"""What a message shows that links to a page: its title, a description, one picture."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from pages import ROOT
from PIL import Image

HTML = ROOT / "_build" / "html"
SETTINGS = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
SITE = SETTINGS["html"]["baseurl"]
PAGES = sorted(HTML.glob("chapters/*.html"))


def said(page: Path) -> dict[str, str]:
    """The page's own words about itself."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    return {
        tag.get("property") or tag["name"]: tag["content"]
        for tag in soup.select("meta[property], meta[name]")
    }


def test_the_site_is_where_the_repository_publishes_its_pages():
    owner, name = urlsplit(SETTINGS["repository"]["url"]).path.split("/")[1:]
    assert f"https://{owner}.github.io/{name}/" == SITE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_introduces_itself(page):
    words = said(page)
    assert words["og:url"] == SITE + page.relative_to(HTML).as_posix()
    assert words["og:site_name"] == SETTINGS["title"]
    assert words["og:title"] in page.read_text(encoding="utf-8")
    assert 40 < len(words["description"]) <= 210
    assert words["og:description"] == words["description"]
    assert words["twitter:card"] == "summary_large_image"
    picture = HTML / words["og:image"].removeprefix(SITE)
    with Image.open(picture) as card:
        assert card.size == (1200, 630)
    assert len(words["og:image:alt"]) > 40


def test_no_two_pages_say_the_same():
    descriptions = [said(page)["description"] for page in PAGES]
    assert len(set(descriptions)) == len(PAGES) > 12
