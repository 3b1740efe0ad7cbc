"""From what was measured to the tables and figures of "What error bars cost"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from tabulate import tabulate

from benchmarks.peers import LOOP, OURS, PEERS, TOGETHER
from benchmarks.work import DTYPES
from claimbook.plots import COLOURS, panels, use_style

Result = dict[str, Any]
Peaks = dict[str, dict[str, float]]
ONCE, AGAIN = "cold", "seconds"
WORDS = {ONCE: "once", AGAIN: "again"}
OTHERS = (LOOP, *TOGETHER)


def ratios(result: Result, peer: str, when: str = AGAIN) -> list[float]:
    """How many times as long as nnlib the peer took, round by round."""
    ours = result["timings"][OURS][when]
    theirs = result["timings"][peer][when]
    return [b / a for a, b in zip(ours, theirs, strict=True)]


def ratio(result: Result, peer: str, when: str = AGAIN) -> float:
    """Return the median of :func:`ratios`."""
    return median(ratios(result, peer, when))


def seconds(result: Result, way: str = OURS, when: str = AGAIN) -> float:
    """CPU seconds for all networks, the median over rounds."""
    return median(result["timings"][way][when])


def share_of_peak(result: Result, peaks: Peaks) -> float:
    """The rate of nnlib's matrix products as a share of the best library's peak."""
    dtype = result["work"]["dtype"]
    rate = result["operations"] / seconds(result)
    return rate / max(library[dtype] for library in peaks.values())


def line(result: Result, peaks: Peaks) -> str:
    """One case in one line, for the terminal."""
    others = ", ".join(
        f"{_spread(ratios(result, peer))} × {peer}"
        for peer in result["timings"]
        if peer != OURS
    )
    work = result["work"]
    return (
        f"{result['name']}, R = {work['replicas']}, {work['dtype']}: "
        f"{result['examples'] / seconds(result):,.0f} examples/s, "
        f"{share_of_peak(result, peaks):.0%} of peak; {others}"
    )


def write_report(results: Result, folder: Path) -> None:
    """Write the tables and figures that the page includes.

    Args:
        results: What :mod:`benchmarks.run` measured.
        folder: Where they belong.
    """
    use_style()
    texts = {
        "which.md": which_table(results["sweeps"]),
        "where.md": where(results),
        "peers.md": peers_table(results["peers"], results["peaks"]),
        "sweeps.md": sweeps_table(results["sweeps"]),
        "memory.md": memory_table(results["memory"]),
        "goals.md": goals_table(results["sweeps"]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text + "\n", encoding="utf-8")
    for name, draw in (("peers", draw_peers), ("sweeps", draw_sweep)):
        figure = draw(results)
        figure.savefig(
            folder / f"{name}.png", dpi=160, metadata={"Software": None}
        )
        plt.close(figure)


def where(results: Result) -> str:
    """Say on what and with what it was measured, and how fast that multiplies."""
    versions = ", ".join(f"{k} {v}" for k, v in results["versions"].items())
    shown = ", ".join(f"`{k}` {v}" for k, v in results["environment"].items())
    return (
        f"Measured on {results['date']}: {results['machine']}; {versions}; one thread.\n"
        f"Environment: {shown}.\n\n{peaks_table(results['peaks'])}"
    )


def peaks_table(peaks: Peaks) -> str:
    """How fast each library multiplies two 1000 × 1000 matrices."""
    rows = [
        [name, *(f"{rates[dtype] / 1e9:.0f}" for dtype in DTYPES)]
        for name, rates in peaks.items()
    ]
    headers = ["thousand million operations a second", *DTYPES]
    return _table(rows, headers, words=1)


def which_table(results: Sequence[Result]) -> str:
    """Who needs least time where, and how much the others need; ranges over the cases."""

    def row(group: list[Result], many: bool, when: str) -> list[str]:
        group = [r for r in group if (r["work"]["replicas"] > 1) == many]
        first = Counter(
            min(r["timings"], key=lambda way, r=r: seconds(r, way, when))
            for r in group
        )
        return [
            f"{'20 or 120' if many else 'one'}, {WORDS[when]}",
            ", ".join(f"{way} ({n})" for way, n in first.most_common()),
            *(_range(ratio(r, peer, when) for r in group) for peer in OTHERS),
        ]

    cases = [(many, when) for many in (False, True) for when in WORDS]
    tables = _by_dtype(
        results,
        ["networks", "least time (in how many cases)", *OTHERS],
        lambda group: [row(group, *case) for case in cases],
        words=2,
    )
    compiling = {
        id(r): seconds(r, "JAX", ONCE) - seconds(r, "JAX") for r in results
    }
    even = (
        compiling[id(r)] / (1 - ratio(r, "JAX"))
        for r in results
        if r["work"]["replicas"] > 1 and ratio(r, "JAX") < 1
    )
    return (
        f"{tables}\n\nTo prepare and compile, JAX needs {_range(compiling.values())} CPU "
        f"seconds here.\nIt is ahead even of a single run of `nnlib` if that takes longer "
        f"than {_range(even)} CPU seconds, by the shape of the networks."
    )


def sweeps_table(results: Sequence[Result]) -> str:
    """How many times as long the others take, once / again, for each R."""

    def row(r: Result) -> list[str]:
        work, both = r["work"], (ONCE, AGAIN)
        values = [
            [seconds(r, OURS, when) for when in both],
            *([ratio(r, peer, when) for when in both] for peer in OTHERS),
        ]
        return [
            f"{r['name']}, {work['epochs']} epochs",
            str(work["replicas"]),
            *(f"{once:.2g} / {again:.2g}" for once, again in values),
        ]

    headers = ["work", "R", "nnlib, CPU s", *OTHERS]
    return _by_dtype(results, headers, lambda group: [*map(row, group)])


def goals_table(results: Sequence[Result]) -> str:
    """What nnlib aims at against JAX, and whether it gets there."""
    rows = []
    for r in results:
        work, when, goal = r["work"], "", 0.0
        double, many = work["dtype"] == "float64", work["replicas"] > 1
        if work["data"] == "digits" and double and many:  # as chapters train
            when, goal = ONCE, 2.0
        elif list(work["hidden"]) == [32, 32] and work["replicas"] == 20:
            when, goal = AGAIN, 0.45 if double else 0.5
        if goal:
            case = f"{r['name']}, R = {work['replicas']}, {work['dtype']}"
            value = ratio(r, "JAX", when)
            verdict = "hit" if value >= goal else "miss"
            rows.append(
                [case, WORDS[when], f"≥ {goal}", f"{value:.2g}", verdict]
            )
    headers = ["work", "run", "goal", "JAX / nnlib", ""]
    return _table(rows, headers, words=2)


def peers_table(results: Sequence[Result], peaks: Peaks) -> str:
    """How many times as long each peer takes, R = 20; a table for each dtype."""

    def rows(group: list[Result]) -> list[list[str]]:
        rates = [f"{r['examples'] / seconds(r):,.0f}" for r in group]
        shares = [f"{share_of_peak(r, peaks):.0%}" for r in group]
        return [
            ["nnlib, examples/s", *rates],
            ["nnlib, of peak", *shares],
            *([p, *(f"{ratio(r, p):.2g}" for r in group)] for p in PEERS),
        ]

    names = dict.fromkeys(r["name"] for r in results)
    return _by_dtype(results, ["", *names], rows)


def _by_dtype(
    results: Sequence[Result],
    headers: Sequence[str],
    rows: Callable[[list[Result]], list[list[str]]],
    words: int = 1,
) -> str:
    """A table for each dtype, with its name above it."""
    parts = []
    for dtype in DTYPES:
        group = [r for r in results if r["work"]["dtype"] == dtype]
        parts.append(
            f"**{dtype}**\n\n{_table(rows(group), headers, words=words)}"
        )
    return "\n\n".join(parts)


def memory_table(results: Sequence[Result]) -> str:
    """Peak memory of a process, and what another network adds."""
    first, last = results[0], results[-1]
    more = last["replicas"] - first["replicas"]
    each = (last["bytes"] - first["bytes"]) / more
    rows = [[f"{r['bytes'] / 1e6:,.0f} MB" for r in results]]
    headers = [f"R = {r['replicas']}" for r in results]
    return (
        f"{_table(rows, headers, words=0)}\n\n"
        f"Another network of 2 × 100 units adds {each / 1e6:.2f} MB."
    )


def draw_peers(results: Result) -> Figure:
    """Each peer's time as a multiple of nnlib's, R = 20; a dot for each round."""
    figure, axes = panels(2, width=7.4, height=4.4, sharey=True)
    for ax, dtype in zip(axes, DTYPES, strict=True):
        cases = [r for r in results["peers"] if r["work"]["dtype"] == dtype]
        for i, (peer, marker) in enumerate(
            zip(PEERS, "osD^v<>P", strict=True)
        ):
            for row, r in enumerate(cases):
                values = ratios(r, peer)
                ax.plot(
                    values,
                    [row + 0.09 * (i - 3.5)] * len(values),
                    marker,
                    color=COLOURS[i % 6],
                    markersize=4,
                    alpha=0.7,
                    label=peer if row == 0 else None,
                )
        ax.axvline(1, color="#333333", linewidth=1)
        ax.set(xlabel="their time / time of nnlib", title=dtype)
        ax.set_yticks(range(len(cases)), [r["name"] for r in cases])
    axes[0].invert_yaxis()
    return _logarithmic(figure, axes, "x", ncols=4)


def draw_sweep(results: Result) -> Figure:
    """CPU seconds for a chapter's sweep against R, run once and again."""
    figure, axes = panels(2, width=7.4, height=3.8, sharey=True)
    sweeps = results["sweeps"]
    for ax, dtype in zip(axes, DTYPES, strict=True):
        case = sweeps[0]["name"], dtype
        group = [r for r in sweeps if (r["name"], r["work"]["dtype"]) == case]
        counts = [r["work"]["replicas"] for r in group]
        for way, colour in zip((OURS, *OTHERS), COLOURS, strict=False):
            for when, style in ((AGAIN, "o-"), (ONCE, "o:")):
                values = [seconds(r, way, when) for r in group]
                label = way if when == AGAIN else None
                ax.plot(counts, values, style, color=colour, label=label)
        ax.set(xlabel="networks, R", title=dtype)
    axes[0].set_ylabel("CPU seconds for all networks")
    return _logarithmic(figure, axes, "xy", ncols=5)


def _logarithmic(
    figure: Figure, axes: Sequence[Axes], scales: str, *, ncols: int
) -> Figure:
    """Make axes logarithmic, with plain numbers, and put one legend below."""
    for ax in axes:
        for name in scales:
            axis = {"x": ax.xaxis, "y": ax.yaxis}[name]
            ax.set(**{f"{name}scale": "log"})
            axis.set_major_formatter("{x:g}")
    labels = axes[0].get_legend_handles_labels()
    figure.legend(*labels, loc="outside lower center", ncols=ncols)
    return figure


def _range(values: Iterable[float]) -> str:
    """From the least to the largest."""
    least, *_, most = sorted([*values] * 2)
    return f"{least:.2g} to {most:.2g}"


def _spread(values: Sequence[float]) -> str:
    """A median with its range."""
    return f"{median(values):.3g} ({min(values):.3g}–{max(values):.3g})"


def _table(
    rows: Sequence[Sequence[str]], headers: Sequence[str], *, words: int
) -> str:
    """A Markdown table whose first ``words`` columns are text."""
    align = ["left"] * words + ["right"] * (len(headers) - words)
    return tabulate(
        rows, headers, tablefmt="pipe", colalign=align, disable_numparse=True
    )
