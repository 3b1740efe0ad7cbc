"""What is trained: one piece of work, the same for every way of training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import torch
from torch import Tensor, nn

from nnlib.data import Data, digits, mnist1d
from nnlib.models import MLP
from nnlib.replicas import Generators, Stream

MOMENTUM = 0.9
DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Work:
    """R networks of one shape, trained by SGD with momentum on real data.

    Attributes:
        data: ``"mnist1d"`` (3990 × 40) or ``"digits"`` (1000 × 64).
        hidden: Units of the hidden layers.
        batch_size: Examples in a step; None takes all at once.
        replicas: R, the number of networks; each has its own start and order.
        dtype: ``"float32"`` or ``"float64"``.
        epochs: How often each example is seen.
        lr: The learning rate.
    """

    data: str
    hidden: tuple[int, ...]
    batch_size: int | None
    replicas: int
    dtype: str = "float32"
    epochs: int = 1
    lr: float = 0.02

    @property
    def name(self) -> str:
        """The work without R and dtype, as a row of the table names it."""
        width, depth = self.hidden[0], len(self.hidden)
        shape = f"{depth} × {width}"
        batch = "all" if self.batch_size is None else str(self.batch_size)
        return f"{self.data}, {shape}, batch {batch}"

    @property
    def train(self) -> tuple[Tensor, Tensor]:
        """Inputs and labels, in the work's dtype."""
        x, y = _data(self.data).train
        return x.to(getattr(torch, self.dtype)), y

    @property
    def sizes(self) -> list[int]:
        """Units of every layer, from the input to the output."""
        data = _data(self.data)
        return [data.train.x.shape[-1], *self.hidden, data.classes]

    @property
    def steps(self) -> int:
        """Steps of one network."""
        n = len(self.train[1])
        return self.epochs * -(-n // (self.batch_size or n))

    @property
    def examples(self) -> int:
        """Examples that all networks see together, counted as often as seen."""
        return self.epochs * len(self.train[1]) * self.replicas

    @property
    def operations(self) -> int:
        """Multiplications and additions in the matrix products of all networks.

        Each product of a layer costs 2 · in · out an example: one forward, one for the
        gradient of its weights, and one, but for the first layer, for that of its input.
        """
        layers = [n_in * n_out for n_in, n_out in pairwise(self.sizes)]
        return self.examples * (6 * sum(layers) - 2 * layers[0])

    def networks(self) -> MLP:
        """All networks on one replica axis, seeded 0 to R - 1."""
        with default_dtype(self.dtype):
            return MLP(
                self.sizes,
                replicas=(self.replicas,),
                seeds=range(self.replicas),
            )

    def plain(self, replica: int, networks: MLP) -> nn.Sequential:
        """One of ``networks`` as plain PyTorch, with the same weights."""
        with default_dtype(self.dtype):
            layers: list[nn.Module] = []
            for n_in, n_out in pairwise(self.sizes):
                layers += [nn.Linear(n_in, n_out), nn.ReLU()]
            model = nn.Sequential(*layers[:-1])
        model.load_state_dict(
            {k: v[replica].clone() for k, v in networks.state_dict().items()}
        )
        return model

    def permutations(self, seeds: int | Sequence[int]) -> Iterator[Tensor]:
        """Yield the order of examples in each epoch, ``(*seeds, n)``, as ``fit`` does."""
        n, order = len(self.train[1]), Generators(seeds, Stream.ORDER)
        for _ in range(self.epochs):
            in_order = torch.arange(n).expand(*order.shape, n)
            yield in_order if self.batch_size is None else order.randperm(n)

    def minibatches(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Cut one epoch's order into the rows of each step."""
        return rows.split(self.batch_size or rows.shape[-1], dim=-1)


@contextmanager
def default_dtype(name: str) -> Iterator[None]:
    """Make tensors of one dtype inside a ``with`` block."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, name))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@cache
def _data(name: str) -> Data:
    return mnist1d(3990, 10) if name == "mnist1d" else digits()
