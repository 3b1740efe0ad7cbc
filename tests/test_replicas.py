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
    check_fit,
    per_replica,
    rand,
    randn,
    replica_dims,
    replica_shape,
)


def parameter(requires_grad=True):
    return ReplicaParameter(torch.ones(6, 20, 3), 2, requires_grad)


# oracle


def test_a_seed_s_draws_are_pytorch_s():
    g = Generators([5, 7])
    for method in ("rand", "randn"):
        draws = getattr(g, method)(2000)
        assert draws.shape == (2, 2000)
    assert draws.mean().abs() < 0.1
    assert draws.std().item() == pytest.approx(1, abs=0.1)
    order = g.randperm(9)
    assert order.sort(dim=-1).values.tolist() == [list(range(9))] * 2


# law


def test_a_parameter_is_a_parameter():
    p = parameter()
    layer = nn.Module()
    layer.w = p
    assert dict(layer.named_parameters()) == {"w": p}
    assert p.replica_dims == 2
    assert type(p + 1) is torch.Tensor


@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize(
    "duplicate",
    [
        copy.deepcopy,
        copy.copy,
        lambda p: pickle.loads(pickle.dumps(p)),
    ],
    ids=["deepcopy", "copy", "pickle"],
)
def test_copies_keep_what_a_parameter_knows(duplicate, requires_grad):
    p = parameter(requires_grad)
    q = duplicate(p)
    assert isinstance(q, ReplicaParameter)
    assert (q.replica_dims, q.requires_grad) == (2, requires_grad)
    assert torch.equal(p, q)


def test_deep_copies_are_separate_and_keep_sharing():
    p = parameter()
    q, again = copy.deepcopy([p, p])
    q.data.zero_()
    assert q is again
    assert p.all()


def test_a_model_keeps_its_axes_when_moved_saved_and_loaded():
    layer = nn.Module()
    layer.w = parameter()
    layer.double().float().requires_grad_(False)
    file = io.BytesIO()
    torch.save(layer.state_dict(), file)
    file.seek(0)
    layer.load_state_dict(torch.load(file, weights_only=True))
    assert layer.w.replica_dims == 2


def test_replica_axes_of_many_parameters():
    p = parameter()
    assert replica_dims([p, p]) == 2
    assert replica_shape([p, p]) == (6, 20)
    assert replica_dims([torch.ones(3), nn.Parameter(torch.ones(2, 2))]) == 0
    assert replica_shape([]) == ()
    assert replica_dims([]) == 0


def test_settings_get_the_axes_they_need():
    like = torch.zeros(2, 20, 5, 4, dtype=torch.float32)
    assert per_replica(0.5, 2, like).shape == ()
    setting = per_replica(torch.tensor([[1], [2]]), 2, like)
    assert setting.shape == (2, 1, 1, 1)
    assert setting.dtype == torch.float32


def test_streams_and_seeds_are_independent():
    draws = torch.cat(
        [Generators(range(30), stream).randn(50) for stream in range(10)]
    )
    correlation = torch.corrcoef(draws) - torch.eye(300)
    assert correlation.abs().max() < 0.75


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    Generators(SEEDS).randn(3)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("draw", [rand, randn])
def test_draws_broadcast_to_their_shape(draw):
    one = draw((6, 20, 3), 1, torch.Generator().manual_seed(0))
    each = draw((6, 20, 3), 1, Generators(SEEDS))
    assert one.shape == (6, 20, 3)
    assert torch.broadcast_to(each, (6, 20, 3)).shape == (6, 20, 3)
    assert draw((6, 20, 3), 1).shape == (6, 20, 3)


# edge


@pytest.mark.parametrize(
    ("seeds", "shape"),
    [
        (3, ()),
        ([3], (1,)),
        (range(4), (4,)),
        ([[0, 1, 2], [3, 4, 5]], (2, 3)),
        (torch.arange(6).reshape(2, 3), (2, 3)),
        (np.arange(4), (4,)),
    ],
)
def test_seeds_come_in_any_shape(seeds, shape):
    g = Generators(seeds)
    assert g.shape == shape
    assert g.rand(2, 5).shape == (*shape, 2, 5)
    assert g.rand().shape == shape
    assert g.randperm(4).shape == (*shape, 4)


def test_copied_generators_go_on_where_they_were():
    g = Generators(SEEDS)
    g.rand(3)
    for other in (copy.deepcopy(g), pickle.loads(pickle.dumps(g))):
        assert torch.equal(copy.deepcopy(g).rand(3), other.rand(3))


def test_generators_show_their_shape():
    assert repr(Generators([1, 2])) == "Generators(shape=(2,))"


# error


@pytest.mark.parametrize("bad", [-1, [0, -1], 0.5, [0.5], []])
def test_seeds_must_be_whole_numbers(bad):
    with pytest.raises(
        (ValueError, TypeError), match="seeds must be whole numbers"
    ):
        Generators(bad)


def test_parameters_must_share_their_axes():
    with pytest.raises(ValueError, match=r"replica axes, got \[0, 2\]"):
        replica_dims([parameter(), torch.ones(3)])
    other = ReplicaParameter(torch.ones(5, 20), 2)
    with pytest.raises(ValueError, match=r"got \[\(5, 20\), \(6, 20\)\]"):
        replica_shape([parameter(), other])


@pytest.mark.parametrize("shape", [(3,), (20, 1), (2, 6, 20)])
def test_settings_must_fit_the_replicas(shape):
    for good in (1.0, torch.ones(20), torch.ones(6, 1), torch.ones(6, 20)):
        check_fit("c", good, (6, 20))
    rule = r"c must broadcast over the replica axes \(6, 20\), got shape"
    with pytest.raises(ValueError, match=rule):
        check_fit("c", torch.ones(shape), (6, 20))
    with pytest.raises(ValueError, match="seeds must broadcast over"):
        rand((6, 20, 3), 1, Generators(torch.zeros(shape, dtype=torch.int64)))


def test_a_parameter_has_at_least_its_replica_axes():
    with pytest.raises(ValueError, match=r"replica_dims must be .*, got 5"):
        ReplicaParameter(torch.zeros(3), 5)


# replica independence


@pytest.mark.parametrize("stream", [0, 7])
def test_a_replica_s_draws_are_its_own(stream):
    beside, alone = Generators(SEEDS, stream), Generators(SEED, stream)
    for _ in range(2):
        assert torch.equal(beside.randn(2, 5)[SEED], alone.randn(2, 5))
        assert torch.equal(beside.randperm(9)[SEED], alone.randperm(9))
        assert torch.equal(beside.rand(3)[SEED], alone.rand(3))


def test_a_parameter_that_two_layers_share_is_shared_in_a_copy():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[0].weight = model[1].weight = ReplicaParameter(torch.ones(2, 2), 1)
    twin = copy.deepcopy(model)
    assert twin[0].weight is twin[1].weight
    assert twin[0].weight is not model[0].weight
    assert twin[0].weight.replica_dims == 1
