"""nnlib stays small enough to read, and argument checks stay out of the way.

A *line of code* bears code: no blank line, no comment, no docstring.  A *check* is
``checks.py``; a function whose name begins with ``check`` or ``refuse``, underscores aside;
a statement that calls such a one or one of ``checks.py``; an ``assert``, a ``raise``, a
``try`` that raises; and a statement around nothing but checks.  All its lines count.

``python tests/test_size.py`` prints the table.
"""

import ast
import io
import tokenize
from collections import Counter
from pathlib import Path

NNLIB = Path(__file__).resolve().parent.parent / "nnlib"
MOST_LINES, MOST_OF_A_LOOP = 2400, 170
MOST_CHECKS = 0.085  # a tenth, less the lines that only prepare a check
SILENT = {"COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENCODING", "ENDMARKER"}


def lines_of(nodes):
    return {n for node in nodes for n in range(node.lineno, node.end_lineno + 1)}


def is_text(node):
    """A docstring, of whatever it documents."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def code_lines(source):
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    loud = [t for t in tokens if tokenize.tok_name[t.type] not in SILENT]
    lines = {n for t in loud for n in range(t.start[0], t.end[0] + 1)}
    return lines - lines_of(filter(is_text, ast.walk(ast.parse(source))))


def is_check(node, known):
    """Whether a statement is there only to check; ``known`` are those of checks.py."""

    def is_one(name):
        return name in known or name.lstrip("_").startswith(("check", "refuse"))

    if isinstance(node, ast.FunctionDef) and is_one(node.name):
        return True
    if isinstance(node, ast.Raise | ast.Assert):
        return True
    if isinstance(node, ast.Try):
        return any(isinstance(n, ast.Raise) for h in node.handlers for n in h.body)
    if inside := [n for n in getattr(node, "body", []) if not is_text(n)]:
        return all(is_check(n, known) for n in inside + getattr(node, "orelse", []))
    called = [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]
    return any(is_one(getattr(f, "id", getattr(f, "attr", ""))) for f in called)


def measured(source):
    """Lines, lines of code, and of these those of checks."""
    tree, code = ast.parse(source), code_lines(source)
    imports = [n for n in tree.body if isinstance(n, ast.ImportFrom)]
    known = {a.name for i in imports if i.module == "nnlib.checks" for a in i.names}
    statements = [n for n in ast.walk(tree) if isinstance(n, ast.stmt)]
    checks = lines_of(n for n in statements if is_check(n, known - {"shown"}))
    return Counter(lines=source.count("\n"), code=len(code), checks=len(code & checks))


def sizes():
    paths = {p.relative_to(NNLIB).as_posix(): p for p in sorted(NNLIB.rglob("*.py"))}
    found = {name: measured(path.read_text("utf-8")) for name, path in paths.items()}
    found["checks.py"]["checks"] = found["checks.py"]["code"]
    return found | {"total": sum(found.values(), Counter())}


def test_nnlib_is_small_enough_to_read_and_to_check_little():
    found = sizes()
    total = found["total"]
    assert total["lines"] <= MOST_LINES
    assert found["checks.py"]["code"] < total["checks"] <= MOST_CHECKS * total["code"]
    assert found["train.py"]["code"] <= MOST_OF_A_LOOP


SAMPLE = '''
from nnlib.checks import require, shown
LIMIT = 3
"""What it is."""
def f(x, y):
    y = require(  # one
        "y", y, x
    )
    if x < y:
        print(shown(x))
    elif x:
        raise ValueError
    try:
        return x.checked
    except ZeroDivisionError:
        raise ValueError from None
def _refuse_all(x):
    """Nothing else."""
    return x
def only(x):
    """Two
    lines."""
    for part in x:
        assert part
'''


def test_a_line_is_what_it_is_counted_as():
    assert measured(SAMPLE) == {"lines": 24, "code": 19, "checks": 14}


if __name__ == "__main__":
    for module, size in sizes().items():
        print(f"{module:20}", *(f"{size[k]:6} {k}" for k in ("lines", "code", "checks")))
    print(f"checks are {size['checks'] / size['code']:.1%} of the code")
