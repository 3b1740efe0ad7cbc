"""Look at a network without changing it."""

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
    modes = {part: part.training for part in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode
