r"""Off-the-shelf steps, for one network or for many at once.

The lecture hands the gradient to an off-the-shelf optimiser, and
:func:`nnlib.train.fit` accepts those of :mod:`torch.optim`.
These two do the same arithmetic and add one thing: the learning rate and every other
setting may differ between replicas.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from nnlib.checks import require, within
from nnlib.replicas import per_replica, replica_shape
from nnlib.weight_decay import ParameterGroup

Parameters = Iterable[nn.Parameter] | Sequence[ParameterGroup]
"""``model.parameters()``, or the groups of :func:`nnlib.weight_decay.decay_groups`."""


class Optimizer:
    """What the two optimisers share: parameters in groups, and forgetting gradients.

    Args:
        parameters: Parameters, or groups from :func:`nnlib.weight_decay.decay_groups`.
        lr: Learning rate η > 0.
        weight_decay: ω = 2λ ≥ 0, for parameters that are not in groups.  This, η and the
            momentum: a number, or a tensor that broadcasts over the replica axes.
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Tensor,
        weight_decay: float | Tensor,
    ) -> None:
        self.param_groups: list[ParameterGroup] = []
        self._decay: dict[nn.Parameter, float | Tensor] = {}
        for group in parameters:
            if not isinstance(group, dict):
                group = {"params": [group], "weight_decay": weight_decay}
            keys = group.keys() == {"params", "weight_decay"}
            require("group must have params and weight_decay", keys, [*group])
            params, decay = list(group["params"]), group["weight_decay"]
            self._decay |= dict.fromkeys(params, decay)
            self.param_groups.append({"params": params, "weight_decay": decay})
        count = sum(len(group["params"]) for group in self.param_groups)
        once = 0 < count == len(self._decay)
        require("parameters must be some, each in one group", once, count)
        self._replicas = replica_shape(self._decay)
        self.lr = lr
        within("lr", lr, "(0, inf)", self._replicas)
        for decay in self._decay.values():
            within("weight_decay", decay, "[0, inf)", self._replicas)

    def zero_grad(self) -> None:
        """Forget the gradients of the last step."""
        for p in self._decay:
            p.grad = None


class SGD(Optimizer):
    r"""Stochastic gradient descent, as :class:`torch.optim.SGD` defines it.

    .. math:: \mathbf{v} \leftarrow \mu\mathbf{v} + \mathbf{g} + \omega\mathbf{w},
              \qquad \mathbf{w} \leftarrow \mathbf{w} - \eta\mathbf{v}

    The momentum μ is in [0, 1); for the rest see :class:`Optimizer`.

    Example:
        >>> w = nn.Parameter(torch.tensor([1.0]))
        >>> w.grad = torch.tensor([2.0])
        >>> SGD([w], lr=0.1).step()
        >>> w.data
        tensor([0.8000])
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Tensor,
        *,
        momentum: float | Tensor = 0.0,
        weight_decay: float | Tensor = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        within("momentum", momentum, "[0, 1)", self._replicas)
        self.momentum = momentum
        self._velocity: dict[nn.Parameter, Tensor] = {}

    @torch.no_grad()
    def step(self) -> None:
        """Take one step down the gradient; parameters without a gradient stay."""
        for p, decay in self._decay.items():
            if p.grad is None:
                continue
            v = p.grad
            if _is_on(decay):
                v = _plus(v, _like(decay, p), p)
            if _is_on(self.momentum):
                before = self._velocity.get(p, torch.zeros_like(p))
                v = _plus(v, _like(self.momentum, p), before)
                self._velocity[p] = v
            _descend(p, _like(self.lr, p), v)


class Adam(Optimizer):
    r"""Adam, and AdamW with ``decoupled=True``, as :mod:`torch.optim` defines them.

    .. math:: \mathbf{m} \leftarrow \beta_1\mathbf{m} + (1-\beta_1)\mathbf{g}, \qquad
              \mathbf{v} \leftarrow \beta_2\mathbf{v} + (1-\beta_2)\mathbf{g}^2,

    .. math:: \mathbf{w} \leftarrow \mathbf{w} - \eta\,
              \frac{\mathbf{m}/(1-\beta_1^t)}{\sqrt{\mathbf{v}/(1-\beta_2^t)} + \epsilon}

    The ``betas`` are in [0, 1) and ε > 0.  Weight decay adds ωw to the gradient or, if
    ``decoupled``, takes ηωw from the weights.  For the rest see :class:`Optimizer`.

    Example:
        >>> w = nn.Parameter(torch.tensor([1.0]))
        >>> w.grad = torch.tensor([2.0])
        >>> Adam([w], lr=0.1).step()  # the first step has length η
        >>> w.data
        tensor([0.9000])
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Tensor = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float | Tensor = 0.0,
        decoupled: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        below_1 = all(0 <= beta < 1 for beta in betas)
        require("betas must be in [0, 1)", below_1, betas)
        within("eps", eps, "(0, inf)", ())
        self.betas, self.eps, self.decoupled = betas, eps, decoupled
        self._steps: dict[nn.Parameter, int] = {}
        self._moments: dict[nn.Parameter, tuple[Tensor, Tensor]] = {}

    @torch.no_grad()
    def step(self) -> None:
        """Take one step; parameters without a gradient stay."""
        b1, b2 = self.betas
        for p, decay in self._decay.items():
            if p.grad is None:
                continue
            g, lr = p.grad, _like(self.lr, p)
            if _is_on(decay) and self.decoupled:
                p.mul_(1 - lr * _like(decay, p))
            elif _is_on(decay):
                g = _plus(g, _like(decay, p), p)
            if p not in self._moments:
                self._moments[p] = torch.zeros_like(p), torch.zeros_like(p)
            m, v = self._moments[p]
            t = self._steps[p] = self._steps.get(p, 0) + 1
            m.lerp_(g, 1 - b1)
            v.mul_(b2).addcmul_(g, g, value=1 - b2)
            m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
            _descend(p, lr, m_hat / (v_hat.sqrt() + self.eps))


def _is_on(value: float | Tensor) -> bool:
    return isinstance(value, Tensor) or value != 0


def _plus(y: Tensor, a: float | Tensor, x: Tensor) -> Tensor:
    """Return y + a · x, in one pass over the memory."""
    return y.addcmul(a, x) if isinstance(a, Tensor) else y.add(x, alpha=a)


def _descend(p: nn.Parameter, lr: float | Tensor, v: Tensor) -> None:
    """Take η · v from ``p``, in one pass over the memory."""
    if isinstance(lr, Tensor):
        p.addcmul_(lr, v, value=-1)
    else:
        p.sub_(v, alpha=lr)


def _like(value: float | Tensor, p: nn.Parameter) -> float | Tensor:
    if not isinstance(value, Tensor):
        return value
    return per_replica(value, p.ndim - len(replica_shape([p])), like=p)
