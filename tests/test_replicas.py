"""nnlib.replicas: parameters that know their axes, draws that are a seed's own."""

import copy
import pickle

import numpy as np
import pytest
import torch
from helpers import SEED, SEEDS, draw, equal
from torch import nn
from torch.nn.utils.parametrizations import weight_norm
from torch.optim.swa_utils import AveragedModel

from nnlib.clip import clip_grad_norm_
from nnlib.linear import Linear
from nnlib.optim import SGD
from nnlib.replicas import (
    Generators,
    Replicated,
    rand,
    randn,
    replica_parameter,
    replica_shape,
)

# oracle


@pytest.mark.parametrize("stream", [0, 7])
def test_a_seed_s_draws_are_pytorch_s_from_a_well_mixed_seed(stream):
    """The book's printed numbers hang on this recipe."""
    g = Generators([[5, 7]], stream)
    for column, seed in enumerate([5, 7]):
        (mixed,) = np.random.SeedSequence([seed, stream]).generate_state(1)
        theirs = torch.Generator().manual_seed(int(mixed))
        again = copy.deepcopy(g)
        for method, size in (("rand", 4), ("randn", 4), ("randperm", 9)):
            draws = getattr(again, method)(size)
            expected = getattr(torch, method)(size, generator=theirs)
            assert torch.equal(draws[0, column], expected)


# law


def loaded(layer, **options):
    state = {k: v.clone() for k, v in layer.state_dict().items()}
    layer.load_state_dict(state, **options)
    return layer


def assigned(layer):
    layer.weight = nn.Parameter(layer.weight.data)
    return layer


def converted(layer):
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        return layer.float().to("meta").to_empty(device="cpu")
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(False)


ANEW = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda layer: pickle.loads(pickle.dumps(layer)),
    "load": loaded,
    "load by assignment": lambda layer: loaded(layer, assign=True),
    "assignment": assigned,
    "conversion": converted,
    "frozen": lambda layer: layer.requires_grad_(False),
    "average": lambda layer: AveragedModel(layer).module,
}


@pytest.mark.parametrize("anew", ANEW.values(), ids=ANEW)
def test_a_layer_s_axes_survive_what_pytorch_does_with_its_parameters(anew):
    layer = anew(Linear(5, 3, replicas=(6, 20)))
    assert replica_shape(layer.parameters()) == (6, 20)
    net = nn.Sequential(anew(Linear(5, 3, replicas=(2,))))
    for p in net.parameters():
        p.grad = torch.ones_like(p)
        p.grad[1] *= 100  # a replica's norm is its own
    assert clip_grad_norm_(net.parameters(), 1.0).shape == (2,)


def test_a_layer_of_one_s_own_marks_what_it_is_given():
    class Scale(Replicated):
        replicas = (6,)

    layer = Scale()
    layer.factor = nn.Parameter(torch.ones(6, 3))
    assert replica_shape(copy.deepcopy(layer).parameters()) == (6,)


def test_its_parameters_are_pytorch_s_own():
    layer = Linear(5, 3)
    assert type(layer.weight) is nn.Parameter
    assert nn.Parameter(layer.weight).shape == (3, 5)
    x = draw(4, 5)
    before = layer(x).detach()
    equal(weight_norm(layer)(x).detach(), before)


def test_parameters_that_are_not_yet_there_are_refused():
    with pytest.raises(ValueError, match=r"parameters must .*run the network once"):
        SGD(nn.LazyLinear(3).parameters(), 0.1)


def test_replica_axes_of_many_parameters():
    p = replica_parameter(torch.ones(6, 20, 3), 2)
    plain = [torch.ones(3), nn.Parameter(torch.ones(2, 2))]
    assert replica_shape([p, p]) == (6, 20)
    assert replica_shape(plain) == replica_shape([]) == ()
    assert replica_shape([replica_parameter(torch.ones(2))]) == ()


def test_streams_and_seeds_are_independent():
    draws = torch.cat([Generators(range(30), stream).randn(50) for stream in range(10)])
    correlation = torch.corrcoef(draws) - torch.eye(300)
    assert correlation.abs().max() < 0.75


@pytest.mark.parametrize("draw", [rand, randn])
def test_draws_broadcast_to_their_shape(draw):
    like = torch.ones(6, 20, 3)
    one = draw(like, 1, torch.Generator().manual_seed(0))
    assert one.shape == draw(like, 1).shape == like.shape
    each = draw(like, 1, Generators(SEEDS))
    assert each.shape == (20, 3)
    assert not torch.equal(each[0], each[1])
    method = getattr(Generators(SEED), draw.__name__)
    assert torch.equal(each[SEED], method(3))


# edge


MANY = [0, [3], range(4), [[0, 1, 2], [3, 4, 5]], torch.arange(6).reshape(2, 3)]


@pytest.mark.parametrize("seeds", [*MANY, np.arange(4), np.arange(4, dtype=np.uint8)])
def test_seeds_come_in_any_shape(seeds):
    shape, before = np.shape(seeds), torch.get_rng_state()
    g = Generators(seeds)
    assert g.shape == shape
    assert g.rand(2, 5).shape == (*shape, 2, 5)
    assert g.rand().shape == shape
    assert g.randperm(4).shape == (*shape, 4)
    assert g.randn(0).shape == (*shape, 0)
    assert torch.equal(torch.get_rng_state(), before)
