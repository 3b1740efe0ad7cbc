"""Every chapter's *Try it*, on its page: moved by mouse, finger and keyboard.

Whatever moves in a chapter is found here by itself.  A figure of ``explore`` must show
the picture that nnlib stored for where its sliders stand, and say so; an applet must
show the numbers of its twin in ``twins.py``.
"""

from collections.abc import Callable
from typing import Any

import pytest
from conftest import drag, stop_clock
from pages import ASKS, CHAPTERS, CORE, FURTHER, HTML, MOVES, moving, parsed
from playwright.sync_api import Locator, Page, expect
from twins import agreement, spoken

Data = dict[str, Any]


# They have a guess to make first, or units to click, and so a file of tests of their own.
OWN = {
    "nnl-diagnosis",
    "nnl-dropout-moons",
    "nnl-gradient-chain",
    "nnl-stop-training",
    "nnl-xor-starts",
}


def found(page: Page, name: str) -> list[tuple[Locator, Data, Callable[[], None]]]:
    """Each moving figure, its data, and what must hold wherever it is moved."""
    figures = page.locator("article .nnl").all()
    stored = moving(name)
    assert len(figures) == len(stored)
    return [
        (figure, data, agreement(figure, kind, data))
        for figure, (kind, data) in zip(figures, stored, strict=True)
        if kind not in ASKS | OWN
    ]


def fill(slider: Locator) -> list[str]:
    """The first and the last value that a slider can have."""
    return [slider.get_attribute(bound) or "" for bound in ("min", "max")]


@pytest.mark.parametrize("name", sorted({*CHAPTERS} - FURTHER))
def test_a_chapter_has_something_to_try(name):
    """In two pages: before the first section."""
    page = parsed(HTML / "chapters" / f"{name}.html")
    place = "h1 ~ .cell" if name in CORE else "#try-it"
    assert page.select(f"{place} {MOVES}"), "nothing moves where a reader looks for it"


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_keyboard_moves_it(visit, book, name):
    page = visit(f"{book}/chapters/{name}.html")
    for figure, _, agree in found(page, name):
        agree()
        for slider in figure.locator("input[type=range]").all():
            slider.focus()
            first, last = fill(slider)
            for key, value in (("End", last), ("Home", first)):
                page.keyboard.press(key)
                assert slider.input_value() == value
                agree()
            page.keyboard.press("ArrowRight")
            assert slider.input_value() == "1"
            agree()
        for point in figure.locator("svg [role=slider]").all():
            before = spoken(point)
            point.focus()
            page.keyboard.press("ArrowLeft")
            page.keyboard.press("ArrowUp")
            expect(point).not_to_have_attribute("aria-valuetext", before)
            agree()
        # A reader who does not see it hears where it has come to.
        said = figure.locator("[aria-live]")
        expect(said).not_to_be_empty()


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_mouse_moves_it(visit, book, name):
    page = visit(f"{book}/chapters/{name}.html")
    for figure, data, agree in found(page, name):
        figure.scroll_into_view_if_needed()
        for slider in figure.locator("input[type=range]").all():
            box = slider.bounding_box()
            y = box["y"] + box["height"] / 2
            page.mouse.move(box["x"] + box["width"] - 4, y)
            page.mouse.down()
            agree()
            page.mouse.move(box["x"] + 4, y, steps=4)
            page.mouse.up()
            assert slider.input_value() == fill(slider)[0]
            agree()
        for _ in figure.locator("svg .point").all():
            for where in ((0.3, 0.3), (0.7, 0.4)):
                drag(figure, where)
                agree()
        if "frames" not in data:
            for button in figure.get_by_role("button").all():
                button.click()
                agree()


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_finger_moves_it_on_a_phone(visit, book, name):
    page = visit(
        f"{book}/chapters/{name}.html",
        width=390,
        has_touch=True,
        is_mobile=True,
    )
    for figure, _, agree in found(page, name):
        for slider in figure.locator("input[type=range]").all():
            box = slider.bounding_box()
            y = box["height"] / 2
            slider.tap(position={"x": box["width"] - 3, "y": y})
            assert slider.input_value() == fill(slider)[1]
            agree()
            slider.tap(position={"x": 3, "y": y})
            assert slider.input_value() == fill(slider)[0]
            agree()
        for picture in figure.locator("svg:has(.point)").all():
            before = spoken(picture.locator(".point"))
            box = picture.bounding_box()
            picture.tap(position={"x": box["width"] / 4, "y": box["height"] / 4})
            assert spoken(picture.locator(".point")) != before
            agree()


PLAYED = [n for n in CHAPTERS if any("frames" in d for _, d in moving(n))]


def explorers(page: Page, name: str):
    return [item for item in found(page, name) if "frames" in item[1]]


@pytest.mark.parametrize("name", PLAYED)
def test_play_pauses_ends_and_stops_when_nobody_looks(visit, book, name):
    page = visit(f"{book}/chapters/{name}.html")
    stop_clock(page)
    for figure, data, agree in explorers(page, name):
        play = figure.get_by_role("button")
        slider = figure.get_by_role("slider").last
        slider.fill("0")
        length = len(data["axes"][-1][1])
        play.click()
        page.clock.run_for(350)
        assert slider.input_value() == "1"
        agree()
        if length > 2:
            play.click()  # pause
            page.clock.run_for(3000)
            assert slider.input_value() == "1"
            play.click()
        page.clock.run_for(300 * length)
        assert slider.input_value() == str(length - 1)
        agree()
        expect(play).to_have_accessible_name(f"Play {data['axes'][-1][0]}")

        play.click()  # from the start again; then the reader looks elsewhere
        page.evaluate(
            "Object.defineProperty(document, 'hidden', "
            "{ configurable: true, get: () => true })"
        )
        page.clock.run_for(3000)
        page.evaluate("delete document.hidden")
        page.clock.run_for(3000)
        assert slider.input_value() == "0"
        agree()


@pytest.mark.parametrize("name", PLAYED)
def test_nothing_moves_by_itself_for_those_who_asked(visit, book, name):
    page = visit(f"{book}/chapters/{name}.html", reduced_motion="reduce")
    stop_clock(page)
    for figure, data, agree in explorers(page, name):
        slider = figure.get_by_role("slider").last
        slider.fill("0")
        button = figure.get_by_role("button")
        expect(button).to_have_accessible_name(f"Next {data['axes'][-1][0]}")
        button.click()
        page.clock.run_for(3000)
        assert slider.input_value() == "1"
        agree()
