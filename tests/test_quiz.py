"""claimbook.quiz: what a quiz says, with and without scripts, and what it refuses."""

import json
import math
import re

import pytest

from claimbook.quiz import choice, number, quiz

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


def test_without_scripts_it_is_a_list_with_the_answers_folded_away():
    content, _ = quiz(CAPS, HALF).html.split("<script>")
    listed, answers = content.split("<details>")
    assert "<p>What does <code>clip</code> cap?</p><ul><li>" in listed
    assert set(
        re.findall(r"<ul>.*?</ul>", listed)[0][8:-10].split("</li><li>")
    ) == {
        "‖g‖",
        "λ &lt; c",
        "η",
    }
    assert (
        "<li><strong>‖g‖</strong> The length is at most <code>c</code>.</li>"
        in answers
    )
    assert "<li><strong>0.5</strong> 1/2.</li>" in answers


def test_each_option_meets_its_own_reply():
    (question,) = key(quiz(CAPS))
    replies = dict(zip(CAPS.options, question["replies"], strict=True))
    assert replies == {
        "‖g‖": [True, "The length is at most <code>c</code>."],
        "λ < c": [False, "λ &amp; c are not lengths."],
        "η": [False, "The rate stays."],
    }


def test_the_right_option_is_not_always_at_the_same_place():
    wrong = {"b": "no", "c": "no", "d": "no"}
    places = {
        choice(f"{k}?", right="a", because="so", wrong=wrong).options.index(
            "a"
        )
        for k in range(40)
    }
    assert places == {0, 1, 2, 3}


def test_the_order_depends_on_the_words_alone():
    reordered = choice(
        CAPS.question,
        right=CAPS.right,
        because=CAPS.because,
        wrong=dict(reversed(CAPS.wrong.items())),
    )
    assert quiz(reordered).html == quiz(CAPS).html


def test_the_answer_keeps_the_digits_that_its_tolerance_leaves():
    question = number("π?", answer=math.pi, tolerance=0.01, because="π.")
    (said,) = key(quiz(question))
    assert said == {"answer": 3.142, "tolerance": 0.01, "because": "π."}
    assert "<strong>3.14</strong>" in quiz(question).html


@pytest.mark.parametrize(
    ("answer", "tolerance", "shown"),
    [
        (41.673, 0.05, "41.7"),
        (1234, 50, "1200"),
        (0.283, 0.01, "0.28"),
        (3, 0.4, "3"),
    ],
)
def test_the_answer_shows_no_more_digits_than_were_asked_for(
    answer, tolerance, shown
):
    question = number("?", answer=answer, tolerance=tolerance, because="so")
    assert question.answer == shown
    assert abs(float(shown) - answer) <= tolerance


def test_large_answers_lose_no_digit():
    question = number("?", answer=10_000_001, tolerance=0.5, because="so")
    assert question.answer == "10000001"


def test_nothing_leaves_the_script():
    nasty = choice(
        "</script>?",
        right="</script>",
        because="<!--",
        wrong={"x": "</script>"},
    )
    assert quiz(nasty).html.count("</script>") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wrong": {}}, "wrong must hold options"),
        ({"wrong": {"yes": "is right"}}, "options other than 'yes'"),
        ({"wrong": {"no": " "}}, "must not be empty, got ' '"),
        ({"because": ""}, "must not be empty, got ''"),
    ],
)
def test_choices_are_checked(change, message):
    given = {"right": "yes", "because": "so", "wrong": {"no": "why"}} | change
    with pytest.raises(ValueError, match=message):
        choice("?", **given)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": math.nan}, "answer must be finite, got nan"),
        ({"tolerance": 0}, "tolerance must be positive, got 0"),
        (
            {"tolerance": math.inf},
            "tolerance must be finite, got inf",
        ),
        ({"because": ""}, "must not be empty"),
    ],
)
def test_numbers_are_checked(change, message):
    given = {"answer": 1.0, "tolerance": 0.1, "because": "so"} | change
    with pytest.raises(ValueError, match=message):
        number("?", **given)


def test_quizzes_are_checked():
    with pytest.raises(ValueError, match="at least one question"):
        quiz()
    with pytest.raises(
        TypeError, match=r"choice\(...\) or number\(...\), got 'a'"
    ):
        quiz("a")  # pyright: ignore
