"""No example is in two sets, and no noise reaches a test label: rows hashed one by one."""

import dataclasses
from collections import Counter
from hashlib import sha256
from importlib import resources

import numpy as np
import pytest
import torch
from helpers import SEEDS
from sklearn.datasets import load_digits

from nnlib.data import Data, Examples, digits, mnist1d, two_moons

MAKERS = {
    "digits": lambda **o: digits(200, 100, **o),
    "digits, all of them": lambda **o: digits(1000, 300, **o),
    "mnist1d": lambda **o: mnist1d(300, 100, **o),
    "mnist1d, all of them": lambda **o: mnist1d(3000, 1000, **o),
    "two moons": lambda **o: two_moons(60, 40, **o),
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def hashes(x):
    """Count the examples of a set by their hash: shape (n, d)."""
    return Counter(sha256(row.tobytes()).digest() for row in x.numpy())


def of_seed(examples, i):
    """The examples of one seed."""
    return Examples(examples.x[i], examples.y[i])


def leaks(data):
    """Return a line for each row that is in two sets, or twice in one."""
    test = hashes(data.test().x)
    found = []
    for i in range(len(data.train.x)):
        train = hashes(of_seed(data.train, i).x)
        validation = hashes(of_seed(data.validation, i).x)
        for name, both in [
            ("training and validation", train & validation),
            ("training and test", train & test),
            ("validation and test", validation & test),
        ]:
            found += [f"seed {i}: in {name}"] * both.total()
        for name, rows in [("training", train), ("validation", validation)]:
            found += [f"seed {i}: twice in {name}"] * (
                rows.total() - len(rows)
            )
    return found


def digits_source():
    """The 1797 digits as scikit-learn has them, scaled."""
    x, y = load_digits(return_X_y=True)
    return torch.from_numpy(x / 16), y


def mnist1d_source():
    """The 5000 signals as they are shipped."""
    with (
        resources.files("nnlib").joinpath("mnist1d.npz").open("rb") as file,
        np.load(file) as archive,
    ):
        x = np.concatenate([archive["x"], archive["x_test"]])
        y = np.concatenate([archive["y"], archive["y_test"]])
    return torch.from_numpy(x.astype(np.float64)), y


sources = pytest.mark.parametrize(
    ("source", "make"),
    [
        (digits_source, MAKERS["digits, all of them"]),
        (mnist1d_source, MAKERS["mnist1d, all of them"]),
    ],
    ids=["digits", "mnist1d"],
)


# A hash can only tell two examples apart if the data themselves have no duplicates.


@sources
def test_real_data_have_no_duplicates_that_could_hide_a_leak(source, make):
    x, _ = source()
    assert max(hashes(x).values()) == 1


@sources
def test_training_validation_and_test_sets_are_all_there_is(source, make):
    x, _ = source()
    data = make(seed=SEEDS[:5])
    for i in range(5):
        together = sum(
            map(
                hashes,
                (data.train.x[i], data.validation.x[i], data.test().x),
            ),
            Counter(),
        )
        assert together == hashes(x)


@sources
def test_test_labels_are_those_of_the_source(source, make):
    x, y = source()
    label = dict(zip(hashes(x), y, strict=True))
    for noise in (0.0, 0.5, 1.0):
        test = make(label_noise=noise, seed=SEEDS[:2]).test()
        assert [label[h] for h in hashes(test.x)] == test.y.tolist()


# law


@makers
def test_no_row_is_in_two_sets(make):
    assert leaks(make(seed=SEEDS[:10])) == []


@makers
def test_no_row_is_in_two_sets_when_labels_are_noisy(make):
    assert leaks(make(label_noise=1.0, seed=SEEDS[:3])) == []


@makers
def test_noise_reaches_training_and_validation_labels_but_no_test_label(make):
    clean, noisy = (make(label_noise=z, seed=SEEDS[:10]) for z in (0.0, 1.0))
    assert (clean.train.y != noisy.train.y).any(dim=1).all()
    assert (clean.validation.y != noisy.validation.y).any(dim=1).all()
    assert torch.equal(clean.test().y, noisy.test().y)
    assert torch.equal(clean.train.x, noisy.train.x)
    assert torch.equal(clean.validation.x, noisy.validation.x)
    assert torch.equal(clean.test().x, noisy.test().x)


@makers
def test_the_test_set_is_the_same_whatever_is_asked_for(make):
    """So no test row of one call can be a training row of another."""
    one = make(seed=0).test()
    for seed in (1, 2, SEEDS[:3]):
        other = make(seed=seed, label_noise=0.3).test()
        assert hashes(one.x) == hashes(other.x)
        assert torch.equal(one.y, other.y)


def test_sizes_do_not_move_a_test_row_into_another_set():
    for small, large in [
        ("digits", "digits, all of them"),
        ("mnist1d", "mnist1d, all of them"),
    ]:
        test = hashes(MAKERS[small](seed=0).test().x)
        data = MAKERS[large](seed=0)
        assert not test & hashes(torch.cat([data.train.x, data.validation.x]))


def test_moons_without_spread_share_the_ends_of_their_half_circles():
    """An honest exception: without noise some points coincide, and are counted."""
    spread, none = (
        two_moons(60, 40, noise=noise, seed=SEEDS[:10]) for noise in (0.2, 0.0)
    )
    assert leaks(spread) == []
    assert 0 < len(leaks(none)) <= 10 * 4  # four ends, once for each seed


# The rules themselves can fail.


def swap(data: Data, name: str, row: torch.Tensor) -> Data:
    """Put ``row`` in place of the first example of a set, for every seed."""
    x, y = getattr(data, name)
    x = x.clone()
    x[..., 0, :] = row
    return dataclasses.replace(data, **{name: Examples(x, y)})


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("train", "validation"),
        ("train", "test"),
        ("validation", "test"),
        ("train", "itself"),
    ],
)
@makers
def test_one_leaked_row_is_found(make, name, origin):
    data = make(seed=SEEDS[:3])
    row = {
        "validation": data.validation.x[..., 5, :],
        "test": data.test().x[5],
        "itself": data.train.x[..., 5, :],
    }[origin]
    assert len(leaks(swap(data, name, row))) == 3
