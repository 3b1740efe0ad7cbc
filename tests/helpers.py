"""What several test files need: small data, one replica out of many."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SEED = 3  # the replica that is compared with the same network alone
SEEDS = range(20)


def equal(actual: object, expected: object, atol: float = 1e-12) -> None:
    """Assert equality up to rounding in float64; NaN equals NaN."""
    torch.testing.assert_close(
        actual, expected, rtol=1e-12, atol=atol, equal_nan=True
    )


def draw(*shape: int, seed: int = 0) -> Tensor:
    """Standard normal numbers, always the same."""
    g = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=g)


def labels(*shape: int, classes: int = 3, seed: int = 0) -> Tensor:
    """Random classes, always the same."""
    g = torch.Generator().manual_seed(seed)
    return torch.randint(classes, shape, generator=g)


def state(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the parameters, to compare with later."""
    return {k: v.clone() for k, v in model.state_dict().items()}


def unchanged(model: nn.Module, before: dict[str, Tensor]) -> bool:
    """Whether all parameters are bit for bit as they were."""
    return all(
        torch.equal(v, before[k]) for k, v in model.state_dict().items()
    )


def set_grads(parameters: list[Tensor], *gradients: Tensor) -> list[Tensor]:
    """Give each parameter its gradient."""
    for p, g in zip(parameters, gradients, strict=True):
        p.grad = g.clone()
    return parameters
