"""Every quiz of the book, on its page, answered by keyboard: wrong, then right."""

import pytest
from bs4 import BeautifulSoup
from pages import CHAPTERS, FURTHER, HTML, NOTEBOOKS, moving
from playwright.sync_api import Locator, expect

ASKING = [
    path.stem
    for path in NOTEBOOKS
    if any(kind == "nnl-quiz" for kind, _ in moving(path.stem))
]


def words(html: str) -> str:
    return BeautifulSoup(html, "html.parser").get_text()


def answer(field: Locator, question: dict) -> None:
    """Try each option, the right one last; or a wrong number, then the right one."""
    page = field.page
    reply = field.locator("[aria-live=polite]")
    if replies := question.get("replies"):
        radios = field.get_by_role("radio").all()
        assert len(radios) == len(replies)
        order = sorted(range(len(replies)), key=lambda k: replies[k][0])
        for k in order:
            radios[k].focus()
            page.keyboard.press("Space")
            assert radios[k].is_checked()
            page.keyboard.press("Enter")
            holds, why = replies[k]
            sign = "✔ Right." if holds else "✘ Not quite."
            again = " Read it again." if "see" in question and not holds else ""
            expect(reply).to_have_text(f"{sign} {words(why)}{again}")
        return
    field.get_by_role("textbox").focus()
    for given, sign in (
        (question["answer"] + 3 * question["tolerance"], "✘ Not quite."),
        (question["answer"], "✔ Right."),
    ):
        page.keyboard.press("Control+a")
        page.keyboard.type(str(given))
        page.keyboard.press("Enter")
        expect(reply).to_contain_text(sign)
    expect(reply).to_contain_text(words(question["because"]))


def test_every_chapter_asks():
    assert set(CHAPTERS) - FURTHER <= set(ASKING)


@pytest.mark.parametrize("name", ASKING)
def test_a_quiz_is_answered_by_keyboard(visit, book, name):
    page = visit(f"{book}/chapters/{name}.html")
    quizzes = page.locator("article .nnl-quiz").all()
    stored = [data for kind, data in moving(name) if kind == "nnl-quiz"]
    for quiz, data in zip(quizzes, stored, strict=True):
        score = quiz.locator(".nnl-score[aria-live=polite]")
        total = len(data["questions"])
        expect(score).to_have_text(f"0 of {total} right so far.")
        fields = quiz.locator("fieldset").all()
        for k, (field, question) in enumerate(
            zip(fields, data["questions"], strict=True), start=1
        ):
            answer(field, question)
            expect(score).to_have_text(f"{k} of {total} right.")


WEEK = "week_2_quiz"


@pytest.fixture
def questions() -> list[dict]:
    return [
        q for kind, data in moving(WEEK) if kind == "nnl-quiz" for q in data["questions"]
    ]


def test_each_question_of_the_week_names_a_section_that_exists(questions):
    for question in questions:
        page, _, section = question["see"].partition("#")
        text = (HTML / "chapters" / page).read_text(encoding="utf-8")
        assert BeautifulSoup(text, "html.parser").find("section", id=section), question[
            "see"
        ]


def first(page) -> Locator:
    return page.locator("article .nnl-quiz fieldset").first


def test_answers_are_kept_on_request_and_forgotten_on_request(visit, book, questions):
    page = visit(f"{book}/chapters/{WEEK}.html")
    wrong = [holds for holds, _ in questions[0]["replies"]].index(False)
    first(page).get_by_role("radio").nth(wrong).check()
    first(page).get_by_role("button").click()
    link = first(page).get_by_role("link", name="Read it again")
    assert link.get_attribute("href") == questions[0]["see"]
    keep = page.get_by_role("checkbox", name="Keep my answers in this browser")
    assert not keep.is_checked()
    keep.check()
    page.reload()
    expect(first(page)).to_contain_text("✘ Not quite.")
    first(page).get_by_role("radio").nth(1 - wrong if wrong < 2 else 0).check()
    assert keep.is_checked()
    keep.uncheck()
    page.reload()
    assert not keep.is_checked()
    expect(first(page)).not_to_contain_text("✘")


def test_the_total_counts_every_round(visit, book, questions):
    page = visit(f"{book}/chapters/{WEEK}.html")
    total = page.locator(".nnl-total").last
    expect(total).to_have_text(f"All rounds: 0 of {len(questions)} right.")
    answer(first(page), questions[0])
    expect(total).to_have_text(f"All rounds: 1 of {len(questions)} right.")
