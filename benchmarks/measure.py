"""Time the ways of training against each other, in interleaved rounds.

Times are CPU seconds of this process, which runs on one thread: on a shared machine they
disturb less than the clock on the wall.  What is compared runs in turn, round after round;
a ratio is the median over rounds of the ratio within a round.

Each way is timed *cold*, with its preparation and what it compiles, and *warm*: training
alone, in a process that has done the same before.  Imports count in neither.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module, util
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.machine import blas_of_numpy, blas_of_torch
from benchmarks.peers import LOOP, OURS, PEERS, TOGETHER, Peer, nnlib_fit
from benchmarks.work import DTYPES, Work

SAME = {LOOP, *TOGETHER}
T = TypeVar("T")


@dataclass(frozen=True)
class Timing:
    """One way of doing one piece of work.

    Attributes:
        seconds: CPU seconds of each round, for all R networks, warm.
        cold: The same, cold.
        losses: Mean loss of each network that was trained, in the last round.
    """

    seconds: list[float]
    cold: list[float]
    losses: list[float]


def compare(
    work: Work,
    peers: Mapping[str, Peer],
    *,
    rounds: int,
    networks: int,
    cold: int = 1,
) -> dict[str, object]:
    """Do ``work`` with nnlib and with each of ``peers``, and check that all learn alike.

    Args:
        work: What is trained.
        peers: Ways of training.
        rounds: How often, in turn.
        networks: How many of the R networks a peer trains that does one after another; its
            time is multiplied, because the networks have nothing to do with each other.
        cold: How often before that, in turn, with all compiled code forgotten; at least
            once, so that the rounds are warm.

    Raises:
        AssertionError: If a peer's losses are not those of nnlib.
    """
    ways = {OURS: nnlib_fit, **peers}
    timings = {name: Timing([], [], []) for name in ways}
    for i in range(cold + rounds):
        if i < cold:
            _forget()
        for name, way in ways.items():
            whole = name == OURS or name in TOGETHER
            n = work.replicas if whole else min(networks, work.replicas)
            prepare = partial(way, work, n)
            run = (lambda f=prepare: f()()) if i < cold else prepare()
            seconds, losses = _timed(run)
            timing = timings[name]
            times = timing.cold if i < cold else timing.seconds
            times.append(seconds * work.replicas / n)
            timing.losses[:] = losses.tolist()
    for name in peers:
        check_losses(work, name, timings)
    return {
        "work": asdict(work),
        "name": work.name,
        "steps": work.steps,
        "examples": work.examples,
        "operations": work.operations,
        "timings": {name: asdict(t) for name, t in timings.items()},
    }


def check_losses(work: Work, name: str, timings: Mapping[str, Timing]) -> None:
    """Refuse a peer that did other work.

    Those of ``SAME`` start where nnlib starts and see the same minibatches: their losses
    must be the same but for rounding.  The others shuffle by themselves: their mean must be
    near.  scikit-learn also starts elsewhere, with Glorot's weights: it may be further off.
    """
    ours, theirs = (
        torch.tensor(timings[way].losses, dtype=torch.float64)
        for way in (OURS, name)
    )
    if name in SAME:
        tolerance = 1e-12 if work.dtype == "float64" else 1e-3
        difference = (ours[: len(theirs)] - theirs).abs().max()
    else:
        tolerance = 0.3 if name == "scikit-learn" else 0.15
        difference = (ours.mean() - theirs.mean()).abs() / ours.mean()
    if not difference <= tolerance:
        raise AssertionError(
            f"{name} must do the work of {OURS} ({work.name}, {work.dtype}), but its "
            f"losses differ by {float(difference):.2g}, more than {tolerance}"
        )


def peak_memory(work: Work) -> int:
    """Return the largest size, in bytes, of a new process that does ``work`` with nnlib."""
    code = (
        "from benchmarks.measure import *; torch.set_num_threads(1); "
        f"nnlib_fit({work!r}, {work.replicas})(); "
        "print(peak_memory_of_this_process())"
    )
    shown = subprocess.check_output([sys.executable, "-c", code], text=True)
    return int(shown)


def peak_memory_of_this_process() -> int:
    """Return its largest size so far, in bytes.

    Linux hands ``ru_maxrss`` on to a process's children, so there the kernel's own
    account of this process is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        kilobytes = status.read_text().split("VmHWM:")[1].split()[0]
        return int(kilobytes) * 1024
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def warm_up(peers: Iterable[str] = PEERS) -> None:
    """Load what the ways load at their first use, so that no round pays for it."""
    torch.set_num_threads(1)
    threadpool_limits(1)  # NumPy's and SciPy's BLAS
    work = Work("digits", (8,), 500, replicas=1)
    for way in (nnlib_fit, *(PEERS[name] for name in peers)):
        way(work, 1)()


def peaks(size: int = 1000) -> dict[str, dict[str, float]]:
    """Return what a product of two square matrices reaches, in operations a second.

    Returns:
        For each library at hand, by its name, the best of ten for each dtype.
    """
    a = np.random.default_rng(0).standard_normal((size, size))

    def square(a: Any) -> Callable[[], object]:
        return lambda: a @ a

    ways: dict[str, Callable[[Any], Callable[[], object]]] = {
        blas_of_torch(): lambda a: square(torch.tensor(a)),
        blas_of_numpy(): square,
    }
    if util.find_spec("jax"):
        ways["XLA (JAX)"] = import_module("benchmarks.compiled").square
    return {
        name: {d: 2 * size**3 / _best(way(a.astype(d))) for d in DTYPES}
        for name, way in ways.items()
    }


def _forget() -> None:
    """Throw away what was compiled, if anything can have been."""
    if "benchmarks.compiled" in sys.modules:
        import_module("benchmarks.compiled").forget()


def _timed(run: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    result = run()
    return time.process_time() - start, result


def _best(run: Callable[[], object]) -> float:
    """CPU seconds, the best of ten, after a first time that may compile."""
    return min([_timed(run)[0] for _ in range(11)][1:])
