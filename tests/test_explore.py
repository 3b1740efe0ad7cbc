"""claimbook.explore: what stands in the output, and what is refused."""

import base64
import io
import re
import sys
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
import torch
from helpers import Page
from PIL import Image

from claimbook import explore as module
from claimbook.explore import applet, explore
from nnlib.applets import CLIPPING_CLIFF
from nnlib.applets.losses import cliff, valleys


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


def test_the_first_picture_stands_in_the_page_and_the_others_in_the_script():
    output = explore(shade, alt="A shade.", level=torch.tensor([0, 0.2, 1]))
    page = Page(output.html)
    assert page.tags == ["div", "img", "p", "script"]
    assert page.all("class")[0] == "nnl "
    image = dict(page.attributes)
    assert pixel(image["src"]) == (0, 0, 0)
    assert (image["width"], image["height"]) == ("200", "100")
    assert image["alt"] == "A shade. (level 0)"
    first, *others = page.data["frames"]
    assert first is None
    assert [pixel(f) for f in others] == [(51,) * 3, (255,) * 3]
    assert "level: 0, 0.2, 1" in page.text
    assert "trust the notebook" in page.text
    assert explore(shade, alt="A shade.", level=(0, 0.2, 1)).html == output.html
    assert not plt.get_fignums()


def test_alt_may_speak_for_each_picture_and_underscores_are_spaces():
    def alt(my_level):
        return f"A {my_level:.0%} shade."

    output = explore(lambda my_level: shade(my_level), alt=alt, my_level=range(2))
    page = Page(output.html)
    assert page.data["alts"] == ["A 0% shade.", "A 100% shade."]
    assert page.all("alt") == ["A 0% shade."]
    assert page.data["axes"][0][0] == "my level"
    assert repr(output) == "Interactive figure: A 0% shade. (my level: 0, 1)"


def test_whole_pictures_are_stored_without_an_id_or_an_address():
    """Whatever the style says."""
    with plt.rc_context({"savefig.bbox": "tight", "savefig.dpi": 10}):
        output = explore(shade, alt="A.", level=[0, 1])
    (source,) = Page(output.html).all("src")
    assert picture(source).size == (2 * module.DPI, module.DPI)
    for html in (output.html, applet(CLIPPING_CLIFF, alt="A cliff.").html):
        assert " id=" not in html
        outside = set(re.findall(r"https?://[^\"'\s]*", html))
        assert outside <= {"http://www.w3.org/2000/svg"}


def test_a_kernel_adds_a_widget_to_the_same_output(monkeypatch):
    output = explore(shade, alt="A.", level=[0, 1])
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "ipywidgets", None)  # its import would fail
        alone = output._repr_mimebundle_()
    assert list(alone) == ["text/plain", "text/html"]
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setattr(module, "get_ipython", lambda: shell)
    shown = output._repr_mimebundle_(include=None, exclude=None)
    assert shown.pop("application/vnd.jupyter.widget-view+json")["model_id"]
    assert shown == alone


def test_live_sliders_draw_only_what_was_never_drawn(capfd):
    """And a picture that fails does not leave the old one."""
    drawn = []

    def draw(level, tone):
        drawn.append((level, tone))
        if level == 0.5:
            raise ZeroDivisionError("<level>")
        return shade(level, tone)

    grid = {"level": [0.0, 1.0], "tone": ["grey", "red"]}
    output = explore(draw, alt="A.", keep_colours=True, start={"level": 1.0}, **grid)
    assert Page(output.html).all("class")[0] == "nnl nn-keep"
    view, level, tone = output.widget().children
    assert (level.description, level.value, len(drawn)) == ("level", 1, 4)
    level.value, tone.value = 0, "red"
    assert len(drawn) == 4
    level.value = 0.4
    assert drawn[4:] == [(0.4, "red")]
    assert pixel(*Page(view.value).all("src")) == (102, 0, 0)
    assert Page(view.value).all("alt") == ["A. (level 0.4, tone red)"]
    level.value = 0.5
    assert view.value == '<p role="alert">ZeroDivisionError: &lt;level&gt;</p>'
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("values", "has", "size"),
    [
        ([0, 1, 2, 5, 10], [3, 4, 6, 9], 11),
        ([0.0, 0.5, 1.0], [0.25, 0.75], 61),
        ([0.01, 0.1, 1.0], [0.0316, 0.316], 61),
        ([1, 32, 1024], [2, 3, 4], 50),
        ([0.5], [], 1), (["relu", "tanh"], [], 2), ([True, False], [], 2),
        ([1.0, float("inf")], [], 2),
    ],
)  # fmt: skip
def test_live_values_cover_the_range(values, has, size):
    live = module._between(values)
    assert set(values) | set(has) <= set(live)
    assert len(live) == len(set(live)) == size
    assert [live[0], live[-1]] == [values[0], values[-1]]
    assert all(type(value) is type(values[0]) for value in live)


def test_cliff_is_its_formula_and_autograd_finds_the_wall():
    w = torch.tensor([[0.5, 1.0], [-3.0, 0.0]]).requires_grad_()
    loss = cliff(w)
    assert loss.tolist() == pytest.approx([3.125, 4.5])
    loss.sum().backward()
    assert w.grad.flatten().tolist() == pytest.approx([13, 1, -3, 0])
    for loss in (cliff, valleys):
        with pytest.raises(ValueError, match="expected 2"):
            loss(torch.ones(4, 3))  # no points in the plane


def test_valleys_has_three_floors_and_rises_all_around():
    w = torch.tensor([[-1.4, 0.3], [1.3, 0.8], [0.5, -1.0]]).requires_grad_()
    for _ in range(400):
        (gradient,) = torch.autograd.grad(valleys(w).sum(), w)
        w.data -= 0.1 * gradient
    assert gradient.abs().max() < 1e-9
    assert valleys(w).tolist() == pytest.approx([-1.81, -1.30, -0.97], abs=0.01)
    turn = torch.linspace(0, 6.28, 50)
    ring = torch.stack([3 * turn.cos(), 3 * turn.sin()], dim=-1)
    assert (valleys(ring) > valleys(w).max()).all()
