"""nnlib.init: variances, bounds and fans; orthogonality; data-driven LSUV."""

import math

import pytest
import torch
from helpers import (
    SEED,
    SEEDS,
    draw,
    equal,
    state,
    unchanged,
)
from torch import nn

from nnlib import init as ours
from nnlib.models import MLP
from nnlib.replicas import Generators

N_IN, N_OUT, DRAWS = 80, 20, 60
THEORY = {
    "xavier_normal_": 2 / (N_IN + N_OUT),
    "xavier_uniform_": 2 / (N_IN + N_OUT),
    "kaiming_normal_": 2 / N_IN,
    "kaiming_uniform_": 2 / N_IN,
    "lecun_normal_": 1 / N_IN,
}
BOUNDS = {
    "xavier_uniform_": math.sqrt(6 / (N_IN + N_OUT)),
    "kaiming_uniform_": math.sqrt(6 / N_IN),
}
SHARED = [name for name in THEORY if name != "lecun_normal_"]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def weight(*replicas):
    return torch.full((*replicas, N_OUT, N_IN), math.nan)


def many(name, **options):
    """Many draws of one scheme, as replicas of one weight."""
    w = weight(DRAWS)
    return getattr(ours, name)(w, **options, generator=seeded())


def from_pytorch(name, **options):
    """As many draws of PyTorch's scheme, one after the other."""
    draws = []
    for seed in range(DRAWS):
        w = torch.empty(N_OUT, N_IN)
        oracle = getattr(nn.init, name)
        draws.append(oracle(w, **options, generator=seeded(seed)))
    return torch.stack(draws)


# oracle


@pytest.mark.parametrize("name", SHARED)
def test_spread_is_pytorch_s(name):
    mine, theirs = many(name), from_pytorch(name)
    assert mine.std().item() == pytest.approx(theirs.std().item(), rel=0.01)
    assert mine.abs().mean().item() == pytest.approx(
        theirs.abs().mean().item(), rel=0.01
    )


@pytest.mark.parametrize("name", ["kaiming_normal_", "kaiming_uniform_"])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize("a", [0.0, 0.5])
def test_kaiming_s_mode_and_slope_are_pytorch_s(name, mode, a):
    mine, theirs = (
        many(name, a=a, mode=mode),
        from_pytorch(name, a=a, mode=mode),
    )
    fan = {"fan_in": N_IN, "fan_out": N_OUT}[mode]
    theory = math.sqrt(2 / ((1 + a**2) * fan))
    assert mine.std().item() == pytest.approx(theirs.std().item(), rel=0.01)
    assert mine.std().item() == pytest.approx(theory, rel=0.01)


def test_fans_are_pytorch_s():
    w = torch.empty(N_OUT, N_IN)
    assert ours.fan_in_and_fan_out(w) == (N_IN, N_OUT)
    assert tuple(ours.fan_in_and_fan_out(w)) == tuple(
        nn.init._calculate_fan_in_and_fan_out(w)
    )
    assert ours.fan_in_and_fan_out(torch.empty(7, 5, 3, 2)) == (2, 3)


def test_gain_is_pytorch_s():
    assert ours.kaiming_gain() == nn.init.calculate_gain("relu")
    for a in (0.0, 0.01, 0.5):
        expected = nn.init.calculate_gain("leaky_relu", a)
        assert ours.kaiming_gain(a) == pytest.approx(expected, rel=1e-12)


# law


@pytest.mark.parametrize(("name", "variance"), THEORY.items())
def test_variance_is_the_formula_s_and_the_mean_zero(name, variance):
    w = many(name)
    assert w.var().item() == pytest.approx(variance, rel=0.02)
    assert abs(w.mean().item()) < 4 * math.sqrt(variance / w.numel())


@pytest.mark.parametrize(("name", "bound"), BOUNDS.items())
def test_uniform_draws_reach_their_bounds_and_no_further(name, bound):
    w = many(name)
    assert w.abs().max() <= bound
    assert w.max() > 0.999 * bound
    assert w.min() < -0.999 * bound


@pytest.mark.parametrize("name", ["xavier_normal_", "lecun_normal_"])
def test_normal_draws_are_normal(name):
    z = many(name).flatten()
    share = (z.abs() > 2 * z.std()).double().mean().item()
    assert share == pytest.approx(0.0455, abs=0.003)


@pytest.mark.parametrize("shape", [(5, 5), (3, 8), (8, 3), (1, 4), (4, 1)])
def test_the_fewer_of_rows_and_columns_are_orthonormal(shape):
    w = ours.orthogonal_(torch.empty(4, *shape), gain=2.0, generator=seeded())
    gram = w @ w.mT if shape[0] <= shape[1] else w.mT @ w
    equal(gram, (4 * torch.eye(min(shape))).expand(4, -1, -1))


def test_orthogonal_matrices_have_no_preferred_sign():
    w = ours.orthogonal_(torch.empty(2000, 3, 3), generator=seeded())
    assert w.mean(dim=0).abs().max() < 5 / math.sqrt(3 * 2000)
    share = (torch.linalg.det(w) > 0).double().mean().item()
    assert share == pytest.approx(0.5, abs=0.05)


def test_he_keeps_the_signal_of_a_deep_relu_network():
    model = MLP([200] * 9, init=ours.kaiming_normal_, seeds=0)
    x = draw(100, 200)
    ratio = model[:-1](x).square().mean() / x.square().mean()
    assert 0.25 < ratio < 4


def test_lsuv_gives_every_layer_unit_variance():
    model = ours.lsuv_(
        MLP([8, 30, 20, 3], torch.tanh, seeds=0), 5 * draw(200, 8)
    )
    for last in (1, 3, 5):
        out = model[:last](5 * draw(200, 8))
        assert out.var(correction=0).item() == pytest.approx(1, abs=0.01)


def test_lsuv_scales_orthogonal_weights_and_zeroes_biases():
    model = ours.lsuv_(MLP([8, 6], seeds=0), 5 * draw(200, 8))
    w = model[0].weight.data
    gram = w @ w.mT
    equal(gram, gram[0, 0] * torch.eye(6))
    assert not model[0].bias.any()


def test_lsuv_leaves_what_is_near_enough():
    """Where no variance is further from 1 than ``tol``, nothing is divided."""
    x = draw(400, 8)
    x = 1.1 * (x - x.mean(dim=0)) / x.std(dim=0, correction=0)
    loose, strict = (
        ours.lsuv_(MLP([8, 8]), x, tol=tol, generator=seeded())[0].weight.data
        for tol in (0.5, 1e-6)
    )
    equal(loose @ loose.mT, torch.eye(8))
    equal(1.1 * strict, loose)


# edge


def test_every_function_fills_in_place_and_returns_its_tensor():
    for name in [*THEORY, "orthogonal_", "normal_"]:
        w = nn.Parameter(weight())
        assert getattr(ours, name)(w) is w
        assert w.isfinite().all()
        assert w.requires_grad
    w = weight()
    assert ours.uniform_(w, 0.1) is w
    assert ours.constant_(w, 0.5) is w
    assert (w == 0.5).all()


def test_a_spread_of_zero_gives_the_mean():
    assert (ours.normal_(weight(), mean=2.0, std=0.0) == 2).all()
    assert (ours.uniform_(weight(), 0.0) == 0).all()


def test_constants_fill_any_shape():
    assert ours.constant_(torch.empty(3), 2).tolist() == [2, 2, 2]
    w = ours.constant_(torch.empty(2, 4, 3), torch.tensor([1.0, 2.0]))
    assert w[:, 0, 0].tolist() == [1, 2]


def test_float64_is_orthogonal_to_float64_s_accuracy_under_any_default():
    torch.set_default_dtype(torch.float32)
    w = ours.orthogonal_(torch.empty(5, 5, dtype=torch.float64))
    eye = torch.eye(5, dtype=torch.float64)
    torch.testing.assert_close(w @ w.mT, eye, rtol=0, atol=1e-12)


def test_equal_generators_give_equal_weights():
    first, second = (many("kaiming_normal_") for _ in range(2))
    assert torch.equal(first, second)


# error

EVERY = [*THEORY, "orthogonal_", "normal_"]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("shape", [(), (5,), (0, 3), (3, 0)])
def test_a_weight_needs_outputs_and_inputs(name, shape):
    with pytest.raises(ValueError, match=r"tensor must have shape \(..., out"):
        getattr(ours, name)(torch.empty(shape))


@pytest.mark.parametrize(
    "name", ["xavier_normal_", "xavier_uniform_", "orthogonal_"]
)
@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_a_gain_must_be_positive_and_finite(name, bad):
    w = torch.ones(3, 2)
    with pytest.raises(ValueError, match=f"gain must be positive.*got {bad}"):
        getattr(ours, name)(w, gain=bad)
    assert (w == 1).all()


@pytest.mark.parametrize("name", ["kaiming_normal_", "kaiming_uniform_"])
def test_kaiming_s_arguments_are_checked(name):
    w = torch.ones(3, 2)
    with pytest.raises(ValueError, match='mode must be "fan_in" or "fan_out"'):
        getattr(ours, name)(w, mode="fan_avg")
    with pytest.raises(ValueError, match=r"\ba must be finite, got nan"):
        getattr(ours, name)(w, a=math.nan)
    assert (w == 1).all()


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_spreads_must_be_finite_and_not_negative(bad):
    w = torch.ones(3, 2)
    with pytest.raises(ValueError, match=f"std must be finite .*got {bad}"):
        ours.normal_(w, std=bad)
    with pytest.raises(ValueError, match=f"bound must be finite .*got {bad}"):
        ours.uniform_(w, bad)
    assert (w == 1).all()


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_means_and_constants_must_be_finite(bad):
    w = torch.ones(3, 2)
    with pytest.raises(ValueError, match=f"mean must be finite, got {bad}"):
        ours.normal_(w, mean=bad)
    with pytest.raises(ValueError, match=f"val must be finite, got {bad}"):
        ours.constant_(w, bad)
    assert (w == 1).all()


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("normal_", "std"),
        ("normal_", "mean"),
        ("uniform_", "bound"),
        ("xavier_normal_", "gain"),
        ("xavier_uniform_", "gain"),
        ("orthogonal_", "gain"),
        ("constant_", "val"),
    ],
)
@pytest.mark.parametrize("replicas", [(), (20,)])
def test_settings_must_fit_the_replicas(name, argument, replicas):
    w = weight(*replicas)
    with pytest.raises(ValueError, match=r"must broadcast over the replica"):
        getattr(ours, name)(w, **{argument: torch.ones(3)})
    assert w.isnan().all()


def test_lsuv_refuses_inputs_that_do_not_vary_and_changes_nothing():
    model = MLP([8, 6, 4])
    before = state(model)
    with pytest.raises(ValueError, match="vary"):
        ours.lsuv_(model, torch.zeros(50, 8))
    with pytest.raises(ValueError, match="x must have shape"):
        ours.lsuv_(model, draw(50, 7))
    with pytest.raises(ValueError, match="tol must be positive, got 0"):
        ours.lsuv_(model, draw(50, 8), tol=0)
    with pytest.raises(ValueError, match="max_iter must be at least 1, got 0"):
        ours.lsuv_(model, draw(50, 8), max_iter=0)
    assert unchanged(model, before)


def test_lsuv_needs_no_bias_and_ends_after_its_last_correction():
    model = nn.Sequential(nn.Linear(8, 6, bias=False), nn.Linear(6, 4))
    x = draw(50, 8) * 100
    ours.lsuv_(model, x, tol=1e-300, max_iter=1)
    for depth in (1, 2):  # one division makes the variance 1 up to rounding
        variance = model[:depth](x).var(dim=(-2, -1), correction=0)
        equal(variance.detach(), torch.tensor(1.0), atol=1e-10)


# replica independence


@pytest.mark.parametrize("name", [*THEORY, "orthogonal_", "normal_"])
def test_a_replica_is_the_network_alone(name):
    both = getattr(ours, name)(weight(2, 20), generator=Generators(SEEDS))
    one = getattr(ours, name)(weight(), generator=Generators(SEED))
    equal(both[1, SEED], one)
    assert torch.equal(both[0], both[1])
    assert not torch.equal(both[0, 0], both[0, 1])


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("normal_", "std"),
        ("normal_", "mean"),
        ("uniform_", "bound"),
        ("xavier_normal_", "gain"),
        ("xavier_uniform_", "gain"),
        ("orthogonal_", "gain"),
    ],
)
def test_each_setting_has_its_own_spread(name, argument):
    f, values = getattr(ours, name), torch.tensor([0.1, 3.0])
    both = f(
        weight(2, 20),
        **{argument: values[:, None]},
        generator=Generators(SEEDS),
    )
    for setting, value in enumerate(values.tolist()):
        one = f(weight(), **{argument: value}, generator=Generators(SEED))
        equal(both[setting, SEED], one)


@pytest.mark.parametrize("tol", [0.01, 0.1])
def test_lsuv_of_a_replica_is_that_of_the_network_alone(tol):
    x = draw(50, 8)
    both = MLP([8, 6, 4], replicas=(20,), seeds=SEEDS)
    ours.lsuv_(both, x, tol=tol, generator=Generators(SEEDS))
    for seed in SEEDS:
        one = MLP([8, 6, 4], seeds=seed)
        ours.lsuv_(one, x, tol=tol, generator=Generators(seed))
        for p, q in zip(both.parameters(), one.parameters(), strict=True):
            equal(p[seed], q.data)
