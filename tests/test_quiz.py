"""claimbook.quiz: what a quiz says, with and without scripts, and what it refuses."""

import json
import math
import re

import pytest

from claimbook.quiz import choice, guess, number, quiz

CAPS = choice(
    "What does `clip` cap?",
    right="‖g‖",
    because="The length is at most `c`.",
    wrong={"λ < c": "λ & c are not lengths.", "η": "The rate stays."},
)
HALF = number("Half of 1?", answer=0.5, tolerance=0.01, because="1/2.")


def key(output):
    (line,) = re.findall("const DATA = (.*);\n", output.html)
    return json.loads(line)["questions"]


def test_it_is_a_list_with_the_answers_folded_away_and_a_reply_to_each_option():
    content, _ = quiz(CAPS, HALF).html.split("<script>")
    listed, answers = content.split("<details>")
    assert "<p>What does <code>clip</code> cap?</p><ul><li>" in listed
    (options,) = re.findall(r"<ul><li>(.*?)</li></ul>", listed)
    assert {*options.split("</li><li>")} == {"‖g‖", "λ &lt; c", "η"}
    assert "<strong>‖g‖</strong> The length is at most <code>c</code>.</li>" in answers
    assert "<li><strong>0.5</strong> 1/2.</li>" in answers
    replies = dict(zip(CAPS.options, key(quiz(CAPS))[0]["replies"], strict=True))
    assert replies == {
        "‖g‖": [True, "The length is at most <code>c</code>."],
        "λ < c": [False, "λ &amp; c are not lengths."],
        "η": [False, "The rate stays."],
    }


def test_a_guess_is_one_question_with_its_answer_folded_away():
    output = guess("Is it?", right="Yes", because="So.", wrong={"No": "It is."})
    assert "<p>Is it?</p><ul>" in output.html
    assert "<p><strong>Yes</strong> So.</p></details>" in output.html
    assert '[true, "So."]' in output.html


def test_a_question_may_name_where_the_book_explains_it():
    asked = number("?", answer=1, tolerance=0.1, because="so", see="03_clip#one-step")
    assert key(quiz(asked))[0]["see"] == "03_clip.html#one-step"
    for see in ("03_clip", "#one-step", "03_clip#"):
        with pytest.raises(ValueError, match=rf"see must be 'page#section', got '{see}'"):
            choice("?", right="a", because="so", wrong={"b": "no"}, see=see)


def test_the_order_depends_on_the_words_alone_and_the_right_option_moves():
    turned = dict(reversed(CAPS.wrong.items()))
    other = choice(CAPS.question, right=CAPS.right, because=CAPS.because, wrong=turned)
    assert quiz(other).html == quiz(CAPS).html
    wrong = {"b": "no", "c": "no", "d": "no"}
    asked = [choice(f"{k}?", right="a", because="so", wrong=wrong) for k in range(40)]
    assert {q.options.index("a") for q in asked} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("answer", "tolerance", "shown", "kept"),
    [
        (math.pi, 0.01, "3.14", 3.142),
        (41.673, 0.05, "41.7", 41.673),
        (1234, 50, "1200", 1234),
        (0.283, 0.01, "0.28", 0.283),
        (10_000_001, 0.5, "10000001", 10_000_001),
    ],
)
def test_an_answer_shows_the_digits_that_were_asked_for(answer, tolerance, shown, kept):
    question = number("?", answer=answer, tolerance=tolerance, because="so")
    said = {"answer": kept, "tolerance": tolerance, "because": "so"}
    assert key(quiz(question)) == [said]
    assert f"<strong>{shown}</strong>" in quiz(question).html
