r"""The training loop, for one network or for hundreds at once.

:func:`fit` is the loop of every tutorial: shuffle, take a minibatch, compute the loss, ask
autograd for the gradient, hand it to an off-the-shelf optimiser.
It runs on replica axes unchanged, because losses are averaged within a replica and summed
over replicas: one ``backward()`` then gives each replica exactly its own gradient.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from nnlib.checks import callable_, floating, module, positive, shown, whole
from nnlib.clip import clip_grad_norm_
from nnlib.early_stopping import EarlyStopping
from nnlib.modes import evaluation
from nnlib.replicas import Generators, check_fit, replica_shape

Loss = Callable[[Tensor, Tensor], Tensor]
"""From outputs ``(*replicas, batch, k)`` and targets to one mean loss per replica."""

_ORDER = 100  # the stream of random numbers behind the order of the examples


class Optimizer(Protocol):
    """What :func:`fit` needs of an optimiser; ours and PyTorch's both have it."""

    def zero_grad(self) -> object:
        """Forget the last gradients."""

    def step(self) -> object:
        """Change the parameters once."""


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    r"""Mean cross-entropy :math:`-\log p(y \mid x)` of each replica.

    Args:
        logits: Shape ``(*replicas, batch, classes)``.
        y: Class numbers; shape ``(batch,)`` or any that broadcasts to
            ``(*replicas, batch)``.

    Returns:
        Shape ``replicas``, in nats.

    Example:
        >>> cross_entropy(torch.zeros(5, 10), torch.arange(5))  # log 10
        tensor(2.3026)
    """
    y = _labels_for(logits, y)
    if logits.ndim == 2:
        return functional.cross_entropy(logits, y)
    losses = functional.cross_entropy(  # its class axis is the second
        logits.mT.flatten(0, -3), y.flatten(0, -2), reduction="none"
    )
    return losses.mean(dim=-1).view(y.shape[:-1])


def mean_squared_error(outputs: Tensor, y: Tensor) -> Tensor:
    """Mean squared error of each replica over examples and outputs.

    Args:
        outputs: Shape ``(*replicas, batch, k)``.
        y: Shape ``(batch, k)`` or any that broadcasts to that of ``outputs``.

    Example:
        >>> mean_squared_error(torch.ones(4, 1), torch.zeros(4, 1))
        tensor(1.)
    """
    floating("outputs", outputs)
    if not isinstance(y, Tensor) or y.is_complex():
        raise TypeError(f"y must be a tensor of numbers, got {shown(y)}")
    if y.shape[-2:] != outputs.shape[-2:]:
        raise ValueError(
            f"y must have shape (..., {outputs.shape[-2]}, {outputs.shape[-1]}) as the "
            f"outputs have, got {tuple(y.shape)}"
        )
    return (outputs - y).square().mean(dim=(-2, -1))


def error_rate(logits: Tensor, y: Tensor) -> Tensor:
    """Share of examples whose largest logit is not their class's, per replica.

    Example:
        >>> error_rate(torch.eye(2), torch.tensor([0, 0]))
        tensor(0.5000)
    """
    y = _labels_for(logits, y)
    return (logits.argmax(dim=-1) != y).to(logits.dtype).mean(dim=-1)


def _labels_for(logits: Tensor, y: Tensor) -> Tensor:
    floating("logits", logits)
    if not isinstance(y, Tensor):
        raise TypeError(f"y must be a tensor, got {shown(y)}")
    if y.dtype != torch.int64:
        raise ValueError(f"y must hold class numbers (int64), got {y.dtype}")
    if y.device != logits.device:
        raise ValueError(
            f"y must be on {logits.device} as the logits are, got {shown(y)}"
        )
    if y.shape[-1:] != logits.shape[-2:-1]:
        raise ValueError(
            f"y must have {logits.shape[-2]} labels as the logits have rows, "
            f"got shape {tuple(y.shape)}"
        )
    return y.expand(logits.shape[:-1])


@torch.no_grad()
def evaluate(
    model: nn.Module, x: Tensor, y: Tensor, metric: Loss = error_rate
) -> Tensor:
    """Return ``metric`` of ``model`` on (x, y), per replica, with dropout off.

    Example:
        >>> evaluate(nn.Identity(), torch.eye(2), torch.tensor([0, 1]))
        tensor(0.)
    """
    with evaluation(model):
        return metric(model(x), y)


@dataclass(frozen=True)
class History:
    """What happened in a :func:`fit`.

    Curves have shape ``(epochs, *replicas)``; rows after a replica's early stop are NaN.

    Attributes:
        train_loss: Mean loss of the minibatches of each epoch, as they were trained on.
        validation_loss: Loss on the validation set after each epoch, if one was given.
        validation_error: Error rate there, if the targets are classes.
        gradient_norm: ‖g‖ before clipping at every step, shape ``(steps, *replicas)``, if
            ``max_norm`` was given.
        diverged_at: The first epoch whose training loss was NaN or infinite, shape
            ``replicas``; -1 where there is none.
    """

    train_loss: Tensor
    validation_loss: Tensor | None
    validation_error: Tensor | None
    gradient_norm: Tensor | None
    diverged_at: Tensor

    @property
    def diverged(self) -> Tensor:
        """Which replicas diverged."""
        return self.diverged_at >= 0


def fit(
    model: nn.Module,
    train: tuple[Tensor, Tensor],
    optimizer: Optimizer,
    *,
    epochs: int,
    seeds: int | Sequence[int] = 0,
    batch_size: int | None = None,
    loss: Loss = cross_entropy,
    penalty: Callable[[nn.Module], Tensor] | None = None,
    max_norm: float | Tensor | None = None,
    validation: tuple[Tensor, Tensor] | None = None,
    early_stopping: EarlyStopping | None = None,
) -> History:
    """Train ``model`` and return what happened.

    A replica whose loss becomes NaN or infinite has diverged; it is recorded as such and
    does no harm to the others.

    Args:
        model: A network, or many on replica axes.
        train: Inputs ``(n, d)`` and targets ``(n,)`` or ``(n, k)`` that all replicas share,
            or one set for each seed: ``(*seeds, n, d)``.
        optimizer: Holds the model's parameters; from :mod:`nnlib.optim` or
            :mod:`torch.optim`.
        epochs: How often each example is seen, ≥ 1.
        seeds: Seeds of the order of the examples; their shape broadcasts over the replica
            axes.
        batch_size: Examples in a step, ≥ 1; None takes all at once, in order.
        loss: One mean loss per replica.
        penalty: Added to the loss, one number per replica; for the slide's weight decay
            ``lambda m: lam * l2_penalty(weights(m))``.
        max_norm: Clips the gradient norm of each replica at c; ``inf`` only records it.
        validation: A validation set, evaluated after each epoch.
        early_stopping: Watches the validation loss; the model ends with the weights of
            its best epoch.

    Returns:
        A :class:`History`.

    Raises:
        ValueError: If an argument is out of range, empty, not finite, or does not fit.

    Example:
        >>> from nnlib.data import digits
        >>> from nnlib.models import MLP
        >>> from nnlib.optim import SGD
        >>> data = digits(n_train=200, n_validation=100)
        >>> nets = MLP([64, 32, 10], replicas=(2, 5), seeds=range(5))
        >>> rates = SGD(nets.parameters(), lr=torch.tensor([[0.01], [0.5]]))
        >>> history = fit(nets, data.train, rates, epochs=5, seeds=range(5), batch_size=20)
        >>> history.train_loss.shape
        torch.Size([5, 2, 5])
        >>> slow, fast = history.train_loss[-1].mean(dim=-1)
        >>> bool(fast < slow)
        True
    """
    order = Generators(seeds, stream=_ORDER)
    n = _check(
        model,
        train,
        optimizer,
        order,
        epochs=epochs,
        batch_size=batch_size,
        loss=loss,
        penalty=penalty,
        max_norm=max_norm,
        validation=validation,
        early_stopping=early_stopping,
    )
    curves: dict[str, list[Tensor]] = defaultdict(list)
    model.train()
    for _ in range(epochs):
        epoch_loss = torch.zeros(())
        for x, y in _minibatches(train, n, batch_size, order):
            losses = loss(model(x), y)
            objective = losses if penalty is None else losses + penalty(model)
            optimizer.zero_grad()
            objective.sum().backward()
            if max_norm is not None:
                norm = clip_grad_norm_(
                    model.parameters(), max_norm, error_if_nonfinite=False
                )
                curves["gradient_norm"].append(norm)
            optimizer.step()
            epoch_loss = epoch_loss + losses.detach() * (x.shape[-2] / n)

        row = {"train_loss": epoch_loss}
        if validation is not None:
            row["validation_loss"] = evaluate(model, *validation, metric=loss)
            if _are_classes(*validation):
                row["validation_error"] = evaluate(model, *validation)
        running = (
            torch.tensor(True)
            if early_stopping is None
            else ~early_stopping.stopped
        )
        curves["running"].append(running.expand(epoch_loss.shape))
        for name, value in row.items():
            curves[name].append(torch.where(running, value, torch.nan))
        if early_stopping is not None and early_stopping.step(
            row["validation_loss"], model
        ):
            break
    if early_stopping is not None and (early_stopping.best_epoch >= 0).any():
        early_stopping.restore(model)
    return _history(curves, epochs)


def _check(
    model: nn.Module,
    train: tuple[Tensor, Tensor],
    optimizer: Optimizer,
    order: Generators,
    *,
    epochs: int,
    batch_size: int | None,
    loss: Loss,
    penalty: Callable[[nn.Module], Tensor] | None,
    max_norm: float | Tensor | None,
    validation: tuple[Tensor, Tensor] | None,
    early_stopping: EarlyStopping | None,
) -> int:
    """Refuse what cannot be trained, before anything changes; count the examples."""
    module("model", model)
    for method in ("zero_grad", "step"):
        if not callable(getattr(optimizer, method, None)):
            raise TypeError(
                f"optimizer must have {method}(), got {shown(optimizer)}"
            )
    callable_("loss", loss)
    whole("epochs", epochs, 1)
    replicas = replica_shape(model.parameters())
    check_fit("seeds", order, replicas)
    if batch_size is not None:
        whole("batch_size", batch_size, 1)
    if max_norm is not None:
        positive("max_norm", max_norm)
        check_fit("max_norm", max_norm, replicas)
    if early_stopping is not None:
        if validation is None:
            raise ValueError("early_stopping needs a validation set, got none")
        if not isinstance(early_stopping, EarlyStopping):
            raise TypeError(
                f"early_stopping must be EarlyStopping, got {shown(early_stopping)}"
            )
        early_stopping.check_fit(replicas)
    if penalty is not None:
        callable_("penalty", penalty)
        shape = getattr(given := penalty(model), "shape", None)
        if shape != replicas:
            raise ValueError(
                f"penalty must give one number per replica, {tuple(replicas)}, "
                f"got {shown(given)}"
            )
    n = _check_examples("train", train, model, loss, order)
    if validation is not None:
        _check_examples("validation", validation, model, loss, order)
    return n


def _check_examples(
    name: str,
    examples: tuple[Tensor, Tensor],
    model: nn.Module,
    loss: Loss,
    order: Generators,
) -> int:
    """Refuse examples that cannot be trained on; return how many there are."""
    if not (
        isinstance(examples, tuple)
        and len(examples) == 2
        and all(isinstance(part, Tensor) for part in examples)
    ):
        raise TypeError(
            f"{name} must be two tensors, inputs and targets, got {shown(examples)}"
        )
    x, y = examples
    if x.ndim < 2 or x.shape[-2] == 0:
        raise ValueError(
            f"{name} must hold inputs of shape (..., n, d) with n ≥ 1, got {tuple(x.shape)}"
        )
    stacked = x.shape[:-2]
    if stacked not in ((), order.shape):
        raise ValueError(
            f"{name} must be shared or hold one set for each seed, {tuple(order.shape)}, "
            f"got {tuple(stacked)}"
        )
    n_axis = len(stacked)
    if y.shape[: n_axis + 1] != x.shape[:-1]:
        raise ValueError(
            f"{name} must have a target for each input, {tuple(x.shape[:-1])}, "
            f"got {tuple(y.shape)}"
        )
    if not (x.isfinite().all() and y.isfinite().all()):
        raise ValueError(f"{name} must be finite, got NaN or infinite values")
    first = evaluate(
        model, x[..., :1, :], y.narrow(n_axis, 0, 1), lambda out, _: out
    )
    if _are_classes(x, y) and not (y.min() >= 0 and y.max() < first.shape[-1]):
        raise ValueError(
            f"{name} must have labels from 0 to {first.shape[-1] - 1}, "
            f"got {int(y.min())} to {int(y.max())}"
        )
    losses = loss(first, y.narrow(n_axis, 0, 1))
    replicas = replica_shape(model.parameters())
    if getattr(losses, "shape", None) != replicas:
        raise ValueError(
            f"loss must give one number per replica, {tuple(replicas)}, "
            f"got {shown(losses)}"
        )
    return x.shape[-2]


def _are_classes(x: Tensor, y: Tensor) -> bool:
    return y.dtype == torch.int64 and y.ndim == x.ndim - 1


def _minibatches(
    examples: tuple[Tensor, Tensor],
    n: int,
    batch_size: int | None,
    order: Generators,
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of minibatches in a new random order; or all at once, in order."""
    if batch_size is None:
        yield examples
    else:
        for index in order.randperm(n).split(batch_size, dim=-1):
            yield _take(examples, index)


def _take(
    examples: tuple[Tensor, Tensor], index: Tensor
) -> tuple[Tensor, Tensor]:
    """Gather a minibatch for each seed: ``index`` has shape ``(*seeds, batch)``."""
    x, y = examples
    stacked = x.shape[:-2]
    if stacked:  # one set for each seed: number all examples through
        sets = torch.arange(stacked.numel()).reshape(*stacked, 1)
        index = index + sets * x.shape[-2]
        x, y = x.flatten(0, len(stacked)), y.flatten(0, len(stacked))
    rows = index.flatten()
    return (
        x.index_select(0, rows).reshape(*index.shape, *x.shape[1:]),
        y.index_select(0, rows).reshape(*index.shape, *y.shape[1:]),
    )


def _history(curves: dict[str, list[Tensor]], epochs: int) -> History:
    """Stack the rows and fill up with NaN the epochs that early stopping left out."""

    def curve(name: str) -> Tensor:
        rows = torch.stack(curves[name])
        missing = rows.new_full(
            (epochs - len(rows), *rows.shape[1:]), torch.nan
        )
        return torch.cat([rows, missing])

    train_loss = torch.stack(curves["train_loss"])
    bad = ~train_loss.isfinite() & torch.stack(curves["running"])
    first_bad = bad.to(torch.int64).argmax(dim=0)
    norms = curves.get("gradient_norm")
    return History(
        train_loss=curve("train_loss"),
        validation_loss=curve("validation_loss")
        if "validation_loss" in curves
        else None,
        validation_error=curve("validation_error")
        if "validation_error" in curves
        else None,
        gradient_norm=torch.stack(norms) if norms else None,
        diverged_at=torch.where(bad.any(dim=0), first_bad, -1),
    )
