"""The losses over which the figures of this package move a point."""

import torch
from torch import Tensor


def cliff(w: Tensor) -> Tensor:
    r"""Return the loss of a valley with a cliff, over which ``clipping_cliff`` drags.

    .. math:: f(\mathbf{w}) = \tfrac12\|\mathbf{w}\|^2 + 5\,\sigma(10 w_1 - 5)

    A round valley with its bottom near the origin, and a wall of height 5 along
    :math:`w_1 = \tfrac12`, where the gradient is up to 13 long.
    The two weights are the last axis of ``w``; ``(..., 2)`` gives losses ``(...)``.

    Example:
        >>> cliff(torch.tensor([[0.5, 0.0], [0.0, 2.0]], dtype=torch.float64))
        tensor([2.6250, 2.0335], dtype=torch.float64)
    """
    w1, w2 = w.unbind(-1)
    return (w1**2 + w2**2) / 2 + 5 * torch.sigmoid(10 * w1 - 5)


def valleys(w: Tensor) -> Tensor:
    r"""Return the loss of a land with three valleys, in which ``valleys`` walks.

    .. math:: f(\mathbf{w}) = \tfrac1{10}\|\mathbf{w}\|^2
              - \sum_k d_k \exp\left(-\frac{\|\mathbf{w}-\mathbf{c}_k\|^2}{2s_k^2}\right)

    A shallow bowl with three dents: A is deep and wide, B less so, and C is the narrowest.

    The two weights are the last axis of ``w``; ``(..., 2)`` gives losses ``(...)``.

    Example:
        >>> valleys(torch.tensor([[0.0, 0.0], [-1.4, 0.3]], dtype=torch.float64))
        tensor([-0.6293, -1.7950], dtype=torch.float64)
    """
    w1, w2 = w.unbind(-1)
    bowl = (w1**2 + w2**2) / 10
    for c1, c2, depth, width in (
        (-1.4, 0.3, 2.0, 0.9),
        (1.3, 0.8, 1.5, 0.6),
        (0.5, -1.0, 1.0, 0.35),
    ):
        squared = (w1 - c1) ** 2 + (w2 - c2) ** 2
        bowl = bowl - depth * torch.exp(-squared / (2 * width**2))
    return bowl
