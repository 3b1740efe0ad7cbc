"""claimbook.plots: the spread is drawn, and no figure depends on colour alone."""

from itertools import combinations, pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from colorspacious import cspace_convert, deltaE
from helpers import draw
from matplotlib import colors

from claimbook import plots
from claimbook.plots import COLOURS, STYLES, band, heat_map, label_ends, strips

mpl.use("Agg")


@pytest.fixture
def ax():
    with plt.rc_context():
        plots.use_style()
        figure, (ax, _, last) = plots.panels(3, sharey=True)
        assert ax.get_shared_y_axes().joined(ax, last)
        yield ax
        plt.close(figure)


def test_a_band_shows_the_median_between_two_quantiles(ax):
    values = draw(5, 101)
    band(range(5), values, ax=ax, label="a")
    (line,) = ax.get_lines()
    np.testing.assert_allclose(line.get_ydata(), values.median(dim=1).values)
    edges = ax.collections[0].get_paths()[0].vertices[:, 1]
    low, high = np.quantile(values.numpy(), [0.1, 0.9], axis=1)
    assert (edges.min(), edges.max()) == pytest.approx((low.min(), high.max()))
    values[:, 0] = torch.nan  # a diverged seed does not hide the others
    band(range(5), values, ax=ax, label="b")
    assert np.isfinite(ax.get_lines()[1].get_ydata()).all()


def test_strips_draw_each_seed_and_the_median(ax):
    groups = {"a": draw(7), "b": draw(9, seed=1)}
    strips(groups, ax=ax)
    drawn = [np.sort(line.get_ydata()) for line in ax.get_lines()]
    for points, values in zip(drawn, groups.values(), strict=True):
        np.testing.assert_allclose(points, values.sort().values)
    middles = [c.get_segments()[0][0][1] for c in ax.collections]
    assert middles == pytest.approx([v.median().item() for v in groups.values()])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b"]


def test_a_heat_map_is_white_at_zero_and_names_its_unit(ax):
    values = torch.tensor([[-2.0, 0.0], [1.0, 9.0]])
    heat_map(values, [1, 2], [3, 4], ax=ax, label="log10 norm", limit=4)
    (image,) = ax.get_images()
    assert min(image.cmap(image.norm(0.0))[:3]) > 0.95
    assert ax.figure.axes[-1].get_ylabel() == "log10 norm"


@pytest.mark.parametrize(("top", "offsets"), [(10, [-12, 0, 12]), (5.01, [-24, -12, 0])])
def test_labels_that_would_touch_move_apart_and_never_above_the_axes(ax, top, offsets):
    for i, name in enumerate("abc"):
        ax.plot([0, 1], [0, 5 + i / 1000], label=name)
    ax.set_ylim(0, top)
    label_ends(ax, gap=12)
    moved = sorted(text.xyann[1] for text in ax.texts)
    assert moved == pytest.approx(offsets, abs=0.5)
    assert {text.get_text() for text in ax.texts} == set("abc")


def test_the_label_of_a_line_that_leaves_stands_at_the_edge(ax):
    ax.plot([0, 1], [0, 5], label="above")
    ax.plot([0, 1], [0, -5], label="below")
    ax.plot([0, 1], [0, 0])  # no name, no label
    ax.plot([0, 1], [np.nan, np.nan], label="nowhere")
    ax.set_ylim(-1, 1)
    label_ends(ax)
    ends = {text.get_text(): text.xy for text in ax.texts}
    assert ends == {"above": (1, 1), "below": (1, -1)}


RGB = np.array([colors.to_rgb(colour) for colour in COLOURS])


@pytest.mark.parametrize("kind", ["", "protanomaly", "deuteranomaly", "tritanomaly"])
def test_any_two_colours_differ_for_every_reader(kind):
    """Also as one with this deficiency in full sees them (Machado et al., 2009)."""
    space = {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}
    seen = np.clip(cspace_convert(RGB, space, "sRGB1"), 0, 1) if kind else RGB

    def least(pairs):  # in CAM02-UCS, where 1 is a difference that is just noticed
        return min(deltaE(a, b, input_space="sRGB1") for a, b in pairs)

    assert least(combinations(seen, 2)) > 10
    assert least(pairwise(seen)) > 20
    assert len(COLOURS) == len(STYLES) == len(set(map(str, STYLES)))


def contrast(a, b):
    """The contrast ratio of WCAG, from 1 to 21."""

    def luminance(rgb):
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722] + 0.05

    ratio = luminance(a) / luminance(b)
    return np.maximum(ratio, 1 / ratio)


def test_every_colour_stands_out_from_the_light_page_and_the_dark():
    assert contrast(RGB, np.ones(3)).min() > 3
    # The filter of assets/book.css: invert(.93) hue-rotate(180deg).
    grey = np.array([0.213, 0.715, 0.072])
    inverted = 0.93 - 0.86 * RGB
    turned = np.clip(2 * (inverted @ grey)[:, None] - inverted, 0, 1)
    assert contrast(turned, np.full(3, 0x12 / 255)).min() > 4.5


def test_the_style_is_the_book_s_whatever_the_reader_has_set():
    plots.use_style()
    expected = dict(plt.rcParams)
    with plt.style.context("dark_background"):
        plots.use_style()
        assert dict(plt.rcParams) == expected
