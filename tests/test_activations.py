"""nnlib.activations: PyTorch's values and slopes, found by name, at the extremes too."""

import inspect
import math
from functools import partial

import pytest
import torch
from helpers import DTYPES, INF, NAN, draw, equal, with_first
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from nnlib import activations as ours

FUNCTIONS = with_first(ours, "x")
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
        st.floats(-(2.0**99), 2.0**99, width=32) | st.floats(-5, 5, width=32), max_size=8
    ),
    dtype=DTYPES,
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


@each
def test_nan_stays_nan_and_infinity_gives_pytorch_s_limit(name):
    x = torch.tensor([NAN, -INF, INF])
    equal(FUNCTIONS[name](x), oracle(name)(x))
    assert FUNCTIONS[name](x)[0].isnan()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@each
def test_values_in_half_precision_are_pytorch_s(name, dtype):
    x = torch.tensor([-4e4, -12.0, -3.0, -0.1, 0.0, 0.1, 3.0, 4e4], dtype=dtype)
    y = FUNCTIONS[name](x)
    torch.testing.assert_close(y, oracle(name)(x), rtol=2e-2, atol=1e-7)


@pytest.mark.parametrize("option", [0.3, 2.0])
@pytest.mark.parametrize("name", ["leaky_relu", "elu"])
def test_options_are_pytorch_s(name, option):
    x = draw(20)
    key = list(inspect.signature(FUNCTIONS[name]).parameters)[1]
    layer = ours.Activation(FUNCTIONS[name], **{key: option})
    slope = ours.derivative(lambda x: oracle(name)(x, option), x)
    equal(layer(x), oracle(name)(x, option))
    equal(ours.derivative(layer, x), slope)


# law


def test_small_values_and_slopes_keep_their_relative_accuracy():
    x = torch.tensor([-700.0, -100.0, -37.0])
    for y in (ours.sigmoid(x), ours.derivative(ours.sigmoid, x)):
        torch.testing.assert_close(y, torch.exp(x), rtol=1e-12, atol=0)
    x = torch.tensor([1e-8, -1e-8, 1e-300])
    torch.testing.assert_close(ours.tanh(x), x, rtol=1e-12, atol=0)


@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")
@each
def test_vmap_and_forward_mode_agree(name):
    x, f = draw(4, 3), FUNCTIONS[name]
    equal(torch.func.vmap(f)(x), f(x))
    _, tangent = torch.func.jvp(f, (x,), (torch.ones_like(x),))
    equal(tangent, ours.derivative(f, x))


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


def test_a_layer_names_its_function_and_options():
    layer = ours.Activation(ours.elu, alpha=0.5)
    assert repr(layer) == "Activation(elu, alpha=0.5)"
    nameless = repr(ours.Activation(partial(ours.elu, alpha=2.0)))
    assert nameless.startswith("Activation(functools.partial(<function elu")
