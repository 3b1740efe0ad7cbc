"""What to measure in a network: gradients, activations, dead and saturated units."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from nnlib.activations import Activation, derivative
from nnlib.checks import require
from nnlib.clip import total_norm
from nnlib.modes import evaluation, recording
from nnlib.replicas import at_least_single, replica_shape


def gradient_norms(model: nn.Module) -> Tensor:
    r"""Return ‖∂L/∂W‖ of every layer's weight, from the input to the output.

    The shape is ``(layers, *replicas)``; a frozen layer has NaN, and before
    ``loss.backward()`` it is a ValueError.

    Example:
        >>> net = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
        >>> net(torch.ones(1, 3)).sum().backward()
        >>> gradient_norms(net).shape
        torch.Size([2])
    """
    norms: list[Tensor] = []
    for name, w in model.named_parameters():
        if name.endswith("weight"):
            ready = w.grad is not None or not w.requires_grad
            require(f"{name} needs a gradient: call backward()", ready, w.grad)
            g = torch.full_like(w, torch.nan) if w.grad is None else w.grad
            norms.append(total_norm([g], replica_dims=len(replica_shape([w]))))
    return torch.stack(norms)


@torch.no_grad()
def record_activations(
    model: nn.Module, x: Tensor
) -> list[tuple[Tensor, Tensor]]:
    """Run ``model`` on ``x`` and keep what went into and came out of each activation.

    Dropout is off.  Returns a and φ(a), of ``(*replicas, batch, units)``, in order.

    Example:
        >>> net = nn.Sequential(nn.Linear(3, 2), Activation(torch.relu))
        >>> [(a, h)] = record_activations(net, torch.ones(1, 3))
        >>> torch.equal(h, a.clamp(min=0))
        True
    """
    layers = [m for m in model.modules() if isinstance(m, Activation)]
    with evaluation(model), recording(layers) as recorded:
        model(x)
    return recorded


def dead_fraction(activations: Tensor) -> Tensor:
    """Return the share of units that are 0 for every example of the batch.

    From ``(*replicas, batch, units)``, the outputs of a ReLU layer, to shape ``replicas``.

    Example:
        >>> dead_fraction(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
        tensor(0.5000)
    """
    dead = (activations == 0).all(dim=-2)
    return dead.to(at_least_single(activations).dtype).mean(dim=-1)


def saturated_fraction(
    f: Callable[[Tensor], Tensor],
    preactivations: Tensor,
    threshold: float = 0.01,
) -> Tensor:
    """Return the share of (example, unit) pairs where f is flatter than ``threshold``.

    From ``(*replicas, batch, units)``, what goes into f, to shape ``replicas``.

    Example:
        >>> saturated_fraction(torch.sigmoid, torch.tensor([[0.0, 10.0]]))
        tensor(0.5000)
    """
    flat = derivative(f, preactivations).abs() < threshold
    return flat.to(at_least_single(preactivations).dtype).mean(dim=(-2, -1))
