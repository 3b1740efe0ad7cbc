"""nnlib.data: shapes, splits, noise; no example in two sets, no noise in a test label."""

import math
from collections import Counter
from hashlib import sha256
from importlib import resources

import numpy as np
import pytest
import torch
from helpers import SEED, SEEDS
from sklearn.datasets import load_digits, make_moons
from sklearn.model_selection import train_test_split

from nnlib.data import digits, mnist1d, two_moons

SOME = {
    "digits": lambda **o: digits(200, 100, **o),
    "mnist1d": lambda **o: mnist1d(300, 100, **o),
    "two moons": lambda **o: two_moons(60, 40, **o),
}
ALL = {"digits": digits, "mnist1d": mnist1d}  # by default they take all
MAKERS = [*SOME.values(), *ALL.values()]
IDS = [*SOME, *(f"all of {name}" for name in ALL)]
makers = pytest.mark.parametrize("make", MAKERS, ids=IDS)
named = pytest.mark.parametrize(("name", "make"), SOME.items(), ids=SOME)
KINDS = {  # d, classes, test examples, training and validation by default
    "digits": (64, 10, 497, 1000, 300),
    "mnist1d": (40, 10, 1000, 3000, 1000),
    "two moons": (2, 2, 1000, 200, 200),
}
DEFAULT = {**ALL, "two moons": two_moons}


def sets(data):
    return data.train, data.validation, data.test()


def hashes(x):
    """Count the examples of a set by their hash: shape (n, d)."""
    return Counter(sha256(row.tobytes()).digest() for row in x.numpy())


def leaks(data):
    """How many rows are in two sets of one seed, or twice in one."""
    test = data.test().x
    return sum(
        len(train) + len(validation) + len(test) - len(together)
        for train, validation in zip(data.train.x, data.validation.x, strict=True)
        for together in [hashes(torch.cat([train, validation, test]))]
    )


def source(name):
    """The whole data set as scikit-learn has it or as it is shipped."""
    if name == "digits":
        x, y = load_digits(return_X_y=True)
        return torch.from_numpy(x / 16), y
    path = resources.files("nnlib").joinpath("mnist1d.npz")
    with path.open("rb") as file, np.load(file) as archive:
        x, y = (np.concatenate([archive[key], archive[f"{key}_test"]]) for key in "xy")
    return torch.from_numpy(x.astype(np.float64)), y


# oracle


@pytest.mark.parametrize("name", ALL)
def test_all_examples_are_used_once_with_their_labels(name):
    x, y = source(name)
    label = dict(zip(hashes(x), y, strict=True))
    assert len(label) == len(x)  # no duplicates, which could hide a leak
    for i, seed in enumerate((0, 1)):
        data = ALL[name](seed=[0, 1])
        parts = [(e.x[i], e.y[i]) for e in (data.train, data.validation)]
        parts.append(data.test())
        together = sum((hashes(part[0]) for part in parts), Counter())
        assert together == hashes(x), seed
        for xs, ys in parts:
            assert [label[h] for h in hashes(xs)] == ys.tolist()


def test_the_test_digits_are_the_stratified_ones_of_state_zero():
    x, y = source("digits")
    _, rows = train_test_split(range(1797), train_size=1300, stratify=y, random_state=0)
    assert torch.equal(digits().test().x, x[rows])


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_moons_are_scikit_learn_s(noise):
    x, y = make_moons(500, noise=noise, random_state=1)
    pool = {row.tobytes() for row in make_moons(240, noise=noise, random_state=0)[0]}
    data = two_moons(40, 20, n_test=500, noise=noise)
    assert torch.equal(data.test().x, torch.from_numpy(x))
    assert torch.equal(data.test().y, torch.from_numpy(y))
    assert {row.tobytes() for row in data.train.x.numpy()} <= pool
    if noise:
        assert leaks(two_moons(60, 40, noise=noise, seed=SEEDS)) == 0


# law


@named
def test_shapes_types_and_defaults(name, make):
    d, classes, n_test, n_train, n_validation = KINDS[name]
    data = DEFAULT[name]()
    assert data.classes == classes
    assert "test" not in repr(data)
    for (x, y), n in zip(sets(data), (n_train, n_validation, n_test), strict=True):
        assert (x.shape, y.shape) == ((n, d), (n,))
        assert (x.dtype, y.dtype) == (torch.float64, torch.int64)
        assert x.isfinite().all()
        if name == "digits":
            assert (x.min(), x.max()) == (0, 1)
    spelt = DEFAULT[name](n_train, n_validation, seed=0, label_noise=0.0)
    assert torch.equal(data.train.x, spelt.train.x)
    torch.set_default_dtype(torch.float32)
    assert make().train.x.dtype == torch.float32


def test_splits_are_stratified_to_the_last_example():
    shares = torch.bincount(torch.tensor(load_digits().target)) / 1797
    for _, y in sets(digits(500, 300)):
        counts = torch.bincount(y)
        assert (counts - shares * len(y)).abs().max() < 1.5
    for _, y in [*sets(mnist1d(300, 100)), *sets(two_moons(60, 40))]:
        counts = torch.bincount(y)
        assert (counts / len(y) - 1 / len(counts)).abs().max() < 0.031


@makers
def test_no_row_is_in_two_sets_and_one_leaked_row_is_found(make):
    data = make(seed=SEEDS[:3], label_noise=0.3)
    assert leaks(data) == 0
    data.train.x[..., 0, :] = data.train.x[..., 5, :]
    data.train.x[..., 1, :] = data.test().x[5]
    assert leaks(data) == 6  # so the rule can fail


@makers
def test_the_test_set_is_the_same_whatever_is_asked_for(make):
    """So no test row of one call can be a training row of another."""
    x, y = make().test()
    for options in ({"seed": 7}, {"seed": SEEDS[:2]}, {"label_noise": 1.0}):
        again = make(**options).test()
        assert torch.equal(again.x, x)
        assert torch.equal(again.y, y)
    for name in ALL:
        test = hashes(SOME[name]().test().x)
        assert test == hashes(ALL[name]().test().x)


@makers
def test_noise_changes_training_and_validation_labels_only(make):
    clean, noisy = (make(label_noise=z, seed=SEEDS[:9]) for z in (0.0, 1.0))
    for before, after in zip(sets(clean), sets(noisy), strict=True):
        assert torch.equal(before.x, after.x)
        changed = (before.y != after.y).any(dim=-1)
        assert changed.all() if before.y.ndim == 2 else not changed


@pytest.mark.parametrize("noise", [0.1, 0.3, 1.0])
def test_a_tenth_of_the_replaced_labels_is_right_by_chance(noise):
    clean = digits(seed=SEEDS)
    noisy = digits(label_noise=noise, seed=SEEDS)
    for before, after in zip(sets(clean)[:2], sets(noisy)[:2], strict=True):
        wrong = (before.y != after.y).double().mean().item()
        error = math.sqrt(noise / before.y.numel())
        assert wrong == pytest.approx(0.9 * noise, abs=4 * error)
    if noise == 1:  # replaced labels are uniform
        shares = torch.bincount(noisy.train.y.flatten()) / noisy.train.y.numel()
        assert (shares - 0.1).abs().max() < 0.01


# edge


@pytest.mark.parametrize("total", [1300, 1290, 20])
def test_the_least_and_the_most_examples(total):
    data = digits(total - 10, 10, seed=range(20))
    assert data.train.y.shape == (20, total - 10)
    assert all(len(y.unique()) == 10 for y in data.validation.y)


# replica independence


@named
def test_stacked_seeds_are_the_single_calls(name, make):
    stacked = make(label_noise=0.3, seed=[[0, 1], [2, SEED]])
    alone = make(label_noise=0.3, seed=SEED)
    for many, one in zip(sets(stacked)[:2], sets(alone)[:2], strict=True):
        assert many.x.shape == (2, 2, *one.x.shape)
        assert not torch.equal(many.x[0, 0], many.x[0, 1])
        assert torch.equal(many.x[1, 1], one.x)
        assert torch.equal(many.y[1, 1], one.y)
