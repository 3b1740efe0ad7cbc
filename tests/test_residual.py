"""nnlib.residual: what is added, and the gradient's direct way back."""

import pytest
import torch
from helpers import AXES, DTYPES, NUMBERS, draw, equal
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib.activations import Activation, tanh
from nnlib.linear import Linear
from nnlib.residual import Residual, ResidualLayer

# oracle


def test_a_layer_is_linear_activation_linear_plus_x():
    layer, x = ResidualLayer(3, 5, torch.tanh), draw(7, 3)
    w1, b1, w2, b2 = (p.data for p in layer.parameters())
    assert [w.shape for w in (w1, b1, w2, b2)] == [(5, 3), (5,), (3, 5), (3,)]
    branch = torch.tanh(x @ w1.T + b1) @ w2.T + b2
    equal(layer(x), x + branch)
    assert (layer(x) != x).all()


# law


@settings(max_examples=40)
@given(NUMBERS, AXES, st.integers(1, 5), st.floats(-10, 10), DTYPES)
def test_a_shortcut_adds_and_its_gradient_passes(seed, replicas, width, scale, dtype):
    f = Linear(width, width, replicas=replicas).to(dtype)
    for shape in ((*replicas, 3, width), (3, width)):  # shared by all replicas
        x = draw(*shape, seed=seed).to(dtype).requires_grad_()
        y = Residual(f, scale=scale)(x)
        torch.testing.assert_close(y, x + scale * f(x))
        (gradient,) = torch.autograd.grad(y.sum(), x)
        through = (1 + (scale * f.weight).sum(dim=-2, keepdim=True)).expand(
            *replicas, 3, width
        )
        torch.testing.assert_close(gradient, through.sum_to_size(shape))


def test_zero_init_starts_as_exactly_the_identity_and_can_learn():
    layer, x = ResidualLayer(3, 5, torch.tanh, zero_init=True), draw(7, 3)
    assert torch.equal(layer(x), x)
    layer(x).square().sum().backward()
    assert any(p.grad.any() for p in layer.f.parameters())


# edge


@pytest.mark.parametrize("scale", [1, 0, -2.0, torch.arange(4.0)])
def test_any_module_will_do_and_a_scale_belongs_to_a_replica(scale):
    x = draw(4, 7, 3)  # 4 replicas, a batch of 7
    factor = torch.as_tensor(scale).reshape(-1, 1, 1)
    with torch.inference_mode():
        equal(Residual(Activation(tanh), scale=scale)(x), x + factor * x.tanh())
