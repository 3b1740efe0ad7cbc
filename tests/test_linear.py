"""nnlib.linear: PyTorch's linear layer, once or many times."""

import pytest
from helpers import draw, equal
from torch import nn

from nnlib.linear import Linear
from nnlib.replicas import Generators

# oracle


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(7, 5), (0, 5), (2, 3, 7, 5)])
def test_it_is_pytorch_s_layer(bias, shape):
    mine, theirs = Linear(5, 3, bias=bias), nn.Linear(5, 3, bias=bias)
    mine.load_state_dict(theirs.state_dict())
    x, y = (draw(*shape).requires_grad_() for _ in range(2))
    equal(mine(x), theirs(y))
    mine(x).square().sum().backward()
    theirs(y).square().sum().backward()
    equal(x.grad, y.grad)
    for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
        equal(p.grad, q.grad)


def test_it_starts_as_pytorch_s_layer_does():
    mine = Linear(25, 40, replicas=(100,), generator=Generators(range(100)))
    for p in mine.parameters():
        assert p.abs().max() <= 1 / 5
        assert p.abs().max() > 0.99 / 5
        assert p.var().item() == pytest.approx(1 / (3 * 25), rel=0.03)
        assert abs(p.mean().item()) < 0.01


# law


def test_shapes_of_parameters_and_outputs():
    layer = Linear(5, 3, replicas=(6, 20))
    assert layer.weight.shape == (6, 20, 3, 5)
    assert layer.bias.shape == (6, 20, 3)
    assert [p.replica_dims for p in layer.parameters()] == [2, 2]
    for shape in ((7, 5), (20, 7, 5), (1, 7, 5), (6, 1, 7, 5), (6, 20, 7, 5)):
        x = draw(*shape)
        expected = x @ layer.weight.mT + layer.bias[..., None, :]
        equal(layer(x), expected)
        assert layer(x).shape == (6, 20, 7, 3)


# edge


def test_it_shows_itself_as_pytorch_s_layer_does():
    assert repr(Linear(5, 3)) == "Linear(5, 3, bias=True)"
    layer = Linear(5, 3, bias=False, replicas=(6, 20))
    assert repr(layer) == "Linear(5, 3, bias=False, replicas=(6, 20))"
