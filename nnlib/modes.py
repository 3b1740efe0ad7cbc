"""Look at a network without changing it."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from torch import Tensor, nn

Pair = tuple[Tensor, Tensor]


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


@contextmanager
def recording(layers: Iterable[nn.Module]) -> Iterator[list[Pair]]:
    """Keep what goes into and comes out of ``layers``: copies, as some work in place.

    Example:
        >>> layer = nn.ReLU()
        >>> with recording([layer]) as recorded:
        ...     _ = layer(Tensor([-1.0, 2.0]))
        >>> recorded
        [(tensor([-1.,  2.]), tensor([0., 2.]))]
    """
    inputs: list[Tensor] = []
    recorded: list[Pair] = []

    def before(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        inputs.append(given[0].clone())

    def after(_: nn.Module, __: object, output: Tensor) -> None:
        recorded.append((inputs.pop(), output.clone()))

    with ExitStack() as hooks:
        for layer in layers:
            hooks.enter_context(layer.register_forward_pre_hook(before))
            hooks.enter_context(layer.register_forward_hook(after))
        yield recorded
