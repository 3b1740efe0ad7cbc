"""Print which claim caught which sabotage."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    caught = [
        dict(report.user_properties)
        for report in terminalreporter.getreports("passed")
        if dict(report.user_properties).get("sabotage")
    ]
    if caught:
        terminalreporter.section("sabotage: what caught what")
    for row in sorted(caught, key=lambda row: row["sabotage"]):
        terminalreporter.write_line(f"{row['sabotage']}: {row['caught']}")
