"""The ways of training R networks that are compared.

Each takes a :class:`Work` and how many of its networks to train, and returns the mean loss
of each of them over its last epoch.  What it needs before the first step (models, copies
of the data) is made in the ``prepare`` part, which is not timed.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.work import MOMENTUM, Work
from nnlib.optim import SGD
from nnlib.train import fit

Run = Callable[[], Tensor]
Peer = Callable[[Work, int], Run]


def nnlib_fit(work: Work, count: int) -> Run:
    """All networks in one ``fit``; ``count`` must be R."""
    networks = work.networks()
    optimizer = SGD(networks.parameters(), lr=work.lr, momentum=MOMENTUM)
    train = work.train

    def run() -> Tensor:
        history = fit(
            networks,
            train,
            optimizer,
            epochs=work.epochs,
            batch_size=work.batch_size,
            seeds=range(count),
        )
        return history.train_loss[-1]

    return run


def loop_in_memory(work: Work, count: int) -> Run:
    """One plain PyTorch network after another, minibatches taken from tensors."""
    networks = work.networks()
    models = [work.plain(r, networks) for r in range(count)]
    x, y = work.train

    def train_one(replica: int, model: nn.Module) -> float:
        optimizer = _sgd(model, work)
        loss = 0.0
        for epoch in work.orders(replica):
            total = 0.0
            for rows in epoch:
                batch_loss = nn.functional.cross_entropy(
                    model(x[rows]), y[rows]
                )
                optimizer.zero_grad()
                batch_loss.backward()
                optimizer.step()
                total += batch_loss.item() * len(rows)
            loss = total / len(y)
        return loss

    return lambda: _losses(
        train_one(r, model) for r, model in enumerate(models)
    )


def loop_dataloader(work: Work, count: int) -> Run:
    """One plain PyTorch network after another, as tutorials do: with a ``DataLoader``."""
    networks = work.networks()
    models = [work.plain(r, networks) for r in range(count)]
    loaders = [_loader(work, r) for r in range(count)]

    def train_one(model: nn.Module, loader: DataLoader) -> float:
        optimizer = _sgd(model, work)
        criterion = nn.CrossEntropyLoss()
        total = 0.0
        for _ in range(work.epochs):
            total = 0.0
            for x, y in loader:
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(y)
        return total / len(work.train[1])

    return lambda: _losses(
        train_one(*pair) for pair in zip(models, loaders, strict=True)
    )


def scikit_learn(work: Work, count: int) -> Run:
    """One ``MLPClassifier`` after another."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    x, y = (part.numpy() for part in work.train)
    models = [
        MLPClassifier(
            work.hidden,
            solver="sgd",
            alpha=0.0,
            batch_size=work.batch_size or len(y),  # pyright: ignore
            learning_rate_init=work.lr,
            momentum=MOMENTUM,
            nesterovs_momentum=False,
            max_iter=work.epochs,
            n_iter_no_change=work.epochs + 1,
            random_state=r,
        )
        for r in range(count)
    ]

    def run() -> Tensor:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return _losses(model.fit(x, y).loss_ for model in models)

    return run


def skorch_fit(work: Work, count: int) -> Run:
    """One skorch ``NeuralNetClassifier`` after another, without validation split."""
    skorch = _peer("skorch")

    networks = work.networks()
    x, y = work.train
    models = [
        skorch.NeuralNetClassifier(
            work.plain(r, networks),
            criterion=nn.CrossEntropyLoss,
            optimizer=torch.optim.SGD,
            optimizer__momentum=MOMENTUM,
            lr=work.lr,
            batch_size=work.batch_size or -1,
            iterator_train__shuffle=work.batch_size is not None,
            max_epochs=work.epochs,
            train_split=None,
            verbose=0,
        )
        for r in range(count)
    ]

    def run() -> Tensor:
        return _losses(
            model.fit(x, y).history[-1, "train_loss"] for model in models
        )

    return run


def lightning_trainer(work: Work, count: int) -> Run:
    """One Lightning ``Trainer`` after another, with logging and saving switched off."""
    import logging

    pl = _peer("lightning")

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

    class Module(pl.LightningModule):
        def __init__(self, model: nn.Module) -> None:
            super().__init__()
            self.model, self.total = model, 0.0

        def on_train_epoch_start(self) -> None:
            self.total = 0.0

        def training_step(self, batch: list[Tensor], _: int) -> Tensor:
            x, y = batch
            loss = nn.functional.cross_entropy(self.model(x), y)
            self.total += loss.item() * len(y)
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return _sgd(self.model, work)

    networks = work.networks()
    modules = [Module(work.plain(r, networks)) for r in range(count)]
    loaders = [_loader(work, r) for r in range(count)]

    def run() -> Tensor:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # advice about workers and loggers
            for module, loader in zip(modules, loaders, strict=True):
                pl.Trainer(
                    accelerator="cpu",
                    max_epochs=work.epochs,
                    logger=False,
                    enable_checkpointing=False,
                    enable_progress_bar=False,
                    enable_model_summary=False,
                ).fit(module, loader)
        n = len(work.train[1])
        return _losses(module.total / n for module in modules)

    return run


def _peer(name: str) -> Any:
    """Import a package that only the benchmark has (``benchmarks/requirements.txt``)."""
    return importlib.import_module(name)


def _losses(numbers: Iterable[float]) -> Tensor:
    return torch.tensor(list(numbers), dtype=torch.float64)


def _sgd(model: nn.Module, work: Work) -> torch.optim.SGD:
    return torch.optim.SGD(model.parameters(), lr=work.lr, momentum=MOMENTUM)


def _loader(work: Work, replica: int) -> DataLoader:
    x, y = work.train
    return DataLoader(
        TensorDataset(x, y),
        batch_size=work.batch_size or len(y),
        shuffle=work.batch_size is not None,
        generator=torch.Generator().manual_seed(replica),
    )


OURS = "nnlib"
PEERS: dict[str, Peer] = {
    "loop in memory": loop_in_memory,
    "loop, DataLoader": loop_dataloader,
    "scikit-learn": scikit_learn,
    "skorch": skorch_fit,
    "Lightning": lightning_trainer,
}


def gemm_peak(dtype: str, size: int = 1000) -> Callable[[], float]:
    """A square matrix product; the returned function gives its operations."""
    a = torch.from_numpy(
        np.random.default_rng(0).standard_normal((size, size))
    ).to(getattr(torch, dtype))

    def run() -> float:
        torch.mm(a, a)
        return 2.0 * size**3

    return run
