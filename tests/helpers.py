"""What several test files need: data, what a module offers, one of many, a page read."""

from __future__ import annotations

import inspect
import json
import math
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from bs4 import BeautifulSoup
from hypothesis import strategies as st
from torch import Tensor, nn

from nnlib.replicas import replica_parameter

SEED = 3  # the replica that is compared with the same network alone
SEEDS = range(20)
NAN, INF = math.nan, math.inf

# what laws are tried on
NUMBERS = st.integers(0, 10**6)
AXES = st.lists(st.integers(1, 3), max_size=2).map(tuple)
SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=2).map(tuple)
EVENTS = st.lists(SHAPES, min_size=1, max_size=3)
DTYPES = st.sampled_from([torch.float32, torch.float64])


def equal(actual: object, expected: object, atol: float = 1e-12) -> None:
    """Assert equality up to rounding in float64; NaN equals NaN."""
    torch.testing.assert_close(actual, expected, rtol=1e-12, atol=atol, equal_nan=True)


def seeded(seed: int = 0) -> torch.Generator:
    """A generator in a known state."""
    return torch.Generator().manual_seed(seed)


def draw(*shape: int, seed: int = 0) -> Tensor:
    """Standard normal numbers, always the same."""
    return torch.randn(shape, generator=seeded(seed))


def labels(*shape: int, classes: int = 3, seed: int = 0) -> Tensor:
    """Random classes, always the same."""
    return torch.randint(classes, shape, generator=seeded(seed))


def state(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the parameters, to compare with later."""
    return {k: v.clone() for k, v in model.state_dict().items()}


def unchanged(model: nn.Module, before: dict[str, Tensor]) -> bool:
    """Whether all parameters are bit for bit as they were."""
    return all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


def parameter(gradient: Any, replica_dims: int = 0) -> nn.Parameter:
    """A parameter of zeros with this gradient."""
    gradient = torch.as_tensor(gradient)
    p = replica_parameter(torch.zeros_like(gradient), replica_dims)
    p.grad = gradient.clone()
    return p


def public(
    owner: ModuleType | type, kind: Callable[[object], bool] = inspect.isfunction
) -> dict[str, Any]:
    """What a module offers under its own name, not what it imports; or a class."""
    return {
        name: thing
        for name, thing in vars(owner).items()
        if kind(thing)
        and thing.__module__ == getattr(owner, "__module__", owner.__name__)
        and not name.startswith("_")
        and "__" not in name  # a mutant
    }


def with_first(module: ModuleType, argument: str) -> dict[str, Any]:
    """The public functions whose first argument has this name."""
    firsts = {f: [*inspect.signature(f).parameters][:1] for f in public(module).values()}
    return {name: f for name, f in public(module).items() if firsts[f] == [argument]}


class Page:
    """The elements, the attributes and the texts of HTML, as a browser sees them."""

    def __init__(self, page: str) -> None:
        found = BeautifulSoup(page, "html.parser", multi_valued_attributes=None)
        self.tags = [tag.name for tag in found.find_all()]
        self.attributes = [pair for tag in found.find_all() for pair in tag.attrs.items()]
        self.scripts = "".join(script.extract().text for script in found("script"))
        self.text = found.text

    def all(self, name: str) -> list[Any]:
        """The values of an attribute, wherever it stands."""
        return [value for key, value in self.attributes if key == name]

    @property
    def data(self) -> Any:
        """What the script sees as DATA, read as JavaScript would read it."""
        (line,) = re.findall("^const DATA = (.*);$", self.scripts, re.M)
        return json.loads(line)

    @property
    def handlers(self) -> list[str]:
        return [name for name, _ in self.attributes if name.startswith("on")]
