"""Laws of every technique, tried on random shapes, replica axes, dtypes and extremes.

The examples are the same in every run (see ``conftest.py``).
"""

import math

import numpy as np
import pytest
import torch
from helpers import draw
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from claimbook.claims import interval
from nnlib import activations, init
from nnlib.clip import clip_grad_norm_, clip_grad_value_, total_norm
from nnlib.diagnostics import dead_fraction, gradient_norms
from nnlib.dropout import dropout
from nnlib.early_stopping import EarlyStopping
from nnlib.linear import Linear
from nnlib.optim import SGD, Adam
from nnlib.replicas import Generators, ReplicaParameter
from nnlib.residual import Residual
from nnlib.weight_decay import (
    l2_penalty,
    lambda_from_sklearn,
    lambda_from_torch,
    sklearn_alpha,
    torch_weight_decay,
)

LAWS = settings(max_examples=40)
FEWER = settings(max_examples=15)
dtypes = st.sampled_from([torch.float32, torch.float64])
seeds = st.integers(0, 10**6)
replicas = st.lists(st.integers(1, 3), max_size=2).map(tuple)
shapes = st.lists(st.integers(1, 4), min_size=1, max_size=2).map(tuple)
scales = st.floats(-100, 100).map(lambda e: 10.0**e)


def parameters(seed, axes, events, dtype, scale=1.0):
    """Parameters on replica axes, with gradients of any size."""
    made = []
    for k, event in enumerate(events):
        g = draw(*axes, *event, seed=seed + k).to(dtype)
        p = ReplicaParameter(torch.zeros_like(g), len(axes))
        p.grad = g * scale
        made.append(p)
    return made


def flat(tensors, axes):
    return torch.cat([t.reshape(*axes, -1) for t in tensors], dim=-1)


def tolerance(dtype):
    return 1e-4 if dtype == torch.float32 else 1e-10


# clipping

small = st.floats(-8, 8).map(lambda e: 10.0**e)


@LAWS
@given(
    seeds,
    replicas,
    st.lists(shapes, min_size=1, max_size=3),
    dtypes,
    small,
    small,
)
def test_clipping_bounds_the_norm_keeps_the_direction_and_stops(
    seed, axes, events, dtype, scale, c
):
    p = parameters(seed, axes, events, dtype, scale)
    before = flat([q.grad for q in p], axes).double()
    norm = clip_grad_norm_(p, c)
    once = flat([q.grad for q in p], axes)
    close = tolerance(dtype)
    torch.testing.assert_close(
        norm.double(), before.norm(dim=-1), rtol=close, atol=0
    )
    assert (once.double().norm(dim=-1) <= c * (1 + close)).all()
    factor = (c / before.norm(dim=-1, keepdim=True)).clamp(max=1)
    torch.testing.assert_close(
        once.double(), before * factor, rtol=close, atol=0
    )
    clip_grad_norm_(p, c * (1 + close))  # once more changes nothing
    torch.testing.assert_close(
        flat([q.grad for q in p], axes), once, rtol=close, atol=0
    )


@LAWS
@given(seeds, shapes, scales)
def test_clipping_does_not_depend_on_the_unit(seed, shape, scale):
    """Gradient and bound in another unit: the same gradient in that unit."""
    here, there = (
        parameters(seed, (), [shape], torch.float64, s) for s in (1.0, scale)
    )
    clip_grad_norm_(here, 0.5)
    clip_grad_norm_(there, 0.5 * scale)
    torch.testing.assert_close(
        there[0].grad, here[0].grad * scale, rtol=1e-10, atol=0
    )


@LAWS
@given(seeds, shapes, scales, scales)
def test_a_norm_grows_with_its_vector(seed, shape, scale, other):
    g = draw(*shape, seed=seed)
    assume(1e-150 < scale * other < 1e150)
    expected = total_norm([g]) * scale
    torch.testing.assert_close(
        total_norm([g * scale]), expected, rtol=1e-10, atol=0
    )
    parts = total_norm([g * scale, g * other])
    assert parts >= max(total_norm([g * scale]), total_norm([g * other])) * (
        1 - 1e-12
    )


@LAWS
@given(seeds, replicas, shapes, dtypes, small)
def test_clipping_by_value_is_pytorch_s(seed, axes, shape, dtype, c):
    (p,) = parameters(seed, axes, [shape], dtype)
    expected = p.grad.clamp(-c, c)
    clip_grad_value_([p], c)
    assert torch.equal(p.grad, expected)


# dropout


@LAWS
@given(seeds, st.floats(0, 0.95), st.integers(1, 5), dtypes)
def test_a_unit_is_kept_whole_or_dropped_whole(seed, p, batch, dtype):
    x = draw(batch, 7, seed=seed).to(dtype) + 10
    y = dropout(x, p, generator=torch.Generator().manual_seed(seed))
    assert y.dtype == dtype
    kept = y != 0
    torch.testing.assert_close(y[kept], (x / (1 - p))[kept])
    assert torch.equal(dropout(x, p, training=False), x)


@FEWER
@given(seeds, st.floats(0.05, 0.95))
def test_dropout_keeps_the_mean(seed, p):
    n = 40_000
    y = dropout(torch.ones(n), p, generator=Generators(seed))
    spread = math.sqrt(p / (1 - p) / n)
    assert abs(float(y.mean()) - 1) < 5 * spread


@FEWER
@given(seeds, st.floats(0.2, 0.8))
def test_masks_of_two_replicas_are_independent(seed, p):
    n = 40_000
    x = torch.ones(2, n // 100, 100)
    masks = dropout(x, p, generator=Generators([seed, seed + 1])) != 0
    both = masks.flatten(1).double()
    correlation = torch.corrcoef(both)[0, 1]
    assert abs(float(correlation)) < 5 / math.sqrt(n)


# initialisation


FILL = {
    "xavier_normal_": lambda n_in, n_out: 2 / (n_in + n_out),
    "xavier_uniform_": lambda n_in, n_out: 2 / (n_in + n_out),
    "kaiming_normal_": lambda n_in, n_out: 2 / n_in,
    "kaiming_uniform_": lambda n_in, n_out: 2 / n_in,
    "lecun_normal_": lambda n_in, n_out: 1 / n_in,
}


@pytest.mark.parametrize("name", FILL)
@FEWER
@given(
    seed=seeds,
    axes=replicas,
    n_in=st.integers(1, 40),
    n_out=st.integers(1, 40),
    dtype=dtypes,
)
def test_the_spread_follows_the_fans(name, seed, axes, n_in, n_out, dtype):
    """The same draws at another size differ by the law's ratio, and nothing else."""
    fill = getattr(init, name)

    def filled(rows, columns):
        g = torch.Generator().manual_seed(seed)
        return fill(
            torch.empty(*axes, rows, columns, dtype=dtype), generator=g
        )

    # A transposed layer draws as many numbers, in the same order.
    w, turned = filled(n_out, n_in), filled(n_in, n_out)
    ratio = math.sqrt(FILL[name](n_in, n_out) / FILL[name](n_out, n_in))
    torch.testing.assert_close(
        w.flatten(-2), turned.flatten(-2) * ratio, rtol=1e-5, atol=0
    )
    assert w.dtype == dtype


@LAWS
@given(
    seeds, replicas, st.integers(1, 6), st.integers(1, 6), st.floats(0.1, 10)
)
def test_an_orthogonal_matrix_keeps_every_length(
    seed, axes, rows, columns, gain
):
    g = torch.Generator().manual_seed(seed)
    w = init.orthogonal_(torch.empty(*axes, rows, columns), gain, generator=g)
    singular = torch.linalg.svdvals(w)
    torch.testing.assert_close(singular, torch.full_like(singular, gain))


# weight decay


@LAWS
@given(seeds, shapes, st.floats(0, 1), st.floats(1e-4, 1))
def test_the_slide_s_penalty_is_pytorch_s_weight_decay(seed, shape, lam, lr):
    start = draw(*shape, seed=seed)
    ours, theirs = (nn.Parameter(start.clone()) for _ in range(2))
    (lam * l2_penalty([ours])).backward()
    SGD([ours], lr).step()
    theirs.grad = torch.zeros(shape)
    decay = torch_weight_decay(lam)
    torch.optim.SGD([theirs], lr, weight_decay=decay).step()
    torch.testing.assert_close(ours.data, theirs.data)


@LAWS
@given(st.floats(0, 1e6), st.integers(1, 10**6))
def test_the_names_of_one_decay_translate_there_and_back(lam, n):
    assert lambda_from_torch(torch_weight_decay(lam)) == lam
    assert lambda_from_sklearn(sklearn_alpha(lam, n), n) == pytest.approx(lam)


@LAWS
@given(seeds, replicas, st.lists(shapes, min_size=1, max_size=3), scales)
def test_the_penalty_is_the_squared_norm(seed, axes, events, scale):
    assume(1e-100 < scale < 1e100)
    w = [q.grad for q in parameters(seed, axes, events, torch.float64, scale)]
    tagged = [ReplicaParameter(t, len(axes)) for t in w]
    norm = total_norm(w, replica_dims=len(axes))
    torch.testing.assert_close(
        l2_penalty(tagged).detach(), norm.square(), rtol=1e-10, atol=0
    )


# early stopping

losses = st.lists(
    st.sampled_from([0.5, 1.0, 1.5, 2.0, math.nan, math.inf])
    | st.floats(0, 3),
    min_size=1,
    max_size=12,
)


def brute_force(curve, patience, min_delta):
    """Best and last epoch, read off the whole curve at once."""
    best, lowest = -1, math.inf
    for epoch, loss in enumerate(curve):
        if loss < lowest - min_delta:
            best, lowest = epoch, loss
        elif epoch - best >= max(patience, 1):
            return best, epoch
    return best, -1


@LAWS
@given(losses, st.integers(0, 4), st.sampled_from([0.0, 0.25]))
def test_a_stopper_is_what_reading_the_whole_curve_gives(
    curve, patience, delta
):
    best, stop = brute_force(curve, patience, delta)
    model, stopper = nn.Linear(1, 1), EarlyStopping(patience, delta)
    for epoch, loss in enumerate(curve):
        with torch.no_grad():
            model.weight.fill_(epoch)
        if stopper.step(loss, model):
            break
    assert int(stopper.best_epoch) == best
    assert int(stopper.stopped_epoch) == stop
    if best >= 0:
        stopper.restore(model)
        assert model.weight.data.item() == best


@FEWER
@given(st.lists(losses, min_size=2, max_size=4), st.integers(0, 3))
def test_replicas_stop_as_they_would_alone(curves, patience):
    length = min(map(len, curves))
    together = EarlyStopping(patience)
    model = Linear(1, 1, replicas=(len(curves),))
    for epoch in range(length):
        row = torch.tensor([curve[epoch] for curve in curves])
        if together.step(row, model):
            break
    for k, curve in enumerate(curves):
        best, stop = brute_force(curve[:length], patience, 0.0)
        assert (
            int(together.best_epoch[k]),
            int(together.stopped_epoch[k]),
        ) == (
            best,
            stop,
        )


# residual connections


@LAWS
@given(seeds, replicas, st.integers(1, 5), st.floats(-10, 10), dtypes)
def test_a_shortcut_adds_and_its_gradient_passes(
    seed, axes, width, scale, dtype
):
    f = Linear(
        width,
        width,
        replicas=axes,
        generator=Generators(seed) if not axes else None,
    )
    f = f.to(dtype)
    x = draw(*axes, 3, width, seed=seed).to(dtype).requires_grad_()
    y = Residual(f, scale=scale)(x)
    torch.testing.assert_close(y, x + scale * f(x))
    (gradient,) = torch.autograd.grad(y.sum(), x)
    through = (scale * f.weight).sum(dim=-2, keepdim=True)
    torch.testing.assert_close(gradient, (1 + through).expand_as(x))


# activations

ORACLES = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": nn.functional.leaky_relu,
    "elu": nn.functional.elu,
    "selu": nn.functional.selu,
    "softplus": nn.functional.softplus,
    "silu": nn.functional.silu,
    "gelu": nn.functional.gelu,
}
numbers = st.lists(
    st.floats(-(2.0**99), 2.0**99, width=32) | st.floats(-5, 5, width=32),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("name", ORACLES)
@FEWER
@given(values=numbers, dtype=dtypes)
def test_a_function_and_its_slope_are_pytorch_s(name, values, dtype):
    ours, oracle = getattr(activations, name), ORACLES[name]
    x = torch.tensor(values, dtype=dtype)
    close = {
        "rtol": tolerance(dtype),
        "atol": 1e-6 if dtype == torch.float32 else 1e-8,
    }
    torch.testing.assert_close(ours(x), oracle(x), **close)
    slope = activations.derivative(ours, x)
    assert slope.isfinite().all()
    off = (
        x != 0
        if name == "leaky_relu"
        else torch.ones_like(x, dtype=torch.bool)
    )
    torch.testing.assert_close(
        slope[off], activations.derivative(oracle, x)[off], **close
    )


# optimisers


@FEWER
@given(
    seeds,
    shapes,
    st.floats(1e-4, 0.5),
    st.sampled_from([0.0, 0.3, 0.95]),
    st.sampled_from([0.0, 0.1]),
    st.integers(1, 5),
    dtypes,
)
def test_steps_of_sgd_are_pytorch_s(
    seed, shape, lr, momentum, decay, steps, dtype
):
    start = draw(*shape, seed=seed).to(dtype)
    ours, theirs = (nn.Parameter(start.clone()) for _ in range(2))
    options = {"lr": lr, "momentum": momentum, "weight_decay": decay}
    compare(
        ours,
        theirs,
        SGD([ours], **options),
        torch.optim.SGD([theirs], **options),
        steps,
    )


@FEWER
@given(
    seeds,
    shapes,
    st.floats(1e-4, 0.5),
    st.tuples(st.sampled_from([0.0, 0.9]), st.sampled_from([0.5, 0.999])),
    st.sampled_from([0.0, 0.1]),
    st.booleans(),
    st.integers(1, 5),
    dtypes,
)
def test_steps_of_adam_are_pytorch_s(
    seed, shape, lr, betas, decay, decoupled, steps, dtype
):
    start = draw(*shape, seed=seed).to(dtype)
    ours, theirs = (nn.Parameter(start.clone()) for _ in range(2))
    options = {"lr": lr, "betas": betas, "weight_decay": decay}
    kind = torch.optim.AdamW if decoupled else torch.optim.Adam
    mine = Adam([ours], decoupled=decoupled, **options)
    compare(ours, theirs, mine, kind([theirs], **options), steps)


def compare(ours, theirs, mine, oracle, steps):
    for k in range(steps):
        g = draw(*ours.shape, seed=k).to(ours.dtype)
        ours.grad, theirs.grad = g.clone(), g.clone()
        mine.step()
        oracle.step()
    close = tolerance(ours.dtype)
    torch.testing.assert_close(ours.data, theirs.data, rtol=close, atol=close)


# evidence and diagnostics


@LAWS
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_an_interval_is_scipy_s(values):
    from scipy import stats

    assume(np.std(values) > 1e-6 * (1 + abs(np.mean(values))))
    mean, low, high = interval(torch.tensor(values))
    expected = stats.t.interval(
        0.95, len(values) - 1, np.mean(values), stats.sem(values)
    )
    assert mean == pytest.approx(np.mean(values))
    assert (low, high) == pytest.approx(expected)


@LAWS
@given(seeds, replicas, st.integers(1, 5), st.integers(1, 6))
def test_a_dead_unit_is_counted_one_by_one(seed, axes, batch, units):
    h = draw(*axes, batch, units, seed=seed).sub(0.5).clamp(min=0)
    share = dead_fraction(h)
    assert share.shape == axes
    for index in np.ndindex(*axes):
        dead = [all(h[index][:, k] == 0) for k in range(units)]
        assert float(share[index]) == pytest.approx(sum(dead) / units)


@FEWER
@given(seeds, replicas)
def test_gradient_norms_are_those_of_each_weight_alone(seed, axes):
    layer = Linear(3, 2, replicas=axes)
    layer(draw(4, 3, seed=seed)).square().sum().backward()
    expected = layer.weight.grad.flatten(-2).norm(dim=-1)
    torch.testing.assert_close(gradient_norms(layer)[0], expected)
