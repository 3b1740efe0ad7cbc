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

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn


class ReplicaParameter(nn.Parameter):
    """A parameter that knows how many of its leading axes number replicas.

    Args:
        data: Values, shape ``(*replicas, *shape)``.
        replica_dims: The number of replica axes; 0 makes it an ordinary parameter.
        requires_grad: As in :class:`torch.nn.Parameter`.

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
        if not 0 <= replica_dims <= data.ndim:
            raise ValueError(
                f"replica_dims must be from 0 to {data.ndim}, got {replica_dims}"
            )
        self = nn.Parameter.__new__(cls, data, requires_grad)
        self.replica_dims = replica_dims
        return self

    def __init__(
        self, data: Tensor, replica_dims: int = 0, requires_grad: bool = True
    ) -> None:
        """Do nothing more: ``__new__`` has done it."""

    def __deepcopy__(self, memo: dict[int, object]) -> ReplicaParameter:
        if id(self) not in memo:
            memo[id(self)] = ReplicaParameter(
                self.data.clone(), self.replica_dims, self.requires_grad
            )
        return memo[id(self)]  # pyright: ignore[reportReturnType]

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        return ReplicaParameter, (
            self.data,
            self.replica_dims,
            self.requires_grad,
        )


def replica_shape(parameters: Iterable[Tensor]) -> torch.Size:
    """Return the replica axes that all ``parameters`` share, ``()`` for ordinary ones.

    Raises:
        ValueError: If they do not agree: then "per replica" would mean nothing.

    Example:
        >>> replica_shape([ReplicaParameter(torch.zeros(6, 20, 3), replica_dims=2)])
        torch.Size([6, 20])
    """
    parameters = list(parameters)
    shapes = {p.shape[: replica_dims([p])] for p in parameters}
    if len(shapes) > 1:
        shown = sorted(tuple(shape) for shape in shapes)
        raise ValueError(
            f"parameters must share their replica axes, got {shown}"
        )
    return shapes.pop() if shapes else torch.Size()


def check_fit(
    name: str, value: float | Tensor | Generators, replicas: Sequence[int]
) -> None:
    """Refuse a setting whose shape does not broadcast over the replica axes.

    Raises:
        ValueError: The message names the argument, the axes and the shape.
    """
    shape = value.shape if hasattr(value, "shape") else ()  # pyright: ignore
    replicas = tuple(replicas)
    try:
        fits = torch.broadcast_shapes(shape, replicas) == replicas
    except RuntimeError:
        fits = False
    if not fits:
        raise ValueError(
            f"{name} must broadcast over the replica axes {replicas}, "
            f"got shape {tuple(shape)}"
        )


def replica_dims(parameters: Iterable[Tensor]) -> int:
    """Return the number of replica axes that all ``parameters`` share.

    Ordinary tensors have none.

    Raises:
        ValueError: If they do not agree: then "per replica" would mean nothing.

    Example:
        >>> replica_dims([torch.zeros(3), torch.zeros(2, 2)])
        0
    """
    counts = {getattr(p, "replica_dims", 0) for p in parameters}
    if len(counts) > 1:
        raise ValueError(
            f"parameters must share their replica axes, got {sorted(counts)} of them"
        )
    return counts.pop() if counts else 0


def per_replica(
    value: float | Tensor, event_dims: int, like: Tensor
) -> Tensor:
    """Give a hyperparameter the axes it needs to broadcast over ``like``.

    Args:
        value: A number, or a tensor that broadcasts over the replica axes.
        event_dims: How many trailing axes of ``like`` belong to one replica.
        like: The tensor it will meet; gives dtype and device.

    Returns:
        ``value`` with ``event_dims`` axes of length 1 appended.

    Example:
        >>> max_norm = torch.tensor([[0.1], [1.0]])  # 2 settings × any number of seeds
        >>> per_replica(max_norm, 2, like=torch.zeros(2, 20, 10, 64)).shape
        torch.Size([2, 1, 1, 1])
    """
    tensor = torch.as_tensor(value, dtype=like.dtype, device=like.device)
    return (
        tensor.reshape(*tensor.shape, *(1,) * event_dims)
        if tensor.ndim
        else tensor
    )


class Generators:
    """One random generator for each seed, so that a replica's draws are its own.

    Seeds of shape ``(20,)`` beside replicas ``(6, 20)`` give all 6 settings of a seed the
    same numbers, which makes comparisons between settings *paired*.

    Args:
        seeds: A whole number, or a sequence of them (nested for several axes).
        stream: A number that keeps draws for different purposes apart: initial weights,
            order of the examples, masks.

    Example:
        >>> alone, beside = Generators([3]), Generators(range(20))
        >>> bool((alone.randn(2, 2)[0] == beside.randn(2, 2)[3]).all())
        True
    """

    def __init__(
        self, seeds: int | Sequence[int] | Tensor, stream: int = 0
    ) -> None:
        seeds = torch.as_tensor(np.asarray(seeds))
        whole = not (seeds.is_floating_point() or seeds.dtype == torch.bool)
        if not whole or seeds.numel() == 0 or (seeds < 0).any():
            raise ValueError(
                f"seeds must be whole numbers from 0 up, got {seeds.tolist()}"
            )
        self.shape = seeds.shape
        self._generators = [
            torch.Generator().manual_seed(_mix(seed, stream))
            for seed in seeds.flatten().tolist()
        ]

    def __repr__(self) -> str:
        return f"Generators(shape={tuple(self.shape)})"

    def rand(self, *size: int) -> Tensor:
        """Uniform draws on [0, 1), shape ``(*seeds, *size)``."""
        return self._stack(
            [torch.rand(size, generator=g) for g in self._generators]
        )

    def randn(self, *size: int) -> Tensor:
        """Standard normal draws, shape ``(*seeds, *size)``."""
        return self._stack(
            [torch.randn(size, generator=g) for g in self._generators]
        )

    def randperm(self, n: int) -> Tensor:
        """Random orders of 0 … n - 1, shape ``(*seeds, n)``."""
        return self._stack(
            [torch.randperm(n, generator=g) for g in self._generators]
        )

    def _stack(self, draws: list[Tensor]) -> Tensor:
        return torch.stack(draws).reshape(self.shape + draws[0].shape)


Randomness = torch.Generator | Generators | None
"""Where draws come from: one generator for the whole tensor, one for each replica, or
PyTorch's global one."""


def rand(
    shape: Sequence[int], event_dims: int, generator: Randomness = None
) -> Tensor:
    """Uniform draws on [0, 1) that broadcast to ``shape``.

    Args:
        shape: ``(*replicas, *event)``.
        event_dims: The number of axes of ``event``.
        generator: See :data:`Randomness`.
    """
    if isinstance(generator, Generators):
        return generator.rand(*_event(shape, event_dims, generator))
    return torch.rand(*shape, generator=generator)


def randn(
    shape: Sequence[int], event_dims: int, generator: Randomness = None
) -> Tensor:
    """Standard normal draws that broadcast to ``shape``; arguments as for :func:`rand`."""
    if isinstance(generator, Generators):
        return generator.randn(*_event(shape, event_dims, generator))
    return torch.randn(*shape, generator=generator)


def _event(
    shape: Sequence[int], event_dims: int, generators: Generators
) -> Sequence[int]:
    split = len(shape) - event_dims
    check_fit("seeds", generators, shape[:split])
    return shape[split:]


def _mix(seed: int, stream: int) -> int:
    """Turn (seed, stream) into one well-mixed 32-bit seed."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1)[0])
