"""All broken claims of all notebooks that nbval runs, in one list at the end.

    pytest --nbval -p claimbook.pytest_plugin chapters

A cell that shows a broken claim fails, also where the stored notebook shows the same.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from claimbook.claims import CLAIM_MIME, Claim

BROKEN = "broken claim"


def broken_claims(outputs: list[Any] | None) -> list[Claim]:
    """Return the claims among a cell's outputs that did not hold."""
    shown = [
        Claim.read(output["data"][CLAIM_MIME])
        for output in outputs or []
        if CLAIM_MIME in output.get("data", {})
    ]
    return [claim for claim in shown if not claim.held]


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
