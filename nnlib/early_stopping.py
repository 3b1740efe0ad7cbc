"""Early stopping (slide "Early stopping").

Watch the loss on a validation set while training, stop when it no longer falls, and go
back to the weights of the best epoch.
The slide's rule, "stop when it starts to increase", is ``patience=1`` for a curve that
falls at first; a larger patience looks past bumps.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nnlib.checks import fits, require, within
from nnlib.replicas import replica_shape, setting


class EarlyStopping:
    """Stop after ``patience`` epochs in a row without a better validation loss.

    An epoch is better when its loss is below the best so far by more than ``min_delta``,
    so the earliest of equal minima is kept; NaN is never better.
    Each replica has its own best epoch, weights and moment to stop, after which it is not
    looked at again.

    Args:
        patience: Epochs without improvement to wait for, ≥ 0; 0 and 1 both stop at the
            first.  A number, or a tensor that broadcasts over the replica axes.
        min_delta: The least fall that counts as better, ≥ 0, in units of the loss.

    Attributes:
        best_loss: The best validation loss of each replica; ``inf`` before.
        best_epoch: Its epoch, counted from 0; -1 before.
        stopped_epoch: The epoch in which a replica stopped; -1 while it has not.

    Example:
        >>> model = nn.Linear(1, 1)
        >>> stopper = EarlyStopping(patience=2)
        >>> [stopper.step(loss, model) for loss in (3.0, 1.0, 2.0, 1.0)]
        [False, False, False, True]
        >>> int(stopper.best_epoch)
        1
        >>> stopper.restore(model)  # the weights as they were in epoch 1
    """

    def __init__(
        self, patience: int | Tensor, min_delta: float | Tensor = 0.0
    ) -> None:
        within("patience", patience, "[0, inf)")
        within("min_delta", min_delta, "[0, inf)")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss = torch.tensor(torch.inf, dtype=torch.float32)
        self.best_epoch = torch.tensor(-1)
        self.stopped_epoch = torch.tensor(-1)
        self._epoch = -1
        self._best_state: dict[str, Tensor] = {}

    @property
    def stopped(self) -> Tensor:
        """Which replicas have stopped."""
        return self.stopped_epoch >= 0

    def check_fit(self, replicas: Sequence[int]) -> None:
        """Refuse networks that the settings do not fit, or to watch a second training."""
        fits("patience", self.patience, replicas)
        fits("min_delta", self.min_delta, replicas)
        require("early_stopping must be new", self._epoch < 0, "a used one")

    @torch.no_grad()
    def step(self, val_loss: float | Tensor, model: nn.Module) -> bool:
        """Look at one more epoch; return whether every replica has stopped.

        Args:
            val_loss: The loss of each replica, shape ``replicas``; a number for one.
            model: The network as it is now, the same each time, else a ValueError.
        """
        if not isinstance(val_loss, Tensor):
            val_loss = torch.tensor(val_loss, dtype=torch.float64)
        loss, state = val_loss.detach(), _tensors(model)
        axes = tuple(replica_shape(model.parameters()))
        require(f"val_loss must have shape {axes}", loss.shape == axes, loss)
        kept = self._kept(state)
        epoch = self._epoch + 1
        least = setting("min_delta", self.min_delta, "[0, inf)", loss, 0)
        better = (loss < self.best_loss - least) & ~self.stopped
        best_epoch = torch.where(better, epoch, self.best_epoch)
        bad_epochs = epoch - best_epoch
        patience = setting("patience", self.patience, "[0, inf)", loss, 0)
        out_of_patience = bad_epochs >= patience.clamp(min=1)
        stop_now = ~better & ~self.stopped & out_of_patience
        self._best_state = {
            name: torch.where(_along(better, value), value, kept[name])
            for name, value in state.items()
        }
        self.best_loss = torch.where(better, loss, self.best_loss)
        self.best_epoch, self._epoch = best_epoch, epoch
        self.stopped_epoch = torch.where(stop_now, epoch, self.stopped_epoch)
        return bool(self.stopped.all())

    @torch.no_grad()
    def restore(self, model: nn.Module) -> None:
        """Give ``model`` the weights of the best epoch, replica by replica.

        A replica that never had a finite loss keeps the weights it has; it is a ValueError
        if none ever had, or if ``model`` was not watched.
        """
        has_best = self.best_epoch >= 0
        require("restore needs a finite loss", has_best.any(), self.best_loss)
        state = _tensors(model)
        for name, best in self._kept(state).items():
            value = state[name]
            value.copy_(torch.where(_along(has_best, best), best, value))

    def _kept(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the best weights so far, if they are of a model with such weights."""
        kept = self._best_state or state
        ours, theirs = (
            {name: tuple(value.shape) for name, value in weights.items()}
            for weights in (kept, state)
        )
        require("model must be the watched one", ours == theirs, theirs)
        return kept


def _tensors(model: nn.Module) -> dict[str, Tensor]:
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


def _along(mask: Tensor, tensor: Tensor) -> Tensor:
    return mask.reshape(mask.shape + (1,) * (tensor.ndim - mask.ndim))
