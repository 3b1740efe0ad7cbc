"""nnlib.activations: PyTorch's values and slopes, at the extremes too."""

import math
from functools import partial

import pytest
import torch
from helpers import draw, equal
from torch.nn import functional as F

from nnlib import activations as ours

PAIRS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "softplus": F.softplus,
    "silu": F.silu,
    "gelu": F.gelu,
}
MAGNITUDES = [1e4, 745.0, 100.0, 37.0, 19.0, 3.0, 0.5, 1e-8, 0.0]
POINTS = [sign * m for m in MAGNITUDES for sign in (1, -1)]
each = pytest.mark.parametrize("name", PAIRS)


# oracle


@each
def test_values_and_slopes_are_pytorch_s_and_finite(name):
    f, oracle, x = getattr(ours, name), PAIRS[name], torch.tensor(POINTS)
    slope = ours.derivative(f, x)
    assert f(x).isfinite().all()
    assert slope.isfinite().all()
    # PyTorch's softplus is the identity above 20, so 19 is its hardest point
    equal(f(x), oracle(x))
    equal(slope, ours.derivative(oracle, x))


@each
def test_float32_stays_float32_and_finite(name):
    f, oracle = getattr(ours, name), PAIRS[name]
    x = torch.tensor(POINTS, dtype=torch.float32)
    slope = ours.derivative(f, x)
    assert f(x).dtype == slope.dtype == torch.float32
    torch.testing.assert_close(f(x), oracle(x))
    torch.testing.assert_close(slope, ours.derivative(oracle, x))


@each
def test_slope_is_the_limit_of_difference_quotients(name):
    x = draw(30).requires_grad_()
    assert torch.autograd.gradcheck(getattr(ours, name), x)
    assert torch.autograd.gradgradcheck(getattr(ours, name), x)


@pytest.mark.parametrize(
    ("layer", "oracle"),
    [
        (ours.Sigmoid(), torch.nn.Sigmoid()),
        (ours.Tanh(), torch.nn.Tanh()),
        (ours.ReLU(), torch.nn.ReLU()),
        (ours.LeakyReLU(0.3), torch.nn.LeakyReLU(0.3)),
        (ours.ELU(0.7), torch.nn.ELU(0.7)),
        (ours.SELU(), torch.nn.SELU()),
        (ours.Softplus(), torch.nn.Softplus()),
        (ours.SiLU(), torch.nn.SiLU()),
        (ours.GELU(), torch.nn.GELU()),
    ],
    ids=repr,
)
def test_layers_are_pytorch_s(layer, oracle):
    x = draw(4, 5)
    equal(layer(x), oracle(x))
    equal(ours.derivative(layer, x), ours.derivative(oracle, x))


# law


def test_sigmoid_s_slope_decays_exponentially_on_both_sides():
    x = torch.tensor([-100.0, -37.0, 37.0, 100.0])
    slope = ours.derivative(ours.sigmoid, x)
    torch.testing.assert_close(slope, torch.exp(-x.abs()), rtol=1e-12, atol=0)


def test_sigmoid_keeps_its_relative_accuracy_far_left():
    x = torch.tensor([-100.0, -700.0])
    torch.testing.assert_close(
        ours.sigmoid(x), torch.exp(x), rtol=1e-12, atol=0
    )


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


def test_derivative_leaves_its_argument_alone():
    x = draw(2, 3)
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
def test_nan_stays_nan(name):
    y = getattr(ours, name)(torch.tensor([math.nan, 1.0]))
    assert y.isnan().tolist() == [True, False]


@each
def test_plus_infinity_is_the_limit(name):
    f = getattr(ours, name)
    limit = {"sigmoid": 1.0, "tanh": 1.0}.get(name, math.inf)
    assert f(torch.tensor(math.inf)).item() == limit


@each
@pytest.mark.parametrize("shape", [(), (0,), (2, 3, 4)])
def test_shape_is_kept(name, shape):
    assert getattr(ours, name)(torch.zeros(shape)).shape == shape


def test_derivative_works_where_gradients_are_off():
    with torch.no_grad():
        assert ours.derivative(ours.relu, torch.ones(2)).tolist() == [1, 1]


def test_a_layer_names_its_function_and_options():
    assert repr(ours.ELU(0.5)) == "ELU(elu, alpha=0.5)"
    assert repr(ours.Tanh()) == "Tanh(tanh)"


# replica independence


@each
def test_a_replica_is_the_network_alone(name):
    f, x = getattr(ours, name), draw(2, 20, 5, 4)
    assert torch.equal(f(x)[1, 3], f(x[1, 3]))


@pytest.mark.parametrize(
    "layer",
    [
        "Sigmoid",
        "Tanh",
        "ReLU",
        "LeakyReLU",
        "ELU",
        "SELU",
        "Softplus",
        "SiLU",
        "GELU",
    ],
)
def test_a_layer_made_here_is_pytorchs(layer):
    x = torch.tensor(POINTS)
    equal(getattr(ours, layer)()(x), getattr(torch.nn, layer)()(x), atol=1e-9)


def test_a_layer_shows_a_function_without_a_name():
    shown = repr(ours.Activation(partial(ours.elu, alpha=2.0), scale=0.5))
    assert shown.startswith("Activation(functools.partial(<function elu")
    assert shown.endswith(", scale=0.5)")
