"""nnlib.models: the multilayer perceptron, once or many times."""

import copy
import pickle

import pytest
import torch
from helpers import SEED, draw, equal
from torch import nn

from nnlib.activations import Activation, leaky_relu, tanh
from nnlib.dropout import Dropout
from nnlib.init import constant_, kaiming_normal_
from nnlib.linear import Linear
from nnlib.models import MLP, initialise
from nnlib.replicas import Generators

SIZES = [5, 7, 6, 3]


# oracle


@pytest.mark.parametrize("names", [(tanh, nn.Tanh), (None, nn.ReLU)])
def test_it_is_pytorch_s_network(names):
    ours, theirs = names
    mine = MLP(SIZES, ours) if ours else MLP(SIZES)
    net = nn.Sequential(
        *(nn.Linear(5, 7), theirs(), nn.Linear(7, 6), theirs()), nn.Linear(6, 3)
    )
    net.load_state_dict(mine.state_dict())
    equal(mine(draw(4, 5)), net(draw(4, 5)))


# law


def test_dropout_stands_behind_each_hidden_activation_only():
    names = [type(m).__name__ for m in MLP(SIZES, p=0.5)]
    hidden = ["Linear", "Activation", "Dropout"]
    assert names == [*hidden, *hidden, "Linear"]
    assert not any(isinstance(m, Dropout) for m in MLP(SIZES, p=0.0))
    assert len(MLP([5, 3], p=0.5)) == 1


def test_weights_and_masks_come_from_streams_of_their_own():
    """The book's printed numbers hang on these streams."""
    seeds, x, before = range(3), torch.ones(3, 9, 6), torch.get_rng_state()
    model = MLP([6, 6, 6, 6], p=0.5, seeds=seeds, replicas=(3,))
    assert torch.equal(torch.get_rng_state(), before)
    assert model.replicas == (3,)
    for layer, stream in ((0, 0), (3, 1), (6, 2)):
        g = Generators(seeds, stream)
        expected = Linear(6, 6, replicas=(3,), generator=g)
        assert torch.equal(model[layer].weight, expected.weight)
        assert torch.equal(model[layer].bias, expected.bias)
    for layer, stream in ((2, 1001), (5, 1002)):
        expected = Dropout(0.5, generator=Generators(seeds, stream))
        assert torch.equal(model[layer](x), expected(x))


def test_init_fills_the_weights_and_zeroes_the_biases():
    model = MLP(SIZES, init=kaiming_normal_, seeds=SEED)
    for layer, (n_out, n_in, stream) in {0: (7, 5, 0), 4: (3, 6, 2)}.items():
        g = Generators(SEED, stream)
        expected = kaiming_normal_(torch.empty(n_out, n_in), generator=g)
        assert torch.equal(model[layer].weight, expected)
        assert not model[layer].bias.any()


def test_initialise_fills_pytorch_s_layers_too():
    def fill(tensor, *, generator):
        return constant_(tensor, 0.5)

    net = nn.Sequential(nn.Linear(3, 4), Linear(4, 2, bias=False))
    assert initialise(net, fill) is net
    assert (net[0].weight == 0.5).all()
    assert (net[1].weight == 0.5).all()
    assert not net[0].bias.any()


# edge


@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))],
    ids=["deepcopy", "pickle"],
)
def test_copies_go_on_as_the_original_would(duplicate):
    model = MLP(SIZES, p=0.5, replicas=(4,), seeds=range(4))
    model(draw(3, 5))
    other = duplicate(model)
    assert torch.equal(model(draw(3, 5)), other(draw(3, 5)))
    assert [p.replica_dims for p in other.parameters()] == [1] * 6


def test_activations_may_be_functions_or_layers():
    leaky = Activation(leaky_relu, negative_slope=0.2)
    assert MLP(SIZES, leaky)[1] is leaky
    assert "tanh" in repr(MLP(SIZES, torch.tanh))


def test_a_slice_is_an_ordinary_sequence_of_its_layers():
    model, x = MLP(SIZES), draw(4, 5)
    equal(model[1:](model[:1](x)), model(x))
    assert isinstance(model[-1], Linear)
