"""Nothing foreign is executed, and no string that a caller passes becomes markup."""

import re

import matplotlib.pyplot as plt
from helpers import Page
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claimbook.claims import Claim
from claimbook.explore import applet, explore
from claimbook.page import table
from claimbook.quiz import choice, number, quiz
from claimbook.sphinxext.ledger import Evidence, Shown, ledger
from claimbook.sphinxext.policy import Inline, digest, policy, protected
from nnlib.applets import VALLEYS

# strings in outputs

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


LAWS = settings(max_examples=60)


@LAWS
@given(texts, texts)
@example(NASTY, NASTY)
def test_a_claim_is_text(sentence, unit):
    size = {"size": [0.0, -1.0, 1.0], "unit": unit}
    claim = Claim("A<1", sentence, "finding", False, True, 9, 10, **size)
    page = Page(claim._repr_mimebundle_()["text/html"])
    assert page.tags == ["p", *["span"] * 7]
    assert page.handlers == []
    assert read(sentence) in read(page.text)
    assert read(unit).strip() in read(page.text)


@LAWS
@given(texts, texts, texts, texts, texts)
@example(NASTY, "a", "b", NASTY, "c")
def test_a_quiz_is_text(question, right, because, wrong, why):
    plain = question.replace("`", "")
    if right == wrong:
        wrong += "."
    first = choice(plain, right=right, because=because, wrong={wrong: why})
    second = number(plain, answer=1, tolerance=0.1, because=because)
    page = Page(quiz(first, second).html)
    allowed = {"div", "ol", "ul", "li", "p", "strong", "details", "summary"}
    assert set(page.tags) <= allowed | {"code", "script"}
    assert page.tags.count("script") == 1
    assert page.handlers == []
    assert read(plain) in read(page.text)
    # The page puts a reason in as HTML, so it has to be escaped within the data too.
    replies = [Page(reply[1]) for reply in page.data["questions"][0]["replies"]]
    assert {tag for reply in replies for tag in reply.tags} <= {"code"}
    told = {read(reply.text).replace("`", "") for reply in replies}
    assert read(why).replace("`", "") in told


@LAWS
@given(texts)
@example(NASTY)
def test_an_applet_is_text(alt):
    page = Page(applet(VALLEYS, alt=alt, note=alt).html)
    assert page.tags == ["div", "p", "script"]
    assert page.handlers == []
    assert page.data["alt"] == page.data["note"] == alt
    (data,) = re.findall("^const DATA = (.*);$", page.scripts, re.M)
    assert re.fullmatch("[ -;=-~]*", data)  # nothing in it ends a line or a script
    assert read(alt) in read(page.text)


@settings(max_examples=10)
@given(texts, texts)
@example(NASTY, NASTY)
def test_a_figure_that_moves_is_text(alt, value):
    blank = plt.figure(figsize=(0.2, 0.1))
    page = Page(explore(lambda **_: blank, alt=alt, axis=[value]).html)
    assert page.tags == ["div", "img", "p", "script"]
    assert page.handlers == []
    (seen,) = [v for name, v in page.attributes if name == "alt"]
    assert read(seen) == read(f"{alt} (axis {value})")
    assert page.data["axes"] == [["axis", [value]]]


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


# the policy of a page


@LAWS
@given(st.lists(texts, max_size=3))
def test_a_policy_holds_the_hash_of_each_script_and_is_written_once(scripts):
    scripts = [s.replace("<", "") for s in scripts]
    body = "".join(f"<script>{s}</script>" for s in scripts)
    page = f"<!doctype html><html><head><title>t</title></head>{body}</html>"
    assert Inline(page).scripts == scripts
    done = protected(page)
    assert protected(done) == done
    assert all(digest(s) in policy(page) for s in scripts)
    assert done.count("Content-Security-Policy") == 1
    assert "'unsafe-hashes'" not in done


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
