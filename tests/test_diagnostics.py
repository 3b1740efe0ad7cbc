"""nnlib.diagnostics: gradients, activations, dead and saturated units."""

import math

import pytest
import torch
from helpers import SEED, SEEDS, draw, equal
from torch import nn

from nnlib.activations import Activation, ReLU, relu, sigmoid, tanh
from nnlib.diagnostics import (
    dead_fraction,
    gradient_norms,
    record_activations,
    saturated_fraction,
)
from nnlib.models import MLP
from nnlib.residual import ResidualLayer

# oracle


def test_gradient_norms_are_pytorch_s_of_each_weight():
    model = MLP([3, 5, 4, 2], tanh)
    model(draw(6, 3)).square().sum().backward()
    expected = [m.weight.grad.norm() for m in (model[0], model[2], model[4])]
    equal(gradient_norms(model), torch.stack(expected))


def test_recorded_activations_are_those_of_the_forward_pass():
    model, x = MLP([3, 5, 4, 2], tanh), draw(6, 3)
    (a1, h1), (a2, h2) = record_activations(model, x)
    equal(a1, model[0](x).detach())
    equal(h1, a1.tanh())
    equal(a2, model[2](h1).detach())
    equal(h2, a2.tanh())


# law


def test_dead_units_are_zero_for_every_example():
    h = torch.tensor([[0.0, 1.0, 0.0, -0.0], [0.0, 0.0, 2.0, 0.0]])
    assert dead_fraction(h).item() == 0.5


def test_saturated_means_flatter_than_the_threshold():
    a = torch.tensor([[0.0, 4.5], [4.7, -10.0]])
    assert saturated_fraction(sigmoid, a).item() == 0.5
    assert saturated_fraction(sigmoid, a, threshold=0.5).item() == 1.0
    assert saturated_fraction(relu, a).item() == 0.5


def test_recording_leaves_no_hooks_and_no_graph():
    model, x = MLP([3, 5, 2]), draw(6, 3)
    (first,) = record_activations(model, x)
    (again,) = record_activations(model, x)
    assert torch.equal(first[1], again[1])
    assert not first[1].requires_grad
    assert not model[1]._forward_hooks


# edge


def test_one_activation_used_twice_is_recorded_twice():
    model = MLP([3, 5, 4, 2], Activation(tanh))
    assert model[1] is model[3]
    assert len(record_activations(model, draw(6, 3))) == 2


def test_hooks_are_removed_when_the_network_fails():
    model = MLP([3, 5, 2])
    with pytest.raises(ValueError, match="x must have shape"):
        record_activations(model, draw(6, 4))
    assert not model[1]._forward_hooks


def test_a_residual_layer_shows_its_activations():
    layer = ResidualLayer(3, 5, ReLU())
    ((a, h),) = record_activations(layer, draw(6, 3))
    assert a.shape == h.shape == (6, 5)


def test_slopes_are_found_where_gradients_are_off():
    with torch.no_grad():
        assert saturated_fraction(sigmoid, torch.zeros(2, 2)).item() == 0.0


# error


def test_gradients_must_be_there():
    with pytest.raises(ValueError, match="model must have gradients"):
        gradient_norms(MLP([3, 2]))
    with pytest.raises(ValueError, match="model must have weights, got none"):
        gradient_norms(nn.ReLU())


def test_a_network_without_our_activations_is_refused():
    with pytest.raises(ValueError, match="model must have Activation layers"):
        record_activations(
            nn.Sequential(nn.Linear(3, 2), nn.ReLU()), draw(6, 3)
        )


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan])
def test_a_threshold_must_be_positive(bad):
    with pytest.raises(ValueError, match="threshold must be positive, got"):
        saturated_fraction(sigmoid, torch.zeros(2, 2), bad)


# replica independence


def test_a_replica_is_the_network_alone():
    many = MLP([3, 5, 2], replicas=(20,), seeds=SEEDS)
    one, x = MLP([3, 5, 2], seeds=SEED), draw(6, 3)
    many(x).square().sum().backward()
    one(x).square().sum().backward()
    norms = gradient_norms(many)
    assert norms.shape == (2, 20)
    equal(norms[:, SEED], gradient_norms(one))
    ((a, h),), ((b, k),) = (record_activations(m, x) for m in (many, one))
    equal(dead_fraction(h)[SEED], dead_fraction(k))
    equal(
        saturated_fraction(tanh, a, 0.9)[SEED],
        saturated_fraction(tanh, b, 0.9),
    )


def test_looking_draws_no_masks_and_changes_no_mode() -> None:
    model = MLP([4, 6, 3], p=0.5, seeds=SEED)
    x = draw(5, 4)
    first, second = (record_activations(model, x)[0][1] for _ in range(2))
    equal(first, second)
    assert all(module.training for module in model.modules())


def test_a_slope_at_the_threshold_is_not_saturated():
    x = draw(5, 3)
    assert saturated_fraction(lambda a: 0.5 * a, x, threshold=0.5) == 0
    assert saturated_fraction(lambda a: 0.5 * a, x, threshold=0.51) == 1
