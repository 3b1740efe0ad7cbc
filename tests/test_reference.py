"""Every public name of nnlib is explained, and somebody uses it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path for path in (ROOT / "nnlib").glob("*.py") if path.stem != "__init__"
)
REFERENCE = (ROOT / "chapters" / "reference.md").read_text(encoding="utf-8")
USERS = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [
        *(ROOT / "chapters" / "src").glob("*.md"),
        *(ROOT / "tests").rglob("*.py"),
    ]
)


SIGNATURES = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)


def definitions(path: Path) -> list[ast.ClassDef | ast.FunctionDef]:
    """Return the public functions and classes that a module defines."""
    return [
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, (ast.ClassDef, ast.FunctionDef))
        and not node.name.startswith("_")
    ]


PUBLIC = [(path, node) for path in MODULES for node in definitions(path)]


def test_the_reference_has_every_module_once():
    named = re.findall(r"automodule:: nnlib\.(\w+)", REFERENCE)
    assert sorted(named) == [path.stem for path in MODULES]


@pytest.mark.parametrize(
    "node", [node for _, node in PUBLIC], ids=lambda node: node.name
)
def test_a_public_name_says_what_it_is(node):
    assert len((ast.get_docstring(node) or "").split()) >= 4


@pytest.mark.parametrize(
    "node", [node for _, node in PUBLIC], ids=lambda node: node.name
)
def test_a_public_name_is_used_by_a_chapter_or_a_test(node):
    """Or it is a type: what a public function takes or returns."""
    used = re.search(rf"\b{node.name}\b", USERS)
    assert used or re.search(rf"(?:: |-> |\| ){node.name}\b", SIGNATURES)


@pytest.mark.parametrize(
    ("path", "node"), PUBLIC, ids=lambda x: getattr(x, "name", "")
)
def test_an_argument_is_explained(path, node):
    """A section on arguments names them all."""
    if isinstance(node, ast.FunctionDef):
        arguments = [*node.args.args, *node.args.kwonlyargs]
        text = ast.get_docstring(node) or ""
        missing = (
            [a.arg for a in arguments if f"{a.arg}:" not in text]
            if "Args:" in text
            else []
        )
        assert missing == []
