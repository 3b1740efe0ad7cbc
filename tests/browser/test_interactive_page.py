"""Moving figures and quizzes in a real browser, without a kernel."""

import base64
import io
import re

import matplotlib.pyplot as plt
import pytest
from conftest import drag, stop_clock
from matplotlib.figure import Figure
from PIL import Image
from playwright.sync_api import Locator, expect
from twins import clipping_cliff, fact, numbers, spoken

from claimbook.explore import applet, explore
from claimbook.quiz import choice, number, quiz
from nnlib.applets import CLIPPING_CLIFF

GREYS = [0, 0.2, 0.4, 0.6, 0.8, 1]
LR = 0.4


def shade(level: float, red: float = 0) -> Figure:
    return plt.figure(figsize=(6.4, 2), facecolor=(red or level, level, level))


@pytest.fixture(scope="module")
def address(show) -> str:
    """A page with two of everything, written as a browser meets it."""
    outputs = [
        explore(shade, alt=lambda level: f"A shade of {level:.0%}.", level=GREYS),
        explore(
            shade,
            alt="Shades.",
            keep_colours=True,
            start={"red": 1},
            level=[0, 0.2],
            red=[0.4, 1],
        ),
        applet(CLIPPING_CLIFF, alt="A valley and a cliff.", lr=LR),
        applet(CLIPPING_CLIFF, alt="Another.", lr=LR, start=[-1, 0.5]),
        *[
            quiz(
                choice(
                    "Which?",
                    right="`this`",
                    because="So it is.",
                    wrong={
                        "that": "That is not.",
                        "</script>": "Nor is this.",
                    },
                ),
                number(
                    "Half of 1?",
                    answer=0.5,
                    tolerance=0.01,
                    because="It is ½.",
                ),
            )
        ]
        * 2,
    ]
    return show(*outputs)


@pytest.fixture
def page(visit, address):
    return visit(address)


def colour(figure: Locator) -> tuple[int, ...]:
    """The colour of the picture that stands in the page."""
    source = figure.locator("img").get_attribute("src") or ""
    picture = Image.open(io.BytesIO(base64.b64decode(source.split(",")[1])))
    return picture.convert("RGB").getpixel((9, 9))


# --- explore -----------------------------------------------------------------


def test_the_keyboard_moves_one_figure_and_no_other(page):
    one, two = page.locator(".nnl:has(> img)").all()
    before = colour(two)
    level = one.get_by_role("slider", name="level")
    level.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert colour(one) == (102, 102, 102)
    assert spoken(level) == "0.4"
    expect(one.get_by_role("img", name="A shade of 40%.")).to_be_visible()
    expect(one.locator("[aria-live]")).to_have_text("A shade of 40%.")
    page.keyboard.press("End")
    assert colour(one) == (255, 255, 255)
    assert colour(two) == before


def test_the_mouse_drags_a_slider(page):
    figure = page.locator(".nnl:has(> img)").first
    level = figure.get_by_role("slider")
    box = level.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, y, steps=5)
    page.mouse.up()
    assert colour(figure) == (153, 153, 153)


def test_two_sliders_choose_from_the_grid(page):
    figure = page.locator(".nnl:has(> img)").nth(1)
    assert colour(figure) == (255, 0, 0)
    figure.get_by_role("slider", name="level").fill("1")
    assert colour(figure) == (255, 51, 51)
    figure.get_by_role("slider", name="red").fill("0")
    assert colour(figure) == (102, 51, 51)
    expect(figure.get_by_role("img")).to_have_attribute(
        "alt", "Shades. (level 0.2, red 0.4)"
    )
    figure.get_by_role("slider", name="level").fill("0")
    figure.get_by_role("slider", name="red").fill("1")
    assert colour(figure) == (255, 0, 0)


def test_a_picture_that_comes_twice_is_stored_once(visit, show):
    """Grey, black, grey, black: two pictures, and the sliders show all four."""
    output = explore(
        lambda level, turn: shade(level),
        alt="Shades.",
        turn=[1, 2],
        level=[0.2, 0],
    )
    assert output.html.count("data:image/webp") == 2
    figure = visit(show(output)).locator(".nnl")
    seen = []
    for turn in "01":
        for level in "01":
            figure.get_by_role("slider", name="turn").fill(turn)
            figure.get_by_role("slider", name="level").fill(level)
            seen.append(colour(figure))
    assert seen == [(51, 51, 51), (0, 0, 0)] * 2


def test_play_runs_pauses_and_stops_at_the_end(page):
    stop_clock(page)
    figure = page.locator(".nnl:has(> img)").first
    level = figure.get_by_role("slider")
    figure.get_by_role("button", name="Play level").click()
    page.clock.run_for(700)
    assert spoken(level) == "0.4"
    figure.get_by_role("button", name="Pause level").press("Space")
    page.clock.run_for(2000)
    assert spoken(level) == "0.4"
    figure.get_by_role("button", name="Play level").click()
    page.clock.run_for(1000)
    assert colour(figure) == (255, 255, 255)
    figure.get_by_role("button", name="Play level").wait_for()
    page.clock.run_for(1000)
    assert figure.locator("[aria-live]").inner_text() == "A shade of 100%."


def test_play_gives_way_to_the_reader(page):
    stop_clock(page)
    figure = page.locator(".nnl:has(> img)").first
    figure.get_by_role("button", name="Play level").click()
    figure.get_by_role("slider").fill("1")
    page.clock.run_for(2000)
    assert colour(figure) == (51, 51, 51)


def test_nothing_moves_by_itself_for_those_who_asked(visit, address):
    page = visit(address, reduced_motion="reduce")
    stop_clock(page)
    figure = page.locator(".nnl:has(> img)").first
    figure.get_by_role("button", name="Next level").click()
    page.clock.run_for(2000)
    assert colour(figure) == (51, 51, 51)
    for _ in range(5):
        figure.get_by_role("button", name="Next level").click()
    assert colour(figure) == (0, 0, 0)


def test_moving_shifts_nothing(page):
    figure = page.locator(".nnl:has(> img)").first
    before = page.evaluate("document.documentElement.scrollHeight")
    figure.get_by_role("slider").fill("3")
    assert page.evaluate("document.documentElement.scrollHeight") == before


# --- the cliff ---------------------------------------------------------------


@pytest.mark.parametrize("where", [(0.1, 0.2), (0.5, 0.5), (0.77, 0.3), (0.9, 0.9)])
def test_the_point_follows_the_mouse_and_the_numbers_are_nnlibs(page, where):
    one, two = page.locator(".nnl-clipping-cliff").all()
    other = numbers(two, "w")
    drag(one, where)
    assert numbers(one, "w") == pytest.approx(
        [-5.4 + 7.6 * where[0], 2 - 4 * where[1]], abs=0.02
    )
    for c in range(0, 14, 3):
        one.get_by_role("slider", name="threshold c").fill(str(c))
        clipping_cliff(one, {"lr": LR})
    assert numbers(two, "w") == other


def test_the_arrow_keys_move_the_point(page):
    figure = page.locator(".nnl-clipping-cliff").nth(1)
    figure.get_by_role("slider", name="the weights w").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert numbers(figure, "w") == [-0.9, 0.54]
    clipping_cliff(figure, {"lr": LR})


def test_a_finger_places_the_point(visit, address):
    page = visit(address, width=390, has_touch=True)
    figure = page.locator(".nnl-clipping-cliff").first
    picture = figure.locator("svg")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    picture.tap(position={"x": box["width"] / 4, "y": box["height"] / 4})
    assert numbers(figure, "w") == pytest.approx([-3.5, 1.0], abs=0.05)
    clipping_cliff(figure, {"lr": LR})


def test_the_wall_throws_the_walk_that_is_not_clipped(page):
    figure = page.locator(".nnl-clipping-cliff").first
    figure.get_by_role("button", name="Start again").click()
    before = fact(figure, "loss")
    assert fact(figure, "free-top") > before > fact(figure, "clipped-top")
    expect(figure.locator("[aria-live]")).to_contain_text("Without clipping")


def test_below_the_threshold_both_walks_are_one(page):
    figure = page.locator(".nnl-clipping-cliff").first
    figure.get_by_role("slider", name="threshold c").press("End")
    walks = figure.locator("path.clipped:not(.mark), path.free:not(.mark)").all()
    assert len({walk.get_attribute("d") for walk in walks}) == 1
    expect(figure.locator(".nnl-verdict")).to_contain_text("nothing is clipped")


# --- the quiz ----------------------------------------------------------------


def test_a_quiz_marks_itself_and_keeps_the_score(page):
    one, two = page.locator(".nnl-quiz").all()
    which, half = one.locator("fieldset").all()
    which.get_by_role("button", name="Check").click()
    expect(which.locator("[aria-live]")).to_have_text("Please choose an answer.")
    which.get_by_label("that").check()
    which.get_by_role("button", name="Check").click()
    expect(which.locator("[aria-live]")).to_have_text("✘ Not quite. That is not.")
    which.get_by_label("this", exact=True).check()
    which.get_by_role("button", name="Check").click()
    expect(which.locator("[aria-live]")).to_have_text("✔ Right. So it is.")
    half.get_by_role("textbox", name="Your answer").fill("0,505")
    half.get_by_role("button", name="Check").click()
    expect(half.locator("[aria-live]")).to_have_text("✔ Right. It is ½.")
    expect(one.locator(".nnl-score")).to_have_text("2 of 2 right.")
    half.get_by_role("textbox").fill("−0.5")
    half.get_by_role("button", name="Check").click()
    expect(half.locator("[aria-live]")).to_contain_text("✘ Not quite.")
    expect(one.locator(".nnl-score")).to_have_text("1 of 2 right.")
    expect(two.locator(".nnl-score")).to_contain_text("0 of 2")
    assert not two.get_by_label("this", exact=True).is_checked()


def test_a_quiz_needs_no_mouse(page):
    quiz_ = page.locator(".nnl-quiz").nth(1)
    quiz_.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    while not quiz_.get_by_label("this", exact=True).is_checked():
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(quiz_.locator("[aria-live]").first).to_contain_text("✔ Right.")
    page.keyboard.press("Tab")
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    expect(quiz_.locator(".nnl-score")).to_have_text("2 of 2 right.")


@pytest.mark.parametrize("given", ["", "half", "0.5x"])
def test_what_is_no_number_is_not_counted(page, given):
    half = page.locator(".nnl-quiz").first.locator("fieldset").nth(1)
    half.get_by_role("textbox").fill(given)
    half.get_by_role("textbox").press("Enter")
    said = "Please type a number, such as 0.25, 1/4 or 2e-3."
    expect(half.locator("[aria-live]")).to_have_text(said)


@pytest.mark.parametrize("given", ["1/2", "50%", "50 %", "5e-1", ".5", "0,5", "2/4"])
def test_a_number_is_marked_by_its_value(page, given):
    half = page.locator(".nnl-quiz").first.locator("fieldset").nth(1)
    half.get_by_role("textbox").fill(given)
    half.get_by_role("textbox").press("Enter")
    expect(half.locator("[aria-live]")).to_contain_text("✔ Right.")


@pytest.mark.parametrize("given", ["65536", "65,536", "65 536", "65536.0"])
def test_thousands_may_be_set_apart(visit, show, given):
    asked = number("2¹⁶?", answer=65_536, tolerance=0.4, because="It is.")
    field = visit(show(quiz(asked))).get_by_role("textbox")
    field.fill(given)
    field.press("Enter")
    expect(field.locator("xpath=ancestor::form")).to_contain_text("✔ Right.")


def test_the_last_quiz_of_a_page_shows_the_total(page):
    one, two = page.locator(".nnl-quiz").all()
    for quiz_ in one, two:
        quiz_.get_by_role("textbox").fill("1/2")
        quiz_.get_by_role("textbox").press("Enter")
    expect(one.locator(".nnl-foot")).to_be_hidden()
    expect(two.locator(".nnl-total")).to_have_text("All rounds: 2 of 4 right.")
    expect(two.get_by_role("checkbox")).to_be_hidden()  # this page is not the book's


# --- the page ----------------------------------------------------------------


def test_everything_fits_a_phone(visit, address):
    page = visit(address, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_control_has_a_name(page):
    controls = page.get_by_role("slider").or_(page.get_by_role("button"))
    controls = controls.or_(page.get_by_role("radio")).or_(page.get_by_role("textbox"))
    named = page.locator("main").aria_snapshot()
    assert controls.count() > 20
    assert not re.findall(r"- (?:slider|button|radio|textbox|img)(?! \").*", named)


def test_every_control_keeps_its_keys_in_jupyterlab(page):
    controls = page.locator("main :is(input, button, [tabindex])")
    marked = page.locator("main [data-lm-suppress-shortcuts=true]")
    assert controls.count() == marked.count() > 20


def test_without_scripts_the_words_remain(visit, address):
    page = visit(address, java_script_enabled=False)
    expect(page.locator(".nnl-off").first).to_contain_text("trust the notebook")
    assert page.locator("input, button").count() == 0
    page.get_by_text("Answers").first.click()
    expect(page.get_by_text("So it is.").first).to_be_visible()
