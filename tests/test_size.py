"""nnlib stays small enough to read, and argument checks stay out of the way.

A *line of code* bears code: no blank line, no comment, no docstring.  A *line of a check*
is a line of code of ``checks.py``, of a statement that calls one of its functions, or a
name that begins with ``check`` or ``refuse`` (underscores aside); of a function with such
a name; of an ``assert``, a ``raise``, a ``try`` that raises; of a statement around nothing
else; and of an assignment to a local name that nothing but checks reads.

``python tests/test_size.py`` prints the table.
"""

import ast
import io
import tokenize
from collections import Counter
from pathlib import Path
from typing import NamedTuple

NNLIB = Path(__file__).resolve().parent.parent / "nnlib"
MOST_LINES, MOST_OF_A_LOOP, MOST_CHECKS = 2400, 170, 0.1
SILENT = {"COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENCODING", "ENDMARKER"}


class Size(NamedTuple):
    lines: int
    code: int
    checks: int


def lines_of(nodes):
    firsts = [[node, *getattr(node, "decorator_list", [])][-1] for node in nodes]
    spans = zip(firsts, nodes, strict=True)
    return {n for a, b in spans for n in range(min(a.lineno, b.lineno), b.end_lineno + 1)}


def of_kind(tree, *kinds):
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def is_text(node):
    """A docstring, of whatever it documents."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def code_lines(source, tree):
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    loud = [t for t in tokens if tokenize.tok_name[t.type] not in SILENT]
    lines = {n for t in loud for n in range(t.start[0], t.end[0] + 1)}
    return lines - lines_of([*filter(is_text, of_kind(tree, ast.Expr))])


def check_lines(tree):
    """The lines of all that is there only to check."""
    imports = of_kind(tree, ast.ImportFrom)
    known = {a.name for i in imports if i.module == "nnlib.checks" for a in i.names}
    known -= {"shown"}  # says what a value is, inside a raise

    def is_one(name):
        return name in known or name.lstrip("_").startswith(("check", "refuse"))

    def checks(node):
        if isinstance(node, ast.FunctionDef):
            return is_one(node.name)
        if isinstance(node, ast.Try):
            return any(isinstance(n, ast.Raise) for h in node.handlers for n in h.body)
        if isinstance(node, ast.Raise | ast.Assert) or hasattr(node, "body"):
            return not hasattr(node, "body") and "NotImplementedError" not in ast.dump(node)
        called = [call.func for call in of_kind(node, ast.Call)]
        return any(is_one(getattr(f, "id", getattr(f, "attr", ""))) for f in called)

    found = [s for s in of_kind(tree, ast.stmt) if checks(s)]
    for function in of_kind(tree, ast.FunctionDef):
        inside = [s for s in of_kind(function, ast.stmt) if s in found]
        told = Counter(n.id for s in inside for n in of_kind(s, ast.Name))
        read = Counter(n.id for n in of_kind(function, ast.Name))
        for s in of_kind(function, ast.Assign):
            name = getattr(s.targets[0], "id", "")
            found += [s] * (read[name] == told[name] + 1 > 1)
    for node in reversed(of_kind(tree, ast.If, ast.For, ast.With, ast.FunctionDef)):
        body = [part for part in node.body if not is_text(part)]  # the inner ones first
        if body and not getattr(node, "orelse", []) and all(p in found for p in body):
            found.append(node)
    return lines_of(found)


def measured(source, *, all_checks=False):
    tree = ast.parse(source)
    code = code_lines(source, tree)
    checks = code if all_checks else code & check_lines(tree)
    return Size(source.count("\n"), len(code), len(checks))


def sizes():
    paths = {path: path.stem == "checks" for path in sorted(NNLIB.rglob("*.py"))}
    found = {
        str(path.relative_to(NNLIB)): measured(path.read_text("utf-8"), all_checks=checks)
        for path, checks in paths.items()
    }
    return found | {"total": Size(*map(sum, zip(*found.values(), strict=True)))}


def test_nnlib_is_small_enough_to_read_and_to_check_little():
    total = sizes()["total"]
    assert total.lines <= MOST_LINES
    assert total.checks <= MOST_CHECKS * total.code
    assert sizes()["train.py"].code <= MOST_OF_A_LOOP


SAMPLE = '''
from nnlib.checks import require, shown
LIMIT = 3
"""What it is.

Two lines."""
def f(x, y):
    told = x > y
    require("x must be less", told, x)  # one
    used = x + y
    y = require(
        "y", y, used
    )
    if x < y:
        print(shown(x), used)
    elif x:
        raise ValueError
    try:
        assert x
    except ZeroDivisionError:
        raise ValueError from None
@staticmethod
def _refuse_all(x):
    return x
def only(x):
    """Nothing else."""
    for part in x:
        if part:
            raise ValueError("must be")
def g(text):
    return text.checked, text
'''


def test_a_line_is_what_it_is_counted_as():
    assert measured(SAMPLE) == Size(31, 26, 18)
    assert measured(SAMPLE, all_checks=True).checks == 26


if __name__ == "__main__":
    table = sizes()
    print(f"{'':16} {'lines':>6} {'code':>6} {'checks':>6}")
    for module, size in table.items():
        print(f"{module:16} {size.lines:6} {size.code:6} {size.checks:6}")
    print(f"checks are {table['total'].checks / table['total'].code:.1%} of the code")
