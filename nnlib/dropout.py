r"""Dropout (slide "Dropout").

During training each unit is turned off with probability :math:`p`, for each example anew:

.. math:: \mathbf{h}' = \frac{\mathbf{m} \odot \mathbf{h}}{1 - p},
          \qquad m_j \sim \mathrm{Bernoulli}(1 - p).

Setting a unit to zero turns off all its outgoing connections.
Dividing by :math:`1 - p` keeps the mean, so nothing needs rescaling at test time.

Here, as on the slide and in PyTorch, :math:`p` is the probability of *dropping* a unit;
the paper that introduced the method calls the probability of *keeping* it p.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nnlib.replicas import Randomness, rand, setting


def dropout(
    x: Tensor,
    p: float | Tensor = 0.5,
    training: bool = True,
    *,
    generator: Randomness = None,
) -> Tensor:
    """Zero each entry of ``x`` with probability ``p`` and rescale the rest by 1/(1 - p).

    Args:
        x: Units of each example, floats.  One p fits any shape; with a p or generators for
            each replica, the shape is ``(*replicas, batch, features)``.
        p: Probability of dropping, in [0, 1]; a number, or a tensor that broadcasts over
            the replica axes.  With p = 1 all is zero.
        training: If False, return ``x`` itself.
        generator: Where the masks come from.

    Example:
        >>> g = torch.Generator().manual_seed(0)
        >>> dropout(torch.ones(2, 6), p=0.5, generator=g)
        tensor([[0., 2., 0., 0., 0., 2.],
                [0., 2., 0., 2., 0., 0.]])
    """
    event_dims = min(x.ndim, 2)
    p = setting("p", p, "[0, 1]", like=x, dims=event_dims)
    if not training:
        return x
    keep = rand(x, event_dims, generator) >= p
    scale = torch.where(p < 1, 1 / (1 - p), 0.0)
    return x * (keep.to(x.dtype) * scale)


class Dropout(nn.Module):
    """Dropout as a layer: active in ``train()`` mode, the identity in ``eval()`` mode.

    Arguments as for :func:`dropout`.

    Example:
        >>> layer = Dropout(0.5).eval()
        >>> layer(torch.ones(3))
        tensor([1., 1., 1.])
    """

    def __init__(
        self, p: float | Tensor = 0.5, *, generator: Randomness = None
    ) -> None:
        super().__init__()
        self.p, self.generator = p, generator

    def forward(self, x: Tensor) -> Tensor:
        """Apply :func:`dropout`."""
        return dropout(x, self.p, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        """Show p."""
        return f"p={self.p}"
