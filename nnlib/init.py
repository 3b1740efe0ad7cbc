r"""Parameter initialisation (slide "Parameter initialisation").

Every scheme here draws weights with mean zero and a variance that depends on the layer's
number of inputs :math:`n_{in}` and outputs :math:`n_{out}`:

================  =========================================  ========================
LeCun             :math:`1/n_{in}`                           keeps a linear layer
Glorot (Xavier)   :math:`2/(n_{in}+n_{out})`                 compromise with backward
He (Kaiming)      :math:`2/n_{in}`                           makes up for ReLU's half
PyTorch default   :math:`1/(3 n_{in})`                       (:mod:`nnlib.linear`)
================  =========================================  ========================

The last two axes of a weight are PyTorch's ``(out, in)``; all earlier ones are replicas.
Every function works in place and returns its tensor.
"""

from __future__ import annotations

import copy
import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from nnlib.checks import require, within
from nnlib.modes import evaluation, recording
from nnlib.replicas import Randomness, at_least_single, rand, randn, setting


class Fans(NamedTuple):
    """A layer's number of inputs and outputs."""

    fan_in: int
    fan_out: int


def fan_in_and_fan_out(tensor: Tensor) -> Fans:
    """Return the number of inputs and outputs of a weight of shape ``(..., out, in)``.

    Example:
        >>> fan_in_and_fan_out(torch.empty(6, 20, 100, 64))
        Fans(fan_in=64, fan_out=100)
    """
    shape = tuple(tensor.shape)
    some = len(shape) > 1 and 0 not in shape
    require("tensor must have shape (..., out, in)", some, shape)
    return Fans(fan_in=tensor.shape[-1], fan_out=tensor.shape[-2])


def kaiming_gain(a: float = 0.0) -> float:
    r"""Return the gain :math:`\sqrt{2/(1+a^2)}` of a (leaky) ReLU with left slope ``a``.

    Example:
        >>> kaiming_gain() ** 2
        2.0000000000000004
    """
    within("a", a, "(-inf, inf)", ())
    return math.sqrt(2 / (1 + a**2))


@torch.no_grad()
def normal_(
    tensor: Tensor,
    mean: float | Tensor = 0.0,
    std: float | Tensor = 1.0,
    *,
    generator: Randomness = None,
) -> Tensor:
    """Draw from N(mean, std²).

    The mean and ``std`` ≥ 0 are numbers, or broadcast over the replica axes.

    Example:
        >>> w = normal_(torch.empty(2, 400, 100), std=torch.tensor([0.1, 3.0]))
        >>> bool(w[0].std() < 0.2 and w[1].std() > 2)
        True
    """
    mean = setting("mean", mean, "(-inf, inf)", like=tensor)
    std = setting("std", std, "[0, inf)", like=tensor)
    return tensor.copy_(mean + std * randn(tensor, 2, generator))


@torch.no_grad()
def uniform_(
    tensor: Tensor, bound: float | Tensor, *, generator: Randomness = None
) -> Tensor:
    """Draw uniformly from [-bound, bound]; the variance is bound²/3.

    The bound ≥ 0 is a number, or broadcasts over the replica axes.

    Example:
        >>> float(uniform_(torch.empty(50, 40), bound=0.1).abs().max()) <= 0.1
        True
    """
    bound = setting("bound", bound, "[0, inf)", like=tensor)
    return tensor.copy_(bound * (2 * rand(tensor, 2, generator) - 1))


def xavier_normal_(
    tensor: Tensor, gain: float | Tensor = 1.0, *, generator: Randomness = None
) -> Tensor:
    r"""Glorot's initialisation, normal: variance gain² · :math:`2/(n_{in}+n_{out})`.

    Source: Glorot and Bengio (2010).  Oracle: :func:`torch.nn.init.xavier_normal_`.

    Example:
        >>> xavier_normal_(torch.empty(3, 2)).shape
        torch.Size([3, 2])
    """
    std = gain * math.sqrt(2 / sum(fan_in_and_fan_out(tensor)))
    return normal_(tensor, std=std, generator=generator)


def xavier_uniform_(
    tensor: Tensor, gain: float | Tensor = 1.0, *, generator: Randomness = None
) -> Tensor:
    r"""Glorot's initialisation, uniform on ± gain · :math:`\sqrt{6/(n_{in}+n_{out})}`.

    The variance is that of :func:`xavier_normal_`.

    Example:
        >>> w = xavier_uniform_(torch.empty(30, 20))
        >>> float(w.abs().max()) <= (6 / 50) ** 0.5
        True
    """
    bound = gain * math.sqrt(6 / sum(fan_in_and_fan_out(tensor)))
    return uniform_(tensor, bound, generator=generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    *,
    generator: Randomness = None,
) -> Tensor:
    r"""He's initialisation, normal: variance :math:`2/((1+a^2)\,n_{in})`.

    The slope of the (leaky) ReLU on the left is a; the mode ``"fan_in"`` keeps the size of
    the signal forwards, ``"fan_out"`` that of the gradient backwards.

    Source: He et al. (2015).  Oracle: :func:`torch.nn.init.kaiming_normal_`.

    Example:
        >>> kaiming_normal_(torch.empty(3, 2)).shape
        torch.Size([3, 2])
    """
    fans = fan_in_and_fan_out(tensor)
    std = kaiming_gain(a) / math.sqrt(getattr(fans, mode))
    return normal_(tensor, std=std, generator=generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    *,
    generator: Randomness = None,
) -> Tensor:
    r"""He's initialisation, uniform: the variance of :func:`kaiming_normal_`.

    Example:
        >>> w = kaiming_uniform_(torch.empty(30, 20))
        >>> float(w.abs().max()) <= (6 / 20) ** 0.5
        True
    """
    fans = fan_in_and_fan_out(tensor)
    bound = kaiming_gain(a) * math.sqrt(3 / getattr(fans, mode))
    return uniform_(tensor, bound, generator=generator)


def lecun_normal_(tensor: Tensor, *, generator: Randomness = None) -> Tensor:
    r"""LeCun's initialisation: variance :math:`1/n_{in}`; what SELU needs.

    Example:
        >>> lecun_normal_(torch.empty(3, 2)).shape
        torch.Size([3, 2])
    """
    std = 1 / math.sqrt(fan_in_and_fan_out(tensor).fan_in)
    return normal_(tensor, std=std, generator=generator)


@torch.no_grad()
def orthogonal_(
    tensor: Tensor, gain: float | Tensor = 1.0, *, generator: Randomness = None
) -> Tensor:
    """Make rows or columns (whichever are fewer) orthonormal, times ``gain`` > 0.

    Source: Saxe et al. (2014).  Oracle: WWᵀ or WᵀW is gain² times the identity.

    Example:
        >>> w = orthogonal_(torch.empty(2, 3))
        >>> torch.allclose(w @ w.mT, torch.eye(2), atol=1e-6)
        True
    """
    gain = setting("gain", gain, "(0, inf)", like=tensor)
    g = randn(tensor, 2, generator).to(at_least_single(tensor))
    wide = g.shape[-1] > g.shape[-2]
    q, r = torch.linalg.qr(g.mT if wide else g)
    q = q * r.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)  # makes q unique
    q = q.mT if wide else q
    return tensor.copy_(gain * q)


@torch.no_grad()
def constant_(tensor: Tensor, val: float | Tensor) -> Tensor:
    """Fill with ``val``, a number or one that broadcasts over a weight's replica axes.

    Example:
        >>> constant_(torch.empty(2), 0.5)
        tensor([0.5000, 0.5000])
    """
    return tensor.copy_(setting("val", val, "(-inf, inf)", like=tensor))


@torch.no_grad()
def lsuv_(
    model: nn.Module,
    x: Tensor,
    *,
    tol: float = 0.01,
    max_iter: int = 10,
    generator: Randomness = None,
) -> nn.Module:
    """Layer-sequential unit-variance initialisation, from a batch of data.

    Layer by layer: orthogonal weights, zero bias, then divide the weights by the standard
    deviation of the layer's outputs until their variance is 1.

    Args:
        model: A network with linear layers, in order of use; unchanged after an error.
        x: A batch of inputs; if the outputs of a layer do not vary, it is a ValueError.
        tol: How far from 1 a variance may stay, > 0.
        max_iter: Corrections per layer at most, ≥ 1.
        generator: Where the orthogonal weights come from.

    Source: Mishkin and Matas (2016).

    Example:
        >>> net = nn.Sequential(nn.Linear(5, 50), nn.Tanh(), nn.Linear(50, 3))
        >>> x = torch.randn(200, 5)
        >>> bool((lsuv_(net, x)(x).var() - 1).abs() < 0.02)
        True
    """
    within("max_iter", max_iter, "[1, inf)")
    trial = copy.deepcopy(model)
    for name, layer in trial.named_modules():
        weight = getattr(layer, "weight", None)
        if isinstance(weight, Tensor) and weight.ndim >= 2:
            linear = hasattr(layer, "in_features")
            require(f"layer {name} must be linear for LSUV", linear, layer)
            orthogonal_(weight, generator=generator)
            if isinstance(bias := getattr(layer, "bias", None), Tensor):
                bias.zero_()
            for _ in range(max_iter):
                with evaluation(trial), recording([layer]) as recorded:
                    trial(x)
                outputs = at_least_single(recorded[0][1])
                variance = outputs.var(dim=(-2, -1), correction=0)
                within(f"variance of layer {name} on x", variance, "(0, inf)")
                off = (variance - 1).abs() > tol
                if not off.any():
                    break
                scale = torch.where(off, variance.sqrt(), 1.0)
                weight.div_(scale[..., None, None])
    model.load_state_dict(trial.state_dict())
    return model
