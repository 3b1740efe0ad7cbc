"""nnlib.diagnostics and nnlib.modes: looking at a network without changing it."""

from contextlib import suppress

import numpy as np
import pytest
import torch
from helpers import AXES, NUMBERS, draw, equal
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nnlib.activations import Activation, relu, sigmoid, tanh
from nnlib.diagnostics import (
    dead_fraction,
    gradient_norms,
    record_activations,
    saturated_fraction,
)
from nnlib.models import MLP
from nnlib.modes import evaluation

# oracle


def test_gradient_norms_are_pytorch_s_of_each_weight():
    model = MLP([3, 5, 4, 2], tanh, replicas=(6,))
    model(draw(6, 3)).square().sum().backward()
    weights = [model[k].weight.grad.flatten(1) for k in (0, 2, 4)]
    expected = torch.stack([g.norm(dim=-1) for g in weights])
    equal(gradient_norms(model), expected)


def test_recorded_activations_are_those_of_the_forward_pass():
    model, x = MLP([3, 5, 4, 2], Activation(tanh)), draw(6, 3)
    assert model[1] is model[3]  # one activation used twice is recorded twice
    (a1, h1), (a2, h2) = record_activations(model, x)
    equal(a1, model[0](x).detach())
    equal(h1, a1.tanh())
    equal(a2, model[2](h1).detach())
    equal(h2, a2.tanh())


# law


@settings(max_examples=40)
@given(NUMBERS, AXES, st.integers(1, 5), st.integers(1, 6))
def test_a_dead_unit_is_counted_one_by_one(seed, replicas, batch, units):
    h = draw(*replicas, batch, units, seed=seed).sub(0.5).clamp(min=0)
    share = dead_fraction(h)
    assert share.shape == replicas
    for index in np.ndindex(*replicas):
        dead = [all(h[index][:, k] == 0) for k in range(units)]
        assert float(share[index]) == pytest.approx(sum(dead) / units)


def test_saturated_means_flatter_than_the_threshold():
    a = torch.tensor([[0.0, 4.5], [4.7, -10.0]])
    with torch.no_grad():  # slopes are found all the same
        assert saturated_fraction(sigmoid, a).item() == 0.5
        assert saturated_fraction(sigmoid, a, threshold=0.5).item() == 1.0
        assert saturated_fraction(relu, a).item() == 0.5
        for threshold, share in ((0.5, 0.0), (0.51, 1.0)):  # strictly flatter
            flat = saturated_fraction(lambda x: -x / 2, a, threshold)
            assert flat.item() == share
    both = torch.stack([a, torch.zeros(2, 2)])
    assert saturated_fraction(sigmoid, both).tolist() == [0.5, 0.0]


def test_looking_leaves_no_hook_graph_mask_or_mode_even_after_an_error():
    model, x = MLP([3, 5, 2], p=0.5, seeds=0), draw(6, 3)
    (first,), (again,) = (record_activations(model, x) for _ in range(2))
    assert torch.equal(first[1], again[1])
    assert not first[1].requires_grad
    with pytest.raises((ValueError, RuntimeError)):
        record_activations(model, draw(6, 4))
    assert not model[1]._forward_hooks
    assert model.training


def test_evaluation_lasts_for_its_block_and_gives_each_part_its_mode_back():
    model = nn.Sequential(nn.Dropout(), nn.Dropout())
    model[1].eval()
    with suppress(KeyError), evaluation(model):
        assert not any(part.training for part in model.modules())
        raise KeyError
    assert [part.training for part in model.modules()] == [True, True, False]
