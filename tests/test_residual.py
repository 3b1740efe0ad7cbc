"""nnlib.residual: what is added, and the gradient's direct way back."""

import math

import pytest
import torch
from helpers import SEED, SEEDS, draw, equal
from torch import nn

from nnlib.activations import Tanh
from nnlib.linear import Linear
from nnlib.replicas import Generators
from nnlib.residual import Residual, ResidualLayer


class Shifted(nn.Module):
    """A mapping whose value is easy to see."""

    def forward(self, x):
        return x.square() + 1


def jacobian(f, x):
    return torch.autograd.functional.jacobian(lambda a: f(a[None])[0], x)


# oracle


def test_a_layer_is_linear_activation_linear_plus_x():
    layer, x = ResidualLayer(3, 5, torch.tanh), draw(7, 3)
    w1, b1, w2, b2 = (p.data for p in layer.parameters())
    branch = torch.tanh(x @ w1.T + b1) @ w2.T + b2
    equal(layer(x), x + branch)


# law


def test_the_input_is_added():
    x = draw(4, 3)
    equal(Residual(Shifted())(x), x.square() + 1 + x)


@pytest.mark.parametrize("scale", [1.0, 0.25, 0, -2.0])
def test_scale_is_a_factor_on_the_branch_only(scale):
    x = draw(4, 3)
    equal(Residual(Shifted(), scale=scale)(x), x + scale * (x.square() + 1))


def test_the_jacobian_is_the_identity_plus_the_branch_s():
    layer, x = ResidualLayer(3, 5, torch.tanh), draw(3)
    equal(jacobian(layer, x), torch.eye(3) + jacobian(layer.f, x))


def test_the_gradient_of_a_dead_branch_is_the_identity():
    layer, x = ResidualLayer(3, 5, torch.relu), draw(3)
    layer.f.first.bias.data.fill_(-1e6)
    equal(jacobian(layer, x), torch.eye(3))


def test_zero_init_starts_as_exactly_the_identity():
    layer, x = ResidualLayer(3, 5, torch.relu, zero_init=True), draw(7, 3)
    assert torch.equal(layer(x), x)


def test_zero_init_can_learn():
    layer = ResidualLayer(3, 5, torch.tanh, zero_init=True)
    layer(draw(7, 3)).square().sum().backward()
    assert layer.f.second.weight.grad.any()


# edge


def test_any_module_and_any_activation_will_do():
    x = draw(2, 3)
    equal(Residual(nn.Identity())(x), 2 * x)
    assert ResidualLayer(3, 5, Tanh())(x).shape == (2, 3)


def test_hidden_may_be_narrower_and_depth_stacks():
    stack = nn.Sequential(*[ResidualLayer(3, 1, torch.relu) for _ in range(9)])
    assert stack(draw(2, 3)).shape == (2, 3)


# error


@pytest.mark.parametrize(("n_in", "n_out"), [(3, 4), (3, 1), (1, 4)])
def test_the_branch_must_keep_the_shape(n_in, n_out):
    with pytest.raises(ValueError, match=r"F\(x\) must have the"):
        Residual(nn.Linear(n_in, n_out))(draw(5, n_in))


@pytest.mark.parametrize("bad", ["1", None, True])
def test_scale_must_be_a_number(bad):
    with pytest.raises(TypeError, match="scale must be a number"):
        Residual(nn.Identity(), scale=bad)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_scale_must_be_finite(bad):
    with pytest.raises(ValueError, match=f"scale must be finite, got {bad}"):
        Residual(nn.Identity(), scale=bad)


def test_scale_must_fit_the_replicas():
    layer = ResidualLayer(
        3, 5, torch.relu, scale=torch.ones(3), replicas=(6, 20)
    )
    rule = r"scale must broadcast over the replica axes \(6, 20\)"
    with pytest.raises(ValueError, match=rule):
        layer(draw(5, 3))


def test_sizes_must_be_positive():
    with pytest.raises(ValueError, match="must be at least 1, got 0"):
        ResidualLayer(3, 0, torch.relu)


# replica independence


def test_a_replica_is_the_network_alone():
    scale, x = torch.tensor([1.0, 0.5]), draw(2, 20, 6, 3)
    many = ResidualLayer(
        3,
        5,
        torch.tanh,
        scale=scale[:, None],
        replicas=(2, 20),
        generator=Generators(SEEDS),
    )
    y = many(x)
    y.sum().backward()
    for setting in range(2):
        one = ResidualLayer(
            3,
            5,
            torch.tanh,
            scale=scale[setting].item(),
            generator=Generators(SEED),
        )
        alone = one(x[setting, SEED])
        alone.sum().backward()
        equal(y[setting, SEED], alone)
        for p, q in zip(many.parameters(), one.parameters(), strict=True):
            equal(p.grad[setting, SEED], q.grad)


def test_an_input_shared_by_all_replicas_is_added_to_each():
    many = Residual(Linear(3, 3, replicas=(4,)))
    x = draw(5, 3)
    equal(many(x), x + many.f(x))


class _MeanOverTheBatch(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(dim=-2, keepdim=True)


def test_a_branch_with_other_rows_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(\.\.\., 5, 4\) of x"):
        Residual(_MeanOverTheBatch())(draw(2, 5, 4))


def test_a_scale_per_replica_is_held_against_the_replicas_alone():
    x, scale = draw(4, 7, 3), torch.arange(4.0)  # 4 replicas, a batch of 7
    out = Residual(Shifted(), scale=scale)(x)
    equal(out, x + scale[:, None, None] * (x.square() + 1))


def test_a_layer_does_not_start_as_the_identity_by_default():
    layer, x = ResidualLayer(3, 5, torch.tanh), draw(7, 3)
    assert (layer(x) != x).all()
