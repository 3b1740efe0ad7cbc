"""From what was measured to the tables and figures of "What error bars cost"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from tabulate import tabulate

from benchmarks.measure import LOOP
from benchmarks.peers import OURS, PEERS
from claimbook.plots import COLOURS, STYLES, panels, use_style

Result = dict[str, Any]
DTYPES = ("float32", "float64")


def ratios(result: Result, peer: str) -> list[float]:
    """How many times as long as nnlib the peer took, round by round."""
    ours = result["timings"][OURS]["seconds"]
    theirs = result["timings"][peer]["seconds"]
    return [b / a for a, b in zip(ours, theirs, strict=True)]


def seconds(result: Result, way: str = OURS) -> float:
    """CPU seconds for all networks, the median over rounds."""
    return median(result["timings"][way]["seconds"])


def share_of_peak(result: Result) -> float:
    """The rate of nnlib's matrix products as a share of what this processor can do."""
    rate = result["operations"] / seconds(result)
    return rate / max(result["peak"])


def line(result: Result) -> str:
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
        f"{share_of_peak(result):.0%} of peak; {others}"
    )


def write_report(results: Result, folder: Path) -> None:
    """Write the tables and figures that the page includes.

    Args:
        results: What :mod:`benchmarks.run` measured.
        folder: Where they belong.
    """
    use_style()
    texts = {
        "where.md": where(results),
        "peers.md": peers_table(results["peers"]),
        "grid.md": grid_table(results["grid"]),
        "memory.md": memory_table(results["memory"]),
        "shares.md": shares_table(results["shares"]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text + "\n", encoding="utf-8")
    for name, draw in (("peers", draw_peers), ("replicas", draw_replicas)):
        figure = draw(results)
        figure.savefig(
            folder / f"{name}.png", dpi=160, metadata={"Software": None}
        )
        plt.close(figure)


def where(results: Result) -> str:
    """Say on what and with what it was measured."""
    versions = ", ".join(f"{k} {v}" for k, v in results["versions"].items())
    peaks = {
        dtype: max(
            max(r["peak"])
            for r in results["peers"]
            if r["work"]["dtype"] == dtype
        )
        for dtype in DTYPES
    }
    shown = " and ".join(f"{v / 1e9:.0f} in {k}" for k, v in peaks.items())
    return (
        f"Measured on {results['date']}: {results['machine']}; {versions}; one thread.\n"
        f"A product of two 1000 × 1000 matrices ran at {shown} "
        "(thousand million operations a second): that is the peak of the tables."
    )


def peers_table(results: Sequence[Result]) -> str:
    """How many times as long each peer takes, R = 20; a table for each dtype."""
    headers = ["work", "examples/s", "of peak", *PEERS]
    return _by_dtype(
        results,
        headers,
        lambda r: [
            r["name"],
            f"{r['examples'] / seconds(r):,.0f}",
            f"{share_of_peak(r):.0%}",
            *(f"{median(ratios(r, peer)):.2g}" for peer in PEERS),
        ],
    )


def grid_table(results: Sequence[Result]) -> str:
    """How many times as long the loop in memory takes, for each R."""
    cases: dict[tuple[str, str], dict[int, Result]] = {}
    for r in results:
        work = r["work"]
        if work["data"] == "mnist1d":
            case = cases.setdefault((r["name"], work["dtype"]), {})
            case[work["replicas"]] = r
    counts = sorted({count for case in cases.values() for count in case})
    return _by_dtype(
        [case[counts[0]] for case in cases.values()],
        ["work", *(f"R = {count}" for count in counts)],
        lambda r: [
            r["name"],
            *(
                f"{median(ratios(cases[r['name'], r['work']['dtype']][n], LOOP)):.2g}"
                for n in counts
            ),
        ],
    )


def _by_dtype(
    results: Sequence[Result],
    headers: Sequence[str],
    row: Callable[[Result], list[str]],
) -> str:
    """A table for each dtype, with its name above it."""
    parts = []
    for dtype in DTYPES:
        rows = [row(r) for r in results if r["work"]["dtype"] == dtype]
        parts.append(f"**{dtype}**\n\n{_table(rows, headers, words=1)}")
    return "\n\n".join(parts)


def memory_table(results: Sequence[Result]) -> str:
    """Peak memory of a process, and what another network adds."""
    first, last = results[0], results[-1]
    each = (last["bytes"] - first["bytes"]) / (
        last["replicas"] - first["replicas"]
    )
    rows = [[f"{r['bytes'] / 1e6:,.0f} MB" for r in results]]
    headers = [f"R = {r['replicas']}" for r in results]
    return (
        f"{_table(rows, headers, words=0)}\n\n"
        f"Another network of 2 × 100 units adds {each / 1e6:.2f} MB."
    )


def shares_table(results: Sequence[Result]) -> str:
    """Where the time of one ``fit`` goes."""
    kinds = ("products", "others", "rest")
    rows = [
        [
            f"{r['name']}, R = {r['work']['replicas']}",
            r["work"]["dtype"],
            *(f"{r[kind]:.0%}" for kind in kinds),
        ]
        for r in results
    ]
    headers = [
        "work",
        "dtype",
        "matrix products",
        "other arithmetic, copies",
        "Python, autograd, views",
    ]
    return _table(rows, headers, words=2)


def draw_peers(results: Result) -> Figure:
    """Each peer's time as a multiple of nnlib's, R = 20; a dot for each round."""
    figure, axes = panels(2, width=7.4, height=3.8, sharey=True)
    for ax, dtype in zip(axes, DTYPES, strict=True):
        cases = [r for r in results["peers"] if r["work"]["dtype"] == dtype]
        for i, (peer, marker) in enumerate(zip(PEERS, "osD^v", strict=True)):
            for row, r in enumerate(cases):
                values = ratios(r, peer)
                height = [row + 0.12 * (i - 2)] * len(values)
                ax.plot(
                    values,
                    height,
                    marker,
                    color=COLOURS[i],
                    markersize=4,
                    alpha=0.7,
                    label=peer if row == 0 else None,
                )
        ax.axvline(1, color="#333333", linewidth=1)
        ax.set(
            xscale="log",
            xlabel="their time / time of nnlib",
            title=dtype,
            yticks=range(len(cases)),
            yticklabels=[r["name"] for r in cases],
        )
        ax.xaxis.set_major_formatter("{x:g}")
    axes[0].invert_yaxis()
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=5,
    )
    return figure


def draw_replicas(results: Result) -> Figure:
    """CPU seconds for a network and a thousand steps, against R."""
    figure, axes = panels(2, width=7.4, height=3.6, sharey=True)
    for ax, dtype in zip(axes, DTYPES, strict=True):
        for i, (name, group) in enumerate(_by_name(results["grid"], dtype)):
            counts = [r["work"]["replicas"] for r in group]
            for way, width in ((OURS, 1.8), (LOOP, 1.2)):
                values = [_per_network_step(r, way) for r in group]
                ax.plot(
                    counts,
                    values,
                    color=COLOURS[i],
                    linestyle=STYLES[0] if way == OURS else STYLES[3],
                    linewidth=width,
                    marker="o" if way == OURS else None,
                    markersize=3.5,
                    label=name if way == OURS else None,
                )
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="networks trained at once, R",
            title=dtype,
            xticks=[1, 5, 20, 100],
        )
        ax.xaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_major_formatter("{x:g}")
        ax.minorticks_off()
    axes[0].set_ylabel("CPU ms for one step of one network")
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=2,
    )
    return figure


def _by_name(
    results: Sequence[Result], dtype: str
) -> Iterator[tuple[str, list[Result]]]:
    """The cases of the figure: each minibatch as wide as the network, or 32 if deep."""
    for width, depth, batch in (
        (32, 2, 32),
        (100, 2, 100),
        (256, 2, 100),
        (32, 20, 32),
    ):
        group = [
            r
            for r in results
            if r["work"]["dtype"] == dtype
            and r["work"]["data"] == "mnist1d"
            and r["work"]["batch_size"] == batch
            and list(r["work"]["hidden"]) == [width] * depth
        ]
        yield f"{depth} × {width}, batch {batch}", group


def _per_network_step(result: Result, way: str) -> float:
    return (
        1e3
        * seconds(result, way)
        / result["steps"]
        / result["work"]["replicas"]
    )


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
