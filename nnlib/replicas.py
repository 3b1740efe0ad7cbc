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
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnlib.checks import fits, require, within


def replica_parameter(data: Tensor, replica_dims: int = 0) -> nn.Parameter:
    """Return a parameter that knows how many of its leading axes number replicas.

    ``data`` has shape ``(*replicas, *shape)``, the first of which are ``replica_dims`` ≥ 0
    axes.  The number is an attribute, which PyTorch drops when it makes a parameter anew;
    a :class:`Replicated` layer puts it back.

    Example:
        >>> w = replica_parameter(torch.zeros(6, 20, 10, 64), replica_dims=2)
        >>> replica_shape([w])
        torch.Size([6, 20])
    """
    within("replica_dims", replica_dims, f"[0, {data.ndim}]")
    p = nn.Parameter(data)
    vars(p)["replica_dims"] = replica_dims
    return p


class Replicated(nn.Module):
    """A layer whose parameters all carry its ``replicas``, whoever makes them anew."""

    replicas: tuple[int, ...] = ()

    def _mark(self) -> None:
        for p in self.parameters(recurse=False):
            vars(p)["replica_dims"] = len(self.replicas)

    def register_parameter(self, name: str, param: Any) -> None:
        """Set a parameter: by assignment, or by ``load_state_dict(assign=True)``."""
        super().register_parameter(name, param)
        self._mark()

    def _apply(self, *args: Any, **options: Any) -> Any:  # .to, .double, …
        super()._apply(*args, **options)
        self._mark()
        return self

    def __setstate__(self, state: Any) -> None:  # deepcopy, pickle
        super().__setstate__(state)
        self._mark()


def replica_shape(parameters: Iterable[Tensor]) -> torch.Size:
    """Return the replica axes that all ``parameters`` share, ``()`` for ordinary ones.

    If they do not agree it is a ValueError: "per replica" would mean nothing.

    Example:
        >>> replica_shape([replica_parameter(torch.zeros(6, 20, 3), replica_dims=2)])
        torch.Size([6, 20])
    """
    parameters = list(parameters)
    lazy = any(isinstance(p, nn.UninitializedParameter) for p in parameters)
    require("parameters must be made: run the network once", not lazy, "lazy")
    axes = {p.shape[: getattr(p, "replica_dims", 0)] for p in parameters}
    require("parameters must share their replica axes", len(axes) < 2, axes)
    return axes.pop() if axes else torch.Size()


def per_replica(
    value: float | Tensor, event_dims: int, like: Tensor
) -> Tensor:
    """Give a hyperparameter the axes it needs to broadcast over ``like``.

    ``value`` is a number, or a tensor that broadcasts over the replica axes; ``like``, the
    floats that it will meet, has ``event_dims`` more.  The result is on their device.

    Example:
        >>> max_norm = torch.tensor([[0.1], [1.0]])  # 2 settings × any number of seeds
        >>> per_replica(max_norm, 2, like=torch.zeros(2, 20, 10, 64)).shape
        torch.Size([2, 1, 1, 1])
    """
    require("x must be of floats", like.is_floating_point(), like.dtype)
    tensor = torch.as_tensor(value, dtype=like.dtype).to(like.device)
    shape = tensor.shape + (1,) * event_dims
    return tensor.reshape(shape) if tensor.ndim else tensor


def setting(
    name: str,
    value: float | Tensor,
    interval: str,
    like: Tensor,
    dims: int = 2,
) -> Tensor:
    """Refuse a hyperparameter outside its interval, else do as :func:`per_replica`.

    Example:
        >>> setting("p", 1.5, "[0, 1]", like=torch.zeros(2, 3))
        Traceback (most recent call last):
        ValueError: p must be in [0, 1], got 1.5
    """
    within(name, value, interval, like.shape[: like.ndim - dims])
    return per_replica(value, dims, like)


def at_least_single(x: Tensor) -> Tensor:
    """Return floats in float32 at least: sums in half precision overflow or stall."""
    require("x must be of floats", x.is_floating_point(), x.dtype)
    return x.to(torch.promote_types(x.dtype, torch.float32))


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
            torch.Generator("cpu").manual_seed(_mix(seed, stream))
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
        cpu = torch.device("cpu")  # whatever the default device
        draws = [draw(size, generator=g, device=cpu) for g in self._generators]
        return torch.stack(draws).reshape(self.shape + draws[0].shape)


Randomness = torch.Generator | Generators | None
"""Where draws come from: one generator for the whole tensor, one for each replica, or
PyTorch's global one; all on the CPU."""


def rand(
    like: Tensor, event_dims: int, generator: Randomness = None
) -> Tensor:
    """Uniform draws on [0, 1) that broadcast over ``like``: replicas, then event axes."""
    return _draw("rand", like, event_dims, generator)


def randn(
    like: Tensor, event_dims: int, generator: Randomness = None
) -> Tensor:
    """Standard normal draws that broadcast over ``like``, as for :func:`rand`."""
    return _draw("randn", like, event_dims, generator)


def _draw(
    kind: str, like: Tensor, event_dims: int, generator: Randomness
) -> Tensor:
    """Draw on the CPU, so that the numbers are the same whatever the device."""
    shape, split = tuple(like.shape), like.ndim - event_dims
    if isinstance(generator, Generators):
        fits("seeds", generator, shape[:split])
        return getattr(generator, kind)(*shape[split:]).to(like.device)
    draw = getattr(torch, kind)
    return draw(shape, generator=generator, device="cpu").to(like.device)


def _mix(seed: int, stream: int) -> int:
    return int(np.random.SeedSequence([seed, stream]).generate_state(1)[0])
