"""Nothing foreign is executed, and no string that a caller passes becomes markup."""

import re

import matplotlib.pyplot as plt
import pytest
from helpers import Page
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claimbook.claims import Claim
from claimbook.explore import applet, explore
from claimbook.page import table
from claimbook.quiz import choice, number, quiz
from claimbook.sphinxext.ledger import Evidence, Shown, ledger
from nnlib.applets import VALLEYS

NASTY = "</script><script>x</script><b id='x' onclick=\"y\">&amp;<!--`\u2028\u2029\u202e"
# Text as a chapter could hand it in; a lone surrogate is no text that a file could hold.
texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>&\"'`/!-\u2028\u202e"),
    min_size=1,
    max_size=40,
).filter(str.strip)


def read(text: str) -> str:
    """A text as HTML keeps it: a line end is one character, and NUL is none."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def asked(text):
    plain = text.replace("`", "'")  # a mark of code, in a quiz
    first = choice(plain, right=f"{plain}.", because=plain, wrong={plain: plain})
    return quiz(first, number(plain, answer=1, tolerance=0.1, because=plain)).html


def claimed(text):
    size = {"size": [0.0, -1.0, 1.0], "unit": text}
    claim = Claim("A<1", text, "finding", False, True, 9, 10, **size)
    return claim._repr_mimebundle_()["text/html"]


def moving(text):
    blank = plt.figure(figsize=(0.2, 0.1))
    return explore(lambda **_: blank, alt=text, axis=[text]).html


LAWS = settings(max_examples=60)
SHOWN = [asked, claimed, moving, lambda text: applet(VALLEYS, alt=text, note=text).html]


@pytest.mark.parametrize("show", SHOWN)
@LAWS
@given(text=texts)
@example(text=NASTY)
def test_what_a_chapter_says_is_text(show, text):
    """It changes no element and no attribute, and ends no line of data and no script."""
    page, other = Page(show(text)), Page(show("a"))
    assert page.tags == other.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in other.attributes]
    said = text.replace("`", "'") if show is asked else text
    assert read(said) in read(page.text)
    for line in re.findall("^const DATA = (.*);$", page.scripts, re.M):
        assert re.fullmatch("[ -;=-~]*", line)


def test_a_reply_which_the_page_puts_in_as_html_is_escaped_within_the_data_too():
    replies = Page(asked(NASTY)).data["questions"][0]["replies"]
    told = [Page(html) for _, html in replies]
    assert [(page.tags, page.text) for page in told] == [([], NASTY.replace("`", "'"))] * 2


@LAWS
@given(texts)
@example(NASTY)
@example("a|b")
def test_a_cell_of_a_table_stays_in_its_cell(text):
    shown = table([[text, 1]], ["name", "number"]).markdown
    rows = shown.split("\n")
    assert len(rows) == 3
    assert len(re.findall(r"(?<!\\)\|", rows[2])) == 3
    assert "<" not in rows[2]


def test_the_ledger_escapes_what_its_files_say():
    """Statements come from a file, claims from the notebooks, sabotages from a third."""
    said = dict.fromkeys(("id", "kind", "slide", "says", "verdict", "note"), NASTY)
    claim = Claim(NASTY, NASTY, "finding", True, unit=NASTY, size=[1] * 3)
    statements = [said, said | {"id": "2", "no_claim": NASTY, "chapter": 1}]
    breaks = {"01_a": {claim.anchor: [NASTY]}}
    evidence = Evidence(statements, [Shown("01_a", claim)], ["01_a"], 1, breaks)
    page = Page(ledger(evidence))
    assert page.handlers == []
    assert "b" not in page.tags
    assert page.tags.count("script") == 1
    assert page.text.count(NASTY) == 14
