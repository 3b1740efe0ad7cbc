"""From scratch means from scratch."""

import ast
import pkgutil
from collections.abc import Iterator

import pytest

import nnlib

MODULES = {info.name for info in pkgutil.iter_modules(nnlib.__path__)}
TECHNIQUES = MODULES - {"applets"}
ABOVE = {"models", "diagnostics", "optim", "train"}  # may take PyTorch's

ALLOWED_NN = {"Module", "Parameter", "UninitializedParameter", "*"}
TAUGHT = {
    *("sigmoid", "tanh", "relu", "leaky_relu", "prelu", "rrelu", "elu"),
    *("selu", "celu", "gelu", "silu", "softplus", "softmax", "hardtanh"),
    *("logsigmoid", "dropout", "alpha_dropout", "bernoulli"),
    *("bernoulli_", "feature_dropout", "native_dropout", "norm", "renorm"),
    *("vector_norm", "matrix_norm", "clip_grad_norm_", "clip_grad_value_"),
    *("get_total_norm", "addmm", "functional", "normal_", "uniform_"),
    *("xavier_normal_", "xavier_uniform_", "kaiming_normal_", "orthogonal_"),
    *("kaiming_uniform_", "calculate_gain", "constant_", "trunc_normal_"),
}


def taught_operations(source: str) -> Iterator[str]:
    """What a module borrows from PyTorch although it teaches it."""
    names: dict[str, str] = {}
    imported: list[str] = []
    for node in ast.walk(tree := ast.parse(source)):
        if isinstance(node, ast.Import):
            for a in node.names:
                first = a.name.partition(".")[0]
                names[a.asname or first] = a.name if a.asname else first
                imported.append(f"{a.name}.*")
        elif isinstance(node, ast.ImportFrom):
            for a in node.names:
                names[a.asname or a.name] = f"{node.module}.{a.name}"
                imported.append(f"{node.module}.{a.name}")
    used = [dotted(n, names) for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
    for full in imported + used:
        first, *parts = full.split(".")
        taught = first != "nnlib" and parts[-1] in TAUGHT
        if first == "torch" and parts[0] == "nn":
            taught |= not {*parts[1:2]} <= ALLOWED_NN
        elif first == "torch" and full in imported:
            taught |= len(parts) > 1
        if taught:
            yield full


def dotted(node: ast.expr, names: dict[str, str]) -> str:
    """The full name of ``a.b.c``; calls and the like become a question mark."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value, names)}.{node.attr}"
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    return "?"


@pytest.mark.parametrize("module", sorted(TECHNIQUES - ABOVE))
def test_a_technique_uses_no_operation_that_it_teaches(module, root):
    source = (root / "nnlib" / f"{module}.py").read_text("utf-8")
    assert list(taught_operations(source)) == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("import torch\ny = torch.sigmoid(x)", "torch.sigmoid"),
        ("y = (x + 1).relu()", "?.relu"),
        ("import torch as t\ny = t.relu(x)", "torch.relu"),
        ("import torch.nn.functional as F", "torch.nn.functional"),
        ("from torch.nn.functional import elu", "torch.nn.functional.elu"),
        ("from torch import nn\nnn.Linear(1, 1)", "torch.nn.Linear"),
        ("from torch import nn\nnn.init.eye_(w)", "torch.nn.init"),
        ("from torch.nn.utils import clip_grads_with_norm_", "torch.nn.utils"),
        ("import torch\ntorch.linalg.vector_norm(g)", "torch.linalg.vector"),
        ("from torch.special import expit", "torch.special"),
        ("w.normal_(0, 1)", "w.normal_"),
    ],
)
def test_a_planted_violation_is_found(planted, found):
    assert any(name.startswith(found) for name in taught_operations(planted))
