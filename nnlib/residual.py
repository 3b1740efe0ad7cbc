r"""Residual connections (slide "Using residual connections").

A residual layer adds its input to what it computes,

.. math:: \mathcal{F}'_l(\mathbf{x}) = \mathcal{F}_l(\mathbf{x}) + \mathbf{x},

so :math:`\mathcal{F}_l` learns what must be *added to* **x**, and the gradient always has
the direct way back through the second term.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from nnlib.checks import require
from nnlib.linear import Linear
from nnlib.replicas import Randomness, setting


class Residual(nn.Module):
    r"""Any mapping F with the shortcut around it: x ↦ x + scale · F(x).

    Args:
        f: The mapping :math:`\mathcal{F}`; its output has the shape of its input.
        scale: A factor on the branch; 1 is the slide's formula, :math:`1/\sqrt{L}` keeps
            a stack of L layers from growing.  A number, or a tensor that broadcasts over
            the replica axes.

    Raises:
        ValueError: If F(x) has not the shape of x, or F changes x in place.

    Example:
        >>> double = Residual(nn.Identity())
        >>> double(torch.tensor([[1.0, 2.0]]))
        tensor([[2., 4.]])
    """

    def __init__(self, f: nn.Module, *, scale: float | Tensor = 1.0) -> None:
        super().__init__()
        self.f, self.scale = f, scale

    def forward(self, x: Tensor) -> Tensor:
        """Return x + scale · F(x)."""
        branch = self._branch(x)
        return x + setting("scale", self.scale, "(-inf, inf)", branch) * branch

    def _branch(self, x: Tensor) -> Tensor:
        version = _version(x)
        branch = self.f(x)
        require("F must not change x", version == _version(x), self.f)
        rule = f"F(x) must have the shape (..., {x.shape[-2]}, {x.shape[-1]}) of x"
        require(rule, x.shape[-2:] == branch.shape[-2:], tuple(branch.shape))
        return branch


class ResidualLayer(Residual):
    """The slide's layer: F is linear–activation–linear.

    Args:
        features: Length of input and output.
        hidden: Number of hidden units in the branch.
        activation: The elementwise function between the two linear maps.
        scale: As in :class:`Residual`.
        zero_init: Whether the second map starts at zero, and so the layer as the identity.
        replicas: Shape of the replica axes.
        generator: Where the initial values come from.

    Example:
        >>> layer = ResidualLayer(4, 8, torch.relu, zero_init=True)
        >>> layer(torch.ones(1, 4))
        tensor([[1., 1., 1., 1.]], grad_fn=<AddBackward0>)
    """

    def __init__(
        self,
        features: int,
        hidden: int,
        activation: Callable[[Tensor], Tensor],
        *,
        scale: float | Tensor = 1.0,
        zero_init: bool = False,
        replicas: Sequence[int] = (),
        generator: Randomness = None,
    ) -> None:
        first, second = (
            Linear(n_in, n_out, replicas=replicas, generator=generator)
            for n_in, n_out in ((features, hidden), (hidden, features))
        )
        if zero_init:
            with torch.no_grad():
                for p in second.parameters():
                    p.zero_()
        f = _LinearActivationLinear(first, activation, second)
        super().__init__(f, scale=scale)


class _LinearActivationLinear(nn.Module):
    def __init__(
        self,
        first: Linear,
        activation: Callable[[Tensor], Tensor],
        second: Linear,
    ) -> None:
        super().__init__()
        self.first, self.activation, self.second = first, activation, second

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.activation(self.first(x)))


def _version(x: Tensor) -> int:
    return 0 if x.is_inference() else x._version  # counts changes in place
