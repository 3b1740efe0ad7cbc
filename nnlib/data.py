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
Arrays = tuple[Any, Any]


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

    Example:
        >>> data = digits(n_train=200, n_validation=100, seed=range(3))
        >>> data.train.x.shape, data.test().x.shape
        (torch.Size([3, 200, 64]), torch.Size([497, 64]))
    """
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    pool, test = (
        (x[rows] / 16, y[rows]) for rows in _stratified(y, 1300, 497, seed=0)
    )
    return _split(pool, test, n_train, n_validation, label_noise, seed)


def mnist1d(
    n_train: int = 3000,
    n_validation: int = 1000,
    *,
    label_noise: float = 0.0,
    seed: Seeds = 0,
) -> Data:
    """MNIST-1D: ten classes of signals of length 40, harder than the digits.

    Shipped are the 4000 training and 1000 test examples of the ``mnist1d`` package
    (Greydanus and Kobak, 2024).  Arguments as in :func:`digits`, together at most 4000.

    Example:
        >>> mnist1d().train.x.shape
        torch.Size([3000, 40])
    """
    path = resources.files("nnlib") / "mnist1d.npz"
    with path.open("rb") as file, np.load(file) as archive:
        pool = archive["x"], archive["y"]
        test = archive["x_test"], archive["y_test"]
    return _split(pool, test, n_train, n_validation, label_noise, seed)


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

    n_pool = 4 * (n_train + n_validation)
    pool = make_moons(n_pool, noise=noise, random_state=0)
    test = make_moons(n_test, noise=noise, random_state=1)
    return _split(pool, test, n_train, n_validation, label_noise, seed)


def _split(
    pool: Arrays,
    test: Arrays,
    n_train: int,
    n_validation: int,
    label_noise: float,
    seed: Seeds,
) -> Data:
    """Draw training and validation examples from ``pool``, for each seed anew."""
    within("label_noise", label_noise, "[0, 1]", ())
    seeds = Generators(seed, Stream.LABEL_NOISE)
    within("seed", torch.as_tensor(seed), "[0, 4294967295]")
    indices = [
        np.concatenate(_stratified(pool[1], n_train, n_validation, s))
        for s in torch.as_tensor(seed).flatten().tolist()
    ]
    index = torch.from_numpy(np.stack(indices)).reshape(*seeds.shape, -1)
    xs, ys = (t[index] for t in _tensors(pool))
    classes = int(pool[1].max()) + 1
    replaced = seeds.rand(n_train + n_validation) < label_noise
    random_labels = (seeds.rand(n_train + n_validation) * classes).long()
    ys = torch.where(replaced, random_labels, ys)
    return Data(
        train=Examples(xs[..., :n_train, :], ys[..., :n_train]),
        validation=Examples(xs[..., n_train:, :], ys[..., n_train:]),
        classes=classes,
        _test=_tensors(test),
    )


def _tensors(arrays: Arrays) -> Examples:
    x, y = map(torch.from_numpy, arrays)
    return Examples(x.to(torch.get_default_dtype()), y.long())


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
