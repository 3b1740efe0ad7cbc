"""nnlib.activations: PyTorch's values and slopes, found by name, at the extremes too."""

import inspect
import math
from functools import partial

import pytest
import torch
from helpers import INF, NAN, draw, equal, first_argument, public
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from nnlib import activations as ours

FUNCTIONS = {name: f for name, f in public(ours).items() if first_argument(f) == "x"}
LAYERS = {
    name: layer
    for name, layer in public(ours, lambda t: isinstance(t, type)).items()
    if layer is not ours.Activation
}
# PyTorch's softplus is the identity above 20, so 19 is its hardest point.
MAGNITUDES = [1e4, 745.0, 100.0, 37.0, 19.0, 3.0, 0.5, 1e-8, 0.0]
POINTS = [sign * m for m in MAGNITUDES for sign in (1, -1)]
KINKS = {"leaky_relu": 0.0}  # where the slope is a matter of taste
each = pytest.mark.parametrize("name", FUNCTIONS)


def oracle(name):
    """PyTorch's function of the same name."""
    return getattr(torch, name, None) or getattr(F, name)


# oracle


@each
@settings(max_examples=15)
@given(
    values=st.lists(
        st.floats(-(2.0**99), 2.0**99, width=32) | st.floats(-5, 5, width=32),
        max_size=8,
    ),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_values_and_slopes_are_pytorch_s_and_finite(name, values, dtype):
    f, theirs = FUNCTIONS[name], oracle(name)
    x = torch.tensor(POINTS + values, dtype=dtype)
    single = dtype == torch.float32
    close = {"rtol": 1e-4, "atol": 1e-6} if single else {"rtol": 1e-10}
    close = {"atol": 1e-8} | close
    slope = ours.derivative(f, x)
    assert f(x).isfinite().all()
    assert slope.isfinite().all()
    torch.testing.assert_close(f(x), theirs(x), **close)
    smooth = x != KINKS.get(name, NAN)
    expected = ours.derivative(theirs, x)
    torch.testing.assert_close(slope[smooth], expected[smooth], **close)


@each
def test_slope_is_the_limit_of_difference_quotients(name):
    x = draw(30).requires_grad_()
    assert torch.autograd.gradcheck(FUNCTIONS[name], x)
    assert torch.autograd.gradgradcheck(FUNCTIONS[name], x)


def test_layers_are_pytorch_s():
    for name, layer in LAYERS.items():
        n = len(inspect.signature(layer).parameters)
        for options in ([], [0.3] * n):
            mine, theirs = layer(*options), getattr(nn, name)(*options)
            x = torch.tensor(POINTS)
            equal(mine(x), theirs(x), atol=1e-9)
    x = draw(4, 5)
    mine = ours.Activation(ours.leaky_relu, negative_slope=0.3)
    equal(mine(x), nn.LeakyReLU(0.3)(x))


# law


def test_sigmoid_and_its_slope_keep_their_relative_accuracy_on_the_left():
    x = torch.tensor([-700.0, -100.0, -37.0])
    for y in (ours.sigmoid(x), ours.derivative(ours.sigmoid, x)):
        torch.testing.assert_close(y, torch.exp(x), rtol=1e-12, atol=0)


def test_tanh_keeps_small_numbers():
    x = torch.tensor([1e-8, -1e-8, 1e-300])
    torch.testing.assert_close(ours.tanh(x), x, rtol=1e-12, atol=0)


def test_softplus_s_slope_is_the_sigmoid():
    x = draw(50) * 30
    equal(ours.derivative(ours.softplus, x), ours.sigmoid(x))


def test_leaky_relu_has_the_slope_it_is_given_on_the_left_only():
    x = torch.tensor([-5.0, -1e-8, 1e-8, 5.0])
    slope = ours.derivative(lambda a: ours.leaky_relu(a, 0.2), x)
    assert slope.tolist() == [0.2, 0.2, 1.0, 1.0]


def test_derivative_leaves_its_argument_alone_and_works_without_gradients():
    x = draw(2, 3)
    with torch.no_grad():
        assert ours.derivative(ours.tanh, x).shape == x.shape
    assert x.grad is None
    assert not x.requires_grad


# edge


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_relu_s_slope_at_zero_is_zero(zero, dtype):
    x = torch.tensor([zero], dtype=dtype)
    assert ours.derivative(ours.relu, x).item() == 0.0
    assert math.copysign(1, ours.relu(x).item()) == 1.0


@each
def test_nan_stays_nan_and_infinity_gives_the_limit(name):
    y = FUNCTIONS[name](torch.tensor([NAN, 1.0, INF]))
    limit = {"sigmoid": 1.0, "tanh": 1.0}.get(name, INF)
    assert y.isnan().tolist() == [True, False, False]
    assert y[2] == limit


@each
@pytest.mark.parametrize("shape", [(), (0,), (2, 3, 4)])
def test_shape_and_dtype_are_kept_and_entries_do_not_meet(name, shape):
    for dtype in (torch.float32, torch.float64):
        x = draw(*shape).to(dtype)
        y = FUNCTIONS[name](x)
        assert (y.shape, y.dtype) == (shape, dtype)
    if shape == (2, 3, 4):
        assert torch.equal(y[1, 2], FUNCTIONS[name](x[1, 2]))


def test_a_layer_names_its_function_and_options():
    layer = ours.Activation(ours.elu, alpha=0.5)
    assert repr(layer) == "Activation(elu, alpha=0.5)"
    nameless = repr(ours.Activation(partial(ours.elu, alpha=2.0)))
    assert nameless.startswith("Activation(functools.partial(<function elu")
