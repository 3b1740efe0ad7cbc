"""Where the time of one ``fit`` goes, by PyTorch's own profiler."""

from __future__ import annotations

import time
from dataclasses import asdict

from torch.profiler import ProfilerActivity, profile

from benchmarks.peers import nnlib_fit
from benchmarks.work import Work

PRODUCTS = {"aten::bmm", "aten::mm", "aten::baddbmm", "aten::addmm"}
VIEWS = {
    f"aten::{name}"
    for name in (
        *("as_strided", "t", "transpose", "view", "reshape", "expand"),
        *("unsqueeze", "squeeze", "select", "slice", "narrow", "split"),
        *("detach", "alias", "flatten", "_unsafe_view", "_reshape_alias"),
        *("matmul", "to", "empty", "empty_like", "empty_strided"),
    )
}


def shares(work: Work) -> dict[str, object]:
    """Return which share of the time each kind of operation takes.

    Returns:
        ``work``, its ``name``, and the shares ``products`` (matrix products), ``others``
        (operations that compute or copy) and ``rest`` (views, autograd's bookkeeping,
        Python, and the profiler itself).
    """
    nnlib_fit(work, work.replicas)()
    run = nnlib_fit(work, work.replicas)
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        start = time.process_time()
        run()
        total = time.process_time() - start
    products = others = 0.0
    for event in profiled.key_averages():
        seconds = event.self_cpu_time_total / 1e6
        if event.key in PRODUCTS:
            products += seconds
        elif event.key.startswith("aten::") and event.key not in VIEWS:
            others += seconds
    return {
        "work": asdict(work),
        "name": work.name,
        "products": products / total,
        "others": others / total,
        "rest": 1 - (products + others) / total,
    }
