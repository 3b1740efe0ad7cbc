"""nnlib.linear: PyTorch's linear layer, once or many times."""

import copy
import math

import pytest
import torch
from helpers import SEED, SEEDS, draw, equal
from torch import nn

from nnlib.linear import Linear
from nnlib.replicas import Generators

# oracle


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(7, 5), (2, 3, 7, 5)])
def test_it_is_pytorch_s_layer(bias, shape):
    mine, theirs = Linear(5, 3, bias=bias), nn.Linear(5, 3, bias=bias)
    mine.load_state_dict(theirs.state_dict())
    x = draw(*shape)
    equal(mine(x), theirs(x))
    mine(x).square().sum().backward()
    theirs(x).square().sum().backward()
    for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
        equal(p.grad, q.grad)


def test_it_starts_as_pytorch_s_layer_does():
    mine = Linear(25, 40, replicas=(100,), generator=Generators(range(100)))
    for p in mine.parameters():
        assert p.abs().max() <= 1 / 5
        assert p.abs().max() > 0.99 / 5
        assert p.var().item() == pytest.approx(1 / (3 * 25), rel=0.03)


# law


def test_the_formula():
    layer, x = Linear(5, 3), draw(7, 5)
    equal(layer(x), x @ layer.weight.data.T + layer.bias.data)


def test_shapes_of_parameters_and_outputs():
    layer = Linear(5, 3, replicas=(6, 20))
    assert layer.weight.shape == (6, 20, 3, 5)
    assert layer.bias.shape == (6, 20, 3)
    assert [p.replica_dims for p in layer.parameters()] == [2, 2]
    assert layer(draw(7, 5)).shape == (6, 20, 7, 3)
    assert layer(draw(20, 7, 5)).shape == (6, 20, 7, 3)
    assert layer(draw(6, 20, 7, 5)).shape == (6, 20, 7, 3)


def test_settings_of_a_seed_start_alike():
    w = Linear(5, 3, replicas=(2, 20), generator=Generators(SEEDS)).weight
    assert torch.equal(w[0], w[1])
    assert len(w[0].unique(dim=0)) == 20


# edge


def test_deep_copies_stay_frozen_and_keep_their_axes():
    layer = Linear(5, 3, replicas=(4,)).requires_grad_(False)
    other = copy.deepcopy(layer)
    assert [p.replica_dims for p in other.parameters()] == [1, 1]
    assert not any(p.requires_grad for p in other.parameters())


def test_an_empty_batch_gives_an_empty_batch():
    assert Linear(5, 3)(torch.empty(0, 5)).shape == (0, 3)


def test_it_shows_itself_as_pytorch_s_layer_does():
    assert repr(Linear(5, 3)) == repr(nn.Linear(5, 3)).replace(
        "in_features=", ""
    ).replace("out_features=", "")
    assert "replicas=(6, 20)" in repr(Linear(5, 3, replicas=(6, 20)))


# error


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ((0, 3), "in_features must be at least 1, got 0"),
        ((5, -1), "out_features must be at least 1, got -1"),
    ],
)
def test_sizes_must_be_positive(arguments, rule):
    with pytest.raises(ValueError, match=rule):
        Linear(*arguments)
    with pytest.raises(ValueError, match="replicas must be at least 1, got 0"):
        Linear(5, 3, replicas=(0,))
    with pytest.raises(TypeError, match="in_features must be a whole number"):
        Linear(5.0, 3)


@pytest.mark.parametrize("shape", [(5,), (7, 4), ()])
def test_inputs_must_fit(shape):
    rule = r"x must have shape \(..., batch, 5\), got "
    with pytest.raises(ValueError, match=rule):
        Linear(5, 3)(torch.ones(shape))


def test_seeds_must_fit_the_replicas():
    with pytest.raises(ValueError, match="seeds must broadcast over"):
        Linear(5, 3, replicas=(6,), generator=Generators(SEEDS))


# replica independence


def test_a_replica_is_the_network_alone():
    many = Linear(5, 3, replicas=(2, 20), generator=Generators(SEEDS))
    one = Linear(5, 3, generator=Generators(SEED))
    x = draw(2, 20, 7, 5)
    (many(x).square().mean(dim=(-2, -1))).sum().backward()
    one(x[1, SEED]).square().mean().backward()
    equal(many(x)[1, SEED], one(x[1, SEED]))
    for p, q in zip(many.parameters(), one.parameters(), strict=True):
        assert torch.equal(p[1, SEED], q)
        equal(p.grad[1, SEED], q.grad)


def test_the_default_bound_is_one_over_the_root_of_the_inputs():
    layer = Linear(10_000, 1)
    assert layer.weight.abs().max() <= 1 / math.sqrt(10_000)
