"""Networks to train: the multilayer perceptron, one or many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from nnlib.activations import Activation, relu
from nnlib.checks import require, within
from nnlib.dropout import Dropout
from nnlib.linear import Linear
from nnlib.replicas import Generators, Randomness, Stream

Initialiser = Callable[..., object]
"""A function of :mod:`nnlib.init`: fills a weight in place, given a ``generator``."""


class MLP(nn.Sequential):
    """Linear layers with an activation between them, and dropout if asked for.

    Args:
        sizes: Units of each layer, from the input to the output; at least two layers.
        activation: The elementwise function after each layer but the last, or a module.
        init: Fills the weights, with biases at zero; None keeps PyTorch's default.
        p: Probability of dropping a hidden unit, as for :func:`nnlib.dropout.dropout`.
        replicas: Shape of the replica axes.
        seeds: Of weights and masks, their shape broadcasts over the replica axes; None
            draws from PyTorch's global generator.

    Shape:
        ``(*replicas, batch, sizes[0])`` gives ``(*replicas, batch, sizes[-1])``.

    Example:
        >>> MLP([64, 32, 10], seeds=0)
        MLP(
          (0): Linear(64, 32, bias=True)
          (1): Activation(relu)
          (2): Linear(32, 10, bias=True)
        )
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Callable[[Tensor], Tensor] = relu,
        *,
        init: Initialiser | None = None,
        p: float | Tensor = 0.0,
        replicas: Sequence[int] = (),
        seeds: int | Sequence[int] | None = None,
    ) -> None:
        within("p", p, "[0, 1]", replicas)
        require("sizes must name two layers", len(sizes) > 1, sizes)

        def draws(stream: int) -> Generators | None:
            return None if seeds is None else Generators(seeds, stream)

        super().__init__()
        for i, (n_in, n_out) in enumerate(pairwise(sizes)):
            if i > 0:
                made = isinstance(activation, nn.Module)
                self.append(activation if made else Activation(activation))
            if i > 0 and torch.as_tensor(p, device="cpu").any():
                self.append(Dropout(p, generator=draws(Stream.MASKS + i)))
            weights = Stream.WEIGHTS + i
            layer = Linear(
                n_in, n_out, replicas=replicas, generator=draws(weights)
            )
            if init is not None:
                initialise(layer, init, generator=draws(weights))
            self.append(layer)
        self.replicas = tuple(replicas)

    def __getitem__(self, index: int | slice) -> nn.Module:
        """Return one layer, or some of them as a plain ``Sequential``."""
        if isinstance(index, slice):
            return nn.Sequential(*list(self)[index])
        return super().__getitem__(index)


@torch.no_grad()
def initialise(
    model: nn.Module, init: Initialiser, *, generator: Randomness = None
) -> nn.Module:
    """Fill every weight of ``model`` with ``init`` and every bias with zero; return it.

    Example:
        >>> from nnlib.init import kaiming_normal_
        >>> initialise(Linear(3, 2), kaiming_normal_).bias.data
        tensor([0., 0.])
    """
    for layer in model.modules():
        if isinstance(layer, (Linear, nn.Linear)):
            init(layer.weight, generator=generator)
            if layer.bias is not None:
                layer.bias.zero_()
    return model
