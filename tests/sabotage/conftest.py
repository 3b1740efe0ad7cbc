"""Print which claims broke under which sabotage."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.getreports("")
    reports += terminalreporter.getreports("passed")
    lines = [dict(r.user_properties).get("sabotage") for r in reports]
    if found := sorted(line for line in lines if line):
        terminalreporter.section("sabotage: what broke")
        for line in found:
            terminalreporter.write_line(line)
