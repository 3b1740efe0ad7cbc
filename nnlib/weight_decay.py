r"""Weight decay (slide "Weight decay").

The slide adds :math:`\lambda\,\mathbf{w}^\top\mathbf{w}` to the loss, with gradient
:math:`2\lambda\mathbf{w}`.  Everyone scales that term differently, so one decay has many
names:

=====================================  ===============================
the slide's :math:`\lambda`            :math:`\lambda`
``torch.optim.SGD(weight_decay=…)``    :math:`2\lambda`
scikit-learn's ``MLPClassifier``       ``alpha`` = :math:`2n\lambda`
=====================================  ===============================

There :math:`n` is the number of examples in one step.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

import torch
from torch import Tensor, nn

from nnlib.checks import within
from nnlib.replicas import at_least_single, replica_shape


class ParameterGroup(TypedDict):
    """Parameters that share a weight decay, as :mod:`torch.optim` takes them."""

    params: list[nn.Parameter]
    weight_decay: float | Tensor


def l2_penalty(parameters: Iterable[Tensor]) -> Tensor:
    r"""Return :math:`\mathbf{w}^\top\mathbf{w}`, the sum of all squared weights.

    One sum for each replica, to multiply by λ; :func:`weights` leaves out the biases.

    Example:
        >>> l2_penalty([torch.tensor([1.0, 2.0]), torch.tensor([[3.0]])])
        tensor(14.)
    """
    parameters = list(parameters)
    dims = len(replica_shape(parameters))
    squares = [
        at_least_single(w).reshape(*w.shape[:dims], -1).square().sum(dim=-1)
        for w in parameters
    ]
    return torch.stack(squares).sum(dim=0)


def weights(model: nn.Module) -> list[nn.Parameter]:
    """Return the parameters of ``model`` that decay: all but the biases.

    Example:
        >>> [tuple(w.shape) for w in weights(nn.Linear(3, 2))]
        [(2, 3)]
    """
    return [p for name, p in model.named_parameters() if not _is_bias(name)]


def decay_groups(
    model: nn.Module, weight_decay: float | Tensor
) -> tuple[ParameterGroup, ParameterGroup]:
    """Split the parameters into two groups: weights that decay by 2λ ≥ 0, and biases.

    A parameter whose name ends in ``bias`` is a bias.

    Example:
        >>> decaying, free = decay_groups(nn.Linear(3, 2), weight_decay=0.1)
        >>> decaying["weight_decay"], free["weight_decay"]
        (0.1, 0.0)
    """
    within("weight_decay", weight_decay, "[0, inf)")
    biases = [p for name, p in model.named_parameters() if _is_bias(name)]
    return (
        {"params": weights(model), "weight_decay": weight_decay},
        {"params": biases, "weight_decay": 0.0},
    )


def sklearn_alpha(lam: float, n: int) -> float:
    """Return 2nλ, the ``alpha`` with which scikit-learn's MLPClassifier decays by λ.

    A step takes n ≥ 1 examples: ``batch_size`` for "sgd" and "adam", all for "lbfgs".

    Example:
        >>> sklearn_alpha(0.001, n=50)
        0.1
    """
    return 2 * n * lam


def lambda_from_sklearn(alpha: float, n: int) -> float:
    """Return λ = ``alpha`` / (2n), the inverse of :func:`sklearn_alpha`.

    Example:
        >>> lambda_from_sklearn(0.1, n=50)
        0.001
    """
    return alpha / (2 * n)


def _is_bias(name: str) -> bool:
    return name.endswith("bias")
