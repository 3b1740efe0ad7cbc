"""Run a chapter's cells without a kernel, and say in JSON what became of its claims.

    python -m tests.sabotage.cells chapters/src/09_weight_decay.md

All cells run, also behind one that failed.  A claim that a failing cell did not come to is
broken, too: what it needs cannot be computed.  Figures are set up and never drawn: no
claim looks at pictures, and drawing them takes as long as training.
"""

import ast
import contextlib
import io
import json
import linecache
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import jupytext
import matplotlib as mpl
import matplotlib.pyplot as plt

from claimbook import claims, explore


def execute(chapter: Path) -> dict[str, Any]:
    """Return the claims that held, those that broke, and what cells raised."""
    shown: list[claims.Claim] = []
    missed: list[claims.Claim] = []
    errors = []
    claims.display = shown.append  # pyright: ignore[reportAttributeAccessIssue]
    explore._Pictures.address = lambda self, point: ""
    mpl.use("agg")
    notebook = jupytext.reads(chapter.read_text("utf-8"), fmt="md:myst")
    code = [c.source for c in notebook.cells if c.cell_type == "code"]
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(code, 1):
        place, lines = f"cell {number}", cell.splitlines(keepends=True)
        linecache.cache[place] = (len(cell), None, lines, place)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell, place, "exec"), names)
        except Exception as error:
            last = traceback.format_exception_only(error)[-1].strip()
            errors.append(f"{last.split(chr(10))[0]} ({place})")
            done = {c.anchor for c in shown}
            missed += [c for c in claimed(cell) if c.anchor not in done]
        plt.close("all")
    return {
        "held": [c.anchor for c in shown if c.held],
        "broken": {
            c.anchor: repr(c).split("\n")[0] for c in [*shown, *missed] if not c.held
        },
        "errors": errors,
        "seconds": time.process_time(),
    }


def claimed(cell: str) -> list[claims.Claim]:
    """Return the claims that a cell is about to make, as broken."""
    calls = [node for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Call)]
    said = [
        [a.value for a in call.args[:2] if isinstance(a, ast.Constant)]
        for call in calls
        if ast.unparse(call.func) in ("claim", "exact")
    ]
    return [claims.Claim(*two, "finding", held=False) for two in said if len(two) == 2]


if __name__ == "__main__":
    print(json.dumps(execute(Path(sys.argv[1]))))
