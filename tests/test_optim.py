"""nnlib.optim: PyTorch's steps, with settings that may differ by replica."""

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

from nnlib.models import MLP
from nnlib.optim import SGD, Adam
from nnlib.weight_decay import decay_groups

CASES = [
    (SGD, torch.optim.SGD, {}),
    (SGD, torch.optim.SGD, {"momentum": 0.9}),
    (SGD, torch.optim.SGD, {"weight_decay": 0.1}),
    (SGD, torch.optim.SGD, {"momentum": 0.5, "weight_decay": 0.1}),
    (Adam, torch.optim.Adam, {}),
    (Adam, torch.optim.Adam, {"betas": (0.5, 0.6), "eps": 0.1}),
    (Adam, torch.optim.Adam, {"weight_decay": 0.1}),
    (Adam, torch.optim.AdamW, {"weight_decay": 0.1, "decoupled": True}),
]
steps = pytest.mark.parametrize(
    ("ours", "theirs", "options"),
    CASES,
    ids=[f"{theirs.__name__}-{options}" for _, theirs, options in CASES],
)


def train(model, optimizer, n_steps=30):
    """A few steps on a loss that changes from step to step."""
    for i in range(n_steps):
        loss = (model(draw(8, 3, seed=i)) - 1).square().mean(dim=(-2, -1))
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
    return model


def pytorch_s(options):
    return {k: v for k, v in options.items() if k != "decoupled"}


# oracle


@steps
def test_thirty_steps_are_pytorch_s(ours, theirs, options):
    mine, other = MLP([3, 5, 2], seeds=0), MLP([3, 5, 2], seeds=0)
    train(mine, ours(mine.parameters(), lr=0.05, **options))
    train(other, theirs(other.parameters(), lr=0.05, **pytorch_s(options)))
    for p, q in zip(mine.parameters(), other.parameters(), strict=True):
        equal(p.data, q.data)


@steps
def test_groups_are_pytorch_s(ours, theirs, options):
    options = {k: v for k, v in options.items() if k != "weight_decay"}
    mine, other = MLP([3, 5, 2], seeds=0), MLP([3, 5, 2], seeds=0)
    train(mine, ours(decay_groups(mine, 0.2), lr=0.05, **options))
    train(
        other,
        theirs(decay_groups(other, 0.2), lr=0.05, **pytorch_s(options)),
    )
    for p, q in zip(mine.parameters(), other.parameters(), strict=True):
        equal(p.data, q.data)


@steps
def test_a_gradient_that_comes_late_is_treated_as_pytorch_does(
    ours, theirs, options
):
    pairs = [[nn.Parameter(draw(3)), nn.Parameter(draw(2))] for _ in range(2)]
    optimizers = (
        ours(pairs[0], lr=0.1, **options),
        theirs(pairs[1], lr=0.1, **pytorch_s(options)),
    )
    for i in range(8):
        for pair, optimizer in zip(pairs, optimizers, strict=True):
            optimizer.zero_grad()
            pair[0].grad = draw(3, seed=i)
            if i >= 4:
                pair[1].grad = draw(2, seed=i)
            optimizer.step()
    for p, q in zip(*pairs, strict=True):
        equal(p.data, q.data)


@pytest.mark.parametrize("ours", [SGD, Adam])
def test_float64_is_kept_under_any_default(ours):
    torch.set_default_dtype(torch.float32)
    p, q = (nn.Parameter(torch.ones(2, dtype=torch.float64)) for _ in range(2))
    p.grad = q.grad = torch.full((2,), 0.3, dtype=torch.float64)
    ours([p], lr=0.1).step()
    getattr(torch.optim, ours.__name__)([q], lr=0.1).step()
    equal(p.data, q.data)


# law


def test_momentum_adds_up_past_gradients():
    w = nn.Parameter(torch.zeros(1))
    optimizer = SGD([w], lr=1.0, momentum=0.5)
    for expected in (-1.0, -2.5, -4.25):
        w.grad = torch.ones(1)
        optimizer.step()
        assert w.item() == expected


def test_adam_s_first_step_has_the_length_of_the_rate():
    w = nn.Parameter(torch.zeros(3))
    w.grad = torch.tensor([1e-3, -1.0, 1e3])
    Adam([w], lr=0.1).step()
    equal(w.data, torch.tensor([-0.1, 0.1, -0.1]), atol=1e-5)


# edge


@pytest.mark.parametrize("ours", [SGD, Adam])
def test_parameters_without_gradient_stay(ours):
    model = MLP([3, 2])
    before = state(model)
    ours(model.parameters(), lr=0.1, weight_decay=0.5).step()
    assert unchanged(model, before)


def test_zero_grad_forgets():
    model = MLP([3, 2])
    model(draw(4, 3)).sum().backward()
    SGD(model.parameters(), lr=1).zero_grad()
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize(
    ("ours", "theirs"), [(SGD, torch.optim.SGD), (Adam, torch.optim.Adam)]
)
def test_a_weight_decay_of_one_is_one(ours, theirs):
    w, v = (nn.Parameter(torch.tensor([3.0])) for _ in range(2))
    w.grad, v.grad = torch.tensor([0.5]), torch.tensor([0.5])
    ours([w], lr=0.1, weight_decay=1.0).step()
    theirs([v], lr=0.1, weight_decay=1.0).step()
    equal(w.data, v.data)


def test_adam_s_rate_is_pytorch_s_unless_another_is_given():
    w = nn.Parameter(torch.ones(1))
    (group,) = torch.optim.Adam([w]).param_groups
    assert Adam([w]).lr == group["lr"]


def test_the_gradient_is_not_changed():
    w = nn.Parameter(torch.ones(2))
    for optimizer in (
        SGD([w], lr=0.1, momentum=0.9, weight_decay=0.1),
        Adam([w], lr=0.1, weight_decay=0.1),
    ):
        for _ in range(2):
            w.grad = torch.ones(2)
            optimizer.step()
            assert torch.equal(w.grad, torch.ones(2))


# error


@pytest.mark.parametrize("ours", [SGD, Adam])
def test_bad_settings_are_refused(ours):
    p = [nn.Parameter(torch.ones(2))]
    for bad in (0.0, -1.0, math.nan):
        with pytest.raises(
            ValueError, match=f"lr must be positive, got {bad}"
        ):
            ours(p, lr=bad)
    with pytest.raises(ValueError, match="lr must be finite, got inf"):
        ours(p, lr=math.inf)
    for bad in (-1.0, math.nan, math.inf):
        with pytest.raises(
            ValueError, match="weight_decay must be finite and"
        ):
            ours(p, lr=0.1, weight_decay=bad)
        with pytest.raises(
            ValueError, match="weight_decay must be finite and"
        ):
            ours([{"params": p, "weight_decay": bad}], lr=0.1)
    with pytest.raises(ValueError, match="parameters must not be empty"):
        ours([], lr=0.1)
    rule = "keys params and weight_decay, got lr, params, weight_decay"
    with pytest.raises(ValueError, match=rule):
        ours([{"params": p, "weight_decay": 0.0, "lr": 0.5}], lr=0.1)


@pytest.mark.parametrize("bad", [-0.1, 1.0, math.nan])
def test_momentum_must_be_a_memory(bad):
    with pytest.raises(ValueError, match=r"momentum must be in \[0, 1\), got"):
        SGD([nn.Parameter(torch.ones(2))], lr=0.1, momentum=bad)


@pytest.mark.parametrize("bad", [-0.1, 1.0, math.nan])
def test_adam_s_constants_are_checked(bad):
    p = [nn.Parameter(torch.ones(2))]
    with pytest.raises(ValueError, match=r"betas must be in \[0, 1\), got"):
        Adam(p, betas=(0.9, bad))
    with pytest.raises(ValueError, match="eps must be positive, got 0"):
        Adam(p, eps=0.0)


@pytest.mark.parametrize(
    ("ours", "name"),
    [
        (SGD, "lr"),
        (SGD, "momentum"),
        (SGD, "weight_decay"),
        (Adam, "lr"),
        (Adam, "weight_decay"),
    ],
)
@pytest.mark.parametrize("replicas", [(), (20,)])
def test_settings_must_fit_the_replicas(ours, name, replicas):
    model = MLP([3, 2], replicas=replicas)
    settings = {"lr": 0.1, name: torch.full((6,), 0.1)}
    with pytest.raises(ValueError, match=f"{name} must broadcast over the"):
        ours(model.parameters(), **settings)


# replica independence


@pytest.mark.parametrize(
    ("ours", "settings"),
    [
        (
            SGD,
            {
                "lr": [0.01, 0.1, 0.5],
                "momentum": [0.0, 0.9, 0.5],
                "weight_decay": [0.1, 0.0, 0.01],
            },
        ),
        (Adam, {"lr": [0.01, 0.1, 0.5], "weight_decay": [0.1, 0.0, 0.01]}),
    ],
)
@pytest.mark.parametrize("options", [{}, {"decoupled": True}], ids=str)
def test_a_replica_is_the_network_alone(ours, settings, options):
    options = options if ours is Adam else {}
    many = MLP([3, 5, 2], replicas=(3, 20), seeds=SEEDS)
    tensors = {k: torch.tensor(v)[:, None] for k, v in settings.items()}
    train(many, ours(many.parameters(), **tensors, **options))
    for setting in range(3):
        one = MLP([3, 5, 2], seeds=SEED)
        numbers = {k: v[setting] for k, v in settings.items()}
        train(one, ours(one.parameters(), **numbers, **options))
        for p, q in zip(many.parameters(), one.parameters(), strict=True):
            equal(p[setting, SEED].data, q.data)
