"""nnlib.dropout: zero or rescaled, anew for each example, off in evaluation."""

import math

import pytest
import torch
from helpers import SEED, SEEDS, draw, equal
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from nnlib.dropout import Dropout, dropout
from nnlib.replicas import Generators


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


# oracle


@pytest.mark.parametrize("p", [0.0, 0.3, 0.8, 1.0])
def test_law_is_pytorch_s(p):
    x = torch.ones(400, 500)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = F.dropout(x, p)
    mine = dropout(x, p, generator=seeded())
    equal(mine.unique(), theirs.unique())
    share = [(y == 0).double().mean().item() for y in (mine, theirs)]
    assert share == pytest.approx([p, p], abs=5 * 0.5 / math.sqrt(2e5))


# law


@settings(max_examples=25)
@given(st.floats(0, 1), st.integers(0, 10**6))
def test_survivors_are_rescaled(p, seed):
    x = draw(6, 5) + 10
    y = dropout(x, p, generator=seeded(seed))
    kept = y != 0
    torch.testing.assert_close(y[kept] * (1 - p), x[kept])


def test_backward_uses_the_same_mask():
    x = draw(30, 20).requires_grad_()
    y = dropout(x, 0.4, generator=seeded())
    y.sum().backward()
    assert set(x.grad.unique().tolist()) == {0.0, 1 / 0.6}
    equal(y, x.detach() * x.grad)


def test_examples_and_units_get_masks_of_their_own():
    y = dropout(torch.ones(50, 60), 0.5, generator=seeded())
    assert len(y.unique(dim=0)) == 50
    assert len(y.unique(dim=1).mT) == 60


def test_calls_get_masks_of_their_own():
    layer, x = Dropout(0.5, generator=seeded()), torch.ones(5, 20)
    assert not torch.equal(layer(x), layer(x))


def test_the_mean_is_kept():
    y = dropout(torch.ones(1000, 1000), 0.3, generator=seeded())
    error = math.sqrt(0.3 / 0.7) / 1000  # standard deviation of the mean
    assert y.mean().item() == pytest.approx(1, abs=4 * error)


def test_the_share_dropped_is_p_not_one_minus_p():
    y = dropout(torch.ones(500, 400), 0.2, generator=seeded())
    assert (y == 0).double().mean().item() == pytest.approx(0.2, abs=0.005)


def test_evaluation_is_the_identity():
    x = draw(3, 4)
    assert dropout(x, 0.7, training=False) is x
    assert Dropout(0.7).eval()(x) is x


@pytest.mark.parametrize(
    "generator",
    [seeded, lambda: Generators(SEEDS)],
    ids=["one for all", "one for each"],
)
def test_equal_generators_give_equal_masks(generator):
    x = torch.ones(20, 6, 5)
    first, second = (dropout(x, 0.5, generator=generator()) for _ in range(2))
    assert torch.equal(first, second)


def test_global_generator_is_pytorch_s():
    x = torch.ones(6, 5)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        first = dropout(x)
        torch.manual_seed(1)
        assert torch.equal(first, dropout(x))


def test_replicas_differ_and_settings_are_paired():
    y = dropout(torch.ones(2, 20, 6, 50), 0.5, generator=Generators(SEEDS))
    assert torch.equal(y[0], y[1])
    assert len(y[0].unique(dim=0)) == 20


def test_paired_masks_are_nested_when_p_grows():
    p = torch.tensor([0.2, 0.6])[:, None]
    few, many = dropout(
        torch.ones(2, 20, 6, 5), p, generator=Generators(SEEDS)
    )
    assert ((few == 0) <= (many == 0)).all()


# edge


def test_p_zero_changes_nothing():
    x = draw(4, 5).requires_grad_()
    y = dropout(x, 0.0)
    y.sum().backward()
    assert torch.equal(y, x)
    assert torch.equal(x.grad, torch.ones(4, 5))


@pytest.mark.parametrize("p", [1.0, 1, torch.tensor([1.0, 1.0])])
def test_p_one_gives_zeros_and_zero_gradients(p):
    x = draw(2, 4, 5).requires_grad_()
    y = dropout(x, p)
    y.sum().backward()
    assert not y.any()
    assert not x.grad.any()


@pytest.mark.parametrize("shape", [(7,), (0, 3), (2, 3, 4, 5)])
def test_one_p_fits_any_shape(shape):
    assert dropout(torch.ones(shape), 0.5).shape == shape


def test_float32_stays_float32():
    assert (
        dropout(torch.ones(3, 4, dtype=torch.float32)).dtype == torch.float32
    )


def test_a_layer_shows_its_p():
    assert repr(Dropout(0.25)) == "Dropout(p=0.25)"


def test_a_draw_of_exactly_p_survives(monkeypatch):
    """Draws lie in [0, 1), so P(draw ≥ p) = 1 - p to the last bit."""
    monkeypatch.setattr(
        "nnlib.dropout.rand", lambda shape, *_: torch.full(shape, 0.5)
    )
    x = torch.ones(2, 3)
    equal(dropout(x, 0.5), 2 * x)


# error


@pytest.mark.parametrize("bad", [-0.1, 1.5, math.nan, math.inf])
def test_p_must_be_a_probability(bad):
    rule = rf"p must be in \[0, 1\], got {bad}"
    with pytest.raises(ValueError, match=rule):
        dropout(torch.ones(2, 2), bad)
    with pytest.raises(ValueError, match=rule):
        dropout(torch.ones(2, 2), bad, training=False)
    with pytest.raises(ValueError, match=rule):
        Dropout(bad)
    with pytest.raises(ValueError, match=r"p must be in \[0, 1\], got \[0.5"):
        Dropout(torch.tensor([0.5, bad]))


@pytest.mark.parametrize("bad", ["0.5", None, True, 1j])
def test_p_must_be_a_number(bad):
    with pytest.raises(TypeError, match="p must be a number"):
        Dropout(bad)


@pytest.mark.parametrize("shape", [(3,), (2, 6, 20)])
def test_p_must_fit_the_replicas_and_no_number_is_drawn(shape):
    g = seeded()
    before = g.get_state()
    rule = r"p must broadcast over the replica axes \(6, 20\)"
    with pytest.raises(ValueError, match=rule):
        dropout(torch.ones(6, 20, 5, 4), torch.full(shape, 0.5), generator=g)
    assert torch.equal(g.get_state(), before)


def test_seeds_must_fit_the_replicas():
    rule = (
        r"seeds must broadcast over the replica axes \(6,\), got shape \(20,"
    )
    with pytest.raises(ValueError, match=rule):
        dropout(torch.ones(6, 5, 4), 0.5, generator=Generators(SEEDS))


# replica independence


def test_a_replica_is_the_network_alone():
    p = torch.tensor([0.0, 0.3, 0.5, 1.0])
    x = draw(4, 20, 6, 5)
    many = Dropout(p[:, None], generator=Generators(SEEDS))
    for _ in range(2):  # the second call too
        y = many(x)
    for setting in range(4):
        one = Dropout(p[setting].item(), generator=Generators(SEED))
        for _ in range(2):
            alone = one(x[setting, SEED])
        equal(y[setting, SEED], alone)
