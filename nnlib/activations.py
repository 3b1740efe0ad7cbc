r"""Non-saturating activation functions (slide "Non-saturating activation functions").

The sigmoid :math:`\sigma(a) = 1/(1+e^{-a})` saturates: for large :math:`|a|` its
derivative :math:`\sigma'(a) = \sigma(a)(1-\sigma(a))` is close to zero.
The rectified linear unit and its variants keep a slope of 1 on the right.

Every function is elementwise, keeps shape and dtype, and has finite values and derivatives
for every finite input; NaN stays NaN.  Two habits make that so: exponentials only ever see
arguments that are not positive, and ``torch.where`` chooses between branches that are
*both* finite, because autograd multiplies the unused branch by zero and 0 · ∞ is not a
number.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def sigmoid(x: Tensor) -> Tensor:
    r"""The logistic sigmoid :math:`\sigma(x) = 1/(1+e^{-x})`, in (0, 1).

    Example:
        >>> sigmoid(torch.tensor([-1000.0, 0.0, 1000.0]))
        tensor([0.0000, 0.5000, 1.0000])
    """
    z = torch.exp(-_magnitude(x))
    return torch.where(x >= 0, 1.0, z) / (1 + z)


def tanh(x: Tensor) -> Tensor:
    r"""The hyperbolic tangent :math:`2\sigma(2x) - 1`, in (-1, 1).

    Example:
        >>> tanh(torch.tensor([-1000.0, 0.0, 1000.0]))
        tensor([-1.,  0.,  1.])
    """
    m = torch.expm1(-2 * _magnitude(x))
    t = -m / (2 + m)
    return torch.where(x >= 0, t, -t)


def relu(x: Tensor) -> Tensor:
    r"""The rectified linear unit :math:`\max(0, x)`, with derivative 0 at 0.

    Example:
        >>> relu(torch.tensor([-2.0, 0.0, 3.0]))
        tensor([0., 0., 3.])
    """
    return torch.where(x <= 0, 0, x)


def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    r"""Leaky ReLU: :math:`x` on the right, ``negative_slope`` · :math:`x` elsewhere.

    Example:
        >>> leaky_relu(torch.tensor([-2.0, 3.0]), negative_slope=0.1)
        tensor([-0.2000,  3.0000])
    """
    return torch.where(x > 0, x, negative_slope * x)


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    r"""ELU: :math:`x` on the right, :math:`\alpha(e^x - 1)` elsewhere; smooth for α = 1.

    Example:
        >>> elu(torch.tensor([-1000.0, 3.0]))
        tensor([-1.,  3.])
    """
    return torch.where(x > 0, x, alpha * torch.expm1(_negative_part(x)))


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
    return torch.where(x >= 0, x, 0.0) + torch.log1p(torch.exp(-_magnitude(x)))


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
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2


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


def _magnitude(x: Tensor) -> Tensor:
    """|x| with slope 1 at 0, where ``torch.abs`` has slope 0."""
    return torch.where(x >= 0, x, -x)


def _negative_part(x: Tensor) -> Tensor:
    """min(x, 0) with slope 1 at 0: a safe argument for an exponential."""
    return torch.where(x > 0, 0.0, x)


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


class ReLU(Activation):
    """:func:`relu` as a layer."""

    def __init__(self) -> None:
        super().__init__(relu)
