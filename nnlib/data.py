"""Real data without a download, and small made-up data.

``digits`` comes with scikit-learn, ``mnist1d`` with nnlib (written by the generator of its
own package), the rest is generated.  Each function returns a :class:`Data` whose training
and validation examples are at hand and whose test examples must be asked for by name.

With a sequence of seeds, training and validation sets are stacked along a replica axis: one
split, one noise for each seed.  The test set is always the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nnlib.checks import non_negative, probability, whole
from nnlib.replicas import Generators

Seeds = int | Sequence[int]


class Examples(NamedTuple):
    """Inputs ``x`` of shape ``(*replicas, n, d)`` and targets ``y``, ``(*replicas, n)``."""

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class Data:
    """A data set, split once.

    Attributes:
        name: What it is.
        train: The examples to learn from.
        validation: The examples to choose settings with.
        classes: The number of classes.
    """

    name: str
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
        n_train: Training examples.
        n_validation: Validation examples; together at most 1300.
        label_noise: Probability with which a training or validation label is replaced by
            a uniform random one (which is the right one in a tenth of the cases).
            Test labels are never touched.
        seed: Of the split and the noise; a sequence stacks one split for each seed.

    Raises:
        ValueError: If more examples are asked for than there are.

    Example:
        >>> data = digits(n_train=200, n_validation=100, seed=range(3))
        >>> data.train.x.shape, data.test().x.shape
        (torch.Size([3, 200, 64]), torch.Size([497, 64]))
    """
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    rest, test = _stratified(y, 1300, 497, seed=0)
    return _split(
        "digits",
        (x / 16, y),
        rest,
        test,
        n_train,
        n_validation,
        label_noise,
        seed,
    )


def mnist1d(
    n_train: int = 3000,
    n_validation: int = 1000,
    *,
    label_noise: float = 0.0,
    seed: Seeds = 0,
) -> Data:
    """MNIST-1D: ten classes of signals of length 40, harder than the digits.

    The 4000 training and 1000 test examples that the ``mnist1d`` package generates by
    default are shipped with nnlib, so nothing is downloaded.

    Args:
        n_train: Training examples.
        n_validation: Validation examples; together at most 4000.
        label_noise: As in :func:`digits`.
        seed: As in :func:`digits`.

    Source: Greydanus and Kobak (2024).

    Example:
        >>> mnist1d().train.x.shape
        torch.Size([3000, 40])
    """
    with (
        resources.files("nnlib").joinpath("mnist1d.npz").open("rb") as file,
        np.load(file) as archive,
    ):
        x = np.concatenate([archive["x"], archive["x_test"]]).astype(
            np.float64
        )
        y = np.concatenate([archive["y"], archive["y_test"]]).astype(np.int64)
    rest, test = np.arange(4000), np.arange(4000, 5000)
    return _split(
        "mnist1d", (x, y), rest, test, n_train, n_validation, label_noise, seed
    )


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

    Args:
        n_train: Training examples.
        n_validation: Validation examples.
        n_test: Test examples, the same for each seed.
        noise: Standard deviation of the points around their half circle.
        label_noise: As in :func:`digits`.
        seed: As in :func:`digits`.

    Example:
        >>> two_moons(n_train=10).train.x.shape
        torch.Size([10, 2])
    """
    from sklearn.datasets import make_moons

    non_negative("noise", noise)
    whole("n_test", n_test, 2)
    pool = whole("n_train", n_train, 2) + whole(
        "n_validation", n_validation, 2
    )
    drawn = (
        make_moons(n, noise=noise, random_state=i)
        for i, n in enumerate((4 * pool, n_test))
    )
    x, y = map(np.concatenate, zip(*drawn, strict=True))
    rest, test = np.arange(4 * pool), np.arange(4 * pool, 4 * pool + n_test)
    return _split(
        "two moons",
        (x, y),
        rest,
        test,
        n_train,
        n_validation,
        label_noise,
        seed,
    )


def _split(
    name: str,
    all_examples: tuple[np.ndarray, np.ndarray],
    rest: np.ndarray,
    test: np.ndarray,
    n_train: int,
    n_validation: int,
    label_noise: float,
    seed: Seeds,
) -> Data:
    x, y = all_examples
    classes = int(y.max()) + 1
    probability("label_noise", label_noise)
    whole("n_train", n_train, classes)
    whole("n_validation", n_validation, classes)
    left_over = len(rest) - n_train - n_validation
    if left_over < 0 or 0 < left_over < classes:
        raise ValueError(
            f"n_train + n_validation must be {len(rest)} or at most "
            f"{len(rest) - classes}, got {n_train} + {n_validation}"
        )
    seeds = Generators(seed, stream=_NOISE)
    indices = [
        np.concatenate(_stratified(y[rest], n_train, n_validation, s))
        for s in torch.as_tensor(seed).flatten().tolist()
    ]
    index = torch.from_numpy(rest[np.stack(indices)]).reshape(*seeds.shape, -1)
    inputs = torch.from_numpy(x).to(torch.get_default_dtype())
    labels = torch.from_numpy(y).long()
    xs, ys = inputs[index], labels[index]
    replaced = seeds.rand(n_train + n_validation) < label_noise
    random_labels = (seeds.rand(n_train + n_validation) * classes).long()
    ys = torch.where(replaced, random_labels, ys)
    return Data(
        name=name,
        train=Examples(xs[..., :n_train, :], ys[..., :n_train]),
        validation=Examples(xs[..., n_train:, :], ys[..., n_train:]),
        classes=classes,
        _test=Examples(inputs[test], labels[test]),
    )


_NOISE = 101  # the stream of random numbers behind label noise


def _stratified(
    y: np.ndarray, n_first: int, n_second: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw two disjoint sets of positions with the class shares of ``y``."""
    from sklearn.model_selection import train_test_split

    def draw(positions: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
        drawn, left = train_test_split(
            positions, train_size=n, stratify=y[positions], random_state=seed
        )
        return np.asarray(drawn), np.asarray(left)

    positions = np.arange(len(y))
    if n_first + n_second < len(y):
        positions, _ = draw(positions, n_first + n_second)
    return draw(positions, n_first)
