"""Every public argument of every public entrance of nnlib, with what it must refuse.

``RANGES`` declares once for each argument name what is good and what is bad; the rows are
found by looking at the signatures.  ``RELATIONS`` holds what is bad only beside something
else.  Where nnlib itself refuses, the message names the argument and shows the value; where
PyTorch or Python does, the words are theirs.  After each refusal nothing has changed: no
argument, no network, no optimiser, no source of random numbers.
"""

from __future__ import annotations

import importlib
import inspect
import linecache
import pickle
import pkgutil
import random
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import pytest
import sklearn.datasets  # noqa: F401 - draws when it is first imported
import torch
from helpers import INF, NAN, draw, labels, parameter, public, seeded
from torch import Tensor, nn

import nnlib
from nnlib import activations, init
from nnlib.early_stopping import EarlyStopping
from nnlib.linear import Linear
from nnlib.models import MLP
from nnlib.optim import SGD
from nnlib.replicas import Generators, replica_parameter, replica_shape
from nnlib.train import mean_squared_error


def x(*shape: int) -> Tensor:
    return draw(*(shape or (2, 3))).double()


def net(**options: Any) -> MLP:
    return MLP([3, 4, 2], seeds=0, **options)


def pair() -> replica_parameter:
    """Two replicas of a weight, with a gradient."""
    p = replica_parameter(x(2, 4, 3), replica_dims=1)
    p.grad = x(2, 4, 3)
    return p


def examples(n: int = 6) -> tuple[Tensor, Tensor]:
    return x(n, 3), labels(n, classes=2)


def watched() -> EarlyStopping:
    stopper = EarlyStopping(1)
    stopper.step(1.0, Linear(3, 2))
    return stopper


# the declaration

COMPLEX = torch.ones(2, 3, dtype=torch.complex128)
WHOLE = torch.ones(2, 3, dtype=torch.int64)
NO_TENSOR = ["x", None, [1.0], COMPLEX, WHOLE]
NO_CALL = ["relu", None, 3, WHOLE]
THREE = Generators(range(3))


def numbers(interval: str) -> list[object]:
    """What lies outside, alone or as one of many, and what is no number at all."""
    low, high = map(float, interval[1:-1].split(","))
    near = low - 1, low - 1e-9, high + 1e-9, high + 1
    outside = [v for v in near if not low <= v <= high]
    outside += [low] * (interval[0] == "(") + [high] * (interval[-1] == ")")
    outside = [*dict.fromkeys(outside), NAN]
    many = [torch.tensor([0.5, v], dtype=torch.float64) for v in outside]
    unfit = torch.full((7,), 0.5, dtype=torch.float64)
    return [*outside, *many, unfit, "1", None, 1j, [1.0], True, np.True_]


def counts(at_least: int) -> list[object]:
    return [at_least - 1, -5, 1.5, NAN, "1", None]


def itself(bad: object) -> object:
    return bad


class Range(NamedTuple):
    """Makes something good; some bad things; puts one bad thing among good ones."""

    good: Callable[[], object]
    bad: list[Any]
    among: Callable[[Any], object] = itself


RANGES: dict[str, Range] = {}


def declare(names: str, *parts: Any) -> None:
    RANGES.update(dict.fromkeys(names.split(), Range(*parts)))


declare("lr eps orthogonal_.gain", lambda: 0.5, numbers("(0, inf)"))
declare("max_norm clip_value", lambda: 0.5, numbers("(0, inf]"))
declare("std bound min_delta patience", lambda: 1, numbers("[0, inf)"))
declare("weight_decay", lambda: 0.5, numbers("[0, inf)"))
declare("noise", lambda: 0.5, [-1, -1e-9, NAN, "1"])
declare("p label_noise", lambda: 0.5, numbers("[0, 1]"))
declare("momentum", lambda: 0.5, numbers("[0, 1)"))
declare("betas", tuple, numbers("[0, 1)"), lambda bad: (0.9, bad))
declare("mean val scale", lambda: 0.5, numbers("(-inf, inf)"))
# Factors of a formula: what comes of them is refused, or as wrong as they are.
declare("negative_slope alpha gain tol threshold", lambda: 0.5, ["1", None])
declare("a", lambda: 0.5, [True, np.True_, "x", [1], None, NAN, INF])
declare("clip_coefficient.max_norm", lambda: 0.5, ["x", None])
declare("lam", lambda: 0.5, [None])
declare("options", dict, ["1", None], lambda bad: {"alpha": bad})
declare("in_features features", lambda: 3, counts(1))
declare("out_features hidden epochs batch_size", lambda: 2, counts(1))
declare("sizes", lambda: [3, 4, 2], counts(1), lambda bad: [3, bad, 2])
declare("replicas", lambda: (2,), counts(1), lambda bad: (bad,))
declare("check_fit.replicas", lambda: (2,), [])  # the network's own
declare("n", lambda: 2, ["1", None])
declare("max_iter", lambda: 2, [1.5, "1", None])
declare("replica_dims randperm.n", lambda: 0, counts(0))
declare("stream", lambda: 0, [-1, 1.5, "x", None])
declare("event_dims total_norm.replica_dims", lambda: 1, ["1", 1.5])
declare("size", tuple, counts(0), lambda bad: (2, bad))
declare("n_train n_validation n_test", lambda: 20, counts(1))
declare("seeds seed", lambda: 0, [-1, 1.5, "0", True, [], [[0], [1, 2]], [0, -1]])
declare("generator", seeded, [0, "cpu", random.Random(0), THREE])
declare("x outputs logits preactivations like", x, NO_TENSOR)
declare("activations mean_squared_error.outputs", x, NO_TENSOR[:3])
declare("Dropout.x dropout.x tensor", lambda: x(2, 4, 3), NO_TENSOR)
declare("norm", lambda: x(2).abs(), NO_TENSOR)
declare("data", x, ["x", None, 1.5])
declare("tensors", lambda: [x()], ["x", None], lambda bad: [x(), bad])
declare("parameters", lambda: [pair()], ["x", None, 1.5], lambda bad: [pair(), bad])
declare("model", net, ["x", None, WHOLE, [1]])
declare("f function activation", lambda: activations.elu, NO_CALL)
declare("Residual.f", lambda: nn.Linear(3, 3), NO_CALL)
declare("loss penalty metric", lambda: None, NO_CALL)
declare("init", lambda: init.kaiming_normal_, NO_CALL)
declare("mode", lambda: "fan_in", ["fan_avg", None, 1])
declare("y", lambda: labels(2), ["x", None, [1], labels(3), labels(2, 3)])
declare("mean_squared_error.y", x, ["x", None, [1], x(3, 2), x(2), x(2, 1)])
declare("val_loss", lambda: 1.0, ["x", None, 1j, x(2), x(2, 2)])
declare("train validation", examples, ["x", 3, x(6, 3), (x(6, 3),)])
declare("optimizer", lambda: None, ["sgd", None, nn.Linear(2, 2)])
declare("early_stopping", lambda: EarlyStopping(1), ["x", 3])
declare("value", lambda: 0.5, ["x", None])
declare("setting.value", lambda: 0.5, [-1, "x", None])
declare("name param args kwargs", lambda: "value", [])
declare("rand.like randn.like", x, ["x", None, [1.0]])
declare("interval", lambda: "[0, 1]", [])
declare("dims", lambda: 1, [])
declare("layers", lambda: [nn.ReLU()], [3, ["x"]])

# beside something else: entrances, what the message says, what is given

RELATIONS: list[tuple[str, str, dict[str, Any]]] = []
STOPPER, STEP = "EarlyStopping", "Optimizer SGD Adam"
CLIP = "clip_grad_norm_ clip_grad_value_"
UNFIT = r"must broadcast over .*\(2,\), got .*\(7,\)"
SEVEN = torch.ones(7)


def relate(names: str, says: str, **given: Any) -> None:
    RELATIONS.extend((name, says, given) for name in names.split())


def spoilt(value: float) -> list[tuple[str, Tensor]]:
    """Named parameters, one with a gradient that is not finite."""
    b = pair()
    b.grad[1, 2, 0] = value
    return [("a", pair()), ("b", b)]


relate("Linear.forward record_activations", "", x=x(2, 4))
for shape in ((3,), (2, 0)):
    names = "xavier_normal_ kaiming_uniform_ lecun_normal_"
    relate(names, f"tensor must .*, got .*{shape[-1]}", tensor=x(*shape))
relate("gradient_norms", r"0\.weight .*backward\(\)")
relate("gradient_norms", "", model=nn.ReLU())
relate("digits mnist1d", "", n_train=4000, n_validation=10)
relate("replica_parameter", "replica_dims .*2.*, got 3", replica_dims=3)
relate("Adam", "", betas=(0.9,))
relate("MLP", r"sizes .* two .*, got \[\]", sizes=[])
relate("MLP", r"sizes .* two .*, got \[3\]", sizes=[3])
says = r"seeds must broadcast over .*\(2,\), got .*\(3,\)"
relate("MLP", says, replicas=(2,), seeds=range(3))
says = "variance of layer 0 .*x must .*, got .*0"
relate("lsuv_", says, x=torch.zeros(4, 3, dtype=torch.float64))
says = r"F\(x\) .*shape.* of x, got .*"
relate("Residual", says + "2, 2", f=nn.Linear(3, 2).double())
relate("Residual", says + "1, 3", f=lambda x: x.mean(-2, keepdim=True))
relate("Residual", "F must not change x", f=nn.ReLU(inplace=True))
given = {"model": nn.Sequential(nn.Conv2d(1, 2, 3)), "x": x(2, 1, 5, 5)}
relate("lsuv_", "layer 0 must be linear", **given)
for value in (NAN, INF, -INF):
    says = "gradient of b must be finite, got "
    relate(CLIP, says, parameters=spoilt(value))
says = r"gradient of parameters\[1\] must be finite, got "
relate(CLIP, says, parameters=[p for _, p in spoilt(NAN)])
huge = parameter(torch.tensor([1.7e308] * 4, dtype=torch.float64))
relate("clip_grad_norm_", "norm must be finite, got ", parameters=[huge])
relate(CLIP, "parameters must not be empty", parameters=[])
relate(STEP, "parameters must be some.* got 0", parameters=[])
w = pair()
twice = [{"params": [w], "weight_decay": decay} for decay in (0.1, 0.0)]
relate(STEP, "parameters must be .* one group.* got 2", parameters=twice)
says = r"parameters must share .*\[2\]"
given = [pair(), parameter(x())]
relate(f"{CLIP} {STEP} l2_penalty replica_shape", says, parameters=given)
for group, says in (
    ({}, r"group must have params and weight_decay.*, got \['params'\]"),
    ({"weight_decay": -1}, "weight_decay must be .*, got -1"),
    ({"weight_decay": SEVEN}, f"weight_decay {UNFIT}"),
):
    relate(STEP, says, parameters=[{"params": [pair()], **group}])
new = EarlyStopping(SEVEN), EarlyStopping(1, SEVEN), EarlyStopping(1)
relate(f"{STOPPER}.check_fit", f"patience {UNFIT}", self=new[0])
relate(f"{STOPPER}.check_fit", f"min_delta {UNFIT}", self=new[1])
says = "early_stopping must be new"
relate(f"{STOPPER}.check_fit", says, self=watched(), replicas=())
relate("fit", says, early_stopping=watched())
relate("fit", "", early_stopping=new[2], validation=None)
two = MLP([3, 4, 2], replicas=(2,), seeds=range(2))
other = [SGD(net().parameters(), 0.1), torch.optim.Adam(net().parameters())]
other += [SGD(two[0].requires_grad_(False).parameters(), 0.1)]
for optimizer in other:
    relate("fit", "optimizer must hold parameters", model=two, optimizer=optimizer)
for kind in (torch.optim.LBFGS, torch.optim.Adafactor):
    given = {"model": two, "optimizer": kind(two.parameters())}
    relate("fit", "optimizer must step each number by itself", **given)
relate(f"{STOPPER}.restore", "restore needs a finite loss", self=new[2])
for method in ("step", "restore"):
    other = {"self": watched(), "model": Linear(4, 2)}
    relate(f"{STOPPER}.{method}", "model must .*watched", **other)
for name in ("train", "validation"):
    for data in (examples(0), (x(6, 3), labels(5))):
        says = f"{name} must .*input.*, got .*{len(data[0])}, 3"
        relate("fit", says, **{name: data})
    for data in ((x(6, 3) * NAN, labels(6)), (x(6, 3), x(6, 3) / 0)):
        relate("fit", f"{name} must .*finite", **{name: data})
    for bad in (-1, 2):
        says = f"{name} must .*0.*1.*, got .*{bad}"
        y = torch.tensor([0, 1, 1, 1, 0, bad])
        relate("fit", says, **{name: (x(6, 3), y)})
    for data in ((x(6, 2), labels(6)), (x(6, 3), x(6)), (x(5, 6, 3), labels(5, 6))):
        relate("fit", "", **{name: data})
relate("fit", r"seeds must broadcast .*, got .*\(3,\)", seeds=range(3))
relate("fit", "y must .* outputs, got ", loss=mean_squared_error)
for name in ("loss", "penalty"):
    relate("fit", f"{name} must .*got .*2", **{name: lambda *_: torch.ones(2)})


# the tests


class Looks(pickle.Pickler):
    """Notes all that can be seen of a value, so that two looks can be compared."""

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, Tensor):
            data = b"" if thing.is_meta else thing.detach().numpy().tobytes()
            grad = thing.grad if thing.is_leaf else None
            flags = str(thing.dtype), tuple(thing.shape), thing.requires_grad
            return list, ([type(thing).__name__, *flags, data, grad],)
        return (str, (repr(thing),)) if inspect.isroutine(thing) else NotImplemented


def look(entrance: str, given: dict[str, Any]) -> bytes:
    """What a call could change: its arguments, and what stands around it."""
    around = [np.random.get_state(), random.getstate()]
    around += [str(torch.get_default_dtype()), torch.is_grad_enabled()]
    if entrance != "init.lsuv_":  # which draws before it sees a bad layer
        around.append(torch.get_rng_state())
    Looks(file := BytesIO()).dump([given, around])
    return file.getvalue()


def found(entrance: str) -> Callable[..., Any]:
    module, *path = entrance.split(".")
    thing: Any = importlib.import_module(f"nnlib.{module}")
    for name in path:
        thing = getattr(thing, name)
    return thing


def is_record(cls: Any) -> bool:
    """Whether a class only holds what nnlib returns, or what a type checker reads."""
    marks = ("__dataclass_fields__", "_fields", "_is_protocol", "__total__", "_member_map_")
    return any(getattr(cls, mark, False) for mark in marks)


def entrances() -> dict[str, list[inspect.Parameter]]:
    """Every public function, class and method, with the arguments that may be bad."""
    all_of_them: dict[str, Callable[..., object]] = {}
    for info in pkgutil.iter_modules(nnlib.__path__):
        if info.ispkg or info.name == "checks":
            continue
        module = importlib.import_module(f"nnlib.{info.name}")
        all_of_them |= {f"{info.name}.{name}": f for name, f in public(module).items()}
        for name, cls in public(module, inspect.isclass).items():
            if not is_record(cls):
                all_of_them[f"{info.name}.{name}"] = cls
                methods = public(cls).items()
                all_of_them |= {f"{info.name}.{name}.{method}": f for method, f in methods}
    return {
        name: [
            p
            for p in inspect.signature(f).parameters.values()
            if p.name != "self" and p.annotation != "bool"
        ]
        for name, f in all_of_them.items()
    }


ENTRANCES = entrances()


def declared(entrance: str, argument: str) -> Range | None:
    """The range of an argument, of that name here or of that name anywhere."""
    for part in reversed(entrance.split(".")):
        if f"{part}.{argument}" in RANGES:
            return RANGES[f"{part}.{argument}"]
    return RANGES.get(argument)


def good(entrance: str) -> dict[str, Any]:
    """The arguments of a call in which nothing is bad yet."""
    owner, _, method = entrance.rpartition(".")
    given: dict[str, Any] = {}
    if owner in ENTRANCES:
        given["self"] = call(owner, good(owner))
    for p in ENTRANCES[entrance]:
        if p.default is p.empty and (one := declared(entrance, p.name)):
            given[p.name] = one.good()
    if method in ("rand", "randn") and owner == "replicas":
        given["generator"] = Generators([0, 1])
    if method == "restore":
        given["self"] = watched()
    if method == "MLP":
        given["seeds"] = 0
    if method == "fit":
        model = given["model"] = net(p=0.5)
        given["optimizer"] = SGD(model.parameters(), 0.1, momentum=0.9)
        given["validation"] = examples(4)
    return given


def call(entrance: str, given: dict[str, Any]) -> Any:
    given = given | given.get("options", {})
    given.pop("options", None)
    if "size" in given:
        return found(entrance)(given["self"], *given["size"])
    return found(entrance)(**given)


def use(thing: object) -> None:
    """What is made is put to use, where a setting is met that could not be met before."""
    if isinstance(thing, nn.Module):
        thing(x())
    elif isinstance(thing, EarlyStopping):
        thing.step(1.0, Linear(3, 2, generator=seeded()))
    elif isinstance(thing, nn.Parameter):
        replica_shape([thing])
    elif hasattr(thing, "step"):
        thing.step()
    elif isinstance(thing, tuple):
        SGD(thing, 0.1)
    elif hasattr(thing, "__enter__"):
        thing.__enter__()


REFUSED = TypeError, ValueError, RuntimeError, AttributeError, ArithmeticError


def refusal(entrance: str, given: dict[str, Any]) -> tuple[str, bool]:
    """Return how a call was refused, and whether by nnlib; nothing may have changed."""
    seen = [look(entrance, given)]

    def attempt() -> None:
        thing = call(entrance, given)
        seen.append(look(entrance, given))
        use(thing)

    with pytest.raises(REFUSED) as caught:
        attempt()
    assert look(entrance, given) == seen[-1]
    last = caught.traceback[-1].frame
    where = last.f_globals["__name__"], last.code.path
    line = linecache.getline(str(where[1]), caught.traceback[-1].lineno + 1)
    own = where[0].startswith("nnlib.") and line.lstrip().startswith("raise ")
    message = str(caught.value)
    says = message.partition(", got ")[0].replace("LSUV", "")
    assert not (own and re.search("[A-Z]{2}", says)), "it shouts"
    return message, own


def shown(value: Any) -> set[str]:
    """What a message may say of a value."""
    kinds = {repr(value), str(value)}
    if hasattr(value, "shape"):
        kinds |= {str(value.shape), str(tuple(value.shape))}
    return kinds | {str(getattr(value, "dtype", value))}


ALIASES = {  # by what name a message may call it
    **dict.fromkeys(["in_features", "out_features", "features"], "axis"),
    **dict.fromkeys(["hidden", "sizes", "replicas"], "axis"),
    "seed": "seeds",
    "generator": "seeds",
    **dict.fromkeys(("tensor", "like", "norm", "logits", "outputs"), "x"),
    **dict.fromkeys(("activations", "preactivations", "tensors", "parameters"), "x"),
}


def rows() -> Iterator[Any]:
    for entrance, arguments in ENTRANCES.items():
        for p in arguments:
            one, kind = declared(entrance, p.name), str(p.annotation)
            for k, bad in enumerate(one.bad if one else []):
                optional = bad is None and "None" in kind
                no_tensor = isinstance(bad, Tensor) and kind in ("float", "int")
                if not optional and not no_tensor:
                    yield pytest.param(entrance, p.name, bad, id=f"{entrance}-{p.name}-{k}")


@pytest.mark.parametrize(("entrance", "argument", "bad"), list(rows()))
def test_bad_input_is_refused_and_nothing_is_changed(entrance, argument, bad):
    value = declared(entrance, argument).among(bad)
    given = good(entrance) | {argument: value}
    message, own = refusal(entrance, given)
    if own:
        says, _, got = message.partition(", got ")
        names = argument, ALIASES.get(argument, argument)
        assert re.search(rf"\b({'|'.join(names)})\b.* (must|may|needs|meets)\b", says)
        assert any(text in got for text in shown(bad) | shown(value))


@pytest.mark.parametrize(("name", "says", "given"), RELATIONS)
def test_what_does_not_fit_is_refused_and_nothing_is_changed(name, says, given):
    full = next(e for e in ENTRANCES if e.split(".", 1)[1] == name)
    message, own = refusal(full, good(full) | given)
    assert re.search(says, message)
    assert own or not says


def test_every_argument_of_every_public_entrance_is_tried():
    missing = {
        f"{entrance}({p.name})"
        for entrance, arguments in ENTRANCES.items()
        for p in arguments
        if not declared(entrance, p.name)
    }
    assert missing == set()
