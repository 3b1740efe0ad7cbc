"""Every public entrance of nnlib, with what it must refuse.

A row is an entrance, the argument that is bad, the error, what its message begins with
(argument, rule and value) and the call.  A public function, a class or a method without
rows fails, and so does an argument that no row tries.  After each refusal nothing is
changed: no argument, no source of random numbers, no setting, no file.
"""

from __future__ import annotations

import importlib
import inspect
import math
import os
import pkgutil
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import sklearn.datasets  # noqa: F401 - sets the environment when it is first imported
import torch
from helpers import draw, labels
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

import nnlib
from nnlib import activations, init
from nnlib.dropout import Dropout
from nnlib.early_stopping import EarlyStopping
from nnlib.linear import Linear
from nnlib.models import MLP
from nnlib.optim import SGD
from nnlib.quiz import Choice
from nnlib.replicas import Generators, ReplicaParameter
from nnlib.residual import Residual

NAN, INF = math.nan, math.inf
F64 = torch.float64


# what the rows are made of


class Row(NamedTuple):
    entrance: str
    argument: str
    error: type[Exception]
    says: str
    attempt: Callable[[Callable[..., object]], object]


ROWS: list[Row] = []

Case = tuple[object, type[Exception], str]


def row(
    entrance: str,
    argument: str,
    says: str,
    attempt: Callable[..., object],
    error: type[Exception] = ValueError,
) -> None:
    """One bad call; ``says`` begins with the argument unless it is Python's own."""
    ROWS.append(Row(entrance, argument, error, says, attempt))


def sweep(
    entrance: str,
    argument: str,
    cases: Iterable[Case],
    attempt: Callable[..., object],
    name: str | None = None,
) -> None:
    """One bad call for each bad value: ``attempt(call, value)``."""
    for value, error, rule in cases:
        row(
            entrance,
            argument,
            f"{name or argument} {rule}",
            lambda call, value=value: attempt(call, value),
            error,
        )


def cases(
    rule: str, *values: object, error: type[Exception] = ValueError
) -> list[Case]:
    return [(value, error, f"{rule}, got {shown(value)}") for value in values]


def shown(value: object) -> str:
    if not isinstance(value, Tensor):
        return repr(value)
    kind = value.is_meta or value.is_complex() or value.dtype == torch.bool
    if not kind:
        return str(value.tolist())
    return (
        f"a tensor of {value.dtype}, shape {tuple(value.shape)}, "
        f"on {value.device}"
    )


META = torch.ones((), dtype=F64, device="meta")
COMPLEX = torch.ones(2, 3, dtype=torch.complex128)
INTEGER = torch.ones(2, 3, dtype=torch.int64)
ELSEWHERE = torch.ones(2, 3, dtype=F64, device="meta")

NO_NUMBER = cases(
    "must be a number or a tensor of numbers",
    *("1", None, True, 1j, [1.0], META, torch.tensor(True), torch.tensor(1j)),
    error=TypeError,
)
POSITIVE = NO_NUMBER + cases(
    "must be positive",
    *(-1.0, 0, -INF, NAN, torch.tensor([1.0, NAN]), torch.tensor([1, -2])),
)
NON_NEGATIVE = NO_NUMBER + cases(
    "must be finite and not negative",
    *(-1.0, INF, NAN, torch.tensor([1.0, -1e-9])),
)
PROBABILITY = NO_NUMBER + cases(
    "must be in [0, 1]", *(-1e-9, 1.5, NAN, INF, torch.tensor([0.5, 2.0]))
)
FINITE = NO_NUMBER + cases(
    "must be finite", *(NAN, INF, -INF, torch.tensor([0.0, NAN]))
)
GAIN = NO_NUMBER + cases("must be positive and finite", 0, -1.0, INF, NAN)
SLOPE = cases("must be finite", NAN, INF, -INF)
BELOW_ONE = NO_NUMBER + cases("must be in [0, 1)", 1, -0.1, NAN)
NO_WHOLE = cases(
    "must be a whole number", "1", None, 1.5, NAN, True, META, error=TypeError
)
UNFIT = [
    (torch.full((7,), 0.5), ValueError, "must broadcast over the replica axes")
]


def whole(at_least: int) -> list[Case]:
    low = cases(f"must be at least {at_least}", at_least - 1, -5)
    return NO_WHOLE + low


def kinds(rule: str, *values: object) -> list[Case]:
    """Values of a wrong type, of which the message shows the kind."""
    return [(value, TypeError, rule) for value in values]


NO_TENSOR = ("x", None, 1.5, [1.0], np.ones((2, 3)))
FLOATING = kinds(
    "must be a tensor of floating-point numbers, got",
    *(*NO_TENSOR, INTEGER, COMPLEX, torch.ones(2, 3, dtype=torch.bool)),
)
WHOLE_TENSOR = kinds(
    "must be a tensor of floating-point numbers, got",
    *(INTEGER, torch.ones(2, 3, dtype=torch.bool)),
)
LIKE_WEIGHT = kinds(
    "must be a tensor of torch.float64 on cpu, got",
    *(*NO_TENSOR, INTEGER, COMPLEX, ELSEWHERE, torch.ones(2, 3).half()),
)
MODEL = kinds(
    "must be a torch.nn.Module, got", "x", None, INTEGER, nn.Linear, [1]
)
CALL = kinds("must be callable, got", "relu", None, 3, INTEGER)
GENERATOR = kinds(
    "must be a torch.Generator on the CPU, Generators or None, got",
    *(0, "cpu", random.Random(0), np.random.default_rng(0), torch.Generator),
)
SEEDS = cases(
    "must be whole numbers from 0 up",
    *(-1, 1.5, "0", NAN, True, [], [[0], [1, 2]], META, COMPLEX, [0, -1]),
)
SEEDS = [
    (value, error, rule.split(", got")[0]) for value, error, rule in SEEDS
]
TEXT = cases("must be a string", None, 3, b"S", error=TypeError) + cases(
    "must not be empty", "", " \n"
)
AXES = kinds("must be Matplotlib axes, got", None, "x", [1])


def weight(**options: Any) -> nn.Parameter:
    """A parameter with a gradient, by default of ones."""
    p = nn.Parameter(torch.ones(2, 3, **options))
    p.grad = torch.ones(2, 3, **options)
    return p


def spoilt(value: float) -> nn.Parameter:
    p = weight()
    assert p.grad is not None
    p.grad[0, 0] = value
    return p


def pair() -> ReplicaParameter:
    """Two replicas of a weight, with a gradient."""
    p = ReplicaParameter(torch.ones(2, 4, 3), replica_dims=1)
    p.grad = torch.ones(2, 4, 3)
    return p


def inputs(*shape: int) -> Tensor:
    return draw(
        *shape
    ).double()  # the table is made before a test sets float64


def x() -> Tensor:
    return inputs(2, 3)


def layer() -> Linear:
    return Linear(3, 2, generator=torch.Generator().manual_seed(0))


def net(**options: Any) -> MLP:
    return MLP([3, 4, 2], seeds=0, **options)


def axes() -> Axes:
    return plt.figure().add_subplot()


def picture(**_: object) -> Figure:
    return plt.figure(figsize=(2, 1))


# foundation

for check in ("positive", "non_negative", "probability", "finite", "real"):
    table = {
        "positive": POSITIVE,
        "non_negative": NON_NEGATIVE,
        "probability": PROBABILITY,
        "finite": FINITE,
        "real": NO_NUMBER,
    }[check]
    sweep(f"checks.{check}", "value", table, lambda f, v: f("c", v), "c")
row(
    "checks.number",
    "holds",
    "c must be odd, got [2, 3]",
    lambda f: f(
        "c", torch.tensor([2, 3]), "must be odd", torch.tensor([False, True])
    ),
)
sweep("checks.whole", "value", whole(3), lambda f, v: f("n", v, 3), "n")
sweep("checks.floating", "value", FLOATING, lambda f, v: f("x", v), "x")
sweep("checks.like", "value", LIKE_WEIGHT, lambda f, v: f("x", v, x()), "x")
sweep("checks.module", "value", MODEL, lambda f, v: f("model", v), "model")
sweep("checks.callable_", "value", CALL, lambda f, v: f("f", v), "f")
sweep("checks.text", "value", TEXT, lambda f, v: f("alt", v), "alt")

sweep("modes.evaluation", "model", MODEL, lambda f, v: entered(f, v))


def entered(call: Callable[..., Any], value: object) -> None:
    """A context manager runs nothing before it is entered."""
    call.entering(value)  # pyright: ignore[reportFunctionMemberAccess]


R = "replicas.ReplicaParameter"
sweep(
    R,
    "data",
    kinds("must be a tensor, got", *NO_TENSOR),
    lambda f, v: f(v),
)
sweep(R, "replica_dims", whole(0), lambda f, v: f(x(), v))
row(
    R,
    "replica_dims",
    "replica_dims must be from 0 to 2, got 3",
    lambda f: f(x(), 3),
)
for name in ("replica_shape", "replica_dims"):
    sweep(
        f"replicas.{name}",
        "parameters",
        kinds("must be tensors, got", "x", None, 1.5, np.ones(3)),
        lambda f, v: f([v]),
    )
    row(
        f"replicas.{name}",
        "parameters",
        "parameters must share their replica axes, got",
        lambda f: f([pair(), weight()]),
    )
sweep("replicas.check_fit", "value", UNFIT, lambda f, v: f("p", v, (2,)), "p")
row(
    "replicas.check_fit",
    "value",
    "p must broadcast over the replica axes (2,), got shape (2, 1)",
    lambda f: f("p", torch.ones(2, 1), (2,)),
)
sweep(
    "replicas.per_replica",
    "like",
    kinds(
        "must meet a tensor of real numbers, got",
        *("x", None, 1.5, COMPLEX, ELSEWHERE),
    ),
    lambda f, v: f(0.5, 0, like=v),
    "a setting",
)
sweep("replicas.check_generator", "generator", GENERATOR, lambda f, v: f(v))
sweep("replicas.rewinding", "generator", GENERATOR, lambda f, v: entered(f, v))
G = "replicas.Generators"
sweep(G, "seeds", SEEDS, lambda f, v: f(v))
sweep(G, "stream", whole(0), lambda f, v: f(0, v))
for name in ("rand", "randn"):
    sweep(
        f"{G}.{name}",
        "size",
        whole(0),
        lambda f, v: f(Generators([0, 1]), 2, v),
    )
    sweep(
        f"replicas.{name}",
        "generator",
        GENERATOR,
        lambda f, v: f((2, 3), 1, v),
    )
    row(
        f"replicas.{name}",
        "generator",
        "seeds must broadcast over the replica axes (2,), got shape (3,)",
        lambda f: f((2, 4), 1, Generators(range(3))),
    )
    sweep(
        f"replicas.{name}",
        "event_dims",
        whole(0),
        lambda f, v: f((2, 3), v, Generators([0, 1])),
    )
    sweep(f"replicas.{name}", "shape", whole(0), lambda f, v: f((v, 3), 1))
sweep(f"{G}.randperm", "n", whole(0), lambda f, v: f(Generators([0]), v))

L = "linear.Linear"
sweep(L, "in_features", whole(1), lambda f, v: f(v, 2))
sweep(L, "out_features", whole(1), lambda f, v: f(2, v))
sweep(L, "replicas", whole(1), lambda f, v: f(2, 3, replicas=(2, v)))
sweep(L, "generator", GENERATOR, lambda f, v: f(2, 3, generator=v))
row(
    L,
    "generator",
    "seeds must broadcast over the replica axes (2,), got shape (3,)",
    lambda f: f(3, 2, replicas=(2,), generator=Generators(range(3))),
)
sweep(
    f"{L}.reset_parameters",
    "generator",
    GENERATOR,
    lambda f, v: f(layer(), v),
)
sweep(f"{L}.forward", "x", LIKE_WEIGHT, lambda f, v: f(layer(), v))
for bad in (inputs(2, 4), inputs(3), torch.tensor(1.0, dtype=F64)):
    row(
        f"{L}.forward",
        "x",
        f"x must have shape (..., batch, 3), got {tuple(bad.shape)}",
        lambda f, bad=bad: f(layer(), bad),
    )

# floor 0

for name in ("sigmoid", "tanh", "silu"):
    sweep(f"activations.{name}", "x", FLOATING, lambda f, v: f(v))
for name in ("elu", "selu", "softplus"):
    sweep(f"activations.{name}", "x", WHOLE_TENSOR, lambda f, v: f(v))
A = "activations.Activation"
sweep(A, "function", CALL, lambda f, v: f(v))
sweep(
    A,
    "options",
    FINITE,
    lambda f, v: f(activations.leaky_relu, negative_slope=v),
    "negative_slope",
)
sweep("activations.LeakyReLU", "negative_slope", FINITE, lambda f, v: f(v))
sweep("activations.ELU", "alpha", FINITE, lambda f, v: f(v))
sweep(
    f"{A}.forward",
    "x",
    kinds("must be a tensor of floating-point numbers, got", INTEGER),
    lambda f, v: f(activations.ELU(), v),
)

for name, argument in (
    ("clip_grad_norm_", "max_norm"),
    ("clip_grad_value_", "clip_value"),
):
    C = f"clip.{name}"
    sweep(C, argument, POSITIVE, lambda f, v: f([weight()], v))
    sweep(C, argument, UNFIT, lambda f, v: f([pair()], v))
    sweep(
        C,
        "parameters",
        kinds("must be a parameter, got", "x", None, 1.5, np.ones(3)),
        lambda f, v: f([weight(), v], 1.0),
        "parameters[1]",
    )
    for value, count in ((NAN, "1 NaN and 0 inf"), (INF, "0 NaN and 1 inf")):
        row(
            C,
            "parameters",
            f"the gradient of b must be finite, got {count}",
            lambda f, value=value: f(
                [("a", weight()), ("b", spoilt(value))], 1.0
            ),
        )
    for options in ({"dtype": torch.complex128}, {"device": "meta"}):
        row(
            C,
            "parameters",
            "the gradient of parameters[1] must hold real numbers, got a tensor",
            lambda f, options=options: f([weight(), weight(**options)], 1.0),
            TypeError,
        )
    row(
        C,
        "parameters",
        "parameters must share their replica axes, got",
        lambda f: f([pair(), weight()], 1.0),
    )

D = "dropout.dropout"
sweep(D, "p", PROBABILITY, lambda f, v: f(x(), v))
sweep(D, "p", UNFIT, lambda f, v: f(inputs(2, 4, 3), v))
sweep(D, "generator", GENERATOR, lambda f, v: f(x(), generator=v))
row(
    D,
    "generator",
    "seeds must broadcast over the replica axes (2,), got shape (3,)",
    lambda f: f(inputs(2, 4, 3), generator=Generators(range(3))),
)
for bad in (COMPLEX, ELSEWHERE):
    row(
        D,
        "x",
        f"a setting must meet a tensor of real numbers, got {shown(bad)}",
        lambda f, bad=bad: f(bad, generator=Generators([0, 1])),
        TypeError,
    )
sweep("dropout.Dropout", "p", PROBABILITY, lambda f, v: f(v))
sweep("dropout.Dropout", "generator", GENERATOR, lambda f, v: f(generator=v))
row(
    "dropout.Dropout.forward",
    "x",
    f"a setting must meet a tensor of real numbers, got {shown(COMPLEX)}",
    lambda f: f(Dropout(generator=torch.Generator()), COMPLEX),
    TypeError,
)

E = "early_stopping.EarlyStopping"
sweep(E, "patience", NON_NEGATIVE, lambda f, v: f(v))
sweep(E, "patience", cases("must be whole", 1.5), lambda f, v: f(v))
sweep(E, "min_delta", NON_NEGATIVE, lambda f, v: f(1, v))
sweep(
    f"{E}.check_fit",
    "replicas",
    UNFIT,
    lambda f, v: f(EarlyStopping(v.long()), (2,)),
    "patience",
)
sweep(
    f"{E}.check_fit",
    "replicas",
    UNFIT,
    lambda f, v: f(EarlyStopping(1, v), (2,)),
    "min_delta",
)
sweep(f"{E}.step", "model", MODEL, lambda f, v: f(EarlyStopping(1), 1.0, v))
sweep(
    f"{E}.step",
    "val_loss",
    NO_NUMBER,
    lambda f, v: f(EarlyStopping(1), v, layer()),
)


def watched() -> tuple[EarlyStopping, Linear]:
    stopper, model = EarlyStopping(1), layer()
    stopper.step(1.0, model)
    return stopper, model


row(
    f"{E}.step",
    "val_loss",
    "val_loss must have the replica axes of weight, (), got shape (2,)",
    lambda f: f(EarlyStopping(1), torch.ones(2), layer()),
)
row(
    f"{E}.step",
    "val_loss",
    "val_loss must keep its shape (), got (2,)",
    lambda f: f(watched()[0], torch.ones(2), layer()),
)
row(
    f"{E}.check_fit",
    "replicas",
    "early_stopping must be new, got one that has seen 1 epochs",
    lambda f: f(watched()[0], ()),
)
row(
    f"{E}.restore",
    "model",
    "restore needs a best epoch, but no finite loss was seen",
    lambda f: f(EarlyStopping(1), layer()),
    RuntimeError,
)

FILLERS: dict[str, dict[str, Any]] = {
    "normal_": {},
    "uniform_": {"bound": 1.0},
    "xavier_normal_": {},
    "xavier_uniform_": {},
    "kaiming_normal_": {},
    "kaiming_uniform_": {},
    "lecun_normal_": {},
    "orthogonal_": {},
}
for name, options in FILLERS.items():
    FILL = f"init.{name}"
    sweep(FILL, "tensor", FLOATING, lambda f, v, o=options: f(v, **o))
    for bad in (inputs(3), inputs(2, 0), torch.tensor(1.0, dtype=F64)):
        row(
            FILL,
            "tensor",
            f"tensor must have shape (..., out, in), got {tuple(bad.shape)}",
            lambda f, bad=bad, o=options: f(bad, **o),
        )
    sweep(
        FILL,
        "generator",
        GENERATOR,
        lambda f, v, o=options: f(x(), generator=v, **o),
    )
    row(
        FILL,
        "generator",
        "seeds must broadcast over the replica axes (2,), got shape (3,)",
        lambda f, o=options: f(
            inputs(2, 4, 3), generator=Generators(range(3)), **o
        ),
    )
    if "kaiming" in name:
        sweep(FILL, "a", SLOPE, lambda f, v: f(x(), v))
        sweep(
            FILL,
            "mode",
            cases('must be "fan_in" or "fan_out"', "fan_avg", None, 1),
            lambda f, v: f(x(), mode=v),
        )
    if "xavier" in name or "orthogonal" in name:
        sweep(FILL, "gain", GAIN, lambda f, v: f(x(), v))
sweep("init.normal_", "mean", FINITE, lambda f, v: f(x(), v))
sweep("init.normal_", "mean", UNFIT, lambda f, v: f(inputs(2, 4, 3), v))
sweep("init.normal_", "std", NON_NEGATIVE, lambda f, v: f(x(), std=v))
sweep("init.normal_", "std", UNFIT, lambda f, v: f(inputs(2, 4, 3), std=v))
sweep("init.uniform_", "bound", NON_NEGATIVE, lambda f, v: f(x(), v))
sweep("init.uniform_", "bound", UNFIT, lambda f, v: f(inputs(2, 4, 3), v))
sweep("init.orthogonal_", "gain", UNFIT, lambda f, v: f(inputs(2, 4, 3), v))
sweep("init.constant_", "val", FINITE, lambda f, v: f(x(), v))
sweep("init.constant_", "val", UNFIT, lambda f, v: f(inputs(2, 4, 3), v))
sweep("init.constant_", "tensor", FLOATING, lambda f, v: f(v, 0.5))
sweep("init.kaiming_gain", "a", SLOPE, lambda f, v: f(v))
sweep("init.fan_in_and_fan_out", "tensor", FLOATING, lambda f, v: f(v))
S = "init.lsuv_"
sweep(S, "model", MODEL, lambda f, v: f(v, x()))
sweep(S, "x", LIKE_WEIGHT[:5], lambda f, v: f(net(), v))
sweep(S, "tol", POSITIVE, lambda f, v: f(net(), x(), tol=v))
sweep(S, "max_iter", whole(1), lambda f, v: f(net(), x(), max_iter=v))
sweep(S, "generator", GENERATOR, lambda f, v: f(net(), x(), generator=v))
row(
    S,
    "x",
    "x must make the outputs of layer 0 vary, variance, got 0.0",
    lambda f: f(net(), torch.zeros(4, 3), generator=torch.Generator()),
)

sweep("residual.Residual", "f", CALL, lambda f, v: f(v))
sweep("residual.Residual", "scale", FINITE, lambda f, v: f(layer(), scale=v))
row(
    "residual.Residual.forward",
    "x",
    "F(x) must have the shape (..., 2, 3) of x, got (2, 2)",
    lambda f: f(Residual(layer()), x()),
)
sweep(
    "residual.Residual.forward",
    "x",
    LIKE_WEIGHT,
    lambda f, v: f(Residual(layer()), v),
)
R = "residual.ResidualLayer"
sweep(R, "features", whole(1), lambda f, v: f(v, 2, torch.relu), "in_features")
sweep(R, "hidden", whole(1), lambda f, v: f(2, v, torch.relu), "out_features")
sweep(R, "activation", CALL, lambda f, v: f(2, 3, v))
sweep(R, "scale", FINITE, lambda f, v: f(2, 3, torch.relu, scale=v))
sweep(
    R,
    "replicas",
    whole(1),
    lambda f, v: f(2, 3, torch.relu, replicas=(v,)),
)
sweep(R, "generator", GENERATOR, lambda f, v: f(2, 3, abs, generator=v))

W = "weight_decay"
sweep(
    f"{W}.l2_penalty",
    "parameters",
    kinds("must be tensors, got", "x", None, 1.5),
    lambda f, v: f([weight(), v]),
)
row(
    f"{W}.l2_penalty",
    "parameters",
    "parameters must not be empty",
    lambda f: f([]),
)
row(
    f"{W}.l2_penalty",
    "parameters",
    "parameters must share their replica axes, got",
    lambda f: f([pair(), weight()]),
)
sweep(f"{W}.decay_groups", "model", MODEL, lambda f, v: f(v, 0.1))
sweep(
    f"{W}.decay_groups",
    "weight_decay",
    NON_NEGATIVE,
    lambda f, v: f(layer(), v),
)
sweep(f"{W}.torch_weight_decay", "lam", NON_NEGATIVE, lambda f, v: f(v))
sweep(
    f"{W}.lambda_from_torch", "weight_decay", NON_NEGATIVE, lambda f, v: f(v)
)
sweep(f"{W}.sklearn_alpha", "lam", NON_NEGATIVE, lambda f, v: f(v, 5))
sweep(f"{W}.sklearn_alpha", "n", whole(1), lambda f, v: f(0.1, v))
sweep(f"{W}.lambda_from_sklearn", "alpha", NON_NEGATIVE, lambda f, v: f(v, 5))
sweep(f"{W}.lambda_from_sklearn", "n", whole(1), lambda f, v: f(0.1, v))

for name, most, classes in (
    ("digits", 1300, 10),
    ("mnist1d", 4000, 10),
    ("two_moons", None, 2),
):
    sweep(f"data.{name}", "n_train", whole(classes), lambda f, v: f(v))
    sweep(
        f"data.{name}", "n_validation", whole(classes), lambda f, v: f(20, v)
    )
    sweep(
        f"data.{name}",
        "label_noise",
        [case for case in PROBABILITY if not isinstance(case[0], Tensor)],
        lambda f, v: f(20, 20, label_noise=v),
    )
    sweep(
        f"data.{name}",
        "seed",
        SEEDS,
        lambda f, v: f(20, 20, seed=v),
        "seeds",
    )
    if most:
        row(
            f"data.{name}",
            "n_train",
            f"n_train + n_validation must be {most} or at most {most - 10}, "
            f"got {most} + 10",
            lambda f, most=most: f(most, 10),
        )
sweep("data.two_moons", "n_test", whole(2), lambda f, v: f(n_test=v))
sweep(
    "data.two_moons",
    "noise",
    [case for case in NON_NEGATIVE if not isinstance(case[0], Tensor)],
    lambda f, v: f(noise=v),
)

# floor 1

M = "models.MLP"
sweep(M, "sizes", whole(1), lambda f, v: f([3, v, 2]))
for bad in ([], [3]):
    row(
        M,
        "sizes",
        f"sizes must name at least two layers, got {bad}",
        lambda f, bad=bad: f(bad),
    )
sweep(M, "activation", CALL, lambda f, v: f([3, 4, 2], v))
sweep(
    M,
    "init",
    [case for case in CALL if case[0] is not None],
    lambda f, v: f([3, 4, 2], init=v),
)
sweep(M, "p", PROBABILITY, lambda f, v: f([3, 4, 2], p=v))
sweep(M, "replicas", whole(1), lambda f, v: f([3, 4, 2], replicas=(v,)))
sweep(M, "seeds", SEEDS, lambda f, v: f([3, 4, 2], seeds=v))
row(
    M,
    "seeds",
    "seeds must broadcast over the replica axes (2,), got shape (3,)",
    lambda f: f([3, 4, 2], replicas=(2,), seeds=range(3)),
)
M = "models.initialise"
sweep(M, "model", MODEL, lambda f, v: f(v, init.kaiming_normal_))
sweep(M, "init", CALL, lambda f, v: f(net(), v))
sweep(
    M,
    "generator",
    GENERATOR,
    lambda f, v: f(net(), init.kaiming_normal_, generator=v),
)

row(
    "diagnostics.gradient_norms",
    "model",
    "model must have gradients; call loss.backward() first",
    lambda f: f(net()),
)
row(
    "diagnostics.gradient_norms",
    "model",
    "model must have weights, got none",
    lambda f: f(nn.ReLU()),
)
D = "diagnostics.record_activations"
sweep(D, "model", MODEL, lambda f, v: f(v, x()))
sweep(D, "x", LIKE_WEIGHT, lambda f, v: f(net(), v))
row(
    D,
    "model",
    "model must have Activation layers, got none",
    lambda f: f(layer(), x()),
)
sweep("diagnostics.dead_fraction", "activations", FLOATING, lambda f, v: f(v))
sweep(
    "diagnostics.saturated_fraction",
    "threshold",
    POSITIVE,
    lambda f, v: f(activations.relu, x(), v),
)

for name in ("Optimizer", "SGD", "Adam"):
    STEP = f"optim.{name}"
    rest = (0.0,) if name == "Optimizer" else ()
    sweep(
        STEP,
        "parameters",
        kinds(
            "must be real torch.nn.Parameters, got",
            *(
                "x",
                None,
                1.5,
                [1.0],
                torch.ones(3),
                weight(dtype=torch.cfloat),
            ),
        ),
        lambda f, v, rest=rest: f([weight(), v], 0.1, *rest),
    )
    row(
        STEP,
        "parameters",
        "parameters must not be empty",
        lambda f, rest=rest: f([], 0.1, *rest),
    )
    row(
        STEP,
        "parameters",
        "a group must have the keys params and weight_decay, got params",
        lambda f, rest=rest: f([{"params": [weight()]}], 0.1, *rest),
    )
    sweep(
        STEP, "lr", POSITIVE, lambda f, v, rest=rest: f([weight()], v, *rest)
    )
    sweep(
        STEP,
        "lr",
        cases("must be finite", INF),
        lambda f, v, rest=rest: f([weight()], v, *rest),
    )
    sweep(STEP, "lr", UNFIT, lambda f, v, rest=rest: f([pair()], v, *rest))
    for table in (NON_NEGATIVE, UNFIT):
        sweep(
            STEP,
            "weight_decay",
            table,
            lambda f, v: f([pair()], 0.1, weight_decay=v),
        )
        sweep(
            STEP,
            "weight_decay",
            table,
            lambda f, v, rest=rest: f(
                [{"params": [pair()], "weight_decay": v}], 0.1, *rest
            ),
        )
sweep(
    "optim.SGD",
    "momentum",
    BELOW_ONE,
    lambda f, v: f([pair()], 0.1, momentum=v),
)
sweep(
    "optim.SGD", "momentum", UNFIT, lambda f, v: f([pair()], 0.1, momentum=v)
)
STEP = "optim.Adam"
sweep(STEP, "betas", BELOW_ONE, lambda f, v: f([weight()], betas=(0.9, v)))
row(
    STEP,
    "betas",
    "betas must be two numbers, got (0.9,)",
    lambda f: f([weight()], betas=(0.9,)),
)
sweep(STEP, "eps", POSITIVE, lambda f, v: f([weight()], eps=v))
sweep(
    STEP,
    "eps",
    cases("must be finite", INF),
    lambda f, v: f([weight()], eps=v),
)

# floor 2

for name in ("cross_entropy", "error_rate"):
    T = f"train.{name}"
    sweep(T, "logits", FLOATING, lambda f, v: f(v, labels(2)))
    sweep(
        T,
        "y",
        kinds("must be a tensor, got", *NO_TENSOR),
        lambda f, v: f(x(), v),
    )
    for dtype in (torch.float64, torch.int32, torch.bool, torch.complex64):
        row(
            T,
            "y",
            f"y must hold class numbers (int64), got {dtype}",
            lambda f, dtype=dtype: f(x(), torch.ones(2, dtype=dtype)),
        )
    for shape in ((3,), (2, 3), ()):
        row(
            T,
            "y",
            f"y must have 2 labels as the logits have rows, got shape {shape}",
            lambda f, shape=shape: f(x(), torch.zeros(shape).long()),
        )
    row(
        T,
        "y",
        "y must be on cpu as the logits are, got a tensor of torch.int64",
        lambda f: f(x(), torch.zeros(2, device="meta").long()),
    )
T = "train.mean_squared_error"
sweep(T, "outputs", FLOATING, lambda f, v: f(v, x()))
sweep(
    T,
    "y",
    kinds("must be a tensor of numbers, got", *NO_TENSOR, COMPLEX),
    lambda f, v: f(x(), v),
)
for bad in (inputs(3, 2), inputs(2), inputs(2, 1)):
    row(
        T,
        "y",
        f"y must have shape (..., 2, 3) as the outputs have, got {tuple(bad.shape)}",
        lambda f, bad=bad: f(x(), bad),
    )
T = "train.evaluate"
sweep(T, "model", MODEL, lambda f, v: f(v, x(), labels(2)))
sweep(T, "x", LIKE_WEIGHT, lambda f, v: f(net(), v, labels(2)))
row(
    T,
    "y",
    "y must have 2 labels as the logits have rows, got shape (3,)",
    lambda f: f(net(), x(), labels(3)),
)


def trial(call: Callable[..., object], **changed: object) -> object:
    """A call of ``fit`` in which one thing is bad."""
    model = changed.pop("model", None) or net(p=0.5)
    data = (inputs(6, 3), labels(6, classes=2))
    options = {"train": data, "epochs": 2, "batch_size": 2} | changed
    optimizer = SGD(
        model.parameters() if isinstance(model, nn.Module) else [weight()],
        0.1,
        momentum=0.9,
    )
    return call(model, options.pop("train"), optimizer, **options)


T = "train.fit"
sweep(T, "model", MODEL[:1], lambda f, v: trial(f, model=v))
sweep(T, "epochs", whole(1), lambda f, v: trial(f, epochs=v))
sweep(T, "seeds", SEEDS, lambda f, v: trial(f, seeds=v))
row(
    T,
    "seeds",
    "seeds must broadcast over the replica axes (), got shape (3,)",
    lambda f: trial(f, seeds=range(3)),
)
sweep(
    T,
    "batch_size",
    [case for case in whole(1) if case[0] is not None],
    lambda f, v: trial(f, batch_size=v),
)
sweep(T, "loss", CALL, lambda f, v: trial(f, loss=v))
row(
    T,
    "loss",
    "loss must give one number per replica, (), got 1.0",
    lambda f: trial(f, loss=lambda *_: 1.0),
)
sweep(
    T,
    "penalty",
    [case for case in CALL if case[0] is not None],
    lambda f, v: trial(f, penalty=v),
)
row(
    T,
    "penalty",
    "penalty must give one number per replica, (), got 1.0",
    lambda f: trial(f, penalty=lambda _: 1.0),
)
sweep(
    T,
    "max_norm",
    [case for case in POSITIVE if case[0] is not None],
    lambda f, v: trial(f, max_norm=v),
)
sweep(T, "max_norm", UNFIT, lambda f, v: trial(f, max_norm=v))
for name in ("train", "validation"):
    sweep(
        T,
        name,
        kinds(
            "must be two tensors, inputs and targets, got",
            *("x", inputs(6, 3), (inputs(6, 3),), (inputs(6, 3), [0] * 6)),
        ),
        lambda f, v, name=name: trial(f, **{name: v}),
    )
    for says, bad in {
        "must hold inputs of shape (..., n, d) with n ≥ 1, got (0, 3)": (
            inputs(0, 3),
            labels(0),
        ),
        "must have a target for each input, (6,), got (5,)": (
            inputs(6, 3),
            labels(5),
        ),
        "must be finite, got NaN or infinite values": (
            inputs(6, 3) * NAN,
            labels(6),
        ),
        "must have labels from 0 to 1, got -1 to -1": (
            inputs(6, 3),
            labels(6) * 0 - 1,
        ),
        "must be shared or hold one set for each seed, (), got (2,)": (
            inputs(2, 6, 3),
            labels(2, 6),
        ),
    }.items():
        row(
            T,
            name,
            f"{name} {says}",
            lambda f, bad=bad, name=name: trial(f, **{name: bad}),
        )
    for bad in (
        inputs(6, 3).half(),
        torch.ones(6, 3).long(),
        inputs(6, 3) * 1j,
    ):
        row(
            T,
            name,
            "x must be a tensor of torch.float64 on cpu, got a tensor of",
            lambda f, bad=bad, name=name: trial(
                f, **{name: (bad, labels(6, classes=2))}
            ),
            TypeError,
        )
row(
    T,
    "early_stopping",
    "early_stopping needs a validation set, got none",
    lambda f: trial(f, early_stopping=EarlyStopping(1)),
)
sweep(
    T,
    "early_stopping",
    kinds("must be EarlyStopping, got", 3, "x", True),
    lambda f, v: trial(
        f,
        early_stopping=v,
        validation=(inputs(6, 3), labels(6, classes=2)),
    ),
)
row(
    T,
    "early_stopping",
    "early_stopping must be new, got one that has seen 1 epochs",
    lambda f: trial(
        f,
        early_stopping=watched()[0],
        validation=(inputs(6, 3), labels(6, classes=2)),
    ),
)

T = "evidence.claim"
YES = torch.ones(20) > 0
sweep(
    T,
    "id",
    cases('must be one of "S01" … "S72"', "S00", "S73", "s01", "", None, 1),
    lambda f, v: f(v, "It holds.", YES),
)
sweep(T, "statement", TEXT, lambda f, v: f("S01", v, YES))
sweep(
    T,
    "holds",
    kinds("must be a tensor, got", "x", None, [None], object()),
    lambda f, v: f("S01", "It holds.", v),
)
for bad in (torch.ones(20), torch.ones(20).long(), torch.ones(20) * 1j):
    row(
        T,
        "holds",
        f"holds must be booleans, got {bad.dtype}",
        lambda f, bad=bad: f("S01", "It holds.", bad),
    )
row(
    T,
    "holds",
    "holds must have at least 10 seeds, got 9",
    lambda f: f("S01", "It holds.", YES[:9]),
)
sweep(
    T,
    "at_least",
    NO_NUMBER + cases("must be in (0, 1]", 0, -0.5, 1.1, NAN),
    lambda f, v: f("S01", "It holds.", YES, at_least=v),
)
sweep(
    T,
    "difference",
    [
        *kinds("must be a tensor, got", "x", [None] * 20, object()),
        (
            torch.ones(19),
            ValueError,
            "must have one number per seed, (20,), got",
        ),
        (torch.ones(20) * NAN, ValueError, "must be finite, got [nan, "),
        (torch.ones(20) * 1j, TypeError, "must be a number or a tensor of"),
        (YES, TypeError, "must be a number or a tensor of"),
    ],
    lambda f, v: f("S01", "It holds.", YES, difference=v),
)
sweep(
    T,
    "decimals",
    whole(0),
    lambda f, v: f("S01", "It.", YES, difference=torch.ones(20), decimals=v),
)
sweep(
    "evidence.interval",
    "values",
    [
        ("x", TypeError, "must be a tensor, got 'x'"),
        (None, TypeError, "must be a tensor, got None"),
        (COMPLEX, TypeError, "must be a number or a tensor of numbers, got"),
        (YES, TypeError, "must be a number or a tensor of numbers, got"),
        (ELSEWHERE, TypeError, "must be a number or a tensor of numbers, got"),
        (
            torch.ones(1),
            ValueError,
            "must be at least 2 finite numbers, got [1.0]",
        ),
        (
            torch.ones(0),
            ValueError,
            "must be at least 2 finite numbers, got []",
        ),
        (
            torch.ones(2) / 0,
            ValueError,
            "must be at least 2 finite numbers, got [inf",
        ),
    ],
    lambda f, v: f(v),
)

# floor 3

P = "plotting.panels"
sweep(P, "count", whole(1), lambda f, v: f(v))
sweep(P, "width", POSITIVE, lambda f, v: f(1, width=v))
sweep(P, "height", POSITIVE, lambda f, v: f(1, height=v))
VALUES = kinds(
    "must be a tensor that is not empty, got", *NO_TENSOR, torch.ones(0, 2)
) + kinds("must be a number or a tensor of numbers, got", COMPLEX, ELSEWHERE)
P = "plotting.band"
sweep(P, "ax", AXES, lambda f, v: f([0, 1], x(), ax=v, label="a"))
sweep(P, "values", VALUES, lambda f, v: f([0, 1], v, ax=axes(), label="a"))
sweep(
    P,
    "index",
    whole(0),
    lambda f, v: f([0, 1], x(), ax=axes(), label="a", index=v),
)
sweep(
    P,
    "quantiles",
    cases("must be in [0, 1]", -0.1, 1.5, NAN),
    lambda f, v: f([0, 1], x(), ax=axes(), label="a", quantiles=(0.1, v)),
)
row(
    P,
    "x",
    "values must have shape (3, seeds), got (2, 3)",
    lambda f: f([0, 1, 2], x(), ax=axes(), label="a"),
)
P = "plotting.strips"
sweep(P, "ax", AXES, lambda f, v: f({"a": x()}, ax=v))
sweep(
    P,
    "groups",
    VALUES,
    lambda f, v: f({"a": x(), "b": v}, ax=axes()),
    "groups['b']",
)
P = "plotting.heat_map"
MAP: dict[str, Any] = {"x": [1, 2, 3], "y": [1, 2], "label": "a", "limit": 1}
sweep(P, "ax", AXES, lambda f, v: f(x(), **MAP, ax=v))
sweep(P, "values", VALUES, lambda f, v: f(v, **MAP, ax=axes()))
sweep(
    P, "limit", POSITIVE, lambda f, v: f(x(), **MAP | {"limit": v}, ax=axes())
)
for name, shape in (("x", "(2, 4)"), ("y", "(4, 3)")):
    row(
        P,
        name,
        f"values must have shape {shape}, got (2, 3)",
        lambda f, name=name: f(x(), **MAP | {name: [1, 2, 3, 4]}, ax=axes()),
    )
sweep("plotting.label_ends", "ax", AXES, lambda f, v: f(v))
sweep(
    "plotting.label_ends", "gap", NON_NEGATIVE, lambda f, v: f(axes(), gap=v)
)

# floor 4

N = "notebook.show_source"
sweep(
    N,
    "objects",
    kinds("must have a source in Python, got", "x", None, 3, np.array),
    lambda f, v: f(v),
)
N = "notebook.table"
sweep(
    N,
    "rows",
    [
        ([1], ValueError, "must have 2 cells as the headers have, got [1]"),
        (
            [1, 2, 3],
            ValueError,
            "must have 2 cells as the headers have, got [1, 2",
        ),
        ("ab", ValueError, "must have 2 cells as the headers have, got 'ab'"),
    ],
    lambda f, v: f([[1, 2], v], ["a", "b"]),
)
row(
    N,
    "headers",
    "headers must be a sequence of names, got 'ab'",
    lambda f: f([[1, 2]], "ab"),
    TypeError,
)
sweep(N, "decimals", whole(0), lambda f, v: f([[1]], ["a"], decimals=v))

X = "interactive.applet"
sweep(
    X,
    "name",
    [
        (name, ValueError, "must be one of clipping_cliff, ")
        for name in ("x", "../quiz", None, 3)
    ],
    lambda f, v: f(v, alt="A cliff."),
)
sweep(
    X,
    "alt",
    cases("must say what is seen", "", None, 3),
    lambda f, v: f("valleys", alt=v),
)
for name in ("cliff", "valleys"):
    sweep(f"interactive.{name}", "w", FLOATING, lambda f, v: f(v))
    for bad in (inputs(3), torch.tensor(1.0, dtype=F64), inputs(2, 1)):
        row(
            f"interactive.{name}",
            "w",
            f"w must have shape (..., 2), got {tuple(bad.shape)}",
            lambda f, bad=bad: f(bad),
        )
X = "interactive.explore"
sweep(X, "draw", CALL, lambda f, v: f(v, alt="A.", a=[1]))
row(
    X,
    "draw",
    "draw must return a Matplotlib Figure, got NoneType",
    lambda f: f(lambda a: None, alt="A.", a=[1]),
    TypeError,
)
sweep(
    X,
    "alt",
    cases("must say what is seen", "", None, 3),
    lambda f, v: f(picture, alt=v, a=[1]),
)
row(
    X,
    "start",
    "start must be on the grid, got a=9",
    lambda f: f(picture, alt="A.", a=[1], start={"a": 9}),
)
row(
    X,
    "axes",
    "explore takes one or two axes, got 0",
    lambda f: f(picture, alt="A."),
)
sweep(
    X,
    "axes",
    [
        ("12", TypeError, "must be a sequence of values, got '12'"),
        (3, TypeError, "must be a sequence of values, got 3"),
        ([], ValueError, "must hold at least one value, got none"),
        ([1, 1], ValueError, "must hold different values, got ['1', '1']"),
    ],
    lambda f, v: f(picture, alt="A.", a=v),
    "a",
)
row(
    X,
    "axes",
    "axes must ask for at most 150 pictures, count=151",
    lambda f: f(picture, alt="A.", a=range(151)),
)

Q = "quiz.choice"
GOOD: dict[str, Any] = {
    "question": "Q?",
    "right": "a",
    "because": "b",
    "wrong": {"c": "d"},
}
for name in ("question", "right", "because"):
    sweep(
        Q,
        name,
        TEXT,
        lambda f, v, name=name: f(**GOOD | {name: v}),
        "questions, options and reasons",
    )
sweep(
    Q,
    "wrong",
    [
        *kinds("must be a mapping, got", None, "c", ["c"]),
        ({}, ValueError, "must hold options other than 'a', got []"),
        (
            {"a": "x"},
            ValueError,
            "must hold options other than 'a', got ['a']",
        ),
    ],
    lambda f, v: f(**GOOD | {"wrong": v}),
)
Q = "quiz.number"
GOOD_NUMBER: dict[str, Any] = {
    "question": "Q?",
    "answer": 1.0,
    "tolerance": 0.1,
    "because": "b",
}
for name in ("question", "because"):
    sweep(
        Q,
        name,
        TEXT,
        lambda f, v, name=name: f(**GOOD_NUMBER | {name: v}),
        "questions, options and reasons",
    )
ONE = [case for case in FINITE if not isinstance(case[0], Tensor)]
sweep(Q, "answer", ONE, lambda f, v: f(**GOOD_NUMBER | {"answer": v}))
sweep(
    Q,
    "tolerance",
    [case for case in POSITIVE if not isinstance(case[0], Tensor)]
    + cases("must be finite", INF),
    lambda f, v: f(**GOOD_NUMBER | {"tolerance": v}),
)
row(
    "quiz.quiz",
    "questions",
    "quiz must have at least one question, got none",
    lambda f: f(),
)
sweep(
    "quiz.quiz",
    "questions",
    kinds("must be choice(...) or number(...), got", "x", None, Choice),
    lambda f, v: f(v),
)

row(
    "train.fit",
    "optimizer",
    "optimizer must have zero_grad(), got 'sgd'",
    lambda f: f(net(), (inputs(6, 3), labels(6, classes=2)), "sgd", epochs=1),
    TypeError,
)

# Python's or PyTorch's own error stands where the formula is printed whole by a chapter
# and begins with it: it names rule and value, and nothing has been changed.

OWN: list[Row] = []


def own(
    entrance: str,
    argument: str,
    error: type[Exception],
    says: str,
    attempt: Callable[..., object],
) -> None:
    OWN.append(Row(entrance, argument, error, says, attempt))


own(
    "activations.relu",
    "x",
    AttributeError,
    "'str' object has no attribute 'detach'",
    lambda f: f("x"),
)
for name in ("leaky_relu", "elu", "selu", "softplus"):
    own(
        f"activations.{name}",
        "x",
        TypeError,
        "not supported between instances of 'str' and 'int'",
        lambda f: f("x"),
    )
with pytest.raises(RuntimeError) as refused:
    torch.erf(COMPLEX)
NOT_FOR_COMPLEX = (
    refused.type
)  # NotImplementedError, but not in older versions
own(
    "activations.relu",
    "x",
    NOT_FOR_COMPLEX,
    "clamp is not supported for complex types",
    lambda f: f(COMPLEX),
)
for name in ("leaky_relu", "elu", "softplus", "gelu"):
    own(
        f"activations.{name}",
        "x",
        NOT_FOR_COMPLEX,
        "not implemented for 'ComplexDouble'",
        lambda f: f(COMPLEX),
    )
for name in ("leaky_relu", "elu"):
    own(
        f"activations.{name}",
        {"leaky_relu": "negative_slope", "elu": "alpha"}[name],
        TypeError,
        "unsupported operand type(s) for *: 'NoneType' and 'Tensor'",
        lambda f: f(x(), None),
    )
own(
    "activations.derivative",
    "x",
    RuntimeError,
    "only Tensors of floating point dtype can require gradients",
    lambda f: f(activations.relu, INTEGER),
)
for name in ("activations.derivative", "diagnostics.saturated_fraction"):
    own(
        name,
        "f",
        TypeError,
        "'int' object is not callable",
        lambda f: f(3, x()),
    )
own(
    "diagnostics.saturated_fraction",
    "preactivations",
    RuntimeError,
    "only Tensors of floating point dtype can require gradients",
    lambda f: f(activations.relu, INTEGER),
)
for name in ("kaiming_gain", "kaiming_normal_", "kaiming_uniform_"):
    own(
        f"init.{name}",
        "a",
        TypeError,
        "must be real number, not str",
        lambda f, name=name: f(*[x()] * (name != "kaiming_gain"), "1"),
    )
own(
    "clip.total_norm",
    "tensors",
    TypeError,
    "'float' object is not iterable",
    lambda f: f(1.5),
)
own(
    "clip.total_norm",
    "replica_dims",
    TypeError,
    "slice indices must be integers",
    lambda f: f([x()], replica_dims="1"),
)
own(
    "clip.clip_coefficient",
    "norm",
    TypeError,
    "a setting must meet a tensor of real numbers, got 'x'",
    lambda f: f("x", 1.0),
)
own(
    "clip.clip_coefficient",
    "max_norm",
    TypeError,
    "invalid data type 'str'",
    lambda f: f(torch.ones(()), "x"),
)
own(
    "dropout.dropout",
    "x",
    AttributeError,
    "'str' object has no attribute 'ndim'",
    lambda f: f("x"),
)
for name in ("weight_decay.weights", "diagnostics.gradient_norms"):
    own(
        name,
        "model",
        AttributeError,
        "'str' object has no attribute 'named_parameters'",
        lambda f: f("x"),
    )
own(
    "train.evaluate",
    "metric",
    TypeError,
    "'int' object is not callable",
    lambda f: f(net(), x(), labels(2), 3),
)
own(
    "train.cross_entropy",
    "y",
    IndexError,
    "Target 7 is out of bounds",
    lambda f: f(x(), torch.tensor([0, 7])),
)
own(
    "interactive.applet",
    "data",
    TypeError,
    "Object of type Tensor is not JSON serializable",
    lambda f: f("valleys", alt="A.", start=torch.ones(2)),
)
own(
    "interactive.Output.with_script",
    "data",
    TypeError,
    "not JSON serializable",
    lambda f: f(
        "", Path(nnlib.__file__).with_name("quiz.js"), {"a": {1}}, "", ""
    ),
)
own(
    "interactive.Output.with_script",
    "script",
    FileNotFoundError,
    "missing.js",
    lambda f: f("", Path("missing.js"), {}, "", ""),
)

# Arguments of which every value is good, with the reason.

FREE = {
    "checks.number": {"name", "value", "rule"},  # what the caller says of it
    **{
        f"checks.{name}": {"name"}
        for name in (
            "real",
            "positive",
            "non_negative",
            "probability",
            "finite",
            "floating",
            "like",
            "module",
            "callable_",
            "text",
            "whole",
        )
    },
    "checks.shown": {"value"},  # says something of every value
    "replicas.check_fit": {"name", "replicas"},  # the network's own
    "replicas.per_replica": {"value", "event_dims"},  # checked by the caller
    "evidence.claim": {"unit"},  # any text, also none
    "plotting.panels": {"options"},  # Matplotlib's
    "plotting.band": {"label"},  # any text
    "plotting.heat_map": {"label"},
    "interactive.Output.with_script": {"content", "text", "kind"},  # ours
}
FREE["checks.whole"] |= {"at_least"}
FREE["checks.like"] |= {"other"}

RECORDS = {
    "data.Data": "what nnlib returns",
    "data.Examples": "what nnlib returns",
    "evidence.Claim": "what nnlib returns",
    "evidence.ClaimError": "what nnlib raises",
    "evidence.Interval": "what nnlib returns",
    "init.Fans": "what nnlib returns",
    "interactive.Output": "what nnlib returns",
    "models.Initialiser": "a protocol",
    "notebook.Markdown": "what nnlib returns",
    "quiz.Choice": "what nnlib returns",
    "quiz.Number": "what nnlib returns",
    "train.History": "what nnlib returns",
    "train.Optimizer": "a protocol",
    "weight_decay.ParameterGroup": "a type for a dictionary",
}


# the tests


def frozen(value: object, seen: tuple[int, ...] = ()) -> object:
    """What can be seen of a value, so that two looks can be compared."""
    if id(value) in seen:
        return "again"
    seen = (*seen, id(value))
    if isinstance(value, Tensor):
        # Numbers as bytes: NaN equals itself, and -0.0 is not 0.0.
        data = b"" if value.is_meta else value.detach().numpy().tobytes()
        grad = value.grad if value.is_leaf else None
        flags = value.dtype, value.shape, value.requires_grad
        return type(value), data, *flags, frozen(grad, seen)
    if isinstance(value, torch.Generator):
        return value.get_state().numpy().tobytes()
    if isinstance(value, random.Random):
        return value.getstate()
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    if isinstance(value, Axes):
        return len(value.get_children())
    if isinstance(value, dict):
        return [
            (frozen(k, seen), frozen(v, seen)) for k, v in list(value.items())
        ]
    if isinstance(value, list | tuple | set):
        return type(value), [frozen(part, seen) for part in value]
    if isinstance(value, type) or (
        callable(value) and not hasattr(value, "__dict__")
    ):
        return repr(value)
    if hasattr(value, "__dict__"):
        return type(value), frozen(vars(value), seen)
    return repr(value)


def world() -> dict[str, object]:
    """What a call could change beside its arguments."""
    places = Path(nnlib.__file__).parent, Path.cwd()
    return {
        "torch": torch.get_rng_state().numpy().tobytes(),
        "numpy": repr(np.random.get_state()),
        "random": random.getstate(),
        "dtype": torch.get_default_dtype(),
        "threads": torch.get_num_threads(),
        "grad": torch.is_grad_enabled(),
        "style": dict(mpl.rcParams),
        "figures": plt.get_fignums(),
        "environment": dict(os.environ),
        "files": {
            path: (path.stat().st_size, path.stat().st_mtime_ns)
            for place in places
            for path in place.rglob("*")
            if path.suffix != ".pyc" and path.is_file()
        },
    }


class Refused:
    """Calls an entrance that must refuse, and looks at everything before and after."""

    def __init__(self, row: Row, message: str) -> None:
        self.row, self.message = row, message
        self.called = 0

    def __call__(self, *arguments: object, **options: object) -> None:
        entrance = found(self.row.entrance)
        self.check(lambda: entrance(*arguments, **options), arguments, options)

    def entering(self, *arguments: object) -> None:
        manager = found(self.row.entrance)(*arguments)
        self.check(manager.__enter__, arguments, {})

    def check(self, run: Callable[[], object], *given: object) -> None:
        before = world(), frozen(given)
        with pytest.raises(self.row.error, match=self.message) as caught:
            run()
        assert type(caught.value) is self.row.error
        assert (world(), frozen(given)) == before
        self.called += 1


def found(entrance: str) -> Callable[..., Any]:
    module, *names = entrance.split(".")
    thing: Any = importlib.import_module(f"nnlib.{module}")
    for name in names:
        thing = getattr(thing, name)
    return thing


@pytest.fixture(autouse=True)
def empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")


def names(rows: list[Row]) -> list[str]:
    """``clip.clip_grad_norm_-max_norm-3``: the third row of that argument."""
    seen: Counter[str] = Counter()
    ids = []
    for one in rows:
        key = f"{one.entrance}-{one.argument}"
        seen[key] += 1
        ids.append(f"{key}-{seen[key]}")
    return ids


@pytest.mark.parametrize("bad", ROWS, ids=names(ROWS))
def test_bad_input_is_refused_and_nothing_is_changed(bad: Row) -> None:
    call = Refused(bad, f"^{re.escape(bad.says)}")
    bad.attempt(call)
    assert call.called == 1


@pytest.mark.parametrize("bad", OWN, ids=names(OWN))
def test_what_python_refuses_changes_nothing(bad: Row) -> None:
    call = Refused(bad, re.escape(bad.says))
    bad.attempt(call)
    assert call.called == 1


def entrances() -> dict[str, set[str]]:
    """Every public function, class and method that takes something, with its arguments."""
    found: dict[str, set[str]] = {}

    def note(name: str, function: Callable[..., object]) -> None:
        arguments = {
            argument.name
            for argument in inspect.signature(function).parameters.values()
            if argument.name not in ("self", "cls", "_")
            and argument.annotation not in ("bool", bool)
        }
        if arguments:
            found[name] = arguments

    for info in pkgutil.iter_modules(nnlib.__path__):
        module = importlib.import_module(f"nnlib.{info.name}")
        for name, thing in vars(module).items():
            mine = getattr(thing, "__module__", "") == module.__name__
            if name.startswith("_") or not mine:
                continue
            where = f"{info.name}.{name}"
            if inspect.isfunction(thing):
                note(where, thing)
            elif inspect.isclass(thing):
                if where not in RECORDS:
                    note(where, thing)
                for method, function in vars(thing).items():
                    function = getattr(function, "__func__", function)
                    if (
                        not method.startswith("_")
                        and inspect.isfunction(function)
                        and RECORDS.get(where) != "a protocol"
                    ):
                        note(f"{where}.{method}", function)
    return found


def test_every_argument_of_every_public_entrance_is_tried() -> None:
    tried: dict[str, set[str]] = {
        name: set(free) for name, free in FREE.items()
    }
    for one in ROWS + OWN:
        tried.setdefault(one.entrance, set()).add(one.argument)
    assert {
        name: sorted(arguments - tried.get(name, set()))
        for name, arguments in entrances().items()
        if arguments - tried.get(name, set())
    } == {}


def test_the_table_names_only_what_there_is() -> None:
    known = entrances()
    assert {one.entrance for one in ROWS + OWN} | set(FREE) <= set(known)
    for name, free in FREE.items():
        assert free <= known[name]
    assert all(found(name) for name in RECORDS)


def test_a_message_names_argument_rule_and_value() -> None:
    for one in ROWS:
        assert re.search(r" (must|needs|takes) ", one.says), one
