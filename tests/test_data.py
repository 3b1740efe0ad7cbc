"""nnlib.data: shapes, splits, noise, and a test set that nothing touches."""

import dataclasses
import math
import socket

import numpy as np
import pytest
import torch
from helpers import SEED, SEEDS
from sklearn.datasets import load_digits, make_moons
from sklearn.model_selection import train_test_split

from nnlib.data import digits, mnist1d, two_moons

MAKERS = {
    "digits": (lambda **o: digits(200, 100, **o), 64, 10, 497),
    "mnist1d": (lambda **o: mnist1d(300, 100, **o), 40, 10, 1000),
    "two moons": (lambda **o: two_moons(60, 40, **o), 2, 2, 1000),
}
each = pytest.mark.parametrize(
    ("make", "d", "classes", "n_test"), MAKERS.values(), ids=MAKERS.keys()
)
makers = pytest.mark.parametrize(
    "make", [m[0] for m in MAKERS.values()], ids=MAKERS.keys()
)


def rows(x):
    """The examples as a set, to look for duplicates."""
    return {r.numpy().tobytes() for r in x.reshape(-1, x.shape[-1])}


def sets(data):
    return data.train, data.validation, data.test()


# oracle


def test_digits_are_scikit_learn_s_with_their_labels():
    x, y = load_digits(return_X_y=True)
    label = {row.tobytes(): k for row, k in zip(x / 16, y, strict=True)}
    data = digits()
    for examples in sets(data):
        for row, k in zip(examples.x, examples.y, strict=True):
            assert label[row.numpy().tobytes()] == k


def test_all_digits_are_used_once_if_asked_for():
    data = digits(1000, 300)
    assert len(rows(torch.cat([s.x for s in sets(data)]))) == 1797


# law


@each
def test_shapes_types_and_labels(make, d, classes, n_test):
    data = make()
    assert data.classes == classes
    assert data.test().x.shape == (n_test, d)
    for x, y in sets(data):
        assert x.dtype == torch.float64
        assert y.dtype == torch.int64
        assert x.shape == (len(y), d)
        assert x.isfinite().all()
        assert y.unique().tolist() == list(range(classes))


def test_digits_are_scaled_to_the_unit_interval():
    for x, _ in sets(digits()):
        assert (x.min(), x.max()) == (0, 1)


@makers
def test_training_validation_and_test_sets_are_disjoint(make):
    parts = [rows(s.x) for s in sets(make())]
    assert sum(map(len, parts)) == len(set.union(*parts))


@each
def test_each_set_has_its_share_of_every_class(make, d, classes, n_test):
    for _, y in sets(make()):
        counts = torch.bincount(y, minlength=classes)
        assert (counts / len(y) - 1 / classes).abs().max() < 0.031


def test_splits_are_stratified_to_the_last_example():
    shares = torch.bincount(torch.tensor(load_digits().target)) / 1797
    for _, y in sets(digits(500, 300)):
        counts = torch.bincount(y)
        assert (counts - shares * len(y)).abs().max() < 1.5


@makers
def test_the_test_set_is_the_same_for_every_seed_and_noise(make):
    expected = make().test()
    for options in ({"seed": 7}, {"seed": SEEDS}, {"label_noise": 1.0}):
        x, y = make(**options).test()
        assert torch.equal(x, expected.x)
        assert torch.equal(y, expected.y)


def test_sizes_do_not_move_the_test_set():
    assert torch.equal(digits(50, 20).test().x, digits().test().x)
    assert torch.equal(mnist1d(50, 20).test().x, mnist1d().test().x)


@makers
def test_another_seed_is_another_split(make):
    assert not torch.equal(make(seed=0).train.x, make(seed=1).train.x)


@makers
def test_noise_changes_labels_only(make):
    clean, noisy = make(), make(label_noise=0.5)
    for before, after in zip(sets(clean)[:2], sets(noisy)[:2], strict=True):
        assert torch.equal(before.x, after.x)
        assert not torch.equal(before.y, after.y)


@pytest.mark.parametrize("noise", [0.1, 0.3, 1.0])
def test_a_tenth_of_the_replaced_labels_is_right_by_chance(noise):
    clean = digits(seed=SEEDS)
    noisy = digits(label_noise=noise, seed=SEEDS)
    for before, after in zip(sets(clean)[:2], sets(noisy)[:2], strict=True):
        wrong = (before.y != after.y).double().mean().item()
        error = math.sqrt(noise / before.y.numel())
        assert wrong == pytest.approx(0.9 * noise, abs=4 * error)


def test_replaced_labels_are_uniform():
    y = digits(label_noise=1.0, seed=SEEDS).train.y
    shares = torch.bincount(y.flatten(), minlength=10) / y.numel()
    assert (shares - 0.1).abs().max() < 0.01


@makers
def test_the_same_call_gives_the_same_data(make):
    first, second = (make(label_noise=0.3, seed=SEED) for _ in range(2))
    for a, b in zip(sets(first), sets(second), strict=True):
        assert torch.equal(a.x, b.x)
        assert torch.equal(a.y, b.y)


@makers
def test_the_global_generators_are_left_alone(make):
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1]
    make(label_noise=0.3)
    assert torch.equal(torch.get_rng_state(), before)
    assert (np.random.get_state()[1] == numpy_before).all()


@makers
def test_nothing_is_downloaded(make, monkeypatch):
    def refuse(*_args, **_options):
        raise AssertionError("data must not use the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    make()


def test_the_test_set_is_asked_for_by_name_and_nothing_is_replaced():
    data = digits(20, 20)
    assert "test" not in repr(data)
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.train = data.validation


# edge


@pytest.mark.parametrize("total", [1300, 1290, 20])
def test_the_least_and_the_most_examples(total):
    data = digits(total - 10, 10, seed=range(20))
    assert data.train.y.shape == (20, total - 10)
    assert all(len(y.unique()) == 10 for y in data.validation.y)


def test_inputs_have_the_default_dtype():
    torch.set_default_dtype(torch.float32)
    assert digits(20, 20).train.x.dtype == torch.float32


def test_moons_lie_on_their_half_circles():
    data = two_moons(100, 100, noise=0.0)
    up = data.train.x[data.train.y == 0]
    assert torch.allclose(up.norm(dim=-1), torch.ones(()))
    assert (up[:, 1] >= 0).all()


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_moons_are_scikit_learn_s(noise):
    x, y = make_moons(500, noise=noise, random_state=1)
    test = two_moons(n_test=500, noise=noise).test()
    assert torch.equal(test.x, torch.from_numpy(x).to(test.x.dtype))
    assert torch.equal(test.y, torch.from_numpy(y))


def test_moons_are_two_hundred_each_from_seed_zero():
    plain, spelt = two_moons(), two_moons(200, 200, seed=0)
    for ours, theirs in (
        (plain.train, spelt.train),
        (plain.validation, spelt.validation),
    ):
        assert torch.equal(ours.x, theirs.x)


def test_the_digits_test_set_is_the_stratified_one_of_state_zero():
    x, y = load_digits(return_X_y=True)
    _, rows = train_test_split(
        range(len(y)), train_size=1300, stratify=y, random_state=0
    )
    test = digits(100, 100).test()
    assert torch.equal(test.x, torch.from_numpy(x[rows] / 16).to(test.x.dtype))


# error


@pytest.mark.parametrize("make", [digits, mnist1d, two_moons])
def test_bad_sizes_and_noise_are_refused(make):
    with pytest.raises(ValueError, match=r"n_train must be at least .* 0"):
        make(n_train=0)
    with pytest.raises(ValueError, match=r"n_validation must be at le.* 1"):
        make(n_validation=1)
    with pytest.raises(TypeError, match="n_train must be a whole number"):
        make(n_train=50.5)
    for bad in (-0.1, 1.1, math.nan):
        rule = rf"label_noise must be in \[0, 1\], got {bad}"
        with pytest.raises(ValueError, match=rule):
            make(label_noise=bad)


@pytest.mark.parametrize("make", [digits, mnist1d, two_moons])
@pytest.mark.parametrize("bad", [-1, [0, -1], []])
def test_seeds_must_be_whole_numbers(make, bad):
    with pytest.raises(ValueError, match="seeds must be whole numbers from 0"):
        make(seed=bad)


def test_more_examples_than_there_are_is_refused():
    rule = "n_train [+] n_validation must be .*1300.*, got 1000 [+] "
    for too_many in (301, 299, 295):
        with pytest.raises(ValueError, match=rule + str(too_many)):
            digits(1000, too_many)
    with pytest.raises(ValueError, match="4000"):
        mnist1d(4000, 10)


def test_moons_need_a_spread_and_a_test_set():
    with pytest.raises(ValueError, match="noise must be finite and not neg"):
        two_moons(noise=-1)
    with pytest.raises(ValueError, match="n_test must be at least 2, got 0"):
        two_moons(n_test=0)


# replica independence


@makers
def test_stacked_seeds_are_the_single_calls(make):
    stacked = make(label_noise=0.3, seed=SEEDS)
    alone = make(label_noise=0.3, seed=SEED)
    assert stacked.train.x.shape[0] == 20
    for many, one in zip(sets(stacked)[:2], sets(alone)[:2], strict=True):
        assert torch.equal(many.x[SEED], one.x)
        assert torch.equal(many.y[SEED], one.y)


def test_seeds_may_have_several_axes():
    data = digits(20, 20, seed=[[0, 1], [2, 3]])
    assert data.train.x.shape == (2, 2, 20, 64)
    assert torch.equal(data.train.x[1, 1], digits(20, 20, seed=3).train.x)


def test_data_know_their_names():
    assert two_moons(20, 20).name == "two moons"
    assert mnist1d(20, 20).name == "mnist1d"
    assert digits(20, 20).name == "digits"
