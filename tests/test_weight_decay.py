"""nnlib.weight_decay: λ, PyTorch's weight_decay and scikit-learn's alpha."""

import math

import numpy as np
import pytest
import torch
from helpers import (
    SEED,
    draw,
    equal,
    labels,
    set_grads,
    state,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from torch import nn

from nnlib.models import MLP
from nnlib.optim import SGD
from nnlib.replicas import ReplicaParameter
from nnlib.weight_decay import (
    decay_groups,
    l2_penalty,
    lambda_from_sklearn,
    lambda_from_torch,
    sklearn_alpha,
    torch_weight_decay,
    weights,
)

X, Y = draw(100, 5).double().numpy(), labels(100).numpy()


def sklearn_net(alpha, lr=1e-12, batch_size=100):
    """scikit-learn's network after one epoch; a tiny rate freezes it."""
    net = MLPClassifier(
        (8,),
        solver="sgd",
        alpha=alpha,
        learning_rate_init=lr,
        momentum=0.0,
        batch_size=batch_size,
        max_iter=1,
        random_state=0,
    )
    return net.fit(X, Y)


def squares(net):
    return sum(np.sum(w**2) for w in net.coefs_)


one_epoch = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)

# oracle


def test_penalty_is_the_sum_of_squares():
    model = MLP([3, 4, 2])
    flat = nn.utils.parameters_to_vector(model.parameters())
    equal(l2_penalty(model.parameters()), flat @ flat)


def test_gradient_of_the_penalty_is_two_lambda_w():
    w, lam = nn.Parameter(draw(4, 3)), 0.3
    (lam * l2_penalty([w])).backward()
    equal(w.grad, 2 * lam * w.data)


@pytest.mark.parametrize("optimiser", [SGD, torch.optim.SGD])
def test_a_step_with_the_penalty_is_pytorch_s_with_weight_decay(optimiser):
    lam, lr = 0.07, 0.1
    by_hand, built_in = nn.Linear(3, 2), nn.Linear(3, 2)
    built_in.load_state_dict(by_hand.state_dict())
    x = draw(5, 3)
    loss = by_hand(x).square().mean() + lam * l2_penalty(by_hand.parameters())
    loss.backward()
    optimiser(by_hand.parameters(), lr=lr).step()
    built_in(x).square().mean().backward()
    optimiser(
        built_in.parameters(), lr=lr, weight_decay=torch_weight_decay(lam)
    ).step()
    for p, q in zip(by_hand.parameters(), built_in.parameters(), strict=True):
        equal(p.data, q.data)


@one_epoch
@pytest.mark.parametrize("batch_size", [100, 50])
def test_lambda_in_scikit_learn_s_loss_is_alpha_over_two_n(batch_size):
    alpha = 3.0
    with_decay = sklearn_net(alpha, batch_size=batch_size)
    without = sklearn_net(0.0, batch_size=batch_size)
    lam = lambda_from_sklearn(alpha, n=batch_size)
    difference = with_decay.loss_ - without.loss_
    assert difference == pytest.approx(lam * squares(without), rel=1e-8)


@one_epoch
def test_alpha_for_lambda_takes_the_slide_s_step():
    lam, lr = 0.02, 0.5
    start = sklearn_net(0.0)
    with_decay = sklearn_net(sklearn_alpha(lam, n=100), lr=lr)
    without = sklearn_net(0.0, lr=lr)
    for w, a, b in zip(
        start.coefs_, without.coefs_, with_decay.coefs_, strict=True
    ):
        np.testing.assert_allclose(a - b, lr * 2 * lam * w, atol=1e-10)
    for a, b in zip(without.intercepts_, with_decay.intercepts_, strict=True):
        np.testing.assert_array_equal(a, b)


def balancing_lambda(net, x, y, loss):
    """The λ whose penalty balances the loss at ``net``'s weights, and dL/db."""
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    layers = [
        nn.Linear(*W.shape, dtype=torch.float64).requires_grad_(False)
        for W in net.coefs_
    ]
    for layer, W, b in zip(layers, net.coefs_, net.intercepts_, strict=True):
        layer.weight.copy_(torch.from_numpy(W.T)).requires_grad_()
        layer.bias.copy_(torch.from_numpy(b)).requires_grad_()
    loss(layers[1](layers[0](x).relu()), y).backward()
    pull = sum((m.weight.grad * m.weight.data).sum() for m in layers)
    size = l2_penalty(m.weight.data for m in layers)
    return -pull / (2 * size), max(m.bias.grad.abs().max() for m in layers)


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


def test_regressor_s_lambda_is_alpha_over_n_of_the_whole_squared_error():
    alpha, y = 20.0, X[:, :1] - 2 * X[:, 1:2]
    net = MLPRegressor(
        hidden_layer_sizes=(8,),
        solver="lbfgs",
        alpha=alpha,
        max_iter=10_000,
        random_state=0,
    ).fit(X, y[:, 0])
    lam, _ = balancing_lambda(net, X, y, nn.functional.mse_loss)
    assert lam == pytest.approx(alpha / 100, rel=0.02)


@pytest.mark.parametrize("lam", [0.002, 0.3])
def test_each_convention_acts_with_the_lambda_it_is_converted_from(lam):
    n, lr = 40, 0.1

    def acts(penalty):
        w = nn.Parameter(draw(5).double())
        penalty(w).backward()
        return w.grad / (2 * w.data)

    def removes(optimiser):
        w = nn.Parameter(draw(5).double())
        before, w.grad = w.data.clone(), torch.zeros_like(w)
        weight_decay = torch_weight_decay(lam)
        optimiser([w], lr=lr, weight_decay=weight_decay).step()
        return (before - w.data) / (2 * lr * before)

    prior = torch.distributions.Normal(0.0, (2 * n * lam) ** -0.5)
    for found in (
        acts(lambda w: lam * l2_penalty([w])),
        acts(lambda w: -prior.log_prob(w).sum() / n),
        removes(torch.optim.SGD),
        removes(torch.optim.AdamW),
    ):
        equal(found, torch.full_like(found, lam))


# law


@pytest.mark.parametrize("lam", [0.0, 1e-7, 0.3])
@pytest.mark.parametrize("n", [1, 50, 1797])
def test_conversions_are_inverses(lam, n):
    assert lambda_from_torch(torch_weight_decay(lam)) == lam
    assert lambda_from_sklearn(sklearn_alpha(lam, n), n) == pytest.approx(lam)


def test_conversions_of_known_numbers():
    assert torch_weight_decay(0.05) == 0.1
    assert lambda_from_torch(0.1) == 0.05
    assert sklearn_alpha(2.5e-7, n=200) == pytest.approx(1e-4)
    assert lambda_from_sklearn(1e-4, n=200) == pytest.approx(2.5e-7)


@pytest.mark.parametrize("optimiser", [SGD, torch.optim.SGD])
def test_biases_do_not_decay(optimiser):
    model = MLP([3, 4, 2])
    set_grads(
        list(model.parameters()),
        *(torch.zeros_like(p) for p in model.parameters()),
    )
    before = state(model)
    optimiser(decay_groups(model, 0.1), lr=0.5).step()
    for name, p in model.state_dict().items():
        factor = 1 if name.endswith("bias") else 1 - 0.5 * 0.1
        equal(p, factor * before[name])


def test_groups_hold_every_parameter_once():
    model = MLP([3, 4, 2])
    decaying, free = decay_groups(model, 0.1)
    assert all(
        p is q for p, q in zip(decaying["params"], weights(model), strict=True)
    )
    both = [*decaying["params"], *free["params"]]
    assert {id(p) for p in both} == {id(p) for p in model.parameters()}
    assert len(both) == 4
    assert [p.ndim for p in free["params"]] == [1, 1]


# edge


def test_a_network_without_biases_has_an_empty_second_group():
    groups = decay_groups(nn.Linear(3, 2, bias=False), 0.1)
    assert groups[1]["params"] == []
    torch.optim.SGD(groups, lr=0.1)


def test_a_penalty_has_the_weights_dtype():
    w = torch.ones(3, dtype=torch.float32)
    assert l2_penalty([w]).dtype == torch.float32


# error


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_decays_must_be_finite_and_not_negative(bad):
    rule = f"must be finite and not negative, got {bad}"
    with pytest.raises(ValueError, match=f"lam {rule}"):
        torch_weight_decay(bad)
    with pytest.raises(ValueError, match=f"weight_decay {rule}"):
        lambda_from_torch(bad)
    with pytest.raises(ValueError, match=f"lam {rule}"):
        sklearn_alpha(bad, 10)
    with pytest.raises(ValueError, match=f"alpha {rule}"):
        lambda_from_sklearn(bad, 10)
    with pytest.raises(ValueError, match=f"weight_decay {rule}"):
        decay_groups(nn.Linear(1, 1), bad)


@pytest.mark.parametrize("convert", [sklearn_alpha, lambda_from_sklearn])
def test_n_counts_examples(convert):
    for bad in (0, -5):
        with pytest.raises(ValueError, match=rf"\bn must be .*, got {bad}"):
            convert(0.1, bad)
    with pytest.raises(TypeError, match=r"n must be a whole number, got 2\.5"):
        convert(0.1, 2.5)


def test_a_penalty_needs_parameters():
    with pytest.raises(ValueError, match="parameters must not be empty"):
        l2_penalty([])


def test_parameters_must_share_their_replica_axes():
    with pytest.raises(ValueError, match="share their replica axes"):
        l2_penalty([torch.ones(2), ReplicaParameter(torch.ones(2, 2), 1)])


# replica independence


def test_a_replica_is_the_network_alone():
    lam = torch.tensor([0.0, 0.1])
    many = MLP([3, 4, 2], replicas=(2, 20), seeds=range(20))
    penalty = l2_penalty(weights(many))
    (lam[:, None] * penalty).sum().backward()
    assert penalty.shape == (2, 20)
    for setting in range(2):
        one = MLP([3, 4, 2], seeds=SEED)
        alone = l2_penalty(weights(one))
        (lam[setting] * alone).backward()
        equal(penalty[setting, SEED], alone)
        for p, q in zip(weights(many), weights(one), strict=True):
            equal(p.grad[setting, SEED], q.grad)
