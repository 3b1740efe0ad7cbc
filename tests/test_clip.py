"""nnlib.clip: the norm is capped, the direction kept, nothing overflows."""

import math
import re

import numpy as np
import pytest
import torch
from helpers import (
    SEED,
    draw,
    equal,
    set_grads,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nnlib.clip import (
    clip_coefficient,
    clip_grad_norm_,
    clip_grad_value_,
    total_norm,
)
from nnlib.models import MLP
from nnlib.replicas import ReplicaParameter

vectors = st.lists(
    st.floats(-1e12, 1e12, allow_subnormal=False), min_size=1, max_size=12
)


def parameter(gradient, replica_dims=0):
    """A parameter with this gradient."""
    gradient = torch.as_tensor(gradient, dtype=torch.get_default_dtype())
    p = ReplicaParameter(torch.zeros_like(gradient), replica_dims)
    p.grad = gradient.clone()
    return p


def network():
    """A network with gradients, and these as one vector."""
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    set_grads(
        list(model.parameters()),
        *(draw(*p.shape, seed=i) for i, p in enumerate(model.parameters())),
    )
    return model, vector(model)


def vector(model):
    return torch.cat([p.grad.flatten() for p in model.parameters()])


# oracle


@settings(max_examples=30)
@given(vectors, vectors)
def test_total_norm_is_numpy_s(a, b):
    with torch.device("cpu"):
        g = [torch.tensor(a).double(), torch.tensor([b]).double()]
    expected = np.linalg.norm(np.concatenate([g[0], g[1][0]]))
    assert total_norm(g).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("c", [0.01, 1.0, 100.0])
def test_clipping_is_pytorch_s_but_for_its_epsilon(c):
    (model, g), (other, _) = network(), network()
    norm = clip_grad_norm_(model.parameters(), c)
    equal(norm, nn.utils.clip_grad_norm_(other.parameters(), c))
    equal(norm, g.norm())
    torch.testing.assert_close(
        vector(model), vector(other), rtol=2e-6 / norm.item(), atol=0
    )


def test_clipping_by_value_is_pytorch_s():
    (model, _), (other, _) = network(), network()
    clip_grad_value_(model.parameters(), 0.5)
    nn.utils.clip_grad_value_(other.parameters(), 0.5)
    assert torch.equal(vector(model), vector(other))


# law


@settings(max_examples=30)
@given(vectors, st.floats(1e-6, 1e6))
def test_length_is_capped_and_direction_kept(entries, c):
    p = parameter(entries)
    norm = clip_grad_norm_([p], c).item()
    assert norm == pytest.approx(math.hypot(*entries), rel=1e-12, abs=0)
    factor = min(norm, c) / norm if norm else 1.0
    expected = [factor * g for g in entries]
    assert p.grad.tolist() == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_the_norm_runs_over_all_parameters_together():
    a, b = parameter([3.0]), parameter([[4.0]])
    assert clip_grad_norm_([a, b], 1.0).item() == 5.0
    equal(torch.stack([a.grad[0], b.grad[0, 0]]), torch.tensor([0.6, 0.8]))


def test_clipping_by_value_turns_the_gradient():
    model, g = network()
    clip_grad_value_(model.parameters(), 0.5)
    cosine = torch.cosine_similarity(vector(model), g, dim=0)
    assert vector(model).abs().max() == 0.5
    assert cosine < 0.99


def test_coefficient_is_the_slide_s_formula():
    norm = torch.tensor([0.0, 0.5, 1.0, 4.0, 1e300])
    expected = torch.tensor([1.0, 1.0, 1.0, 0.25, 1e-300])
    equal(clip_coefficient(norm, 1.0), expected, atol=0)


# edge


def test_zero_gradient_stays_zero():
    p = parameter([0.0, -0.0])
    assert clip_grad_norm_([p], 1.0).item() == 0.0
    assert p.grad.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("c", [5.0, 5, math.inf])
def test_a_gradient_within_the_cap_keeps_every_bit(c):
    p = parameter([3.0, 4.0])
    assert clip_grad_norm_([p], c).item() == 5.0
    assert p.grad.tolist() == [3.0, 4.0]


@pytest.mark.parametrize("c", [1.0, 1e-3])
def test_huge_entries_do_not_overflow_to_a_zero_gradient(c):
    p = parameter([1e200] * 4)
    assert clip_grad_norm_([p], c).item() == 2e200
    equal(p.grad, torch.full((4,), c / 2), atol=0)


@pytest.mark.parametrize("size", [1e-200, 5e-324])
def test_tiny_entries_keep_every_bit(size):
    p = parameter([size] * 4)
    assert clip_grad_norm_([p], 1.0).item() == 2 * size
    assert p.grad.tolist() == [size] * 4


def test_a_norm_too_large_to_write_down_never_gives_a_zero_gradient():
    p = parameter([1.7e308] * 4)
    with pytest.raises(ValueError, match="norm must be finite, got inf"):
        clip_grad_norm_([p], 1.0)
    assert p.grad.tolist() == [1.7e308] * 4
    clip_grad_norm_([p], 1.0, error_if_nonfinite=False)
    assert p.grad.all()


def test_parameters_without_gradient_are_skipped():
    p, frozen = parameter([3.0, 4.0]), nn.Parameter(torch.ones(2))
    assert clip_grad_norm_([frozen, p], 1.0).item() == 5.0
    assert frozen.grad is None
    assert clip_grad_norm_([frozen], 1.0).item() == 0.0
    assert total_norm([]).item() == 0.0


def test_one_parameter_needs_no_list():
    assert clip_grad_norm_(parameter([3.0, 4.0]), 1.0).item() == 5.0


def test_told_not_to_refuse_it_leaves_only_the_broken_replica():
    p = parameter([[3.0, 4.0], [math.nan, 4.0], [0.3, 0.4]], replica_dims=1)
    norm = clip_grad_norm_([p], 1.0, error_if_nonfinite=False)
    equal(norm, torch.tensor([5.0, math.nan, 0.5]))
    equal(p.grad[[0, 2]], torch.tensor([[0.6, 0.8], [0.3, 0.4]]))


# error


@pytest.mark.parametrize("clip", [clip_grad_norm_, clip_grad_value_])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_is_refused_by_name(clip, bad):
    model, _ = network()
    model[1].weight.grad[0, 1] = bad
    before = vector(model)
    with pytest.raises(ValueError, match=r"gradient of 1\.weight must be fin"):
        clip(model.named_parameters(), 1.0)
    with pytest.raises(ValueError, match=r"gradient of parameters\[2\] must"):
        clip(model.parameters(), 1.0)
    equal(vector(model), before, atol=0)


@pytest.mark.parametrize(
    ("clip", "name"),
    [(clip_grad_norm_, "max_norm"), (clip_grad_value_, "clip_value")],
)
@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan])
def test_a_cap_must_be_positive(clip, name, bad):
    model, g = network()
    with pytest.raises(
        ValueError, match=f"{name} must be positive, got {bad}"
    ):
        clip(model.parameters(), bad)
    with pytest.raises(ValueError, match=f"{name} must be positive"):
        clip(model.parameters(), torch.tensor([1.0, bad]))
    with pytest.raises(TypeError, match=f"{name} must be a number"):
        clip(model.parameters(), "1")
    assert torch.equal(vector(model), g)


@pytest.mark.parametrize(
    ("clip", "name"),
    [(clip_grad_norm_, "max_norm"), (clip_grad_value_, "clip_value")],
)
@pytest.mark.parametrize("shape", [(3,), (2, 6, 20)])
def test_a_cap_must_fit_the_replicas(clip, name, shape):
    p = parameter(draw(6, 20, 4), replica_dims=2)
    g = p.grad.clone()
    rule = re.escape(f"{name} must broadcast over the replica axes (6, 20)")
    with pytest.raises(ValueError, match=rule):
        clip([p], torch.ones(shape))
    assert torch.equal(p.grad, g)


def test_what_is_no_parameter_is_shown():
    with pytest.raises(TypeError, match="must be a parameter, got 'w'"):
        clip_grad_norm_(["w"], 1.0)


def test_a_gradient_without_entries_has_the_norm_zero():
    assert total_norm([torch.zeros(0), torch.zeros(3, 0)]) == 0


def test_parameters_must_share_their_replica_axes():
    with pytest.raises(ValueError, match="share their replica axes"):
        clip_grad_norm_([parameter([1.0]), parameter([[1.0]], 1)], 1.0)


# replica independence


@pytest.mark.parametrize("clip", [clip_grad_norm_, clip_grad_value_])
def test_a_replica_is_the_network_alone(clip):
    c = torch.tensor([0.1, 1.0, math.inf])
    many = MLP([3, 4, 2], replicas=(3, 20))
    for i, p in enumerate(many.parameters()):
        p.grad = draw(*p.shape, seed=i)
    grads = [p.grad[:, SEED].clone() for p in many.parameters()]
    norms = clip(many.parameters(), c[:, None])
    for setting in range(3):
        one = MLP([3, 4, 2])
        set_grads(list(one.parameters()), *(g[setting] for g in grads))
        norm = clip(one.parameters(), c[setting].item())
        if norm is not None:
            equal(norms[setting, SEED], norm)
        for p, q in zip(many.parameters(), one.parameters(), strict=True):
            equal(p.grad[setting, SEED], q.grad)
