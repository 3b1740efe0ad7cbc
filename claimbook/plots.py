"""One visual language for every figure: the spread is always drawn.

Each function draws on the ``ax`` it is given and returns it; none of them shows anything.
Colour-blind readers can tell any two of the colours apart (the first three are Okabe and
Ito's); each has a line style too, so that no figure depends on colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from cycler import cycler
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.optimize import isotonic_regression
from torch import Tensor

from claimbook.checks import number, shown

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#5B2A86", "#7B2D00", "#4D4D4D")
"""Blue, vermilion, green, violet, brown and grey, in this order, with :data:`STYLES`."""

STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
"""The line style that goes with each colour."""

INK = "#333333"


def use_style() -> None:
    """Make Matplotlib draw in the style of the book, whatever the reader's own."""
    plt.rcdefaults()
    plt.rcParams.update(
        {
            "figure.figsize": (6.4, 3.6),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.size": 10,
            "axes.titlesize": 10.5,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.prop_cycle": cycler(color=COLOURS, linestyle=STYLES),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": "#DDDDDD",
            "grid.linewidth": 0.6,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "lines.linewidth": 1.8,
            "legend.frameon": False,
        }
    )


def panels(
    count: int, *, width: float = 7.2, height: float = 3.2, **options: Any
) -> tuple[Figure, list[Axes]]:
    """Return a figure with ``count`` axes side by side.

    Args:
        count: The number of axes.
        width: Of the figure, in inches.
        height: Of the figure, in inches.
        **options: For :func:`matplotlib.pyplot.subplots`, such as ``sharey=True``.
    """
    figure, axes = plt.subplots(
        1, count, figsize=(width, height), squeeze=False, **options
    )
    return figure, list(axes[0])


def band(
    x: Sequence[float] | Tensor,
    values: Tensor,
    *,
    ax: Axes,
    label: str,
    index: int = 0,
    quantiles: tuple[float, float] = (0.1, 0.9),
) -> Axes:
    """Draw the median over seeds, and a band between two quantiles around it.

    Args:
        x: Where, length n.
        values: Shape ``(n, seeds)``; NaN is left out.
        ax: Where to draw.
        label: Of the line; see :func:`label_ends`.
        index: Which colour and style of the palette.
        quantiles: The edges of the band.
    """
    _check_axes(ax)
    _check_numbers("values", values)
    x = torch.as_tensor(x).tolist()
    if values.shape[:1] != (len(x),) or values.ndim != 2:
        raise ValueError(
            f"values must have shape ({len(x)}, seeds), got {tuple(values.shape)}"
        )
    edges = torch.tensor([quantiles[0], 0.5, quantiles[1]], dtype=values.dtype)
    low, middle, high = values.detach().nanquantile(edges, dim=-1).tolist()
    colour, style = COLOURS[index % 6], STYLES[index % 6]
    ax.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    ax.plot(x, middle, color=colour, linestyle=style, label=label)
    return ax


def strips(groups: Mapping[str, Tensor], *, ax: Axes) -> Axes:
    """Draw one dot for each seed and a bar at the median, group beside group.

    Args:
        groups: From a name to one number per seed.
        ax: Where to draw.
    """
    _check_axes(ax)
    for name, values in groups.items():
        _check_numbers(f"groups[{name!r}]", values)
    for i, (_name, values) in enumerate(groups.items()):
        y = values.detach().flatten().numpy()
        spread = np.linspace(-0.22, 0.22, len(y))
        ax.plot(
            i + spread,
            np.sort(y),
            "o",
            markersize=4,
            alpha=0.7,
            color=COLOURS[i % 6],
        )
        ax.hlines(
            np.nanmedian(y), i - 0.36, i + 0.36, color=INK, lw=2, zorder=1.5
        )
    ax.set_xticks(range(len(groups)), list(groups))
    ax.set_xlim(-0.6, len(groups) - 0.4)
    ax.grid(axis="x", visible=False)
    return ax


def heat_map(
    values: Tensor,
    x: Sequence[float],
    y: Sequence[float],
    *,
    ax: Axes,
    label: str,
    limit: float,
) -> Axes:
    """Draw a table of signed numbers: blue below zero, red above, white at zero.

    Args:
        values: Shape ``(len(y), len(x))``.
        x: Values of the columns.
        y: Values of the rows, lowest first.
        ax: Where to draw.
        label: Of the colour bar, with the unit.
        limit: Numbers beyond ± this have the full colour.
    """
    _check_axes(ax)
    _check_numbers("values", values)
    if values.shape != (len(y), len(x)):
        raise ValueError(
            f"values must have shape ({len(y)}, {len(x)}), got {tuple(values.shape)}"
        )
    number("limit", limit, "must be positive", lambda x: x > 0)
    image = ax.imshow(
        values.detach().numpy(),
        origin="lower",
        aspect="auto",
        cmap="RdBu_r",
        norm=colors.Normalize(-limit, limit),
    )
    ax.set_xticks(range(len(x)), [f"{v:g}" for v in x])
    ax.set_yticks(range(len(y)), [f"{v:g}" for v in y])
    ax.grid(visible=False)
    figure = ax.figure
    assert isinstance(figure, Figure)
    figure.colorbar(image, ax=ax, label=label, extend="both")
    return ax


def label_ends(ax: Axes, *, gap: float = 12.0) -> Axes:
    """Write each line's label beside its right end, in its colour, instead of a legend.

    The label of a line that leaves the axes stands at the edge where it left.  Labels that
    would touch move apart, as little as possible and within the height of the axes.

    Args:
        ax: Axes whose lines have labels, with their final limits and scales.
        gap: Least distance between two labels, in points.
    """
    _check_axes(ax)
    figure = ax.figure
    assert isinstance(figure, Figure)
    ax.autoscale_view()
    bottom, top = sorted(ax.get_ylim())
    ends = []
    for line in ax.get_lines():
        points = np.asarray(line.get_xydata(), dtype=float)
        points = points[np.isfinite(points).all(axis=1)]
        if str(line.get_label()).startswith("_") or len(points) == 0:
            continue
        x, y = points[-1]
        end = x, min(max(y, bottom), top)
        height = ax.transData.transform(end)[1] * 72 / figure.dpi
        ends.append((height, line, end))
    ends.sort(key=lambda end: end[0])
    levels = _apart(
        [end[0] for end in ends], gap, ax.bbox.ymax * 72 / figure.dpi
    )
    for (height, line, point), level in zip(ends, levels, strict=True):
        ax.annotate(
            str(line.get_label()),
            point,
            xytext=(6, level - height),
            textcoords="offset points",
            color=line.get_color(),
            va="center",
            annotation_clip=False,
        )
    with suppress(AttributeError):
        ax.get_legend().remove()  # pyright: ignore[reportOptionalMemberAccess]
    return ax


def _apart(heights: Sequence[float], gap: float, top: float) -> np.ndarray:
    """Move rising ``heights`` a little, to stand ``gap`` apart and below ``top``."""
    if not heights:
        return np.empty(0)
    steps = gap * np.arange(len(heights))
    apart = isotonic_regression(np.subtract(heights, steps)).x + steps
    return np.minimum(apart, top - steps[::-1])


def _check_axes(ax: Axes) -> None:
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be Matplotlib axes, got {shown(ax)}")


def _check_numbers(name: str, values: Tensor) -> None:
    if not isinstance(values, Tensor) or values.numel() == 0:
        raise TypeError(
            f"{name} must be a tensor that is not empty, got {shown(values)}"
        )
