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

from nnlib.checks import module, non_negative, number, real
from nnlib.replicas import check_fit, per_replica, replica_dims


class EarlyStopping:
    """Stop after ``patience`` epochs in a row without a better validation loss.

    An epoch is better when its loss is below the best so far by more than ``min_delta``,
    so the earliest of equal minima is kept; NaN is never better.
    With replica axes each replica has its own best epoch, its own best weights and its own
    moment to stop, after which it is not looked at again.

    Args:
        patience: Epochs without improvement to wait for, ≥ 0; 0 and 1 both stop at the
            first.  A number, or a tensor that broadcasts over the replica axes.
        min_delta: The least fall that counts as better, ≥ 0, in units of the loss.

    Attributes:
        best_loss: The best validation loss, of the shape of the losses; ``inf`` before.
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
        non_negative("patience", patience)
        epochs = real("patience", patience)
        number("patience", patience, "must be whole", epochs == epochs.round())
        non_negative("min_delta", min_delta)
        self.patience, self.min_delta = patience, min_delta
        self.best_loss = torch.tensor(torch.inf)
        self.best_epoch = torch.tensor(-1)
        self.stopped_epoch = torch.tensor(-1)
        self._epoch = -1
        self._best_state: dict[str, Tensor] = {}

    @property
    def stopped(self) -> Tensor:
        """Which replicas have stopped."""
        return self.stopped_epoch >= 0

    def check_fit(self, replicas: Sequence[int]) -> None:
        """Refuse to watch networks whose replica axes the settings do not fit.

        Raises:
            ValueError: If a setting does not broadcast over ``replicas``, or if other
                networks have been watched already.
        """
        check_fit("patience", self.patience, replicas)
        check_fit("min_delta", self.min_delta, replicas)
        if self._epoch >= 0:
            raise ValueError(
                f"early_stopping must be new, got one that has seen {self._epoch + 1} "
                "epochs"
            )

    @torch.no_grad()
    def step(self, val_loss: float | Tensor, model: nn.Module) -> bool:
        """Look at the validation loss of one more epoch.

        Args:
            val_loss: The loss of each replica, shape ``replicas``; a number for one.
            model: The network as it is now; its weights are copied where it is the best.

        Returns:
            Whether to stop, that is whether every replica has stopped.

        Raises:
            ValueError: If the shape of ``val_loss`` changes or does not fit the model,
                or if ``model`` is another than before.
        """
        loss = _as_loss(val_loss)
        if self._epoch < 0:
            self._begin(loss, model)
        elif loss.shape != self.best_loss.shape:
            raise ValueError(
                f"val_loss must keep its shape {tuple(self.best_loss.shape)}, "
                f"got {tuple(loss.shape)}"
            )
        self._check_same(model)
        self._epoch += 1
        delta = per_replica(self.min_delta, 0, like=self.best_loss)
        better = (loss < self.best_loss - delta) & ~self.stopped
        self.best_loss = torch.where(better, loss, self.best_loss)
        self.best_epoch = torch.where(better, self._epoch, self.best_epoch)
        for name, value in model.state_dict().items():
            kept = self._best_state[name]
            kept.copy_(torch.where(_along(better, kept), value, kept))
        bad_epochs = self._epoch - self.best_epoch
        patience = torch.as_tensor(self.patience).clamp(min=1)
        stop_now = ~better & ~self.stopped & (bad_epochs >= patience)
        self.stopped_epoch = torch.where(
            stop_now, self._epoch, self.stopped_epoch
        )
        return bool(self.stopped.all())

    @torch.no_grad()
    def restore(self, model: nn.Module) -> None:
        """Give ``model`` the weights of the best epoch, replica by replica.

        A replica that never had a finite loss keeps the weights it has.

        Raises:
            RuntimeError: If there is no best epoch to go back to.
            ValueError: If ``model`` is another than the one that was watched.
        """
        if not (self.best_epoch >= 0).any():
            raise RuntimeError(
                "restore needs a best epoch, but no finite loss was seen"
            )
        self._check_same(model)
        for name, value in model.state_dict().items():
            kept = self._best_state[name]
            has_best = _along(self.best_epoch >= 0, kept)
            value.copy_(torch.where(has_best, kept, value))

    def _check_same(self, model: nn.Module) -> None:
        """Refuse another model than the one whose weights are kept."""
        module("model", model)
        ours = {name: kept.shape for name, kept in self._best_state.items()}
        theirs = {name: v.shape for name, v in model.state_dict().items()}
        if theirs != ours:
            shown = {name: tuple(shape) for name, shape in theirs.items()}
            raise ValueError(
                f"model must be the one that has been watched, got {shown}"
            )

    def _begin(self, loss: Tensor, model: nn.Module) -> None:
        module("model", model)
        state = model.state_dict()
        dims = replica_dims(model.parameters())
        for name, value in state.items():
            if value.shape[:dims] != loss.shape:
                raise ValueError(
                    f"val_loss must have the replica axes of {name}, "
                    f"{tuple(value.shape[:dims])}, got shape {tuple(loss.shape)}"
                )
        self.check_fit(loss.shape)
        self.best_loss = torch.full(loss.shape, torch.inf, dtype=loss.dtype)
        self.best_epoch = torch.full(loss.shape, -1)
        self.stopped_epoch = torch.full(loss.shape, -1)
        self._best_state = {
            name: value.clone() for name, value in state.items()
        }


def _as_loss(value: float | Tensor) -> Tensor:
    loss = real("val_loss", value).detach()
    return loss if loss.is_floating_point() else loss.double()


def _along(mask: Tensor, tensor: Tensor) -> Tensor:
    """Reshape a mask over the replicas so that it broadcasts over ``tensor``."""
    return mask.reshape(mask.shape + (1,) * (tensor.ndim - mask.ndim))
