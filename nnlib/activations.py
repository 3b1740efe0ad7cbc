r"""Non-saturating activation functions (slide "Non-saturating activation functions").

The sigmoid :math:`\sigma(a) = 1/(1+e^{-a})` saturates: for large :math:`|a|` its
derivative :math:`\sigma'(a) = \sigma(a)(1-\sigma(a))` is close to zero.
The rectified linear unit and its variants keep a slope of 1 on the right.

Every function is elementwise, keeps shape and dtype, and has finite values and derivatives
for every finite input; NaN stays NaN.  It may be differentiated as often as you like.
Where autograd's slope of a formula would be slow, or overflow, a slope stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from nnlib.checks import require
from nnlib.replicas import at_least_single

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def sigmoid(x: Tensor) -> Tensor:
    r"""The logistic sigmoid :math:`\sigma(x) = 1/(1+e^{-x})`, in (0, 1).

    Example:
        >>> sigmoid(torch.tensor([-1000.0, 0.0, 1000.0]))
        tensor([0.0000, 0.5000, 1.0000])
    """
    return _Sloped.apply(
        x,
        lambda x: torch.exp(-x).add_(1).reciprocal_(),
        lambda _, y: y - y * y,
    )


def tanh(x: Tensor) -> Tensor:
    r"""The hyperbolic tangent :math:`2\sigma(2x) - 1`, in (-1, 1).

    Example:
        >>> tanh(torch.tensor([-1000.0, 0.0, 1000.0]))
        tensor([-1.,  0.,  1.])
    """

    def value(x: Tensor) -> Tensor:
        m = x.abs().mul_(-2).expm1_()
        return m.div_(m + 2).copysign_(x)

    return _Sloped.apply(x, value, lambda _, y: 1 - y * y)


def relu(x: Tensor) -> Tensor:
    r"""The rectified linear unit :math:`\max(0, x)`, with derivative 0 at 0.

    Example:
        >>> relu(torch.tensor([-2.0, 0.0, 3.0]))
        tensor([0., 0., 3.])
    """
    require("x must be of floats", x.is_floating_point(), x.dtype)
    return torch.threshold(x, 0.0, 0.0)  # x where x > 0, else 0


def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    r"""Leaky ReLU: :math:`x` on the right, ``negative_slope`` · :math:`x` elsewhere.

    Example:
        >>> leaky_relu(torch.tensor([-2.0, 3.0]), negative_slope=0.1)
        tensor([-0.2000,  3.0000])
    """
    return negative_slope * x + (1 - negative_slope) * relu(x)


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    r"""ELU: :math:`x` on the right, :math:`\alpha(e^x - 1)` elsewhere; smooth for α = 1.

    Example:
        >>> elu(torch.tensor([-1000.0, 3.0]))
        tensor([-1.,  3.])
    """

    def value(x: Tensor) -> Tensor:
        left = x.clamp(max=0).expm1_().mul_(alpha)
        return left.add_(x.clamp(min=0))

    def slope(x: Tensor, y: Tensor) -> Tensor:
        left = y.clamp(max=0) + alpha
        return left if alpha == 1 else left + (1 - alpha) * (x > 0)

    return _Sloped.apply(x, value, slope)


def selu(x: Tensor) -> Tensor:
    r"""Scaled ELU: :math:`1.0507 \cdot \mathrm{elu}(x;\, \alpha = 1.6733)`.

    Example:
        >>> selu(torch.tensor([-1000.0, 1.0]))
        tensor([-1.7581,  1.0507])
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


def softplus(x: Tensor) -> Tensor:
    r"""The smooth ReLU :math:`\log(1 + e^x)`; its derivative is the sigmoid.

    Example:
        >>> softplus(torch.tensor([-1000.0, 0.0, 1000.0]))
        tensor([0.0000e+00, 6.9315e-01, 1.0000e+03])
    """
    wide = at_least_single(x)
    return torch.logaddexp(wide, torch.zeros_like(wide)).to(x.dtype)


def silu(x: Tensor) -> Tensor:
    r"""SiLU, also called swish: :math:`x\,\sigma(x)`; its least value is about -0.278.

    Example:
        >>> silu(torch.tensor([-1000.0, 0.0, 1000.0]))
        tensor([   -0.,     0.,  1000.])
    """
    return x * sigmoid(x)


def gelu(x: Tensor) -> Tensor:
    r"""GELU: :math:`x\,\Phi(x)` with the standard normal distribution function Φ.

    Example:
        >>> gelu(torch.tensor([-1000.0, 0.0, 1.0]))
        tensor([-0.0000, 0.0000, 0.8413])
    """
    wide = at_least_single(x)
    return (wide / 2 * torch.erfc(-math.sqrt(0.5) * wide)).to(x.dtype)


def derivative(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return f′(x) of an elementwise function, as autograd computes it.

    Example:
        >>> derivative(relu, torch.tensor([-1.0, 0.0, 1.0]))
        tensor([0., 0., 1.])
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(f(x).sum(), x)
    return gradient


class _Sloped(torch.autograd.Function):
    """y = f(x) with its slope as a formula in x and y; half precision is widened."""

    generate_vmap_rule = True

    @classmethod
    def apply(cls, *args: Any) -> Any:
        if torch._C._are_functorch_transforms_active():
            return super().apply(*args)
        return super(torch.autograd.Function, cls).apply(*args)  # pyright: ignore

    @staticmethod
    def forward(x: Tensor, f: Any, slope: Any) -> Tensor:
        return f(at_least_single(x)).to(x.dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:
        ctx.save_for_backward(inputs[0], output)
        ctx.save_for_forward(inputs[0], output)
        ctx.slope = inputs[2]

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0] * ctx.slope(*ctx.saved_tensors), None, None

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        return tangents[0] * ctx.slope(*ctx.saved_tensors)


class Activation(nn.Module):
    """An activation function as a layer.

    The options are further arguments of the function, such as ``negative_slope``.

    Example:
        >>> Activation(leaky_relu, negative_slope=0.1)
        Activation(leaky_relu, negative_slope=0.1)
    """

    def __init__(
        self, function: Callable[..., Tensor], **options: float
    ) -> None:
        super().__init__()
        usable = not isinstance(function, type)
        require("activation must be a function or a layer", usable, function)
        self.function, self.options = function, options

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function elementwise."""
        return self.function(x, **self.options)

    def extra_repr(self) -> str:
        """Name the function and its options."""
        name = getattr(self.function, "__name__", repr(self.function))
        return ", ".join(
            [name, *(f"{k}={v}" for k, v in self.options.items())]
        )
