"""What several test files need: small data, one replica out of many, a page read."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import torch
from torch import Tensor, nn

SEED = 3  # the replica that is compared with the same network alone
SEEDS = range(20)


def equal(actual: object, expected: object, atol: float = 1e-12) -> None:
    """Assert equality up to rounding in float64; NaN equals NaN."""
    torch.testing.assert_close(
        actual, expected, rtol=1e-12, atol=atol, equal_nan=True
    )


def draw(*shape: int, seed: int = 0) -> Tensor:
    """Standard normal numbers, always the same."""
    g = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=g)


def labels(*shape: int, classes: int = 3, seed: int = 0) -> Tensor:
    """Random classes, always the same."""
    g = torch.Generator().manual_seed(seed)
    return torch.randint(classes, shape, generator=g)


def state(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the parameters, to compare with later."""
    return {k: v.clone() for k, v in model.state_dict().items()}


def unchanged(model: nn.Module, before: dict[str, Tensor]) -> bool:
    """Whether all parameters are bit for bit as they were."""
    return all(
        torch.equal(v, before[k]) for k, v in model.state_dict().items()
    )


def set_grads(parameters: list[Tensor], *gradients: Tensor) -> list[Tensor]:
    """Give each parameter its gradient."""
    for p, g in zip(parameters, gradients, strict=True):
        p.grad = g.clone()
    return parameters


class Page(HTMLParser):
    """The elements, the attributes and the texts of HTML, as a browser sees them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text, self.scripts, self._script = "", "", False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self._script = tag == "script"

    def handle_endtag(self, tag):
        self._script = False

    def handle_data(self, data):
        if self._script:
            self.scripts += data
        else:
            self.text += data

    def all(self, name: str) -> list[str | None]:
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
