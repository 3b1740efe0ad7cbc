"""The loss over which ``clipping_cliff.js`` drags a point."""

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
