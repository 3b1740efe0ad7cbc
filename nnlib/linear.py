r"""The linear layer, for one network or for many at once.

.. math:: \mathbf{y} = \mathbf{W}\mathbf{x} + \mathbf{b}

Examples are rows of ``x``, so the code transposes: ``(W @ x.mT + b.unsqueeze(-1)).mT``.
(``x @ W.mT + b`` is the same, but then the gradient of W arrives transposed and must be
copied.)  With replica axes the same line is a batched matrix product.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nnlib.checks import require
from nnlib.replicas import Randomness, Replicated, rand


class Linear(Replicated):
    r"""Like :class:`torch.nn.Linear`, with optional replica axes in front.

    Weights and biases start as in PyTorch, uniform on :math:`\pm 1/\sqrt{n_{in}}`.

    Args:
        in_features: :math:`n_{in}` ≥ 1, the length of an input.
        out_features: :math:`n_{out}` ≥ 1, the length of an output.
        bias: Whether to add **b**.
        replicas: Shape of the replica axes; ``()`` for an ordinary layer.
        generator: Where the initial values come from.

    Shape:
        ``weight`` is ``(*replicas, out, in)``; ``(*replicas, batch, in)``, or anything that
        broadcasts to it, gives ``(*replicas, batch, out)``.

    Example:
        >>> layer = Linear(64, 10, replicas=(6, 20))
        >>> layer(torch.zeros(32, 64)).shape  # the same 32 examples for all 120
        torch.Size([6, 20, 32, 10])
    """

    bias: nn.Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        replicas: Sequence[int] = (),
        generator: Randomness = None,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.replicas = tuple(replicas)
        weight = torch.empty(*self.replicas, out_features, in_features)
        require("no axis may be 0", 0 not in weight.shape, weight.shape)
        self.weight = nn.Parameter(weight)
        self.bias = (
            nn.Parameter(weight.new_empty(weight.shape[:-1])) if bias else None
        )
        self.reset_parameters(generator)

    @torch.no_grad()
    def reset_parameters(self, generator: Randomness = None) -> None:
        """Draw weights and biases as PyTorch does: uniform on ±1/√in_features."""
        bound = 1 / math.sqrt(self.in_features)
        for p, event_dims in ((self.weight, 2), (self.bias, 1)):
            if p is not None:
                draws = rand(p, event_dims, generator)
                p.copy_(bound * (2 * draws - 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return x Wᵀ + b, for every replica at once."""
        if 2 < x.ndim <= self.weight.ndim and self.bias is not None:
            if x.shape[:-2] != self.replicas:
                x = x.expand(*self.replicas, *x.shape[-2:])
            terms = self.bias.unsqueeze(-1), self.weight, x.mT
            if x.ndim == 3:
                return torch.baddbmm(*terms).mT
            y = torch.baddbmm(*(term.flatten(0, -3) for term in terms))
            return y.view(*self.replicas, *y.shape[1:]).mT
        y = self.weight @ x.mT
        if self.bias is not None:
            y = y + self.bias.unsqueeze(-1).to(y.dtype)
        return y.mT

    def extra_repr(self) -> str:
        """Describe the layer as PyTorch does, with its replica axes."""
        text = f"{self.in_features}, {self.out_features}, bias={self.bias is not None}"
        return text + (f", replicas={self.replicas}" if self.replicas else "")
