"""nnlib.dropout: zero or rescaled, anew for each example, off in evaluation."""

import math

import pytest
import torch
from helpers import DTYPES, NUMBERS, SEEDS, draw, equal, seeded
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from nnlib.dropout import Dropout, dropout
from nnlib.replicas import Generators

# oracle


@pytest.mark.parametrize("p", [0.0, 0.2, 0.8, 1.0])
def test_values_and_shares_are_pytorch_s(p):
    x = torch.ones(400, 500)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        theirs = F.dropout(x, p)
    mine = dropout(x, p, generator=seeded())
    equal(mine.unique(), theirs.unique())
    share = [(y == 0).double().mean().item() for y in (mine, theirs)]
    assert share == pytest.approx([p, p], abs=5 * 0.5 / math.sqrt(2e5))


# law


@settings(max_examples=40)
@given(
    NUMBERS, st.floats(0, 0.95), st.lists(st.integers(0, 4), min_size=1, max_size=4), DTYPES
)
def test_a_unit_is_kept_whole_or_dropped_whole(seed, p, shape, dtype):
    x = draw(*shape, seed=seed).to(dtype) + 10
    x.requires_grad_()
    y = dropout(x, p, generator=seeded(seed))
    y.sum().backward()
    assert (y.dtype, y.shape) == (dtype, x.shape)
    kept = y != 0
    torch.testing.assert_close(y[kept], (x / (1 - p))[kept])
    torch.testing.assert_close(x.grad, kept / (1 - p), check_dtype=False)
    assert dropout(x, p, training=False) is x


@settings(max_examples=15)
@given(NUMBERS, st.floats(0.05, 0.95))
def test_the_mean_is_kept_and_masks_of_two_replicas_are_independent(seed, p):
    n = 40_000
    x = torch.ones(2, n // 100, 100)
    y = dropout(x, p, generator=Generators([seed, seed + 1])).flatten(1)
    spread = math.sqrt(p / (1 - p) / n)
    assert (y.mean(dim=1) - 1).abs().max() < 5 * spread
    assert torch.corrcoef(y)[0, 1].abs() < 5 / math.sqrt(n)


def test_examples_units_and_calls_get_masks_of_their_own():
    layer, x = Dropout(0.5, generator=seeded()), torch.ones(50, 60)
    y = layer(x)
    assert len(y.unique(dim=0)) == 50
    assert len(y.unique(dim=1).mT) == 60
    assert not torch.equal(layer(x), y)


def test_without_a_generator_masks_are_drawn_from_pytorch_s():
    x = torch.ones(20, 6, 5)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        assert torch.equal(dropout(x), dropout(x, generator=seeded(1)))


def test_replicas_differ_and_masks_of_a_seed_are_nested_when_p_grows():
    p = torch.tensor([0.2, 0.2, 0.6])[:, None]
    x = torch.ones(3, 20, 6, 50)
    few, same, many = dropout(x, p, generator=Generators(SEEDS))
    assert torch.equal(few, same)
    assert ((few == 0) <= (many == 0)).all()
    assert len(few.unique(dim=0)) == 20


def test_a_layer_is_active_in_training_and_the_identity_in_evaluation():
    layer, x = Dropout(0.7, generator=seeded()), draw(3, 4)
    equal(layer(x), dropout(x, 0.7, generator=seeded()))
    assert layer.eval()(x) is x
    assert repr(Dropout(0.25)) == "Dropout(p=0.25)"
    assert Dropout().p == 0.5


# edge


@pytest.mark.parametrize("p", [1.0, 1, torch.tensor([1.0, 1.0])])
def test_p_one_gives_zeros_and_zero_gradients(p):
    x = draw(2, 4, 5).requires_grad_()
    y = dropout(x, p)
    y.sum().backward()
    assert not y.any()
    assert not x.grad.any()


def test_a_draw_of_exactly_p_survives(monkeypatch):
    """Draws lie in [0, 1), so P(draw ≥ p) = 1 - p to the last bit."""
    monkeypatch.setattr("nnlib.dropout.rand", lambda x, *_: torch.full_like(x, 0.5))
    equal(dropout(torch.ones(2, 3), 0.5), 2 * torch.ones(2, 3))
