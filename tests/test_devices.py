"""On another device everything works, and the random numbers are the CPU's.

The device is a fake: its tensors lie on the CPU, but an operation that mixes them with
tensors of the CPU is refused, as CUDA does it, unless these are single numbers.
"""

import pytest
import torch
from helpers import equal, state
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

from nnlib.activations import relu
from nnlib.data import digits
from nnlib.diagnostics import dead_fraction, gradient_norms, record_activations
from nnlib.early_stopping import EarlyStopping
from nnlib.init import kaiming_normal_, lsuv_, orthogonal_
from nnlib.models import MLP, initialise
from nnlib.optim import SGD, Adam
from nnlib.replicas import Generators
from nnlib.train import evaluate, fit
from nnlib.weight_decay import l2_penalty, weights

_setup_privateuseone_for_python_backend("far")
THERE = torch.device("far:0")


class Far(torch.Tensor):
    """A tensor that says that it is elsewhere."""

    @staticmethod
    def __new__(cls, here):
        layout = {"strides": here.stride(), "dtype": here.dtype, "device": THERE}
        tensor = torch.Tensor._make_wrapper_subclass(cls, here.shape, **layout)
        tensor.here = here
        return tensor

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, operation, types, args=(), kwargs=None):
        return run(operation, args, kwargs or {})


def run(operation, args, kwargs):
    """Do on the CPU what was asked for, if a device could have done it."""
    tensors = []
    tree_map(lambda a: isinstance(a, torch.Tensor) and tensors.append(a), (args, kwargs))
    far = [t for t in tensors if isinstance(t, Far)]
    moves = str(operation).startswith("aten.copy_")
    mixed = far and any(t.ndim for t in tensors if not isinstance(t, Far))
    assert moves or not mixed, f"{operation} mixes devices"

    def here(a):
        if isinstance(a, torch.device):
            return torch.device("cpu")
        return a.here if isinstance(a, Far) else a

    out = operation(*tree_map(here, args), **tree_map(here, kwargs))
    if isinstance(args[0], Far) and out is args[0].here:
        return args[0]  # in place
    device = kwargs.get("device")
    there = bool(far) if device is None else torch.device(device).type == THERE.type
    there = isinstance(args[0], Far) if moves else there
    return tree_map(lambda a: Far(a) if there and isinstance(a, torch.Tensor) else a, out)


class Anywhere(TorchDispatchMode):
    """Also what has no tensor yet, such as ``torch.zeros``, may be asked for there."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        return run(operation, args, kwargs or {})


def moved(model):
    for name, p in [*model.named_parameters()]:
        part, _, name = name.rpartition(".")
        model.get_submodule(part).register_parameter(
            name, nn.Parameter(Far(p.data.clone()))
        )
    return model


def back(thing):
    assert isinstance(thing, Far)
    return thing.here


RUNS = {
    "all at once": {},
    "minibatches": {"batch_size": 30},
    "validation": {"validation": True, "batch_size": 30},
    "early stopping": {"early_stopping": (1, 0.0), "batch_size": 30},
    "patience": {"early_stopping": (torch.tensor([1, 2, 3]), torch.tensor([0.0] * 3))},
    "clipping": {"max_norm": 1.0},
    "clipping apart": {"max_norm": torch.tensor([0.1, 1.0, 10.0])},
    "dropout": {"p": torch.tensor([0.0, 0.5, 0.9])},
    "rates": {"lr": torch.tensor([0.1, 0.2, 0.3])},
    "Adam": {"optimizer": Adam},
    "penalty": {"penalty": lambda m: 1e-3 * l2_penalty(weights(m))},
    "a split each": {"splits": range(3), "batch_size": 30},
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_fit_elsewhere_is_the_same(run):
    def trained(move, move_model):
        options = dict(run)
        data = digits(100, 50, seed=options.pop("splits", 0))
        p, kind = options.pop("p", 0.0), options.pop("optimizer", SGD)
        nets = MLP([64, 8, 10], replicas=(3,), seeds=range(3), p=p)
        nets = move_model(nets)
        optimizer = kind(nets.parameters(), lr=options.pop("lr", 0.1))
        if early := options.get("early_stopping"):
            options["early_stopping"] = EarlyStopping(*early)
        if early or options.get("validation"):
            options["validation"] = tuple(map(move, data.validation))
        train = tuple(map(move, data.train))
        history = fit(nets, train, optimizer, epochs=4, seeds=range(3), **options)
        return history, nets, evaluate(nets, *train)

    here = trained(lambda t: t, lambda m: m)
    with Anywhere():
        there = trained(Far, moved)
    for name, curve in vars(here[0]).items():
        if curve is not None:
            equal(back(getattr(there[0], name)), curve)
    for name, p in state(here[1]).items():
        equal(back(there[1].state_dict()[name]), p)
    equal(back(there[2]), here[2])


def test_starts_and_diagnostics_elsewhere_are_the_same():
    def seen(move, move_model):
        nets = move_model(MLP([64, 8, 10], relu, replicas=(3,), seeds=range(3)))
        x = move(digits(50, 10).train.x)
        found = []
        for start in (kaiming_normal_, orthogonal_):
            initialise(nets, start, generator=Generators(range(3)))
            nets(x).square().mean(dim=(-2, -1)).sum().backward()
            found += [gradient_norms(nets), record_activations(nets, x)[0][0]]
        found.append(dead_fraction(record_activations(nets, x)[0][1]))
        return [*found, lsuv_(nets, x, generator=Generators(range(3)))(x)]

    expected = seen(lambda t: t, lambda m: m)
    with Anywhere():
        found = seen(Far, moved)
    for a, b in zip(found, expected, strict=True):
        equal(back(a), b)
