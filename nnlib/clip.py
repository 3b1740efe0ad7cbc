r"""Gradient clipping (slide "Gradient clipping").

The slide's rule rescales the whole gradient vector,

.. math:: \mathbf{g}' = \min\left(1, \frac{c}{\|\mathbf{g}\|}\right)\mathbf{g},

so its length is capped at :math:`c` and its direction never changes.
The norm is that of each replica's parameters together; :math:`c` is PyTorch's ``max_norm``.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from nnlib.checks import require, within
from nnlib.replicas import at_least_single, per_replica, replica_shape

Parameters = Iterable[Tensor] | Iterable[tuple[str, Tensor]]
"""``model.parameters()``, or ``model.named_parameters()`` for errors that name them."""


def total_norm(tensors: Iterable[Tensor], *, replica_dims: int = 0) -> Tensor:
    r"""Return the 2-norm ‖g‖ of all ``tensors`` taken as one vector.

    The largest entry is divided out before squaring, so 1e200 does not overflow.  The
    norm has the ``replica_dims`` first axes of ``tensors``; it is 0 for no tensors.

    Example:
        >>> total_norm([torch.tensor([3.0, 0.0]), torch.tensor([[4.0]])])
        tensor(5.)
    """
    flat = [t.reshape(*t.shape[:replica_dims], -1) for t in tensors]
    if not flat or sum(f.shape[-1] for f in flat) == 0:
        return torch.zeros(())
    g = at_least_single(torch.cat(flat, dim=-1))
    largest = g.abs().amax(dim=-1, keepdim=True)
    unit = torch.where((largest > 0) & largest.isfinite(), largest, 1.0)
    return unit.squeeze(-1) * (g / unit).square().sum(dim=-1).sqrt()


def clip_coefficient(norm: Tensor, max_norm: float | Tensor) -> Tensor:
    """Return min(1, c / ‖g‖), the factor that caps a vector of length ``norm`` at c.

    Example:
        >>> clip_coefficient(torch.tensor([0.0, 0.5, 4.0]), max_norm=1.0)
        tensor([1.0000, 1.0000, 0.2500])
    """
    c = per_replica(max_norm, 0, like=norm)
    return torch.where((norm > c) & norm.isfinite(), c / norm, 1.0)


@torch.no_grad()
def clip_grad_norm_(
    parameters: Parameters,
    max_norm: float | Tensor,
    *,
    error_if_nonfinite: bool = True,
) -> Tensor:
    """Clip the gradients of ``parameters`` in place; return each replica's norm before.

    Like :func:`torch.nn.utils.clip_grad_norm_`, with two differences: PyTorch divides by
    ‖g‖ + 1e-6 where we keep the slide's formula, and a NaN or infinite gradient is an
    error unless you ask otherwise.

    Args:
        parameters: Parameters after ``loss.backward()``, maybe with their names; those
            without a gradient are skipped.
        max_norm: The slide's c > 0, in units of the gradient; ``inf`` only measures.
            A number, or a tensor that broadcasts over the replica axes.
        error_if_nonfinite: Whether to refuse gradients that are not finite.  If False, a
            replica with such a gradient is left to its fate; the others are clipped.

    Example:
        >>> w = torch.zeros(2, requires_grad=True)
        >>> w.grad = torch.tensor([3.0, 4.0])
        >>> clip_grad_norm_([w], max_norm=1.0)
        tensor(5.)
        >>> w.grad
        tensor([0.6000, 0.8000])
    """
    named, gradients = _with_gradients(parameters, error_if_nonfinite)
    replicas = replica_shape(named.values())
    dims = len(replicas)
    within("max_norm", max_norm, "(0, inf]", replicas)
    norm = total_norm(gradients, replica_dims=dims)
    fine = norm.isfinite().all() or not error_if_nonfinite
    require("the gradient norm must be finite", fine, norm)
    coefficient = clip_coefficient(norm, max_norm)
    for g in gradients:
        g.mul_(per_replica(coefficient, g.ndim - dims, like=g))
    return norm


@torch.no_grad()
def clip_grad_value_(
    parameters: Parameters, clip_value: float | Tensor
) -> None:
    """Clip each entry of the gradients to [-c, c] in place; this changes the direction.

    Like :func:`torch.nn.utils.clip_grad_value_`; ``clip_value`` is c, and what
    :func:`clip_grad_norm_` says of its arguments and errors is true here.

    Example:
        >>> w = torch.zeros(2, requires_grad=True)
        >>> w.grad = torch.tensor([3.0, 0.5])
        >>> clip_grad_value_([w], clip_value=1.0)
        >>> w.grad
        tensor([1.0000, 0.5000])
    """
    named, gradients = _with_gradients(parameters, finite=True)
    replicas = replica_shape(named.values())
    within("clip_value", clip_value, "(0, inf]", replicas)
    for g in gradients:
        c = per_replica(clip_value, g.ndim - len(replicas), like=g)
        g.copy_(torch.minimum(torch.maximum(g, -c), c))


def _with_gradients(
    parameters: Parameters, finite: bool
) -> tuple[dict[str, Tensor], list[Tensor]]:
    """Return the parameters that have a gradient, by name, and their gradients."""
    if isinstance(parameters, Tensor):
        parameters = [parameters]
    named = dict(
        p if isinstance(p, tuple) else (f"parameters[{i}]", p)
        for i, p in enumerate(parameters)
    )
    require("parameters must not be empty", len(named) > 0, "none")
    named = {name: p for name, p in named.items() if p.grad is not None}
    gradients = [p.grad for p in named.values() if p.grad is not None]
    for name, g in zip(named, gradients, strict=True):
        require(f"gradient of {name} must be dense", not g.is_sparse, g.layout)
        fine = not finite or g.isfinite().all()
        require(f"gradient of {name} must be finite", fine, "NaN or infinity")
    return named, gradients
