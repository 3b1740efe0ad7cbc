"""nnlib.replicas: parameters that know their axes, draws that are a seed's own."""

import copy
import io
import pickle

import numpy as np
import pytest
import torch
from helpers import SEED, SEEDS
from torch import nn

from nnlib.replicas import (
    Generators,
    ReplicaParameter,
    per_replica,
    rand,
    randn,
    replica_shape,
)

DUPLICATES = {
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "pickle": lambda p: pickle.loads(pickle.dumps(p)),
}


def parameter(requires_grad=True):
    return ReplicaParameter(torch.ones(6, 20, 3), 2, requires_grad)


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


@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("duplicate", DUPLICATES.values(), ids=DUPLICATES)
def test_copies_keep_what_a_parameter_knows(duplicate, requires_grad):
    p = parameter(requires_grad)
    q = duplicate(p)
    assert isinstance(q, ReplicaParameter)
    assert (q.replica_dims, q.requires_grad) == (2, requires_grad)
    assert torch.equal(p, q)
    assert type(p + 1) is torch.Tensor


def test_a_parameter_that_two_layers_share_is_shared_in_a_copy():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[0].weight = model[1].weight = ReplicaParameter(torch.ones(2, 2), 1)
    twin = copy.deepcopy(model)
    assert twin[0].weight is twin[1].weight
    assert twin[0].weight.replica_dims == 1
    twin[0].weight.data.zero_()
    assert model[0].weight.all()


def test_a_model_keeps_its_axes_when_moved_saved_and_loaded():
    layer = nn.Module()
    layer.w = parameter()
    assert dict(layer.named_parameters()) == {"w": layer.w}
    layer.double().float().requires_grad_(False)
    file = io.BytesIO()
    torch.save(layer.state_dict(), file)
    file.seek(0)
    layer.load_state_dict(torch.load(file, weights_only=True))
    assert layer.w.replica_dims == 2


def test_replica_axes_of_many_parameters():
    p, plain = parameter(), [torch.ones(3), nn.Parameter(torch.ones(2, 2))]
    assert replica_shape([p, p]) == (6, 20)
    assert replica_shape(plain) == replica_shape([]) == ()
    assert ReplicaParameter(torch.ones(2)).replica_dims == 0


def test_settings_get_the_axes_dtype_and_device_they_need():
    like = torch.zeros(2, 20, 5, 4, dtype=torch.float32)
    assert per_replica(0.5, 2, like).shape == ()
    assert per_replica(0.5, 2, like).dtype == torch.float32
    setting = per_replica(torch.tensor([[1], [2]]), 2, like)
    assert setting.shape == (2, 1, 1, 1)
    assert setting.dtype == torch.float32


def test_streams_and_seeds_are_independent():
    draws = torch.cat([Generators(range(30), stream).randn(50) for stream in range(10)])
    correlation = torch.corrcoef(draws) - torch.eye(300)
    assert correlation.abs().max() < 0.75


@pytest.mark.parametrize("draw", [rand, randn])
def test_draws_broadcast_to_their_shape(draw):
    shape = (6, 20, 3)
    one = draw(shape, 1, torch.Generator().manual_seed(0))
    assert one.shape == draw(shape, 1).shape == shape
    each = draw(shape, 1, Generators(SEEDS))
    assert each.shape == (20, 3)
    assert not torch.equal(each[0], each[1])
    method = getattr(Generators(SEED), draw.__name__)
    assert torch.equal(each[SEED], method(3))


# edge


@pytest.mark.parametrize(
    ("seeds", "shape"),
    [
        (3, ()),
        (0, ()),
        ([3], (1,)),
        (range(4), (4,)),
        ([[0, 1, 2], [3, 4, 5]], (2, 3)),
        (torch.arange(6).reshape(2, 3), (2, 3)),
        (np.arange(4), (4,)),
        (np.arange(4, dtype=np.uint8), (4,)),
    ],
    ids=str,
)
def test_seeds_come_in_any_shape(seeds, shape):
    before = torch.get_rng_state()
    g = Generators(seeds)
    assert g.shape == shape
    assert g.rand(2, 5).shape == (*shape, 2, 5)
    assert g.rand().shape == shape
    assert g.randperm(4).shape == (*shape, 4)
    assert g.randn(0).shape == (*shape, 0)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", ["deepcopy", "pickle"])
def test_copied_generators_go_on_where_they_were(name):
    g = Generators(SEEDS)
    g.rand(3)
    other = DUPLICATES[name](g)
    assert torch.equal(g.rand(3), other.rand(3))
