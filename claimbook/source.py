"""The text of a definition without its docstrings, as a page shows it."""

from __future__ import annotations

import ast
import textwrap

DOCUMENTED = (
    ast.Module,
    ast.ClassDef,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
)


def docstring(node: ast.AST) -> ast.stmt | None:
    """Return the statement that is the docstring of ``node``, if it has one."""
    if (
        isinstance(node, DOCUMENTED)
        and ast.get_docstring(node, False) is not None
    ):
        return node.body[0]
    return None


def without_docstrings(source: str) -> str:
    r"""Cut every docstring out of the text of a definition, and nothing else.

    Example:
        >>> print(without_docstrings("def f(x):\n    'Doc.'\n    return x  # same"))
        def f(x):
            return x  # same
    """
    lines: list[str | None] = [*textwrap.dedent(source).splitlines()]
    for node in ast.walk(ast.parse("\n".join(map(str, lines)))):
        if text := docstring(node):
            for number in range(text.lineno - 1, text.end_lineno or 0):
                lines[number] = None
    return "\n".join(line for line in lines if line is not None).strip("\n")
