"""Time the ways of training against each other, in interleaved rounds.

Times are CPU seconds of this process, which runs on one thread: on a shared machine they
disturb less than the clock on the wall.  What is compared runs in turn, round after round;
a ratio is the median over rounds of the ratio within a round.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.peers import OURS, PEERS, Peer, gemm_peak, nnlib_fit
from benchmarks.work import Work

LOOP = "loop in memory"


@dataclass(frozen=True)
class Timing:
    """One way of doing one piece of work.

    Attributes:
        seconds: CPU seconds of each round, for all R networks.
        losses: Mean loss of each network that was trained, in the last round.
    """

    seconds: list[float]
    losses: list[float]


def compare(
    work: Work, peers: Mapping[str, Peer], *, rounds: int, networks: int
) -> dict[str, object]:
    """Do ``work`` with nnlib and with each of ``peers``, and check that all learn alike.

    Args:
        work: What is trained.
        peers: Ways of training that do one network after another.
        rounds: How often, in turn.
        networks: How many of the R networks a peer trains; the time of all R is that
            multiplied, because its networks have nothing to do with each other.

    Raises:
        AssertionError: If a peer's losses are not those of nnlib.
    """
    count = min(networks, work.replicas)
    ways: dict[str, tuple[Peer, int]] = {OURS: (nnlib_fit, work.replicas)}
    ways |= {name: (peer, count) for name, peer in peers.items()}
    timings = {name: Timing([], []) for name in ways}
    peaks = []
    for _ in range(rounds):
        peaks.append(_rate(gemm_peak(work.dtype)))
        for name, (way, n) in ways.items():
            seconds, losses = _timed(way(work, n))
            timings[name].seconds.append(seconds * work.replicas / n)
            timings[name].losses[:] = losses.tolist()
    for name in peers:
        check_losses(work, name, timings)
    return {
        "work": asdict(work),
        "name": work.name,
        "steps": work.steps,
        "examples": work.examples,
        "operations": work.operations,
        "peak": peaks,
        "timings": {name: asdict(t) for name, t in timings.items()},
    }


def check_losses(work: Work, name: str, timings: Mapping[str, Timing]) -> None:
    """Refuse a peer that did other work.

    The loop in memory starts where nnlib starts and sees the same minibatches: its losses
    must be the same but for rounding.  The others shuffle by themselves: their mean must be
    near.  scikit-learn also starts elsewhere, with Glorot's weights: it may be further off.
    """
    ours, theirs = (
        torch.tensor(timings[way].losses, dtype=torch.float64)
        for way in (OURS, name)
    )
    if name == LOOP:
        tolerance = 1e-10 if work.dtype == "float64" else 1e-3
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
        "import torch\n"
        "from benchmarks.measure import peak_memory_of_this_process\n"
        "from benchmarks.peers import nnlib_fit\n"
        "from benchmarks.work import Work\n"
        "torch.set_num_threads(1)\n"
        f"nnlib_fit({work!r}, {work.replicas})()\n"
        "print(peak_memory_of_this_process())\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(shown.stdout)


def peak_memory_of_this_process() -> int:
    """Return its largest size so far, in bytes.

    Linux hands ``ru_maxrss`` on to a process's children, so there the kernel's own
    account of this process is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (
            line
            for line in status.read_text().splitlines()
            if line.startswith("VmHWM:")
        )
        return int(line.split()[1]) * 1024
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def warm_up() -> None:
    """Load what the ways load at their first use, so that no round pays for it."""
    torch.set_num_threads(1)
    work = Work("digits", (8,), 500, replicas=1)
    for way in (nnlib_fit, *PEERS.values()):
        way(work, 1)()


def _timed(run: Callable[[], Tensor]) -> tuple[float, Tensor]:
    start = time.process_time()
    result = run()
    return time.process_time() - start, result


def _rate(run: Callable[[], float]) -> float:
    """Operations a second, the best of three."""
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        operations = run()
        best = max(best, operations / (time.process_time() - start))
    return best
