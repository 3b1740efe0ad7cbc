"""nnlib stays small enough to read, and argument checks stay out of the way.

A *line of code* bears code: no blank line, no comment, no docstring.

A *line of a check* is a line of code of

* ``checks.py``;
* a call of one of its functions, or of a name that begins with ``check`` or ``refuse``
  (underscores aside), with the whole statement around the call;
* an ``if`` that does nothing but raise, a ``try`` that raises, a ``raise``, an ``assert``;
* an assignment to a local name that nothing but checks reads;
* a function with such a name, and one that does nothing else.

``python tests/test_size.py`` prints the table.
"""

import ast
import io
import tokenize
from collections import Counter
from pathlib import Path
from typing import NamedTuple

NNLIB = Path(__file__).resolve().parent.parent / "nnlib"
MACHINE = {"evidence", "interactive", "notebook", "plotting", "quiz"}
LEAVES = "# --- leaves with the machine modules ---"  # the rest of that file

MOST_LINES, MOST_OF_A_LOOP, MOST_CHECKS = 2400, 170, 0.1

PREFIXES = ("check", "refuse")  # of what checks, in whatever module

SILENT = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT),
    *(tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER),
}


class Size(NamedTuple):
    lines: int
    code: int
    checks: int


def lines_of(node: ast.AST) -> set[int]:
    first = min([node.lineno, *(d.lineno for d in decorators(node))])
    return set(range(first, node.end_lineno + 1))


def decorators(node: ast.AST) -> list[ast.expr]:
    return getattr(node, "decorator_list", [])


def is_text(node: ast.AST) -> bool:
    """A docstring, of whatever it documents."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def code_lines(source: str, tree: ast.Module) -> set[int]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {
        line
        for token in tokens
        if token.type not in SILENT
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(tree):
        if is_text(node):
            lines -= lines_of(node)
    return lines


def check_lines(tree: ast.Module) -> set[int]:
    """The lines of all that is there only to check."""
    imports = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "nnlib.checks"
    ]
    names = {a.name for node in imports for a in node.names}
    names.discard("shown")  # says what a value is, inside a raise
    functions = of_kind(tree, ast.FunctionDef)
    found = [s for s in of_kind(tree, ast.stmt) if checks(s, names)]
    for function in functions:
        read = Counter(map(name_of, of_kind(function, ast.Name)))
        told = Counter(
            name_of(name)
            for s in of_kind(function, ast.stmt)
            if s in found
            for name in of_kind(s, ast.Name)
        )
        found += [
            s
            for s in of_kind(function, ast.Assign)
            if isinstance(target := s.targets[0], ast.Name)
            and read[target.id] == told[target.id] + 1 > 1
        ]
    for node in reversed(of_kind(tree, ast.stmt)):  # the inner ones first
        if isinstance(node, ast.If | ast.For | ast.With | ast.FunctionDef):
            body = [part for part in node.body if not is_text(part)]
            rest = getattr(node, "orelse", [])
            if body and not rest and all(part in found for part in body):
                found.append(node)
    return {line for node in found for line in lines_of(node)}


def checks(node: ast.stmt, names: set[str]) -> bool:
    """Whether a statement checks by itself."""

    def is_one(name: str) -> bool:
        return name in names or name.lstrip("_").startswith(PREFIXES)

    if isinstance(node, ast.FunctionDef):
        return is_one(node.name)
    if isinstance(node, ast.Try):
        handlers = [part for h in node.handlers for part in h.body]
        return any(isinstance(part, ast.Raise) for part in handlers)
    if isinstance(node, ast.Raise):
        return "NotImplementedError" not in ast.dump(node)
    if hasattr(node, "body"):
        return False
    called = [call.func for call in of_kind(node, ast.Call)]
    return isinstance(node, ast.Assert) or any(
        map(is_one, map(name_of, called))
    )


def of_kind(tree: ast.AST, kind: type) -> list:
    return [node for node in ast.walk(tree) if isinstance(node, kind)]


def name_of(node: ast.AST) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def measured(source: str, *, all_checks: bool = False) -> Size:
    source = source.partition(LEAVES)[0].rstrip() + "\n"
    tree = ast.parse(source)
    code = code_lines(source, tree)
    checks = code if all_checks else code & check_lines(tree)
    return Size(source.count("\n"), len(code), len(checks))


def modules() -> dict[str, Size]:
    return {
        str(path.relative_to(NNLIB).with_suffix("")): measured(
            path.read_text("utf-8"), all_checks=path.stem == "checks"
        )
        for path in sorted(NNLIB.rglob("*.py"))
        if path.stem not in MACHINE
    }


def total(sizes: dict[str, Size]) -> Size:
    return Size(*map(sum, zip(*sizes.values(), strict=True)))


def test_nnlib_is_small_enough_to_read():
    assert total(modules()).lines <= MOST_LINES


def test_checks_are_at_most_a_tenth_of_the_code():
    size = total(modules())
    assert size.checks <= MOST_CHECKS * size.code


def test_the_loop_and_what_it_asks_first_fit_on_three_pages():
    assert modules()["train"].code <= MOST_OF_A_LOOP


def test_what_was_for_the_machine_modules_leaves_with_them():
    left = {path.stem for path in NNLIB.glob("*.py")} & MACHINE
    marked = LEAVES in (NNLIB / "checks.py").read_text("utf-8")
    assert bool(left) == marked


def test_a_line_is_what_it_is_counted_as():
    source = '''"""A module.

Two lines."""

from nnlib.checks import (
    require,
    shown,
    within,
)

LIMIT = 3
"""What it is."""


def f(x, y):
    """Formula."""
    within("x", x, "[0, 1]")  # one
    told = x > y
    require("x must be less", told, x)
    used = x + y
    require("x must be more", used, x)
    y = within(
        "y", y, "[0, 1]"
    )
    if x > y:
        raise ValueError(
            f"{x}"
        )
    if x < y:
        print(shown(x), used)

    elif x:
        raise ValueError
    assert x
    try:
        return x / y
    except ZeroDivisionError:
        raise ValueError from None


@staticmethod
def _refuse_all(x):
    return x


def only(x):
    """Nothing else."""
    rule = "must be"
    for part in x:
        if part:
            raise ValueError(rule)


def g(text):
    return text.checked, text
'''
    assert measured(source) == Size(55, 38, 26)
    assert measured(source, all_checks=True).checks == 38
    assert measured(f"{source}\n\n{LEAVES}\nx = 1\n") == measured(source)


if __name__ == "__main__":
    sizes = modules()
    print(f"{'':16} {'lines':>6} {'code':>6} {'checks':>6}")
    for module, size in {**sizes, "total": total(sizes)}.items():
        print(f"{module:16} {size.lines:6} {size.code:6} {size.checks:6}")
    share = total(sizes).checks / total(sizes).code
    print(f"checks are {share:.1%} of the code")
