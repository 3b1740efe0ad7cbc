"""claimbook.pytest_plugin: the broken claims of all notebooks, in one list at the end."""

import subprocess
import sys

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


def test_all_broken_claims_are_listed_and_their_cells_fail(tmp_path, root):
    (tmp_path / "conftest.py").write_text(NOTEBOOKS)
    (tmp_path / "a.ipynb").touch()
    (tmp_path / "b.ipynb").touch()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "claimbook.pytest_plugin",
         "-p", "no:nbval", "--rootdir", tmp_path, tmp_path],
        cwd=root, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    *_, listed = done.stdout.split(" 4 broken claims ")
    lines = [line for line in listed.splitlines() if "✘" in line]
    assert lines[:4] == [f"{page}.ipynb: ✘ A1 {k} holds." for page in "ab" for k in (0, 2)]
    assert "4 failed, 2 passed" in done.stdout
    few = "import claimbook.pytest_plugin as p; p.MOST = 0.01"
    (tmp_path / "conftest.py").write_text(f"{few}\n{NOTEBOOKS}")
    done = subprocess.run(done.args, cwd=root, capture_output=True, text=True)
    assert "6 failed" in done.stdout
    assert "GB of memory needed, more than 0.01" in done.stdout
