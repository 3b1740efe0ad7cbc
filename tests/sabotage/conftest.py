"""Print which claims broke under which sabotage, and write it down if asked."""

from tests.sabotage.run import write_witnesses


def pytest_addoption(parser):
    parser.addoption("--record", action="store_true", help="write witnesses.yml")


def pytest_terminal_summary(terminalreporter, config):
    kinds = map(terminalreporter.getreports, ("passed", "failed"))
    noted = [dict(report.user_properties) for of in kinds for report in of]
    ran = [properties["sabotage"] for properties in noted if properties]
    for _, _, line in sorted(ran, key=lambda one: one[-1]):
        terminalreporter.write_line(line)
    if config.getoption("record"):
        write_witnesses({name: broken for name, broken, _ in ran})
