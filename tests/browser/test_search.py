"""The search: what is typed finds the section that is meant, from a server or a folder."""

import re
from pathlib import Path

import pytest
import yaml
from pages import HTML, settle
from playwright.sync_api import Page, expect

CHAPTER = "chapters/03_gradient_clipping.html"
QUERIES = yaml.safe_load(Path(__file__).with_name("queries.yml").read_text("utf-8"))
CODE = re.compile(r"\bimport \w+|\bdef \w+\(|plt\.|\w+ = \w+\(")


@pytest.fixture(scope="module")
def search(browser) -> Page:
    """A page that has loaded what finds, and nothing else."""
    page = browser.new_page()
    for name in ("sections.js", "find.js"):
        page.add_script_tag(content=(HTML / "_static" / name).read_text("utf-8"))
    return page


def test_there_are_forty_queries():
    assert len({query for query, *_ in QUERIES}) >= 40


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[0])
def test_a_query_finds_its_section(search, query):
    asked, page, title, *first = query
    hits = search.evaluate("asked => findSections(asked, 3)", asked)
    found = [f"{hit['page'].split('/')[-1]} {hit['title']}" for hit in hits]
    wanted = re.compile(rf"(?i)(?:{page}).*(?:{title})")
    place = next((k for k, words in enumerate(found) if wanted.match(words)), None)
    assert place is not None, found
    assert place == 0 or not first, found


def test_no_excerpt_shows_code(search):
    for asked, *_ in QUERIES:
        for hit in search.evaluate("asked => findSections(asked)", asked):
            assert not CODE.search(hit["text"]), hit


def test_spellings_are_one(search):
    for us, gb in [
        ("regularization", "regularisation"),
        ("behavior", "behaviour"),
        ("labeled", "labelled"),
        ("optimizers", "optimiser"),
        ("neighbors", "neighbours"),
        ("analyze", "analyse"),
    ]:
        hits = [
            [(h["page"], h["anchor"]) for h in search.evaluate("q => findSections(q)", q)]
            for q in (us, gb)
        ]
        assert hits[0] == hits[1] != []


def ask(page: Page, words: str) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox").locator("visible=true").fill(words)


@pytest.mark.parametrize("from_a_folder", [False, True])
def test_a_hit_opens_its_section_with_the_words_marked(visit, book, from_a_folder):
    page = visit((HTML / CHAPTER).as_uri() if from_a_folder else f"{book}/{CHAPTER}")
    settle(page)
    assert page.evaluate("[typeof BOOK, typeof findSections]") == ["undefined", "undefined"]
    ask(page, "patience")
    hits = page.locator("dialog[open] ul.found li")
    expect(hits.first).to_contain_text(re.compile("patience", re.IGNORECASE))
    assert hits.locator("mark").count() > 0
    hits.first.get_by_role("link").click()
    page.wait_for_url("**/08_early_stopping.html*#*")
    title = page.locator(f"section{page.evaluate('location.hash')} :is(h2, h3)").first
    expect(title).to_be_in_viewport()
    expect(page.locator("article mark").first).to_have_text(
        re.compile("patience", re.IGNORECASE)
    )
    assert "found" not in page.url


@pytest.mark.parametrize("from_a_folder", [False, True])
def test_return_leads_to_all_hits(visit, book, from_a_folder):
    page = visit((HTML / CHAPTER).as_uri() if from_a_folder else f"{book}/{CHAPTER}")
    settle(page)
    ask(page, "dead relu")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=dead+relu")
    expect(page.locator(".search-summary")).to_contain_text("section")
    expect(page.locator("ul.found li").first).to_contain_text("Dead units")
    page.get_by_role("searchbox").locator("visible=true").fill("xyzzy")
    expect(page.locator(".search-summary")).to_contain_text("Nothing found")
