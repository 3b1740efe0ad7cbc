"""nnlib.weight_decay: λ, PyTorch's weight_decay and scikit-learn's alpha."""

import numpy as np
import pytest
import torch
from helpers import AXES, EVENTS, NUMBERS, SHAPES, draw, equal, labels
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neural_network import MLPClassifier
from torch import nn

from nnlib.clip import total_norm
from nnlib.models import MLP
from nnlib.optim import SGD
from nnlib.replicas import replica_parameter
from nnlib.weight_decay import (
    decay_groups,
    l2_penalty,
    lambda_from_sklearn,
    sklearn_alpha,
    weights,
)

X, Y = draw(100, 5).double().numpy(), labels(100).numpy()


# oracle


@settings(max_examples=40)
@given(NUMBERS, SHAPES, st.floats(0, 1), st.floats(1e-4, 1))
def test_the_slide_s_penalty_is_pytorch_s_weight_decay(seed, shape, lam, lr):
    w, v = (nn.Parameter(draw(*shape, seed=seed)) for _ in range(2))
    (lam * l2_penalty([w])).backward()
    equal(w.grad, 2 * lam * w.data)
    SGD([w], lr).step()
    v.grad = torch.zeros(shape)
    decay = 2 * lam
    torch.optim.SGD([v], lr, weight_decay=decay).step()
    equal(w.data, v.data)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n", [100, 50])
def test_lambda_in_scikit_learn_s_loss_is_alpha_over_two_n(n):
    """After one epoch at a rate so small that the network stands still."""
    options = {"solver": "sgd", "learning_rate_init": 1e-12, "batch_size": n}
    options |= {"max_iter": 1, "momentum": 0.0, "random_state": 0}
    nets = [MLPClassifier((8,), alpha=a, **options).fit(X, Y) for a in (0.0, 3.0)]
    penalty = lambda_from_sklearn(3.0, n) * sum(np.sum(w**2) for w in nets[0].coefs_)
    assert nets[1].loss_ - nets[0].loss_ == pytest.approx(penalty, rel=1e-8)


def balancing_lambda(net, x, y, loss):
    """The λ whose penalty balances the loss at ``net``'s weights, and dL/db."""
    (W, V), (b, c) = net.coefs_, net.intercepts_
    W, V, b, c = (torch.from_numpy(p.copy()).requires_grad_() for p in (W, V, b, c))
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    loss((x @ W + b).relu() @ V + c, y).backward()
    pull = sum((w.grad * w.data).sum() for w in (W, V))
    size = l2_penalty([W.data, V.data])
    return -pull / (2 * size), max(b.grad.abs().max(), c.grad.abs().max())


@pytest.mark.parametrize("copies", [1, 3])
def test_n_is_the_training_set_for_lbfgs_and_biases_are_free(copies):
    alpha = 10.0
    learnable = (X[:, 0] > 0.5).astype(int) + (X[:, 1] > 0)
    x, y = np.tile(X, (copies, 1)), np.tile(learnable, copies)
    net = MLPClassifier(
        (8,), solver="lbfgs", alpha=alpha, max_iter=10_000, random_state=0
    ).fit(x, y)
    lam, slope = balancing_lambda(net, x, y, nn.functional.cross_entropy)
    expected = lambda_from_sklearn(alpha, n=100 * copies)
    assert lam == pytest.approx(expected, rel=0.02)
    assert slope < 0.01  # 2λ|b| would be 0.06 at least


# law


@settings(max_examples=40)
@given(st.floats(0, 1e6), st.integers(1, 10**6))
def test_the_names_of_one_decay_translate_there_and_back(lam, n):
    assert lambda_from_sklearn(sklearn_alpha(lam, n), n) == pytest.approx(lam)
    assert sklearn_alpha(2.5e-7, n=200) == pytest.approx(1e-4)


@settings(max_examples=40)
@given(NUMBERS, AXES, EVENTS, st.floats(-100, 100).map(lambda e: 10.0**e))
def test_the_penalty_is_the_squared_norm(seed, replicas, events, scale):
    w = [draw(*replicas, *event, seed=seed) * scale for event in events]
    tagged = [replica_parameter(t, len(replicas)) for t in w]
    norm = total_norm(w, replica_dims=len(replicas))
    penalty = l2_penalty(tagged).detach()
    torch.testing.assert_close(penalty, norm.square(), rtol=1e-10, atol=0)
    assert l2_penalty([t.float() * 0 for t in w]).dtype == torch.float32


@pytest.mark.parametrize("optimiser", [SGD, torch.optim.SGD])
def test_groups_hold_every_parameter_once_and_biases_do_not_decay(optimiser):
    model = MLP([3, 4, 2])
    assert decay_groups(nn.Linear(3, 2, bias=False), 0.1)[1]["params"] == []
    with pytest.raises(ValueError, match="weight_decay must be in"):  # before any step
        decay_groups(model, -0.1)
    decaying, free = decay_groups(model, 0.1)
    assert [p.ndim for p in free["params"]] == [1, 1]
    assert [*map(id, decaying["params"])] == [*map(id, weights(model))]
    assert [*map(id, weights(model))] == [*map(id, list(model.parameters())[::2])]
    before = [p.data.clone() for p in model.parameters()]
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    optimiser([decaying, free], lr=0.5).step()
    for p, old in zip(model.parameters(), before, strict=True):
        equal(p.data, old if p.ndim == 1 else (1 - 0.5 * 0.1) * old)
