"""claimbook.explore: what stands in the output, and what is refused."""

import base64
import io
import json
import re
import sys
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from PIL import Image

from claimbook import explore as interactive
from claimbook.explore import applet, explore
from nnlib.applets import CLIPPING_CLIFF
from nnlib.applets.cliff import cliff
from nnlib.applets.valleys import valleys


def shade(level, tone="grey"):
    """A figure whose every pixel says which point it shows."""
    colour = (level, level, level) if tone == "grey" else (level, 0, 0)
    return plt.figure(figsize=(2, 1), facecolor=colour)


class Page(HTMLParser):
    """The tags, the visible text and the script of an output."""

    def __init__(self, output):
        super().__init__()
        self.tags, self.text, self.script, self.inside = [], "", "", ""
        self.feed(output.html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data):
        if self.inside == "script":
            self.script += data
        else:
            self.text += data

    def one(self, tag):
        (found,) = [attrs for name, attrs in self.tags if name == tag]
        return found

    @property
    def data(self):
        (line,) = re.findall("const DATA = (.*);\n", self.script)
        return json.loads(line)


def pixel(address):
    kind, data = address.split(",")
    assert kind == "data:image/webp;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    return picture.convert("RGB").getpixel((20, 20))


# --- what explore shows ------------------------------------------------------


def test_the_first_picture_stands_in_the_page_and_the_others_in_the_script():
    page = Page(explore(shade, alt="A shade.", level=[0, 0.2, 1]))
    image = page.one("img")
    assert pixel(image["src"]) == (0, 0, 0)
    assert (image["width"], image["height"]) == ("200", "100")
    assert image["alt"] == "A shade. (level 0)"
    assert page.data["frames"][0] is None
    assert [pixel(f) for f in page.data["frames"][1:]] == [
        (51,) * 3,
        (255,) * 3,
    ]


def test_pictures_of_two_axes_run_through_the_last_axis_first():
    output = explore(shade, alt="A.", level=[0.2, 1], tone=["grey", "red"])
    data = Page(output).data
    assert data["axes"] == [["level", ["0.2", "1"]], ["tone", ["grey", "red"]]]
    assert data["alts"][2] == "A. (level 1, tone grey)"
    shown = [pixel(f) for f in data["frames"][1:]]
    assert shown == [(51, 0, 0), (255, 255, 255), (255, 0, 0)]


def test_start_chooses_the_first_picture():
    page = Page(
        explore(
            shade,
            alt="A.",
            level=[0, 1],
            tone=["grey", "red"],
            start={"level": 1},
        )
    )
    assert pixel(page.one("img")["src"]) == (255, 255, 255)
    assert page.data["at"] == [1, 0]
    assert [f is None for f in page.data["frames"]] == [
        False,
        False,
        True,
        False,
    ]


def test_alt_may_speak_for_each_picture():
    output = explore(
        shade, alt=lambda level: f"A {level:.0%} shade.", level=[0, 1]
    )
    page = Page(output)
    assert page.data["alts"] == ["A 0% shade.", "A 100% shade."]
    assert page.one("img")["alt"] == "A 0% shade."
    assert repr(output) == "Interactive figure: A 0% shade. (level: 0, 1)"


@pytest.mark.parametrize(
    "values",
    [(0.25, 1), range(2), torch.tensor([0.25, 1.0]), np.array([0, 1])],
)
def test_values_may_be_any_sequence(values):
    labels = [f"{float(value):g}" for value in values]
    data = Page(explore(shade, alt="A.", level=values)).data
    assert data["axes"] == [["level", labels]]


def test_underscores_are_spoken_as_spaces():
    def draw(weight_scale):
        return shade(weight_scale)

    output = explore(draw, alt="A.", weight_scale=[0, 1])
    assert Page(output).data["axes"][0][0] == "weight scale"


def test_whole_pictures_are_stored_whatever_the_style_says():
    with plt.rc_context({"savefig.bbox": "tight", "savefig.dpi": 10}):
        source = Page(explore(shade, alt="A.", level=[0])).one("img")["src"]
    picture = Image.open(io.BytesIO(base64.b64decode(source.split(",")[1])))
    assert picture.size == (2 * interactive.DPI, interactive.DPI)


def test_figures_are_closed():
    before = plt.get_fignums()
    explore(shade, alt="A.", level=[0, 1])
    assert plt.get_fignums() == before


def test_the_output_is_the_same_every_time():
    first, second = (
        explore(shade, alt="A.", level=[0, 1]).html for _ in range(2)
    )
    assert first == second


def test_what_the_caller_says_cannot_leave_its_place():
    nasty = '</script><b id="x">"\'&<!-- ∇ λ'
    output = explore(
        lambda level: shade(0), alt=nasty, level=["</script>", '"<!--é']
    )
    page = Page(output)
    assert {tag for tag, _ in page.tags} == {"div", "img", "p", "script"}
    assert page.one("img")["alt"] == f"{nasty} (level </script>)"
    assert page.data["alts"][1] == f'{nasty} (level "<!--é)'


def test_without_scripts_one_picture_and_a_sentence_remain():
    page = Page(explore(shade, alt="A.", level=[0, 0.5, 1]))
    assert [tag for tag, _ in page.tags] == ["div", "img", "p", "script"]
    assert "level: 0, 0.5, 1" in page.text
    assert "trust the notebook" in page.text


def test_no_output_holds_an_id_or_an_address():
    for output in (
        explore(shade, alt="A.", level=[0, 1]),
        applet(CLIPPING_CLIFF, alt="A cliff."),
    ):
        assert " id=" not in output.html
        outside = set(re.findall(r"https?://[^\"'\s]*", output.html))
        assert outside <= {"http://www.w3.org/2000/svg"}


def test_colours_are_kept_on_request():
    assert (
        Page(explore(shade, alt="A.", level=[0])).tags[0][1]["class"] == "nnl "
    )
    kept = explore(shade, alt="A.", keep_colours=True, level=[0])
    assert Page(kept).tags[0][1]["class"] == "nnl nn-keep"


# --- what explore refuses ----------------------------------------------------


@pytest.mark.parametrize(
    ("axes", "error", "message"),
    [
        ({}, ValueError, "one or two axes, got 0"),
        ({"a": [1], "b": [1], "c": [1]}, ValueError, "one or two axes, got 3"),
        ({"level": []}, ValueError, "level must hold at least one value"),
        ({"level": [1, 0, 1]}, ValueError, "level must hold different values"),
        ({"level": "abc"}, TypeError, "level must be a sequence .* 'abc'"),
        ({"level": 3}, TypeError, "level must be a sequence .* 3"),
        ({"level": range(151)}, ValueError, "at most 150 pictures, count=151"),
        ({"a": range(16), "b": range(10)}, ValueError, "count=160"),
    ],
)
def test_axes_are_checked_before_anything_is_drawn(axes, error, message):
    def draw(**_):
        pytest.fail("drawn")

    with pytest.raises(error, match=message):
        explore(draw, alt="A.", **axes)


def test_draw_must_return_a_figure():
    with pytest.raises(TypeError, match="Matplotlib Figure, got NoneType"):
        explore(lambda level: None, alt="A.", level=[0])  # pyright: ignore


def test_figures_must_have_one_size():
    with pytest.raises(
        ValueError, match=r"one size, got \(100, 100\) and \(200, 100\)"
    ):
        explore(
            lambda width: plt.figure(figsize=(width, 1)),
            alt="A.",
            width=[1, 2],
        )
    assert not plt.get_fignums()


@pytest.mark.parametrize("alt", ["", "  ", None, lambda level: ""])
def test_alt_must_say_something(alt):
    with pytest.raises(ValueError, match="must say what is seen"):
        explore(shade, alt=alt, level=[0])


@pytest.mark.parametrize("start", [{"level": 7}, {"depth": 0}])
def test_start_must_be_on_the_grid(start):
    with pytest.raises(ValueError, match="start must be on the grid, got"):
        explore(shade, alt="A.", level=[0, 1], start=start)


# --- with a kernel -----------------------------------------------------------


class Shell:
    kernel = object()


def bundle(output):
    return output._repr_mimebundle_(include=None, exclude=None)


def test_without_a_kernel_there_is_no_widget(monkeypatch):
    monkeypatch.setitem(
        sys.modules, "ipywidgets", None
    )  # importing it would fail
    shown = bundle(explore(shade, alt="A.", level=[0, 1]))
    assert list(shown) == ["text/plain", "text/html"]


def test_with_a_kernel_the_same_output_carries_a_widget(monkeypatch):
    alone = bundle(explore(shade, alt="A.", level=[0, 1]))
    monkeypatch.setattr(interactive, "get_ipython", Shell)
    shown = bundle(explore(shade, alt="A.", level=[0, 1]))
    assert shown.pop("application/vnd.jupyter.widget-view+json")["model_id"]
    assert shown == alone


def test_live_sliders_draw_what_was_never_drawn(capfd):
    drawn = []

    def draw(level):
        drawn.append(level)
        return shade(level)

    output = explore(draw, alt="A.", level=[0, 1], start={"level": 1})
    view, slider = output.widget().children  # pyright: ignore
    assert (slider.description, slider.value, drawn) == ("level", 1, [0, 1])
    slider.value = 0
    assert drawn == [0, 1]
    assert "(level 0)" in view.value
    assert capfd.readouterr() == ("", "")


def test_live_sliders_reach_between_the_grid():
    output = explore(shade, alt="A.", level=[0.0, 1.0], tone=["grey", "red"])
    view, level, tone = output.widget().children  # pyright: ignore
    level.value, tone.value = 0.4, "red"
    (source,) = re.findall(r'src="([^"]*)"', view.value)
    assert pixel(source) == (102, 0, 0)
    assert 'alt="A. (level 0.4, tone red)"' in view.value


def test_a_failing_picture_does_not_leave_the_old_one():
    def draw(level):
        if 0 < level < 1:
            raise ZeroDivisionError("<level>")
        return shade(level)

    view, slider = explore(draw, alt="A.", level=[0.0, 1.0]).widget().children  # pyright: ignore
    slider.value = 0.5
    assert view.value == '<p role="alert">ZeroDivisionError: &lt;level&gt;</p>'


@pytest.mark.parametrize(
    ("values", "has", "size"),
    [
        ([0, 1, 2, 5, 10], [3, 4, 6, 9], 11),
        ([0.0, 0.5, 1.0], [0.25, 0.75], 61),
        ([0.01, 0.1, 1.0], [0.0316, 0.316], 61),
        ([0.5], [], 1),
        (["relu", "tanh"], [], 2),
        ([True, False], [], 2),
        ([1.0, float("inf")], [], 2),
    ],
)
def test_live_values_cover_the_range(values, has, size):
    live = interactive._between(values)
    assert set(values) | set(has) <= set(live)
    assert len(live) == len(set(live)) == size
    assert [live[0], live[-1]] == [values[0], values[-1]]
    assert all(type(value) is type(values[0]) for value in live)


def test_integers_that_double_are_stepped_by_ratios():
    live = interactive._between([1, 32, 1024])
    assert all(type(value) is int for value in live)
    assert sum(value <= 32 for value in live) > len(live) / 3


# --- applets -----------------------------------------------------------------


def test_cliff_is_its_formula_and_autograd_finds_the_wall():
    w = torch.tensor(
        [[0.5, 1.0], [-3.0, 0.0]], dtype=torch.float64, requires_grad=True
    )
    loss = cliff(w)
    torch.testing.assert_close(
        loss.detach(), torch.tensor([3.125, 4.5], dtype=torch.float64)
    )
    loss.sum().backward()
    expected = torch.tensor([[13.0, 1.0], [-3.0, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(w.grad, expected)


def test_valleys_has_three_floors_and_rises_all_around():
    centres = torch.tensor([[-1.4, 0.3], [1.3, 0.8], [0.5, -1.0]])
    w = centres.to(torch.float64).requires_grad_()
    for _ in range(400):
        w.grad = None
        valleys(w).sum().backward()
        assert w.grad is not None
        w.data -= 0.1 * w.grad
    assert w.grad is not None
    assert w.grad.abs().max() < 1e-9
    depths = [round(loss, 2) for loss in valleys(w).tolist()]
    assert depths == [-1.81, -1.30, -0.97]
    turn = torch.linspace(0, 6.28, 50, dtype=torch.float64)
    ring = torch.stack([3 * turn.cos(), 3 * turn.sin()], dim=-1)
    assert (valleys(ring) > valleys(w).max()).all()


def test_an_applet_carries_its_script_and_its_data():
    page = Page(
        applet(CLIPPING_CLIFF, alt="A </script> cliff.", start=[1, 0.5])
    )
    assert page.data == {"alt": "A </script> cliff.", "start": [1, 0.5]}
    assert "A </script> cliff." in page.text
    assert "50 * wall(x)" in page.script


def test_applets_are_known_by_name_and_described():
    with pytest.raises(
        ValueError, match=r"one of clipping_cliff, .*, got 'nothing'"
    ):
        applet("nothing", alt="A.")
    with pytest.raises(ValueError, match="alt must say what is seen, got ''"):
        applet(CLIPPING_CLIFF, alt="")
