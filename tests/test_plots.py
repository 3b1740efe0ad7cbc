"""claimbook.plots: the spread is drawn, and no figure depends on colour alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from colorspacious import cspace_convert, deltaE
from helpers import draw
from matplotlib import colors
from matplotlib.axes import Axes

from claimbook.plots import (
    COLOURS,
    STYLES,
    band,
    heat_map,
    label_ends,
    panels,
    strips,
    use_style,
)

mpl.use("Agg")


@pytest.fixture
def ax() -> Iterator[Axes]:
    with plt.rc_context():
        use_style()
        figure, ax = plt.subplots()
        yield ax
        plt.close(figure)


def test_a_band_shows_the_median_between_two_quantiles(ax: Axes) -> None:
    values = draw(5, 101)
    band(range(5), values, ax=ax, label="a")
    (line,) = ax.get_lines()
    np.testing.assert_allclose(line.get_ydata(), values.median(dim=1).values)
    edges = ax.collections[0].get_paths()[0].vertices
    low, high = np.quantile(values.numpy(), [0.1, 0.9], axis=1)
    assert np.isclose(edges[:, 1].min(), low.min())
    assert np.isclose(edges[:, 1].max(), high.max())


def test_a_diverged_seed_does_not_hide_the_others(ax: Axes) -> None:
    values = draw(3, 10)
    values[:, 0] = torch.nan
    band([1, 2, 3], values, ax=ax, label="a")
    assert np.isfinite(ax.get_lines()[0].get_ydata()).all()


def test_strips_draw_each_seed_and_the_median(ax: Axes) -> None:
    groups = {"a": draw(7), "b": draw(9, seed=1)}
    strips(groups, ax=ax)
    drawn = [np.sort(line.get_ydata()) for line in ax.get_lines()]
    for points, values in zip(drawn, groups.values(), strict=True):
        np.testing.assert_allclose(points, values.sort().values)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b"]


def test_a_heat_map_is_white_at_zero_and_names_its_unit(ax: Axes) -> None:
    values = torch.tensor([[-2.0, 0.0], [1.0, 9.0]])
    heat_map(values, [1, 2], [3, 4], ax=ax, label="log10 norm", limit=4)
    (image,) = ax.get_images()
    white = image.cmap(image.norm(0.0))[:3]
    assert min(white) > 0.95
    assert ax.figure.axes[1].get_ylabel() == "log10 norm"


def test_labels_stand_at_the_ends_and_do_not_overlap(ax: Axes) -> None:
    for i, name in enumerate("abc"):
        ax.plot([0, 1], [0, 1 + i / 1000], label=name)
    label_ends(ax, gap=12)
    heights = sorted(a.xyann[1] for a in ax.texts)
    assert {a.get_text() for a in ax.texts} == set("abc")
    assert np.diff(heights).min() > 11


@pytest.mark.parametrize(
    ("top", "offsets"),
    [(10, [-12, 0, 12]), (5.01, [-24, -12, 0])],
    ids=["both ways", "never above the axes"],
)
def test_labels_that_would_touch_move_apart(ax: Axes, top, offsets) -> None:
    for i, name in enumerate("abc"):
        ax.plot([0, 1], [0, 5 + i / 1000], label=name)
    ax.set_ylim(0, top)
    label_ends(ax, gap=12)
    moved = sorted(text.xyann[1] for text in ax.texts)
    assert moved == pytest.approx(offsets, abs=0.5)


def test_the_label_of_a_line_that_leaves_stands_at_the_edge(ax: Axes) -> None:
    ax.plot([0, 1], [0, 5], label="above")
    ax.plot([0, 1], [0, -5], label="below")
    ax.set_ylim(-1, 1)
    label_ends(ax)
    ends = {text.get_text(): text.xy for text in ax.texts}
    assert ends == {"above": (1, 1), "below": (1, -1)}


def test_every_colour_has_a_style_of_its_own() -> None:
    assert len(COLOURS) == len(STYLES) == len(set(map(str, STYLES)))


RGB = np.array([colors.to_rgb(colour) for colour in COLOURS])
SIMULATED = ("protanomaly", "deuteranomaly", "tritanomaly")  # each in full


def seen(kind: str) -> np.ndarray:
    """The palette as a reader with this deficiency sees it (Machado et al., 2009)."""
    if kind == "normal":
        return RGB
    space = {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}
    return np.clip(cspace_convert(RGB, space, "sRGB1"), 0, 1)


@pytest.mark.parametrize("kind", ["normal", *SIMULATED])
def test_any_two_colours_differ_for_every_reader(kind: str) -> None:
    # In units of CAM02-UCS, where 1 is a difference that is just noticed.
    palette = seen(kind)
    pairs = [
        deltaE(a, b, input_space="sRGB1") for a, b in combinations(palette, 2)
    ]
    neighbours = [
        deltaE(a, b, input_space="sRGB1") for a, b in pairwise(palette)
    ]
    assert min(pairs) > 10
    assert min(neighbours) > 20


def contrast(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The contrast ratio of WCAG, from 1 to 21."""

    def luminance(rgb: np.ndarray) -> np.ndarray:
        linear = np.where(
            rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4
        )
        return linear @ [0.2126, 0.7152, 0.0722] + 0.05

    ratio = luminance(a) / luminance(b)
    return np.maximum(ratio, 1 / ratio)


def test_every_colour_stands_out_from_the_light_page_and_the_dark() -> None:
    assert contrast(RGB, np.ones(3)).min() > 3
    # The filter of assets/book.css: invert(.93) hue-rotate(180deg).
    grey = np.array([0.213, 0.715, 0.072])
    inverted = 0.93 - 0.86 * RGB
    turned = np.clip(2 * (inverted @ grey)[:, None] - inverted, 0, 1)
    assert contrast(turned, np.full(3, 0x12 / 255)).min() > 4.5


def test_panels_stand_side_by_side() -> None:
    figure, axes = panels(3, sharey=True)
    assert len(axes) == 3
    assert axes[0].get_shared_y_axes().joined(axes[0], axes[2])
    plt.close(figure)


def test_a_line_without_a_name_or_without_a_point_gets_no_label() -> None:
    figure, (ax,) = panels(1)
    ax.plot([0, 1], [0, 1], label="named")
    ax.plot([0, 1], [1, 2])
    ax.plot([0, 1], [np.nan, np.nan], label="nowhere")
    label_ends(ax)
    assert [text.get_text() for text in ax.texts] == ["named"]
    plt.close(figure)
