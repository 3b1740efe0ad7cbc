"""One law for every technique: one replica out of many equals the network alone.

A technique is a function of a world.  In the world ``Many`` there are 2 settings × 20
seeds, a setting is a tensor and data have replica axes; in the world ``One`` there is a
single network, a setting is a number and data are that network's own.
"""

import pytest
import torch
from helpers import SEED, SEEDS, draw, equal, parameter, public, with_first

from nnlib import activations, clip, init, optim
from nnlib import diagnostics as look
from nnlib.dropout import Dropout
from nnlib.linear import Linear
from nnlib.models import MLP
from nnlib.replicas import Generators
from nnlib.residual import ResidualLayer
from nnlib.weight_decay import decay_groups, l2_penalty, weights


class Many:
    """2 settings × 20 seeds at once."""

    replicas, seeds = (2, 20), SEEDS

    def setting(self, *values):
        return torch.tensor(values)[:, None]

    def own(self, tensor):
        return tensor


class One:
    """One of these networks alone."""

    replicas, seeds = (), SEED

    def __init__(self, which):
        self.which = which

    def setting(self, *values):
        return values[self.which]

    def own(self, tensor):
        return tensor[self.which, SEED]


def generator(world):
    return Generators(world.seeds)


def network(world, **options):
    return MLP([3, 5, 2], replicas=world.replicas, seeds=world.seeds, **options)


def activation(name):
    return lambda w: [getattr(activations, name)(w.own(draw(2, 20, 5, 4)))]


def clipping(name):
    def technique(world):
        g = draw(2, 20, 4, 3), draw(2, 20, 4, seed=1)
        p = [parameter(world.own(t), len(world.replicas)) for t in g]
        norm = getattr(clip, name)(p, world.setting(0.1, 3.0))
        return [q.grad for q in p] + ([] if norm is None else [norm])

    return technique


def filler(name, **settings):
    def technique(world):
        w = torch.empty(*world.replicas, 4, 6)
        options = {k: world.setting(*v) for k, v in settings.items()}
        if name != "constant_":
            options["generator"] = generator(world)
        return [getattr(init, name)(w, **options)]

    return technique


def optimiser(name, grouped, **options):
    def technique(world):
        model = network(world)
        decay = world.setting(0.1, 0.0)
        given, settings = model.parameters(), {"weight_decay": decay}
        if grouped:
            given, settings = decay_groups(model, decay), {}
        settings["lr"] = world.setting(0.01, 0.5)
        if name == "SGD":
            settings["momentum"] = world.setting(0.9, 0.0)
        step = getattr(optim, name)(given, **settings, **options)
        for i in range(10):
            step.zero_grad()
            loss = (model(draw(8, 3, seed=i)) - 1).square()
            loss.mean(dim=(-2, -1)).sum().backward()
            step.step()
        return list(model.parameters())

    return technique


def linear(world):
    layer = Linear(5, 3, replicas=world.replicas, generator=generator(world))
    y = layer(world.own(draw(2, 20, 7, 5)))
    y.square().sum().backward()
    return [y, *layer.parameters(), *(p.grad for p in layer.parameters())]


def dropout(world):
    layer = Dropout(world.setting(0.3, 1.0), generator=generator(world))
    x = world.own(draw(2, 20, 6, 5))
    return [layer(x), layer(x)]  # the second call too


def residual(world):
    options = {"scale": world.setting(1.0, 0.5), "replicas": world.replicas}
    layer = ResidualLayer(3, 5, torch.tanh, generator=generator(world), **options)
    y = layer(world.own(draw(2, 20, 6, 3)))
    y.sum().backward()
    return [y, *(p.grad for p in layer.parameters())]


def mlp(**options):
    def technique(world):
        model = network(world, p=world.setting(0.2, 0.7), **options)
        return [model(draw(4, 3)), model(draw(4, 3))]

    return technique


def penalty(world):
    model = network(world)
    value = l2_penalty(weights(model))
    (world.setting(0.0, 0.1) * value).sum().backward()
    return [value, *(p.grad for p in weights(model))]


def lsuv(world):
    model = network(world)
    init.lsuv_(model, 3 * draw(50, 3), tol=0.1, generator=generator(world))
    return list(model.parameters())


def diagnostics(world):
    model, x = network(world), draw(6, 3)
    model(x).square().sum().backward()
    ((a, h),) = look.record_activations(model, x)
    saturated = look.saturated_fraction(torch.tanh, a, 0.9)
    return [a, h, look.dead_fraction(h), saturated, *look.gradient_norms(model)]


TECHNIQUES = {
    **{name: activation(name) for name in with_first(activations, "x")},
    **{name: clipping(name) for name in public(clip) if name.endswith("_")},
    **{name: filler(name) for name in with_first(init, "tensor") if name.endswith("_")},
    "constant_": filler("constant_", val=(0.1, 3.0)),
    "uniform_": filler("uniform_", bound=(0.1, 3.0)),
    "normal_, mean": filler("normal_", mean=(1.0, 2.0), std=(0.1, 3.0)),
    "xavier_normal_, gain": filler("xavier_normal_", gain=(0.1, 3.0)),
    "xavier_uniform_, gain": filler("xavier_uniform_", gain=(0.1, 3.0)),
    "orthogonal_, gain": filler("orthogonal_", gain=(0.1, 3.0)),
    "lsuv_": lsuv,
    "SGD": optimiser("SGD", grouped=False),
    "SGD, groups": optimiser("SGD", grouped=True),
    "Adam": optimiser("Adam", grouped=False),
    "Adam, groups": optimiser("Adam", grouped=True),
    "AdamW": optimiser("Adam", grouped=False, decoupled=True),
    "Linear": linear,
    "Dropout": dropout,
    "ResidualLayer": residual,
    "MLP": mlp(),
    "MLP, tanh": mlp(activation=torch.tanh, init=init.kaiming_normal_),
    "l2_penalty": penalty,
    "diagnostics": diagnostics,
}


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_replica_is_the_network_alone(name):
    technique = TECHNIQUES[name]
    many = technique(Many())
    for which in range(2):
        one = technique(One(which))
        for together, alone in zip(many, one, strict=True):
            equal(together[which, SEED], alone)
