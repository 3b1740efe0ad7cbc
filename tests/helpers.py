"""What several test files need: small data, what a module offers, one replica of many."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from nnlib.replicas import ReplicaParameter

SEED = 3  # the replica that is compared with the same network alone
SEEDS = range(20)
NAN, INF = math.nan, math.inf
MACHINE = {
    "evidence",
    "interactive",
    "notebook",
    "plotting",
    "quiz",
}  # no techniques


def equal(actual: object, expected: object, atol: float = 1e-12) -> None:
    """Assert equality up to rounding in float64; NaN equals NaN."""
    torch.testing.assert_close(
        actual, expected, rtol=1e-12, atol=atol, equal_nan=True
    )


def seeded(seed: int = 0) -> torch.Generator:
    """A generator in a known state."""
    return torch.Generator().manual_seed(seed)


def draw(*shape: int, seed: int = 0) -> Tensor:
    """Standard normal numbers, always the same."""
    return torch.randn(shape, generator=seeded(seed))


def labels(*shape: int, classes: int = 3, seed: int = 0) -> Tensor:
    """Random classes, always the same."""
    return torch.randint(classes, shape, generator=seeded(seed))


def state(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the parameters, to compare with later."""
    return {k: v.clone() for k, v in model.state_dict().items()}


def unchanged(model: nn.Module, before: dict[str, Tensor]) -> bool:
    """Whether all parameters are bit for bit as they were."""
    return all(
        torch.equal(v, before[k]) for k, v in model.state_dict().items()
    )


def parameter(gradient: Any, replica_dims: int = 0) -> ReplicaParameter:
    """A parameter of zeros with this gradient."""
    gradient = torch.as_tensor(gradient)
    p = ReplicaParameter(torch.zeros_like(gradient), replica_dims)
    p.grad = gradient.clone()
    return p


def public(
    module: ModuleType, kind: Callable[[object], bool] = inspect.isfunction
) -> dict[str, Any]:
    """What a module offers under its own name, not what it imports."""
    return {
        name: thing
        for name, thing in vars(module).items()
        if kind(thing)
        and thing.__module__ == module.__name__
        and not name.startswith("_")
        and "__" not in name  # a mutant
    }


def first_argument(function: Callable[..., object]) -> str:
    """The name of a function's first argument."""
    return next(iter(inspect.signature(function).parameters), "")
