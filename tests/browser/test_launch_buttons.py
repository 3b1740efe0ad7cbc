"""The buttons that open a notebook elsewhere, on every built page that is one."""

from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from pages import ROOT

HTML = ROOT / "_build" / "html"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
REPOSITORY = CONFIG["repository"]
NAMES = sorted(path.stem for path in ROOT.glob("chapters/*.ipynb"))


@pytest.mark.parametrize("name", NAMES)
def test_each_button_opens_this_notebook(name):
    notebook = f"chapters/{name}.ipynb"
    page = HTML / "chapters" / f"{name}.html"
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    menu = soup.select(".dropdown-page-buttons a[href]")
    found = [tag["href"] for tag in menu if "Run on" in tag.get_text()]
    home = urlsplit(REPOSITORY["url"]).path
    branch, launch = REPOSITORY["branch"], CONFIG["launch_buttons"]
    assert sorted(map(unquote, found)) == sorted(
        [
            f"{launch['binderhub_url']}/v2/gh{home}/{branch}?urlpath=lab/tree/{notebook}",
            f"{launch['colab_url']}/github{home}/blob/{branch}/{notebook}",
        ]
    )
    (download,) = soup.select("a.btn-download-source-button")
    target = (page.parent / download["href"]).resolve()
    assert target.read_bytes() == (ROOT / notebook).read_bytes()
