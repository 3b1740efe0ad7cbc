"""nnlib.optim: PyTorch's steps, with settings that may differ by replica."""

import inspect

import pytest
import torch
from helpers import DTYPES, draw, public, state, unchanged
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nnlib import optim as ours
from nnlib.models import MLP
from nnlib.weight_decay import decay_groups

OPTIMISERS = {
    name: cls
    for name, cls in public(ours, inspect.isclass).items()
    if "step" in vars(cls) and name != "Optimizer"
}
each = pytest.mark.parametrize("name", OPTIMISERS)
VALUES = {
    "lr": st.floats(1e-4, 0.5),
    "momentum": st.sampled_from([0.0, 0.3, 0.95]),
    "weight_decay": st.sampled_from([0.0, 0.1, 1.0]),
    "betas": st.tuples(st.sampled_from([0.0, 0.9]), st.sampled_from([0.5, 0.999])),
    "eps": st.sampled_from([1e-8, 0.1]),
    "decoupled": st.booleans(),
}


# oracle


@each
@settings(max_examples=40)
@given(data=st.data())
def test_steps_are_pytorch_s(name, data):
    cls = OPTIMISERS[name]
    names = list(inspect.signature(cls).parameters)[1:]
    options = {k: data.draw(VALUES[k], label=k) for k in names}
    dtype = data.draw(DTYPES)
    grouped = data.draw(st.booleans(), label="groups")
    late = data.draw(st.integers(0, 3), label="first gradient of the bias")
    torch.set_default_dtype(torch.float32)  # which must not matter
    mine, net = (nn.Linear(3, 2, dtype=dtype) for _ in range(2))
    net.load_state_dict(mine.state_dict())
    decay = options["weight_decay"]
    if grouped:
        a, b = (decay_groups(m, decay) for m in (mine, net))
        options["weight_decay"] = 0.3  # groups have their own
    else:
        a, b = (list(m.parameters()) for m in (mine, net))
    mine_steps = cls(a, **options)
    name += "W" * options.pop("decoupled", False)
    optimisers = mine_steps, getattr(torch.optim, name)(b, **options)
    for step in range(4):
        for model, optimiser in zip((mine, net), optimisers, strict=True):
            optimiser.zero_grad()
            model.weight.grad = draw(2, 3, seed=step).to(dtype)
            if step >= late:
                model.bias.grad = draw(2, seed=step).to(dtype)
            optimiser.step()
    close = 1e-4 if dtype == torch.float32 else 1e-10
    torch.testing.assert_close(
        list(mine.parameters()), list(net.parameters()), rtol=close, atol=close
    )


@each
def test_defaults_are_pytorch_s(name):
    w = [nn.Parameter(torch.ones(1))]
    group = getattr(torch.optim, name)(w).param_groups[0]
    for option in inspect.signature(OPTIMISERS[name]).parameters.values():
        if option.name in group and option.default is not option.empty:
            assert option.default == group[option.name]


# edge


@each
def test_without_gradients_parameters_stay_and_gradients_are_not_changed(name):
    model = MLP([3, 2])
    before = state(model)
    optimiser = OPTIMISERS[name](model.parameters(), lr=0.1, weight_decay=0.5)
    optimiser.step()
    assert unchanged(model, before)
    for _ in range(2):
        for p in model.parameters():
            p.grad = torch.ones_like(p)
        optimiser.step()
        assert all((p.grad == 1).all() for p in model.parameters())
    optimiser.zero_grad()
    assert all(p.grad is None for p in model.parameters())
