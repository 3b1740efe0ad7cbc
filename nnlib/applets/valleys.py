"""The loss in which ``valleys.js`` walks."""

from __future__ import annotations

import torch
from torch import Tensor

from nnlib.checks import floating


def valleys(w: Tensor) -> Tensor:
    r"""Return the loss of a land with three valleys, in which ``valleys`` walks.

    .. math:: f(\mathbf{w}) = \tfrac1{10}\|\mathbf{w}\|^2
              - \sum_k d_k \exp\left(-\frac{\|\mathbf{w}-\mathbf{c}_k\|^2}{2s_k^2}\right)

    A shallow bowl with three dents: A is deep and wide (centre (-1.4, 0.3), depth 2,
    width 0.9), B is less so ((1.3, 0.8), 1.5, 0.6), and C is the narrowest
    ((0.5, -1), 1, 0.35).

    Args:
        w: The two weights on the last axis, shape ``(..., 2)``.

    Returns:
        The loss, shape ``(...)``.

    Example:
        >>> valleys(torch.tensor([[0.0, 0.0], [-1.4, 0.3]], dtype=torch.float64))
        tensor([-0.6293, -1.7950], dtype=torch.float64)
    """
    floating("w", w)
    if w.shape[-1:] != (2,):
        raise ValueError(f"w must have shape (..., 2), got {tuple(w.shape)}")
    centre, depth, width = (
        torch.tensor(values, dtype=w.dtype)
        for values in (
            [[-1.4, 0.3], [1.3, 0.8], [0.5, -1.0]],
            [2.0, 1.5, 1.0],
            [0.9, 0.6, 0.35],
        )
    )
    distance = (w.unsqueeze(-2) - centre).square().sum(-1)
    dents = depth * torch.exp(-distance / (2 * width.square()))
    return w.square().sum(-1) / 10 - dents.sum(-1)
