"""Every public name of both packages is explained, and somebody uses it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORKS = ("builder", "sphinxext", "pytest_plugin", "printing", "source", "statements")


def read(*patterns: str) -> str:
    paths = [path for pattern in patterns for path in ROOT.glob(pattern)]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for package in ("nnlib", "claimbook")
    for path in sorted((ROOT / package).rglob("*.py"))
    if path.stem != "__init__" and not {path.stem, path.parent.name} & {*WORKS}
}
USERS = read("chapters/src/*.md", "tests/**/*.py")
SIGNATURES = "\n".join(path.read_text("utf-8") for path in MODULES.values())
PUBLIC = {
    f"{module}.{node.name}": node
    for module, path in MODULES.items()
    for node in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
}


def test_the_reference_has_every_module_once():
    named = re.findall(r"automodule:: ([\w.]+)", read("chapters/reference.md"))
    assert sorted({*named} - {"nnlib.applets"}) == sorted(MODULES)
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_says_what_it_is_and_is_used(name):
    """By a chapter, a test, another module, or a signature: a function returns it."""
    node, text = PUBLIC[name], ast.get_docstring(PUBLIC[name]) or ""
    assert len(text.split()) >= 4
    used = re.search(rf"\b{node.name}\b", USERS)
    assert used or re.search(
        rf"(?:: |-> |\| |\[|= |import .*){node.name}\b|\b{node.name}\.\w", SIGNATURES
    )
    if isinstance(node, ast.FunctionDef) and "Args:" in text:  # names them all
        arguments = [*node.args.args, *node.args.kwonlyargs]
        assert [a.arg for a in arguments if f"{a.arg}:" not in text] == []
