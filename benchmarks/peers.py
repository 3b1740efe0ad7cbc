"""The ways of training R networks that are compared.

Each takes a :class:`Work` and how many of its networks to train, prepares them (models,
copies of the data), and returns what trains them: a function that gives the mean loss of
each network over its last epoch.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterable
from typing import Any

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
        for order in work.permutations(replica):
            total = 0.0
            for rows in work.minibatches(order):
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
    skorch = package("skorch")

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

    pl = package("lightning")

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


def torch_func(work: Work, count: int) -> Run:
    """All networks by ``torch.func``, as PyTorch's tutorial on ensembles puts it."""
    networks = work.networks()
    models = [work.plain(r, networks) for r in range(count)]
    params, _ = torch.func.stack_module_state(models)
    params = {name: p.detach() for name, p in params.items()}
    velocity = {name: torch.zeros_like(p) for name, p in params.items()}
    x, y = work.train

    def loss(params: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        logits = torch.func.functional_call(models[0], params, (x,))
        return nn.functional.cross_entropy(logits, y)

    step = torch.func.vmap(torch.func.grad_and_value(loss))

    def run() -> Tensor:
        total = torch.zeros(count)
        for order in work.permutations(range(count)):
            total = torch.zeros(count)
            for rows in work.minibatches(order):
                gradient, losses = step(params, x[rows], y[rows])
                for name, p in params.items():
                    v = velocity[name].mul_(MOMENTUM).add_(gradient[name])
                    p.sub_(v, alpha=work.lr)
                total = total + losses * rows.shape[-1]
        return total / len(y)

    return run


def package(name: str) -> Any:
    """Import what only the benchmark has (``benchmarks/requirements.txt``)."""
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


def _compiled(name: str) -> Peer:
    """Take a peer from the module that needs JAX, once it is asked for."""
    return lambda work, count: getattr(package("benchmarks.compiled"), name)(
        work, count
    )


OURS = "nnlib"
LOOP = "loop in memory"
TOGETHER: dict[str, Peer] = {
    "torch.func": torch_func,
    "JAX": _compiled("jax_scan"),
    "Equinox + optax": _compiled("equinox_step"),
}
"""All networks at once, from the same starts and with the same minibatches as nnlib."""
PEERS: dict[str, Peer] = {
    LOOP: loop_in_memory,
    "loop, DataLoader": loop_dataloader,
    "scikit-learn": scikit_learn,
    "skorch": skorch_fit,
    "Lightning": lightning_trainer,
    **TOGETHER,
}
