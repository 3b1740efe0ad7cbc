"""nnlib.clip: the norm is capped, the direction kept, nothing overflows."""

import pytest
import torch
from helpers import AXES, DTYPES, EVENTS, INF, NAN, NUMBERS, SHAPES, draw, equal, parameter
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nnlib import clip as ours
from nnlib.clip import clip_coefficient, clip_grad_norm_, total_norm

sizes = st.floats(-8, 8).map(lambda e: 10.0**e)
scales = st.floats(-150, 200).map(lambda e: 10.0**e)


def gradients(seed, replicas, events, scale=1.0, dtype=torch.float64):
    """Parameters on replica axes, with gradients of any size."""
    return [
        parameter((draw(*replicas, *event, seed=seed + k) * scale).to(dtype), len(replicas))
        for k, event in enumerate(events)
    ]


def flat(parameters, replicas=()):
    """Each replica's gradient as one vector, in float64."""
    grads = [p.grad.reshape(*replicas, -1) for p in parameters]
    return torch.cat(grads, dim=-1).double()


# oracle


@pytest.mark.parametrize("name", ["clip_grad_norm_", "clip_grad_value_"])
@pytest.mark.parametrize("c", [0.01, 1.0, 100.0])
def test_clipping_is_pytorch_s_but_for_its_epsilon(name, c):
    mine, theirs = getattr(ours, name), getattr(nn.utils, name)
    p, q = (gradients(0, (), [(3, 4), (2,)]) for _ in range(2))
    norm, expected = mine(p, c), theirs(q, c)
    if norm is not None:
        equal(norm, expected)
        equal(norm, flat(gradients(0, (), [(3, 4), (2,)])).norm())
    torch.testing.assert_close(flat(p), flat(q), rtol=1e-6, atol=0)


# law


@settings(max_examples=40)
@given(NUMBERS, AXES, EVENTS, DTYPES, sizes, sizes)
def test_the_length_is_capped_and_the_direction_kept(
    seed, replicas, events, dtype, scale, c
):
    p = gradients(seed, replicas, events, scale, dtype)
    before = flat(p, replicas)
    close = {"rtol": 1e-4 if dtype == torch.float32 else 1e-12, "atol": 0}
    norm = clip_grad_norm_(p, c).double()
    torch.testing.assert_close(norm, before.norm(dim=-1), **close)
    factor = (c / before.norm(dim=-1, keepdim=True)).clamp(max=1)
    torch.testing.assert_close(flat(p, replicas), before * factor, **close)
    once = flat(p, replicas)
    clip_grad_norm_(p, c * 1.001)  # once more changes nothing
    torch.testing.assert_close(flat(p, replicas), once, **close)


@settings(max_examples=40)
@given(NUMBERS, SHAPES, scales)
def test_clipping_does_not_depend_on_the_unit(seed, shape, scale):
    """Gradient and bound in another unit: the same gradient in that unit."""
    here, there = (gradients(seed, (), [shape], s) for s in (1.0, scale))
    clip_grad_norm_(here, 0.5)
    clip_grad_norm_(there, 0.5 * scale)
    expected = flat(here) * scale
    torch.testing.assert_close(flat(there), expected, rtol=1e-10, atol=0)


def test_coefficient_is_the_slide_s_formula():
    norm = torch.tensor([0.0, 0.5, 1.0, 4.0, 1e300])
    expected = torch.tensor([1.0, 1.0, 1.0, 0.25, 1e-300])
    equal(clip_coefficient(norm, 1.0), expected, atol=0)


# edge


@pytest.mark.parametrize(
    ("gradient", "c"),
    [
        ([0.0, -0.0], 1.0),
        ([3.0, 4.0], 5.0),
        ([3.0, 4.0], 5),
        ([3.0, 4.0], INF),
        ([1e-200] * 4, 1.0),
        ([5e-324] * 4, 1.0),
    ],
)
def test_a_gradient_within_the_cap_keeps_every_bit(gradient, c):
    p = parameter(gradient)
    largest = max(gradient) or 1.0
    expected = torch.tensor([g / largest for g in gradient]).norm() * largest
    assert clip_grad_norm_([p], c) == expected
    assert p.grad.tolist() == gradient


def test_a_norm_too_large_to_write_down_never_gives_a_zero_gradient():
    p = parameter([1.7e308] * 4)
    clip_grad_norm_([p], 1.0, error_if_nonfinite=False)
    assert p.grad.all()


def test_parameters_without_gradient_are_skipped():
    p, frozen = parameter([3.0, 4.0]), nn.Parameter(torch.ones(2))
    assert clip_grad_norm_([frozen, p], 1.0).item() == 5.0
    assert frozen.grad is None
    assert clip_grad_norm_([frozen], 1.0).item() == 0.0
    assert total_norm([]).item() == 0.0
    assert total_norm([torch.zeros(0), torch.zeros(3, 0)]).item() == 0.0


def test_told_not_to_refuse_it_leaves_only_the_broken_replica():
    p = parameter([[3.0, 4.0], [NAN, 4.0], [0.3, 0.4]], replica_dims=1)
    norm = clip_grad_norm_([p], 1.0, error_if_nonfinite=False)
    equal(norm, torch.tensor([5.0, NAN, 0.5]))
    equal(p.grad[[0, 2]], torch.tensor([[0.6, 0.8], [0.3, 0.4]]))
