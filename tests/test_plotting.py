"""nnlib.plotting: the spread is drawn, and no figure depends on colour alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from helpers import draw
from matplotlib import colors
from matplotlib.axes import Axes

from nnlib.plotting import (
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


def test_every_colour_has_a_style_of_its_own() -> None:
    assert len(COLOURS) == len(STYLES) == len(set(map(str, STYLES)))


@pytest.mark.parametrize("kind", ["normal", "protanopia", "deuteranopia"])
def test_the_first_four_colours_differ_for_colour_blind_readers(
    kind: str,
) -> None:
    # Linear-light simulation after Viénot, Brettel and Mollon (1999).
    simulate = {
        "normal": np.eye(3),
        "protanopia": np.array(
            [
                [0.11238, 0.88762, 0],
                [0.11238, 0.88762, 0],
                [0.00401, -0.00401, 1],
            ]
        ),
        "deuteranopia": np.array(
            [
                [0.29275, 0.70725, 0],
                [0.29275, 0.70725, 0],
                [-0.02234, 0.02234, 1],
            ]
        ),
    }[kind]
    seen = [simulate @ np.array(colors.to_rgb(c)) ** 2.2 for c in COLOURS[:4]]
    assert min(np.abs(a - b).max() for a, b in combinations(seen, 2)) > 0.08


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
