r"""The training loop, for one network or for hundreds at once.

:func:`fit` is the loop of every tutorial: shuffle, take a minibatch, compute the loss, ask
autograd for the gradient, hand it to an off-the-shelf optimiser.
It runs on replica axes unchanged, because losses are averaged within a replica and summed
over replicas: one ``backward()`` then gives each replica exactly its own gradient.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nnlib.checks import fits, require, within
from nnlib.clip import clip_grad_norm_
from nnlib.early_stopping import EarlyStopping
from nnlib.modes import evaluation
from nnlib.optim import SGD, Adam
from nnlib.replicas import Generators, Stream, at_least_single, replica_shape

Loss = Callable[[Tensor, Tensor], Tensor]
"""From outputs ``(*replicas, batch, k)`` and targets to one mean loss per replica."""

# They need a closure or, where there are replicas, would mix them.
UNFIT = {False: {"LBFGS"}, True: {"LBFGS", "Adafactor", "Muon"}}


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    r"""Mean cross-entropy :math:`-\log p(y \mid x)` of each replica, in nats.

    ``logits`` have shape ``(*replicas, batch, classes)``; the class numbers ``y`` have
    shape ``(batch,)`` or any that broadcasts to ``(*replicas, batch)``.

    Example:
        >>> cross_entropy(torch.zeros(5, 10), torch.arange(5))  # log 10
        tensor(2.3026)
    """
    y = _labels_for(logits, y).unsqueeze(-2)
    log_p = at_least_single(logits).mT.log_softmax(dim=-2)
    return -log_p.gather(-2, y).mean(dim=(-2, -1))


def mean_squared_error(outputs: Tensor, y: Tensor) -> Tensor:
    """Mean squared error of each replica, over examples and outputs.

    ``outputs`` have shape ``(*replicas, batch, k)``, and ``y`` may lack the replica axes.

    Example:
        >>> mean_squared_error(torch.ones(4, 1), torch.zeros(4, 1))
        tensor(1.)
    """
    same = y.shape[-2:] == outputs.shape[-2:]
    require("y must match the outputs", same, y.shape)
    return at_least_single(outputs - y).square().mean(dim=(-2, -1))


def error_rate(logits: Tensor, y: Tensor) -> Tensor:
    """Share of examples whose largest logit is another class's, or NaN, per replica.

    Example:
        >>> error_rate(torch.eye(2), torch.tensor([0, 0]))
        tensor(0.5000)
    """
    y = _labels_for(logits, y)
    wrong = (logits.argmax(dim=-1) != y) | logits.isnan().any(dim=-1)
    return wrong.to(at_least_single(logits).dtype).mean(dim=-1)


def _labels_for(logits: Tensor, y: Tensor) -> Tensor:
    """Give each row of the logits its label, in every replica."""
    same = y.shape[-1:] == logits.shape[-2:-1]
    require("y must have a label for each row", same, y.shape)
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
        diverged_at: The first epoch whose training loss was not finite, or -1 for none.
        validation_loss: Loss on the validation set after each epoch, if one was given.
        validation_error: Error rate there, if the targets are classes.
        gradient_norm: ‖g‖ at each step before clipping, ``(steps, *replicas)``, if asked.
    """

    train_loss: Tensor
    diverged_at: Tensor
    validation_loss: Tensor | None = None
    validation_error: Tensor | None = None
    gradient_norm: Tensor | None = None

    @property
    def diverged(self) -> Tensor:
        """Which replicas diverged."""
        return self.diverged_at >= 0


def fit(
    model: nn.Module,
    train: tuple[Tensor, Tensor],
    optimizer: SGD | Adam | torch.optim.Optimizer,
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

    A replica whose loss becomes NaN or infinite has diverged; the others go on.

    Args:
        model: A network, or many on replica axes, on the device of the data.  Parts that
            are in ``eval()`` mode stay so, unless all of it is.
        train: Inputs ``(n, d)`` and targets ``(n,)`` or ``(n, k)`` that all replicas share,
            or one set for each seed: ``(*seeds, n, d)``.
        optimizer: One of :mod:`nnlib.optim` or :mod:`torch.optim`, with parameters of the
            model.  Its step is elementwise if there are replicas, and needs no closure.
        epochs: How often each example is seen, ≥ 1.
        seeds: Of the order of the examples; their shape broadcasts over the replica axes.
        batch_size: Examples in a step, ≥ 1; None takes all at once, in order.
        loss: One mean loss per replica.
        penalty: Added to the loss, one number per replica; for the slide's weight decay
            ``lambda m: lam * l2_penalty(weights(m))``.
        max_norm: Clips the gradient norm of each replica at c; ``inf`` only records it.
        validation: A validation set, evaluated after each epoch.
        early_stopping: Watches the validation loss; the best epoch's weights stay.

    Raises:
        ValueError: If an argument is out of range, empty, not finite, or does not fit;
            or what PyTorch raises on the first example.  Nothing is changed then.

    Example:
        >>> from nnlib.data import digits
        >>> from nnlib.models import MLP
        >>> from nnlib.optim import SGD
        >>> data = digits(n_train=200, n_validation=100)
        >>> nets = MLP([64, 32, 10], replicas=(2, 5), seeds=range(5))
        >>> rates = SGD(nets.parameters(), lr=torch.tensor([[0.01], [0.5]]))
        >>> history = fit(nets, data.train, rates, epochs=5, seeds=range(5), batch_size=20)
        >>> slow, fast = history.train_loss[-1].mean(dim=-1)  # of shape (5 epochs, 2, 5)
        >>> bool(fast < slow)
        True
    """
    order = Generators(seeds, Stream.ORDER)
    parameters = list(model.parameters())
    replicas = replica_shape(parameters)
    within("epochs", epochs, "[1, inf)")
    fits("seeds", order, replicas)
    held = {p for group in optimizer.param_groups for p in group["params"]}
    held &= {p for p in parameters if p.requires_grad}
    require("optimizer must hold parameters of the model", bool(held), "none")
    usable = type(optimizer).__name__ not in UNFIT[bool(replicas)]
    require("optimizer must step each number by itself", usable, optimizer)
    if max_norm is not None:
        within("max_norm", max_norm, "(0, inf]", replicas)
    if early_stopping is not None:
        early_stopping.check_fit(replicas)
        require("early_stopping needs validation", bool(validation), "none")
    if penalty is not None:
        given = penalty(model).shape
        require("penalty must be one per replica", given == replicas, given)
    first = _first_loss("train", train, model, loss, replicas)
    if validation is not None:
        _first_loss("validation", validation, model, loss, replicas)

    blank = first.new_full((epochs, *replicas), torch.nan)
    curves: dict[str, Tensor] = defaultdict(blank.clone)
    norms: list[Tensor] = []
    if not model.training:
        model.train()
    for epoch in range(epochs):
        train_loss = curves["train_loss"][epoch].zero_()
        for x, y in _minibatches(*train, batch_size, order):
            losses = loss(model(x), y)
            objective = losses if penalty is None else losses + penalty(model)
            optimizer.zero_grad()
            objective.sum().backward()
            if max_norm is not None:
                norm = clip_grad_norm_(
                    parameters, max_norm, error_if_nonfinite=False
                )
                norms.append(norm)
            optimizer.step()
            train_loss += losses.detach() * x.shape[-2] / train[0].shape[-2]
        if validation is not None:
            x, y = validation
            outputs = evaluate(model, x, y, lambda outputs, _: outputs)
            curves["validation_loss"][epoch] = loss(outputs, y).detach()
            if _are_classes(x, y):
                curves["validation_error"][epoch] = error_rate(outputs, y)
        if early_stopping is not None and early_stopping.step(
            curves["validation_loss"][epoch], model
        ):
            break
    if early_stopping is not None and (early_stopping.best_epoch >= 0).any():
        early_stopping.restore(model)
    return _history(curves, norms, early_stopping)


def _first_loss(
    name: str,
    examples: tuple[Tensor, Tensor],
    model: nn.Module,
    loss: Loss,
    replicas: torch.Size,
) -> Tensor:
    """Try the first example; refuse examples that would fail late, or teach nonsense."""
    x, y = examples
    paired = x.numel() > 0 and y.shape[: x.ndim - 1] == x.shape[:-1]
    require(f"{name} must pair inputs and targets", paired, (x.shape, y.shape))
    finite = x.isfinite().all() and y.isfinite().all()
    require(f"{name} must be finite", finite, "NaN or infinite values")
    x, first = x[..., :1, :], y.narrow(x.ndim - 2, 0, 1)
    outputs = evaluate(model, x, first, lambda outputs, _: outputs)
    if _are_classes(x, y):
        within(f"labels of {name}", y, f"[0, {outputs.shape[-1] - 1}]")
    losses = loss(outputs, first).detach()
    given = losses.shape
    require("loss must be one per replica", given == replicas, given)
    return losses


def _are_classes(x: Tensor, y: Tensor) -> bool:
    return y.dtype == torch.int64 and y.ndim == x.ndim - 1


def _minibatches(
    x: Tensor, y: Tensor, batch_size: int | None, order: Generators
) -> Iterable[tuple[Tensor, Tensor]]:
    """One epoch of minibatches in a new random order; or all at once, in order."""
    if batch_size is None:
        return [(x, y)]
    stacked, n = x.shape[:-2], x.shape[-2]
    start = n * torch.arange(stacked.numel()).reshape(*stacked, 1)
    rows = (start + order.randperm(n)).to(x.device)
    ordered = (  # at once, which is faster than batch by batch
        t.flatten(0, len(stacked))
        .index_select(0, rows.flatten())
        .unflatten(0, rows.shape)
        .split(batch_size, dim=rows.ndim - 1)
        for t in (x, y)
    )
    return zip(*ordered, strict=True)


def _history(
    curves: dict[str, Tensor],
    norms: list[Tensor],
    early_stopping: EarlyStopping | None,
) -> History:
    """Blank what comes after a replica has stopped, and date divergence."""
    loss = curves["train_loss"]
    stop = torch.full_like(loss[0], -1)
    if early_stopping is not None:
        stop = early_stopping.stopped_epoch
    epoch = torch.ones_like(loss).cumsum(dim=0) - 1
    after = (epoch > stop) & (stop >= 0)
    for curve in curves.values():
        curve.masked_fill_(after, torch.nan)
    bad = ~loss.isfinite() & ~after
    return History(
        **curves,
        diverged_at=torch.where(bad.any(dim=0), bad.int().argmax(dim=0), -1),
        gradient_norm=torch.stack(norms) if norms else None,
    )
