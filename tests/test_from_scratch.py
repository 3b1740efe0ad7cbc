"""From scratch means from scratch, and no technique can draw."""

import ast
import pkgutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

import nnlib

MODULES = {info.name for info in pkgutil.iter_modules(nnlib.__path__)}
TECHNIQUES = MODULES - {"applets"}
ABOVE = {"models", "diagnostics", "optim", "train"}  # may take PyTorch's

ALLOWED_MODULES = {"torch", "torch.nn"}
ALLOWED_NN = {"Module", "Parameter", "UninitializedParameter"}
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
    tree = ast.parse(source)
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for a in node.names:
                first = a.name.partition(".")[0]
                names[a.asname or first] = a.name if a.asname else first
                if a.name.startswith("torch.") and a.name != "torch.nn":
                    yield a.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module.partition(".")[0] != "torch":
                continue
            for a in node.names:
                full = f"{node.module}.{a.name}"
                names[a.asname or a.name] = full
                if node.module not in ALLOWED_MODULES or a.name in TAUGHT:
                    yield full
                if node.module == "torch.nn" and a.name not in ALLOWED_NN:
                    yield full
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            full = dotted(node, names)
            parent = full.rpartition(".")[0]
            if node.attr in TAUGHT or (
                parent == "torch.nn" and node.attr not in ALLOWED_NN
            ):
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
        ("from torch import relu", "torch.relu"),
        ("import torch.nn.functional as F", "torch.nn.functional"),
        ("from torch.nn import functional", "torch.nn.functional"),
        ("from torch.nn.functional import elu", "torch.nn.functional.elu"),
        ("import torch\ntorch.nn.functional.elu(x)", "torch.nn.functional"),
        ("from torch import nn\nnn.Linear(1, 1)", "torch.nn.Linear"),
        ("from torch.nn import Linear", "torch.nn.Linear"),
        ("from torch import nn\nnn.init.eye_(w)", "torch.nn.init"),
        ("from torch.nn.utils import clip_grads_with_norm_", "torch.nn.utils"),
        ("import torch\ntorch.linalg.vector_norm(g)", "torch.linalg.vector"),
        ("w.normal_(0, 1)", "w.normal_"),
    ],
)
def test_a_planted_violation_is_found(planted, found):
    assert any(name.startswith(found) for name in taught_operations(planted))


def test_what_is_allowed_is_not_found():
    source = """
import torch
from torch import Tensor, nn
from nnlib.init import normal_
class Sigmoid(nn.Module):
    '''Like torch.sigmoid.'''
    w = nn.Parameter(normal_(torch.exp(torch.ones(1))))
"""
    assert list(taught_operations(source)) == []


def loaded_by(code: str) -> set[str]:
    """The packages that a fresh interpreter has loaded after ``code``."""
    script = f"{code}\nimport sys\nprint(*sys.modules)"
    run = [sys.executable, "-c", script]
    result = subprocess.run(run, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in result.stdout.split()}


def test_the_package_alone_loads_nothing_and_its_modules_cannot_draw():
    assert not loaded_by("import nnlib") & {"torch", "numpy", "matplotlib"}
    loaded = loaded_by("\n".join(f"import nnlib.{m}" for m in TECHNIQUES))
    assert "torch" in loaded
    assert not loaded & {"matplotlib", "ipywidgets", "IPython"}
