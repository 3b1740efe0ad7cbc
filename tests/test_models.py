"""nnlib.models: the multilayer perceptron, once or many times."""

import copy
import pickle

import pytest
import torch
from helpers import SEED, SEEDS, draw, equal
from torch import nn

from nnlib.activations import LeakyReLU, tanh
from nnlib.dropout import Dropout
from nnlib.init import constant_, kaiming_normal_
from nnlib.linear import Linear
from nnlib.models import MLP, initialise
from nnlib.replicas import Generators

SIZES = [5, 7, 6, 3]


# oracle


def test_it_is_pytorch_s_network():
    mine = MLP(SIZES, tanh)
    theirs = nn.Sequential(
        nn.Linear(5, 7),
        nn.Tanh(),
        nn.Linear(7, 6),
        nn.Tanh(),
        nn.Linear(6, 3),
    )
    theirs.load_state_dict(mine.state_dict())
    equal(mine(draw(4, 5)), theirs(draw(4, 5)))


# law


def test_it_is_the_loop_over_its_layers():
    model, h = MLP(SIZES), draw(4, 5)
    expected = h
    layers = [m for m in model if isinstance(m, Linear)]
    for layer in layers:
        expected = expected @ layer.weight.T + layer.bias
        if layer is not layers[-1]:
            expected = expected.clamp(min=0)
    equal(model(h), expected)


def test_dropout_stands_behind_each_hidden_activation_only():
    names = [type(m).__name__ for m in MLP(SIZES, p=0.5)]
    hidden = ["Linear", "Activation", "Dropout"]
    assert names == [*hidden, *hidden, "Linear"]
    assert not any(isinstance(m, Dropout) for m in MLP(SIZES, p=0.0))


def test_masks_and_weights_of_layers_differ():
    model = MLP([6, 6, 6, 6], p=0.5, seeds=0)
    assert not torch.equal(model[0].weight, model[3].weight)
    x = torch.ones(9, 6)
    assert not torch.equal(model[2](x), model[5](x))


def test_masks_come_from_streams_of_their_own():
    """The book's printed numbers hang on these streams."""
    model, x = (
        MLP([6, 6, 6, 6], p=0.5, seeds=range(3), replicas=(3,)),
        torch.ones(3, 9, 6),
    )
    for layer, stream in ((2, 1001), (5, 1002)):
        equal(
            model[layer](x),
            Dropout(0.5, generator=Generators(range(3), stream))(x),
        )


def test_init_fills_the_weights_and_zeroes_the_biases():
    model = MLP(SIZES, init=kaiming_normal_, seeds=SEED)
    expected = kaiming_normal_(torch.empty(7, 5), generator=Generators(SEED))
    assert torch.equal(model[0].weight, expected)
    assert not any(m.bias.any() for m in model if isinstance(m, Linear))


def test_initialise_fills_pytorch_s_layers_too():
    def fill(tensor, *, generator):
        return constant_(tensor, 0.5)

    net = nn.Sequential(nn.Linear(3, 4), Linear(4, 2, bias=False))
    assert initialise(net, fill) is net
    assert (net[0].weight == 0.5).all()
    assert (net[1].weight == 0.5).all()
    assert not net[0].bias.any()


def test_equal_seeds_give_equal_networks():
    first, second = (MLP(SIZES, p=0.5, seeds=3) for _ in range(2))
    x = draw(4, 5)
    for _ in range(2):
        assert torch.equal(first(x), second(x))


def test_seeds_leave_the_global_generator_alone():
    before = torch.get_rng_state()
    MLP(SIZES, p=0.5, init=kaiming_normal_, seeds=SEEDS, replicas=(20,))
    assert torch.equal(torch.get_rng_state(), before)


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
    assert MLP(SIZES, LeakyReLU(0.2))[1].options == {"negative_slope": 0.2}
    assert "tanh" in repr(MLP(SIZES, torch.tanh))


def test_a_slice_is_an_ordinary_sequence_of_its_layers():
    model, x = MLP(SIZES), draw(4, 5)
    equal(model[1:](model[:1](x)), model(x))
    assert isinstance(model[-1], Linear)


def test_two_sizes_make_a_single_layer():
    assert len(MLP([5, 3], p=0.5)) == 1


# error


def test_sizes_must_name_two_layers():
    with pytest.raises(ValueError, match=r"at least two layers, got \[5\]"):
        MLP([5])
    with pytest.raises(ValueError, match="sizes must be at least 1, got 0"):
        MLP([5, 0, 3])
    with pytest.raises(
        TypeError, match=r"sizes must be a whole number, got 2\.5"
    ):
        MLP([5, 2.5, 3])


def test_p_must_be_a_probability():
    for bad in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"p must be in \[0, 1\], got"):
            MLP(SIZES, p=bad)


def test_seeds_must_fit_the_replicas():
    with pytest.raises(ValueError, match="seeds must broadcast over"):
        MLP(SIZES, replicas=(6,), seeds=SEEDS)


# replica independence


@pytest.mark.parametrize("init", [None, kaiming_normal_])
def test_a_replica_is_the_network_alone(init):
    p = torch.tensor([0.2, 0.7])
    options = {"activation": tanh, "init": init}
    many = MLP(SIZES, p=p[:, None], replicas=(2, 20), seeds=SEEDS, **options)
    x = draw(4, 5)
    for setting in range(2):
        one = MLP(SIZES, p=p[setting].item(), seeds=SEED, **options)
        both = copy.deepcopy(many)
        for _ in range(2):
            equal(both(x)[setting, SEED], one(x))
