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

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from nnlib.checks import shown, whole


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
        if not isinstance(data, Tensor):
            raise TypeError(f"data must be a tensor, got {shown(data)}")
        if whole("replica_dims", replica_dims, 0) > data.ndim:
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
        return ReplicaParameter(
            self.data.clone(), self.replica_dims, self.requires_grad
        )

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
    parameters = _tensors(parameters)
    shapes = {p.shape[: replica_dims([p])] for p in parameters}
    if len(shapes) > 1:
        axes = sorted(tuple(shape) for shape in shapes)
        raise ValueError(
            f"parameters must share their replica axes, got {axes}"
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
    counts = {getattr(p, "replica_dims", 0) for p in _tensors(parameters)}
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
    if not isinstance(like, Tensor) or like.is_complex() or like.is_meta:
        raise TypeError(
            f"a setting must meet a tensor of real numbers, got {shown(like)}"
        )
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
        numbers = _seeds(seeds)
        whole("stream", stream, 0)
        self.shape = torch.Size(numbers.shape)
        self._generators = [
            torch.Generator().manual_seed(_mix(seed, stream))
            for seed in numbers.flatten().tolist()
        ]

    def __repr__(self) -> str:
        return f"Generators(shape={tuple(self.shape)})"

    def rand(self, *size: int) -> Tensor:
        """Uniform draws on [0, 1), shape ``(*seeds, *size)``."""
        size = _size("size", size)
        return self._stack(
            [torch.rand(size, generator=g) for g in self._generators]
        )

    def randn(self, *size: int) -> Tensor:
        """Standard normal draws, shape ``(*seeds, *size)``."""
        size = _size("size", size)
        return self._stack(
            [torch.randn(size, generator=g) for g in self._generators]
        )

    def randperm(self, n: int) -> Tensor:
        """Random orders of 0 … n - 1, shape ``(*seeds, n)``."""
        n = whole("n", n, 0)
        return self._stack(
            [torch.randperm(n, generator=g) for g in self._generators]
        )

    def _stack(self, draws: list[Tensor]) -> Tensor:
        return torch.stack(draws).reshape(self.shape + draws[0].shape)


Randomness = torch.Generator | Generators | None
"""Where draws come from, that is one generator for the whole tensor, one for each replica,
or PyTorch's global one."""


def check_generator(generator: Randomness) -> None:
    """Refuse what is no source of random numbers on the CPU.

    Raises:
        TypeError: The message shows what was given instead.
    """
    on_cpu = (
        isinstance(generator, torch.Generator)
        and generator.device.type == "cpu"
    )
    if not (on_cpu or generator is None or isinstance(generator, Generators)):
        raise TypeError(
            "generator must be a torch.Generator on the CPU, Generators or None, "
            f"got {shown(generator)}"
        )


@contextmanager
def rewinding(generator: Randomness) -> Iterator[None]:
    """Put ``generator`` back where it was if the block raises."""
    check_generator(generator)
    sources = (
        generator._generators
        if isinstance(generator, Generators)
        else [generator or torch.default_generator]
    )
    states = [source.get_state() for source in sources]
    try:
        yield
    except BaseException:
        for source, state in zip(sources, states, strict=True):
            source.set_state(state)
        raise


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
    check_generator(generator)
    return torch.rand(*_size("shape", shape), generator=generator)


def randn(
    shape: Sequence[int], event_dims: int, generator: Randomness = None
) -> Tensor:
    """Standard normal draws that broadcast to ``shape``; arguments as for :func:`rand`."""
    if isinstance(generator, Generators):
        return generator.randn(*_event(shape, event_dims, generator))
    check_generator(generator)
    return torch.randn(*_size("shape", shape), generator=generator)


def _event(
    shape: Sequence[int], event_dims: int, generators: Generators
) -> Sequence[int]:
    split = len(shape) - whole("event_dims", event_dims, 0)
    check_fit("seeds", generators, shape[:split])
    return shape[split:]


def _seeds(seeds: int | Sequence[int] | Tensor) -> np.ndarray:
    if isinstance(seeds, Tensor) and not seeds.is_meta:
        seeds = seeds.tolist()
    try:
        numbers = np.asarray(seeds)
    except (TypeError, ValueError):  # ragged, or without data
        numbers = np.empty(0)
    integers = numbers.dtype.kind in "iu"
    if not integers or numbers.size == 0 or (numbers < 0).any():
        raise ValueError(
            f"seeds must be whole numbers from 0 up, got {shown(seeds)}"
        )
    return numbers


def _size(name: str, size: Sequence[int]) -> tuple[int, ...]:
    return tuple(whole(name, n, 0) for n in size)


def _tensors(parameters: Iterable[Tensor]) -> list[Tensor]:
    parameters = list(parameters)
    for p in parameters:
        if not isinstance(p, Tensor):
            raise TypeError(f"parameters must be tensors, got {shown(p)}")
    return parameters


def _mix(seed: int, stream: int) -> int:
    """Turn (seed, stream) into one well-mixed 32-bit seed."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1)[0])
