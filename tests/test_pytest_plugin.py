"""claimbook.pytest_plugin: the broken claims of all notebooks, in one list at the end."""

from claimbook import pytest_plugin

pytest_plugins = "pytester"

NOTEBOOKS = """
import os
import pytest
from claimbook.claims import Claim


class Cell(pytest.Item):  # as one of nbval's
    def runtest(self):
        claims = [Claim("A1", f"{k} holds.", "finding", k != self.broken)
                  for k in range(3)]
        self.test_outputs = [{"data": c._repr_mimebundle_()} for c in claims]
        self.test_outputs += [{"name": "stdout", "text": "no claim"}]


class Notebook(pytest.File):
    class kernel:
        class km:
            class provisioner:
                pid = os.getpid()

    def collect(self):
        for k in (0, 2, 7):
            cell = Cell.from_parent(self, name=f"cell {k}")
            cell.broken = k
            yield cell


def pytest_collect_file(parent, file_path):
    if file_path.suffix == ".ipynb":
        return Notebook.from_parent(parent, path=file_path)
"""


def test_all_broken_claims_are_listed_and_their_cells_fail(pytester, monkeypatch):
    monkeypatch.setattr(pytest_plugin, "MOST", 1e3)
    pytester.makeconftest(NOTEBOOKS)
    pytester.makefile(".ipynb", a="", b="")
    done = pytester.runpytest("-p", "claimbook.pytest_plugin", "-p", "no:nbval")
    *_, listed = done.stdout.str().split(" 4 broken claims ")
    lines = [line for line in listed.splitlines() if "✘" in line]
    assert lines[:4] == [f"{page}.ipynb: ✘ A1 {k} holds." for page in "ab" for k in (0, 2)]
    done.assert_outcomes(failed=4, passed=2)
    monkeypatch.setattr(pytest_plugin, "MOST", 0.01)
    done = pytester.runpytest("-p", "claimbook.pytest_plugin", "-p", "no:nbval")
    done.assert_outcomes(failed=6)
    done.stdout.fnmatch_lines(["*GB of memory needed, more than 0.01"])
