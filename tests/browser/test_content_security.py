"""Every page carries its policy, keeps to it, and runs nothing that was smuggled in.

``test_book_pages.py`` visits each page over http and hears what it logs; here the same
pages are opened as files, which a policy treats as another kind of place.
"""

import re

import pytest
from bs4 import BeautifulSoup
from pages import PAGES, ROOT

from claimbook.sphinxext.policy import Inline, policy, protected

BOOK = ROOT / "_build" / "html"
REDIRECT = "index.html"  # Jupyter Book's one line, written last: it runs nothing

HANDLERS = {  # of the theme's buttons: full screen, and print
    handler
    for name in PAGES
    for handler in Inline((BOOK / name).read_text(encoding="utf-8")).handlers
}

SMUGGLED = """<p id="bad" onclick="document.title = 'clicked'">x</p>
<script>document.title = "smuggled";</script>
<img src="x" onerror="document.title = 'smuggled'" alt="">
<a href="javascript:document.title = 'smuggled'">y</a>
<script src="https://example.org/x.js"></script>
<iframe src="https://example.org"></iframe>"""


@pytest.mark.parametrize("name", [n for n in PAGES if n != REDIRECT])
def test_a_page_begins_with_a_policy_that_names_each_script(name):
    page = (BOOK / name).read_text(encoding="utf-8")
    head = BeautifulSoup(page, "html.parser").head
    first = head.find(True)
    assert first["http-equiv"] == "Content-Security-Policy"
    rules = dict(r.split(" ", 1) for r in first["content"].split("; "))
    assert rules["default-src"] == rules["base-uri"] == "'none'"
    assert rules["connect-src"] == rules["form-action"] == "'self'"
    assert "'unsafe-inline'" not in rules["script-src"]
    assert "'unsafe-eval'" not in rules["script-src"]
    assert not re.search(r"https?:|\*", first["content"])
    assert {"window.print()"} == HANDLERS
    assert protected(page, HANDLERS) == page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_silent_as_a_file(browser, name):
    page = browser.new_page()
    said = []
    page.on(
        "console",
        lambda message: (
            said.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((BOOK / name).as_uri())
    page.wait_for_load_state("networkidle")
    page.close()
    assert said == []


@pytest.mark.parametrize("place", ["http", "file"])
def test_what_is_smuggled_into_a_page_does_not_run(browser, serve, tmp_path, place):
    clean = protected(
        "<!doctype html><html lang='en'><head><title>clean</title></head>"
        "<body><button onclick=\"document.title = 'theirs'\">z</button>"
        "<script>var ours = 1;</script></body></html>",
        ["document.title = 'theirs'"],
    )
    (tmp_path / "page.html").write_text(clean.replace("</body>", f"{SMUGGLED}</body>"))
    page = browser.new_page()
    failed = []
    page.on("requestfailed", lambda r: failed.append((r.url, r.failure)))
    where = serve(tmp_path) if place == "http" else tmp_path.as_uri()
    page.goto(f"{where}/page.html")
    page.locator("#bad").click()
    page.locator("a").click()
    assert page.title() == "clean"
    assert page.evaluate("ours") == 1
    assert ("https://example.org/x.js", "csp") in failed
    page.locator("button").click()
    assert page.title() == "theirs"
    page.close()


@pytest.mark.parametrize("place", ["http", "file"])
def test_the_search_finds_under_the_policy(browser, book, place):
    page = browser.new_page()
    refused = []
    page.on(
        "console",
        lambda message: (
            refused.append(message.text)
            if "Content Security Policy" in message.text
            else None
        ),
    )
    where = book if place == "http" else BOOK.as_uri()
    page.goto(f"{where}/search.html?q=clipping")
    page.locator("#search-results li a").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.close()
    assert refused == []


def test_a_policy_names_a_script_by_its_hash_and_a_handler_too():
    page = (
        "<script>a</script><script src='b.js'></script>"
        "<script type='application/json'>{}</script><i onclick='c'></i>"
    )
    scripts = re.search("script-src (.*)$", policy(page, Inline(page).handlers))[1].split()
    assert scripts[0] == "'self'"
    assert scripts[1].startswith("'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5y")
    assert scripts[2] == "'unsafe-hashes'"
    assert scripts[3].startswith("'sha256-Ln0sA6lQeuJl7PW1NWiFpTOTogKdJBOU")
    assert len(scripts) == 4
