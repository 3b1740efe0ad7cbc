"""All broken claims of all notebooks that nbval runs, in one list at the end.

    pytest --nbval -p claimbook.pytest_plugin chapters

A cell that shows a broken claim fails, also where the stored notebook shows the same.
So does one after which the kernel has needed more memory than a small machine lends.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from claimbook.claims import CLAIM_MIME, Claim

BROKEN = "broken claim"
MOST = 2.0  # GB for one notebook; Binder lends two


def broken_claims(outputs: list[Any] | None) -> list[Claim]:
    """Return the claims among a cell's outputs that did not hold."""
    shown = [
        Claim.read(output["data"][CLAIM_MIME])
        for output in outputs or []
        if CLAIM_MIME in output.get("data", {})
    ]
    return [claim for claim in shown if not claim.held]


def peak_memory(item: pytest.Item) -> float:
    """Return the most that a cell's kernel has needed so far, in GB; 0 if unknown."""
    try:
        pid = item.parent.kernel.km.provisioner.pid  # pyright: ignore
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
    except (AttributeError, OSError):
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1e6 if found else 0.0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note the broken claims of a notebook's cell, and fail it."""
    report = yield
    if call.when == "call":
        outputs = getattr(item, "test_outputs", None)
        lines = [
            f"{item.path.name}: {repr(claim).splitlines()[0]}"
            for claim in broken_claims(outputs)
        ]
        report.user_properties += [(BROKEN, line) for line in lines]
        if (memory := peak_memory(item)) > MOST:
            lines.append(f"{memory:.1f} GB of memory needed, more than {MOST}")
        if lines and report.passed:
            report.outcome = "failed"
            report.longrepr = "\n".join(lines)
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> None:
    """List them all."""
    broken = [
        str(line)
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, line in getattr(report, "user_properties", [])
        if name == BROKEN
    ]
    if broken:
        terminalreporter.section(f"{len(broken)} broken claims")
        for line in broken:
            terminalreporter.write_line(line)
