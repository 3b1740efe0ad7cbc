"""claimbook.explore: what stands in the output, and what is refused."""

import base64
import io
import re
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from helpers import Page
from PIL import Image

from claimbook import explore as module
from claimbook.explore import applet, explore
from nnlib.applets import CLIPPING_CLIFF
from nnlib.applets.cliff import cliff
from nnlib.applets.valleys import valleys


def shade(level, tone="grey"):
    """A figure whose every pixel says which point it shows."""
    colour = (level, level, level) if tone == "grey" else (level, 0, 0)
    return plt.figure(figsize=(2, 1), facecolor=colour)


def picture(address):
    kind, data = address.split(",")
    assert kind == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def pixel(address):
    return picture(address).convert("RGB").getpixel((20, 20))


# --- what explore shows ------------------------------------------------------


def test_the_first_picture_stands_in_the_page_and_the_others_in_the_script():
    output = explore(shade, alt="A shade.", level=[0, 0.2, 1])
    page = Page(output.html)
    assert page.tags == ["div", "img", "p", "script"]
    image = dict(page.attributes)
    assert pixel(image["src"]) == (0, 0, 0)
    assert (image["width"], image["height"]) == ("200", "100")
    assert image["alt"] == "A shade. (level 0)"
    first, *others = page.data["frames"]
    assert first is None
    assert [pixel(f) for f in others] == [(51,) * 3, (255,) * 3]
    assert "level: 0, 0.2, 1" in page.text
    assert "trust the notebook" in page.text
    again = explore(shade, alt="A shade.", level=[0, 0.2, 1])
    assert again.html == output.html
    assert not plt.get_fignums()


def test_pictures_of_two_axes_run_through_the_last_axis_first():
    output = explore(
        shade,
        alt="A.",
        level=[0.2, 1],
        tone=["grey", "red"],
        start={"level": 1},
    )
    page, data = Page(output.html), Page(output.html).data
    assert data["axes"] == [["level", ["0.2", "1"]], ["tone", ["grey", "red"]]]
    assert data["alts"][2] == "A. (level 1, tone grey)"
    assert data["at"] == [1, 0]
    assert pixel(*page.all("src")) == (255, 255, 255)
    assert data["frames"][2] is None
    shown = [pixel(f) for f in data["frames"] if f]
    assert shown == [(51, 51, 51), (51, 0, 0), (255, 0, 0)]


def test_alt_may_speak_for_each_picture_and_underscores_are_spaces():
    output = explore(
        lambda my_level: shade(my_level),
        alt=lambda my_level: f"A {my_level:.0%} shade.",
        my_level=[0, 1],
    )
    page = Page(output.html)
    assert page.data["alts"] == ["A 0% shade.", "A 100% shade."]
    assert page.all("alt") == ["A 0% shade."]
    assert page.data["axes"][0][0] == "my level"
    assert repr(output) == "Interactive figure: A 0% shade. (my level: 0, 1)"


@pytest.mark.parametrize(
    "values",
    [(0.25, 1), range(2), torch.tensor([0.25, 1.0]), np.array([0, 1])],
)
def test_values_may_be_any_sequence(values):
    labels = [f"{float(value):g}" for value in values]
    data = Page(explore(shade, alt="A.", level=values).html).data
    assert data["axes"] == [["level", labels]]


def test_whole_pictures_are_stored_whatever_the_style_says():
    with plt.rc_context({"savefig.bbox": "tight", "savefig.dpi": 10}):
        source = Page(explore(shade, alt="A.", level=[0]).html).all("src")[0]
    assert picture(source).size == (2 * module.DPI, module.DPI)


def test_no_output_holds_an_id_or_an_address():
    for output in (
        explore(shade, alt="A.", level=[0, 1]),
        applet(CLIPPING_CLIFF, alt="A cliff."),
    ):
        assert " id=" not in output.html
        outside = set(re.findall(r"https?://[^\"'\s]*", output.html))
        assert outside <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize(
    ("keep", "kind"), [(False, "nnl "), (True, "nnl nn-keep")]
)
def test_colours_are_kept_on_request(keep, kind):
    output = explore(shade, alt="A.", keep_colours=keep, level=[0])
    assert Page(output.html).all("class")[0] == kind


# --- what is refused ---------------------------------------------------------


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
        (
            {"level": [0], "start": {"level": 7}},
            ValueError,
            "start must be on",
        ),
        (
            {"level": [0], "start": {"depth": 0}},
            ValueError,
            "start must be on",
        ),
    ],
)
def test_axes_are_checked_before_anything_is_drawn(axes, error, message):
    with pytest.raises(error, match=message):
        explore(lambda **_: pytest.fail("drawn"), alt="A.", **axes)


@pytest.mark.parametrize(
    ("draw", "alt", "error", "message"),
    [
        (lambda x: None, "A.", TypeError, "Matplotlib Figure, got NoneType"),
        (
            lambda x: plt.figure(figsize=(x, 1)),
            "A.",
            ValueError,
            r"one size, got \(100, 100\) and \(200, 100\)",
        ),
        (shade, "", ValueError, "alt must not be empty, got ''"),
        (shade, " ", ValueError, "alt must not be empty, got ' '"),
        (shade, None, TypeError, "alt must be a string, got None"),
        (shade, lambda level: "", ValueError, r"alt\(...\) must not be empty"),
    ],
)
def test_pictures_and_their_words_are_checked(draw, alt, error, message):
    axis = "level" if draw is shade else "x"
    with pytest.raises(error, match=message):
        explore(draw, alt=alt, **{axis: [1, 2] if axis == "x" else [0]})
    assert not plt.get_fignums()


# --- with a kernel -----------------------------------------------------------


class Shell:
    kernel = object()


def test_a_kernel_adds_a_widget_to_the_same_output(monkeypatch):
    output = explore(shade, alt="A.", level=[0, 1])
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "ipywidgets", None)  # its import would fail
        alone = output._repr_mimebundle_()
    assert list(alone) == ["text/plain", "text/html"]
    monkeypatch.setattr(module, "get_ipython", Shell)
    shown = output._repr_mimebundle_(include=None, exclude=None)
    assert shown.pop("application/vnd.jupyter.widget-view+json")["model_id"]
    assert shown == alone


def test_live_sliders_draw_only_what_was_never_drawn(capfd):
    drawn = []

    def draw(level, tone):
        drawn.append((level, tone))
        return shade(level, tone)

    grid = {"level": [0.0, 1.0], "tone": ["grey", "red"]}
    output = explore(draw, alt="A.", start={"level": 1.0}, **grid)
    view, level, tone = output.widget().children  # pyright: ignore
    assert (level.description, level.value, len(drawn)) == ("level", 1, 4)
    level.value, tone.value = 0, "red"
    assert len(drawn) == 4
    level.value = 0.4
    assert drawn[4:] == [(0.4, "red")]
    (source,) = re.findall(r'src="([^"]*)"', view.value)
    assert pixel(source) == (102, 0, 0)
    assert 'alt="A. (level 0.4, tone red)"' in view.value
    assert capfd.readouterr() == ("", "")


def test_a_failing_picture_does_not_leave_the_old_one():
    def draw(level):
        if 0 < level < 1:
            raise ZeroDivisionError("<level>")
        return shade(level)

    output = explore(draw, alt="A.", level=[0.0, 1.0])
    view, slider = output.widget().children  # pyright: ignore
    slider.value = 0.5
    assert view.value == '<p role="alert">ZeroDivisionError: &lt;level&gt;</p>'


@pytest.mark.parametrize(
    ("values", "has", "size"),
    [
        ([0, 1, 2, 5, 10], [3, 4, 6, 9], 11),
        ([0.0, 0.5, 1.0], [0.25, 0.75], 61),
        ([0.01, 0.1, 1.0], [0.0316, 0.316], 61),
        ([1, 32, 1024], [2, 3, 4], 50),
        ([0.5], [], 1),
        (["relu", "tanh"], [], 2),
        ([True, False], [], 2),
        ([1.0, float("inf")], [], 2),
    ],
)
def test_live_values_cover_the_range(values, has, size):
    live = module._between(values)
    assert set(values) | set(has) <= set(live)
    assert len(live) == len(set(live)) == size
    assert [live[0], live[-1]] == [values[0], values[-1]]
    assert all(type(value) is type(values[0]) for value in live)


# --- applets -----------------------------------------------------------------


def test_cliff_is_its_formula_and_autograd_finds_the_wall():
    w = torch.tensor([[0.5, 1.0], [-3.0, 0.0]]).double().requires_grad_()
    loss = cliff(w)
    assert loss.tolist() == pytest.approx([3.125, 4.5])
    loss.sum().backward()
    assert w.grad.flatten().tolist() == pytest.approx([13, 1, -3, 0])


def test_valleys_has_three_floors_and_rises_all_around():
    centres = torch.tensor([[-1.4, 0.3], [1.3, 0.8], [0.5, -1.0]])
    w = centres.double().requires_grad_()
    for _ in range(400):
        (gradient,) = torch.autograd.grad(valleys(w).sum(), w)
        w.data -= 0.1 * gradient
    assert gradient.abs().max() < 1e-9
    assert valleys(w).tolist() == pytest.approx(
        [-1.81, -1.30, -0.97], abs=0.01
    )
    turn = torch.linspace(0, 6.28, 50).double()
    ring = torch.stack([3 * turn.cos(), 3 * turn.sin()], dim=-1)
    assert (valleys(ring) > valleys(w).max()).all()


@pytest.mark.parametrize("loss", [cliff, valleys])
def test_losses_are_of_points_in_the_plane(loss):
    with pytest.raises(ValueError, match=r"shape \(..., 2\), got \(4, 3\)"):
        loss(torch.ones(4, 3))
    with pytest.raises(TypeError, match="w must be a tensor of floating"):
        loss(torch.ones(4, 2, dtype=torch.int64))


def test_an_applet_carries_its_script_and_its_data(tmp_path):
    start = [1, 0.5]
    page = Page(
        applet(CLIPPING_CLIFF, alt="A </script> cliff.", start=start).html
    )
    assert page.data == {"alt": "A </script> cliff.", "start": start}
    assert page.all("class")[0] == "nnl nnl-clipping-cliff"
    assert "A </script> cliff." in page.text
    assert "50 * wall(x)" in page.scripts
    with pytest.raises(ValueError, match="alt must not be empty, got ''"):
        applet(CLIPPING_CLIFF, alt="")
    with pytest.raises(FileNotFoundError, match=r"none\.js"):
        applet(tmp_path / "none.js", alt="A.")
    with pytest.raises(TypeError, match="not JSON serializable"):
        applet(CLIPPING_CLIFF, alt="A.", start=torch.ones(2))
