"""Look at a network without changing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluation(model: nn.Module) -> Iterator[None]:
    """Switch ``model`` to ``eval()`` for a while, then each part back as it was.

    Example:
        >>> layer = nn.Dropout().train()
        >>> with evaluation(layer):
        ...     print(layer.training)
        False
        >>> layer.training
        True
    """
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
