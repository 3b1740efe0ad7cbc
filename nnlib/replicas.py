r"""Replica axes: many independent networks in one tensor.

A network's parameters may carry leading *replica axes*.
A weight of shape ``(6, 20, 100, 64)`` holds 120 weight matrices of 100 × 64, for example
6 settings × 20 seeds, and ``x @ weight.mT`` applies them all at once.
Everything in nnlib works per replica: a norm, a mask, a penalty and a decision to stop
belong to one network and never mix two.

Two rules make that work:

* a hyperparameter is a number, or a tensor that broadcasts over the replica axes;
* each replica draws from generators of its own (:class:`Generators`), so its numbers do
  not depend on how many others are trained beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor, nn

from nnlib.checks import fits, require, within


class ReplicaParameter(nn.Parameter):
    """A parameter that knows how many of its leading axes number replicas.

    ``data`` has shape ``(*replicas, *shape)``, the first of which are ``replica_dims`` ≥ 0
    axes; the rest is as in :class:`torch.nn.Parameter`.

    Example:
        >>> w = ReplicaParameter(torch.zeros(6, 20, 10, 64), replica_dims=2)
        >>> w.replica_dims
        2
    """

    replica_dims: int

    def __new__(
        cls, data: Tensor, replica_dims: int = 0, requires_grad: bool = True
    ) -> ReplicaParameter:
        """Make the parameter and note its replica axes."""
        within("replica_dims", replica_dims, f"[0, {data.ndim}]")
        self = nn.Parameter.__new__(cls, data, requires_grad)
        self.replica_dims = replica_dims
        return self

    def __init__(
        self, data: Tensor, replica_dims: int = 0, requires_grad: bool = True
    ) -> None:
        """Do nothing more: ``__new__`` has done it."""

    def __deepcopy__(self, memo: dict[int, object]) -> ReplicaParameter:
        return ReplicaParameter(
            self.data.clone(), self.replica_dims, self.requires_grad
        )

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        values = self.data, self.replica_dims, self.requires_grad
        return ReplicaParameter, values


def replica_shape(parameters: Iterable[Tensor]) -> torch.Size:
    """Return the replica axes that all ``parameters`` share, ``()`` for ordinary ones.

    Raises:
        ValueError: If they do not agree: then "per replica" would mean nothing.

    Example:
        >>> replica_shape([ReplicaParameter(torch.zeros(6, 20, 3), replica_dims=2)])
        torch.Size([6, 20])
    """
    axes = {p.shape[: getattr(p, "replica_dims", 0)] for p in parameters}
    require("parameters must share their replica axes", len(axes) < 2, axes)
    return axes.pop() if axes else torch.Size()


def per_replica(
    value: float | Tensor, event_dims: int, like: Tensor
) -> Tensor:
    """Give a hyperparameter the axes it needs to broadcast over ``like``.

    Args:
        value: A number, or a tensor that broadcasts over the replica axes.
        event_dims: How many trailing axes of ``like`` belong to one replica.
        like: The tensor of floating-point numbers that it will meet.

    Returns:
        ``value`` with ``event_dims`` axes of length 1 appended, on the device of ``like``.

    Example:
        >>> max_norm = torch.tensor([[0.1], [1.0]])  # 2 settings × any number of seeds
        >>> per_replica(max_norm, 2, like=torch.zeros(2, 20, 10, 64)).shape
        torch.Size([2, 1, 1, 1])
    """
    require("a setting meets floats", like.is_floating_point(), like.dtype)
    tensor = torch.as_tensor(value, dtype=like.dtype, device=like.device)
    shape = tensor.shape + (1,) * event_dims
    return tensor.reshape(shape) if tensor.ndim else tensor


class Stream(IntEnum):
    """What nnlib draws for; layer i of a network takes ``WEIGHTS + i``, ``MASKS + i``."""

    WEIGHTS = 0
    ORDER = 100
    LABEL_NOISE = 101
    MASKS = 1000


class Generators:
    """One random generator for each seed, so that a replica's draws are its own.

    Seeds of shape ``(20,)`` beside replicas ``(6, 20)`` give all 6 settings of a seed the
    same numbers, which makes comparisons between settings *paired*.

    Args:
        seeds: A whole number ≥ 0, or a sequence of them (nested for several axes).
        stream: A number ≥ 0 that keeps draws for different purposes apart.

    Example:
        >>> alone, beside = Generators([3]), Generators(range(20))
        >>> bool((alone.randn(2, 2)[0] == beside.randn(2, 2)[3]).all())
        True
    """

    def __init__(
        self, seeds: int | Sequence[int] | Tensor, stream: int = 0
    ) -> None:
        numbers = np.asarray(seeds)
        require("seeds must be integers", numbers.dtype.kind in "iu", seeds)
        self.shape = torch.Size(numbers.shape)
        self._generators = [
            torch.Generator().manual_seed(_mix(seed, stream))
            for seed in numbers.flatten().tolist()
        ]

    def rand(self, *size: int) -> Tensor:
        """Uniform draws on [0, 1), shape ``(*seeds, *size)``."""
        return self._each(torch.rand, size)

    def randn(self, *size: int) -> Tensor:
        """Standard normal draws, shape ``(*seeds, *size)``."""
        return self._each(torch.randn, size)

    def randperm(self, n: int) -> Tensor:
        """Random orders of 0 … n - 1, shape ``(*seeds, n)``."""
        return self._each(torch.randperm, n)

    def _each(self, draw: Callable[..., Tensor], size: object) -> Tensor:
        draws = [draw(size, generator=g) for g in self._generators]
        return torch.stack(draws).reshape(self.shape + draws[0].shape)


Randomness = torch.Generator | Generators | None
"""Where draws come from: one generator for the whole tensor, one for each replica, or
PyTorch's global one; all on the CPU."""


def rand(
    shape: Sequence[int], event_dims: int, generator: Randomness = None
) -> Tensor:
    """Uniform draws on [0, 1) that broadcast to ``shape``, ``(*replicas, *event)``.

    ``event_dims`` is the number of axes of one replica's event.
    """
    if isinstance(generator, Generators):
        return generator.rand(*_event(shape, event_dims, generator))
    return torch.rand(tuple(shape), generator=generator)


def randn(
    shape: Sequence[int], event_dims: int, generator: Randomness = None
) -> Tensor:
    """Standard normal draws that broadcast to ``shape``; arguments as for :func:`rand`."""
    if isinstance(generator, Generators):
        return generator.randn(*_event(shape, event_dims, generator))
    return torch.randn(tuple(shape), generator=generator)


def _event(
    shape: Sequence[int], event_dims: int, generators: Generators
) -> Sequence[int]:
    split = len(shape) - event_dims
    fits("seeds", generators, shape[:split])
    return shape[split:]


def _mix(seed: int, stream: int) -> int:
    """Turn (seed, stream) into one well-mixed 32-bit seed."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1)[0])
