"""Real data without a download, and small made-up data.

Training and validation examples are at hand, test examples must be asked for by name.
With a sequence of seeds, training and validation sets are stacked along a replica axis:
one split, one noise for each seed.  The test set is always the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nnlib.checks import within
from nnlib.replicas import Generators, Stream

Seeds = int | Sequence[int]


class Examples(NamedTuple):
    """Inputs ``x`` of shape ``(*replicas, n, d)`` and targets ``y``, ``(*replicas, n)``."""

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class Data:
    """A data set, split once, with its number of classes."""

    train: Examples
    validation: Examples
    classes: int
    _test: Examples = field(repr=False)

    def test(self) -> Examples:
        """Return the test examples: touch them once, at the very end."""
        return self._test


def digits(
    n_train: int = 1000,
    n_validation: int = 300,
    *,
    label_noise: float = 0.0,
    seed: Seeds = 0,
) -> Data:
    """1797 handwritten digits of 8 × 8 pixels from scikit-learn, scaled to [0, 1].

    The last 497 of a fixed, stratified order are the test set; training and validation sets
    are drawn from the other 1300, stratified as well.

    Args:
        n_train: Training examples, at least as many as classes; so in each set.
        n_validation: Validation examples; together at most 1300.
        label_noise: Probability with which a training or validation label is replaced by
            a uniform random one (the right one in a tenth of the cases); test labels never.
        seed: Of the split and the noise; a sequence stacks one split for each seed.

    Raises:
        ValueError: If more examples are asked for than there are, or too few.

    Example:
        >>> data = digits(n_train=200, n_validation=100, seed=range(3))
        >>> data.train.x.shape, data.test().x.shape
        (torch.Size([3, 200, 64]), torch.Size([497, 64]))
    """
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    rest, test = _stratified(y, 1300, 497, seed=0)
    counts = n_train, n_validation
    return _split(x / 16, y, rest, test, counts, label_noise, seed)


def mnist1d(
    n_train: int = 3000,
    n_validation: int = 1000,
    *,
    label_noise: float = 0.0,
    seed: Seeds = 0,
) -> Data:
    """MNIST-1D: ten classes of signals of length 40, harder than the digits.

    The 4000 training and 1000 test examples that the ``mnist1d`` package generates by
    default are shipped with nnlib.  Arguments as in :func:`digits`, together at most 4000.

    Source: Greydanus and Kobak (2024).

    Example:
        >>> mnist1d().train.x.shape
        torch.Size([3000, 40])
    """
    path = resources.files("nnlib") / "mnist1d.npz"
    with path.open("rb") as file, np.load(file) as archive:
        x = np.concatenate([archive["x"], archive["x_test"]])
        y = np.concatenate([archive["y"], archive["y_test"]])
    rest, test = np.arange(4000), np.arange(4000, 5000)
    counts = n_train, n_validation
    return _split(x, y, rest, test, counts, label_noise, seed)


def two_moons(
    n_train: int = 200,
    n_validation: int = 200,
    *,
    n_test: int = 1000,
    noise: float = 0.2,
    label_noise: float = 0.0,
    seed: Seeds = 0,
) -> Data:
    """Two interleaved half circles in the plane, from scikit-learn's generator.

    ``noise`` is the standard deviation of the points around their half circle; the
    ``n_test`` test examples are the same for each seed, the rest is as in :func:`digits`.

    Example:
        >>> two_moons(n_train=10).train.x.shape
        torch.Size([10, 2])
    """
    from sklearn.datasets import make_moons

    pool = 4 * (n_train + n_validation)
    drawn = (
        make_moons(n, noise=noise, random_state=i)
        for i, n in enumerate((pool, n_test))
    )
    x, y = map(np.concatenate, zip(*drawn, strict=True))
    rest, test = np.arange(pool), np.arange(pool, pool + n_test)
    counts = n_train, n_validation
    return _split(x, y, rest, test, counts, label_noise, seed)


def _split(
    x: np.ndarray,
    y: np.ndarray,
    rest: np.ndarray,
    test: np.ndarray,
    counts: tuple[int, int],
    label_noise: float,
    seed: Seeds,
) -> Data:
    """Draw training and validation examples from ``rest``, for each seed anew."""
    within("label_noise", label_noise, "[0, 1]", ())
    seeds = Generators(seed, Stream.LABEL_NOISE)
    indices = [
        np.concatenate(_stratified(y[rest], *counts, s))
        for s in torch.as_tensor(seed).flatten().tolist()
    ]
    index = torch.from_numpy(rest[np.stack(indices)]).reshape(*seeds.shape, -1)
    inputs = torch.from_numpy(x).to(torch.get_default_dtype())
    labels = torch.from_numpy(y).long()
    xs, ys = inputs[index], labels[index]
    n_train, n_validation = counts
    classes = int(labels.max()) + 1
    replaced = seeds.rand(n_train + n_validation) < label_noise
    random_labels = (seeds.rand(n_train + n_validation) * classes).long()
    ys = torch.where(replaced, random_labels, ys)
    return Data(
        train=Examples(xs[..., :n_train, :], ys[..., :n_train]),
        validation=Examples(xs[..., n_train:, :], ys[..., n_train:]),
        classes=classes,
        _test=Examples(inputs[test], labels[test]),
    )


def _stratified(
    y: np.ndarray, n_first: int, n_second: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw two disjoint sets of positions with the class shares of ``y``."""
    from sklearn.model_selection import train_test_split

    def draw(rows: np.ndarray, n: int, rest: int | None) -> Any:
        sizes = {"train_size": n, "test_size": rest}
        return train_test_split(
            rows, **sizes, stratify=y[rows], random_state=seed
        )

    rows = np.arange(len(y))
    if n_first + n_second < len(y):
        rows, _ = draw(rows, n_first + n_second, None)
    return tuple(draw(rows, n_first, n_second))
