"""Figures that move: in the page without a kernel, and further where one runs.

Everything here ends in one output that is complete in itself: no ids, no request to
anyone, native controls that its script makes.  The built book, ``file://``, JupyterLab
and a train without a network show the same.  Where scripts are stripped (an untrusted
notebook, GitHub's viewer) the first picture and a sentence remain.
"""

from __future__ import annotations

import base64
import html
import io
import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from IPython.core.getipython import get_ipython
from matplotlib.figure import Figure
from PIL import Image

from claimbook.checks import text
from claimbook.page import HERE, Output

__all__ = ["applet", "explore"]

Point = Mapping[str, Any]
Alt = str | Callable[..., str]

MAX_PICTURES = 150
PIXELS_PER_INCH = 100  # on the page; the pictures themselves are sharper
DPI = 144
PALETTE = 64  # colours of a picture: enough for line plots, and half the bytes
LIVE_STEPS = 60


def applet(script: Path, *, alt: str, **data: Any) -> Output:
    """Show a figure that computes in the page.

    Args:
        script: Its JavaScript; what it sees is said at :meth:`.Output.with_script`.
        alt: What there is to see and to do, in a sentence.
        **data: What the applet is told, such as where it starts.
    """
    name = Path(script).stem.replace("_", "-")
    return Output.with_script(
        _still(text("alt", alt)),
        Path(script),
        {"alt": alt, **data},
        f"Interactive figure: {alt}",
        f"nnl-{name}",
    )


def explore(
    draw: Callable[..., Figure],
    *,
    alt: Alt,
    keep_colours: bool = False,
    start: Point | None = None,
    **axes: Iterable[Any],
) -> Output:
    """Show ``draw(**point)`` behind sliders, for every point of a small grid.

    Without a kernel the sliders choose among pictures that were made in advance.  Where
    a kernel runs, ipywidgets sliders cover the range between the values as well, and
    what was never drawn is drawn then.

    Args:
        draw: Called with one value for each axis; returns a Matplotlib figure.
        alt: What the pictures show, in a sentence; or a function ``alt(**point)`` that
            gives each picture its own sentence.
        keep_colours: Whether the colours carry meaning (a heat map, an image), so that
            the dark theme must not turn them.
        start: The point that is shown first; axes it leaves out start at their first
            value.
        **axes: One or two sliders: a name, and the numbers or strings it steps through.
            Play moves the last.

    Example:
        >>> def parabola(scale):
        ...     figure, ax = plt.subplots(figsize=(3, 2))
        ...     ax.plot([-1, 0, 1], [scale, 0, scale])
        ...     return figure
        >>> explore(parabola, alt="A parabola.", scale=[0.5, 1, 2])
        Interactive figure: A parabola. (scale: 0.5, 1, 2)
    """
    grid, pictures = _grid(axes), _Pictures(draw, alt)
    first = _start(grid, start or {})
    points = [
        dict(zip(grid, values, strict=True))
        for values in itertools.product(*grid.values())
    ]
    labels = [
        [_name(n), [_label(v) for v in values]] for n, values in grid.items()
    ]
    sliders = "; ".join(f"{name}: {', '.join(of)}" for name, of in labels)
    data = {
        "axes": labels,
        "at": [values.index(first[name]) for name, values in grid.items()],
        "frames": _each_once(
            [pictures.address(point) for point in points],
            shown=pictures.address(first),
        ),
        "alts": [pictures.sentence(point) for point in points],
        "each": callable(alt),
    }
    seen = pictures.sentence(first) if callable(alt) else alt
    output = Output.with_script(
        pictures.image(first) + _still(f"Its sliders would be {sliders}."),
        HERE / "explore.js",
        data,
        f"Interactive figure: {seen} ({sliders})",
        "nn-keep" if keep_colours else "",
    )
    return _Explorer(output, pictures, grid, first)


def _each_once(addresses: list[str], shown: str) -> list[str | int | None]:
    """Return None for the picture that is shown, and a place for one that came before."""
    places: dict[str, int | None] = {shown: None}
    frames: list[str | int | None] = []
    for k, address in enumerate(addresses):
        frames.append(places.get(address, address))
        places.setdefault(address, k)
    return frames


class _Pictures:
    """Pictures of one figure, each drawn once, and what is seen in them."""

    def __init__(self, draw: Callable[..., Figure], alt: Alt) -> None:
        self.draw, self.alt = draw, alt
        self.drawn: dict[tuple[Any, ...], str] = {}
        self.size: tuple[int, int] | None = None

    def sentence(self, point: Point) -> str:
        if callable(self.alt):
            return text("alt(...)", self.alt(**point))
        values = ", ".join(f"{_name(n)} {_label(v)}" for n, v in point.items())
        return f"{text('alt', self.alt)} ({values})"

    def address(self, point: Point) -> str:
        key = tuple(point.values())
        if key not in self.drawn:
            self.drawn[key] = self._draw(point)
        return self.drawn[key]

    def image(self, point: Point) -> str:
        address = self.address(point)
        width, height = self.size or (0, 0)
        return (
            f'<img width="{width}" height="{height}" '
            f'alt="{html.escape(self.sentence(point))}" src="{address}">'
        )

    def _draw(self, point: Point) -> str:
        figure = self.draw(**point)
        if not isinstance(figure, Figure):
            kind = type(figure).__name__
            raise TypeError(
                f"draw must return a Matplotlib Figure, got {kind}"
            )
        width, height = (
            round(PIXELS_PER_INCH * x) for x in figure.get_size_inches()
        )
        drawn, packed = io.BytesIO(), io.BytesIO()
        try:
            with mpl.rc_context({"savefig.bbox": "standard"}):
                figure.savefig(drawn, format="png", dpi=DPI)
        finally:
            plt.close(figure)
        picture = (
            Image.open(drawn)
            .convert("RGB")
            .quantize(
                PALETTE,
                method=Image.Quantize.MAXCOVERAGE,  # keeps rare colours
                dither=Image.Dither.NONE,
            )
        )
        picture.convert("RGB").save(packed, "webp", lossless=True, method=6)
        self.size = self.size or (width, height)
        if (width, height) != self.size:
            sizes = f"{self.size} and {(width, height)}"
            raise ValueError(
                f"draw must return figures of one size, got {sizes}"
            )
        data = base64.b64encode(packed.getvalue()).decode("ascii")
        return f"data:image/webp;base64,{data}"


class _Explorer(Output):
    """The output of :func:`explore`, with live sliders where a kernel runs."""

    def __init__(
        self,
        output: Output,
        pictures: _Pictures,
        grid: dict[str, list[Any]],
        start: Point,
    ) -> None:
        super().__init__(output.html, output.text)
        self.pictures, self.grid, self.start = pictures, grid, start

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Return the HTML for the page, and a widget where a kernel can answer it."""
        bundle = super()._repr_mimebundle_()
        if getattr(get_ipython(), "kernel", None) is None:
            return bundle
        return (self.widget()._repr_mimebundle_() or {}) | bundle

    def widget(self) -> Any:
        """Return ipywidgets sliders over the whole range, above the picture."""
        import ipywidgets as widgets

        view = widgets.HTML(self.pictures.image(self.start))
        sliders = {
            name: widgets.SelectionSlider(
                options=[(_label(value), value) for value in _between(values)],
                value=self.start[name],
                description=_name(name),
                style={"description_width": "initial"},
                layout={"width": "auto", "max_width": "40rem"},
            )
            for name, values in self.grid.items()
        }

        def redraw(_: Any) -> None:
            point = {name: slider.value for name, slider in sliders.items()}
            try:
                view.value = self.pictures.image(point)
            except Exception as error:  # no old picture beside a new value
                message = f"{type(error).__name__}: {error}"
                view.value = f'<p role="alert">{html.escape(message)}</p>'

        for slider in sliders.values():
            slider.observe(redraw, names="value")
        return widgets.VBox([view, *sliders.values()])


def _grid(axes: Mapping[str, Iterable[Any]]) -> dict[str, list[Any]]:
    """Return the axes as lists of plain Python values, or say what is wrong."""
    if not 1 <= len(axes) <= 2:
        raise ValueError(f"explore takes one or two axes, got {len(axes)}")
    grid = {}
    for name, values in axes.items():
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise TypeError(
                f"{name} must be a sequence of values, got {values!r}"
            )
        tolist = getattr(values, "tolist", None)  # a tensor's or an array's
        grid[name] = list(tolist() if tolist else values)
        if not grid[name]:
            raise ValueError(f"{name} must hold at least one value, got none")
        labels = [_label(value) for value in grid[name]]
        if len(set(labels)) < len(labels):
            raise ValueError(
                f"{name} must hold different values, got {labels}"
            )
    count = math.prod(map(len, grid.values()))
    if count > MAX_PICTURES:
        raise ValueError(
            f"axes must ask for at most {MAX_PICTURES} pictures, {count=}"
        )
    return grid


def _start(grid: Mapping[str, list[Any]], start: Point) -> dict[str, Any]:
    for name, value in start.items():
        if value not in grid.get(name, ()):
            raise ValueError(
                f"start must be on the grid, got {name}={value!r}"
            )
    return {name: start.get(name, values[0]) for name, values in grid.items()}


def _between(values: list[Any]) -> list[Any]:
    """Return the values of a live slider: the grid's, and steps between neighbours.

    Integers stay integers.  The steps are ratios where the ratios of neighbours vary
    less than their differences (0.01, 0.1, 1), and differences otherwise.  What cannot
    be interpolated is returned as it is.
    """
    if not all(_is_number(value) for value in values):
        return values
    grid = sorted(values)

    def spread(x: list[float]) -> float:
        gaps = np.diff(x)
        return float(gaps.std() / gaps.mean()) if len(gaps) else 0.0

    by_ratio = grid[0] > 0 and spread([math.log(x) for x in grid]) < spread(
        grid
    )
    space = np.geomspace if by_ratio else np.linspace
    count = max(2, LIVE_STEPS // max(1, len(grid) - 1))
    steps = [
        x for a, b in itertools.pairwise(grid) for x in space(a, b, count + 1)
    ]
    if all(isinstance(value, int) for value in values):
        return sorted({*grid, *(round(x) for x in steps)})
    rounded = {float(f"{x:.3g}") for x in steps}
    return sorted({*grid, *(x for x in rounded if grid[0] < x < grid[-1])})


def _is_number(value: Any) -> TypeGuard[float]:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def _name(axis: str) -> str:
    return axis.replace("_", " ")


def _label(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _still(sentence: str) -> str:
    """Return the sentence that a reader sees only where scripts do not run."""
    return (
        f'<p class="nnl-off">This figure moves. {html.escape(sentence)} '
        "Run this cell, or trust the notebook, to move it.</p>"
    )
