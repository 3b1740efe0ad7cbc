"""The laboratory: networks that train in the page, two settings side by side.

:func:`lab` shows one.  Like all moving outputs it is complete in itself and asks nobody for
anything: the settings are an attribute, the data and the program are two kinds of script,
and where scripts are stripped a figure and a sentence remain.  The built book keeps each
script once, for all its pages (:mod:`claimbook.sphinxext.shared`).

What trains is the lecture's own: a folder of JavaScript modules.  Its ``train.js`` exports
``fit(settings, data, seed)``, which yields one row of numbers for each epoch, beside
``cost``, ``map`` and ``boxOf``; its ``settings.js`` exports what a reader may set
(``FIELDS``), what is drawn (``VIEWS``) and what is compared (``OUTCOME``, ``settled``,
``diverged``, ``settingsOf``).  The modules of both sides name everything differently and
import each other by file name, so that joining them is leaving out ``import`` and
``export``.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from claimbook.checks import text
from claimbook.explore import _Pictures
from claimbook.page import HERE, Output

__all__ = ["Preset", "lab"]

COMPONENT = HERE / "laboratory"
LEVELS = 16  # numbers that are sixteenths take half a byte each
IMPORT = re.compile(r'^import [^;]*? from "\./([\w.]+)";\n', re.MULTILINE)
EXPORTED = re.compile(r"^export (?:const|class|function\*?) (\w+)", re.M)
COMMENT = re.compile(
    r"^ *(?://.*|/\*[\s\S]*?\*/)\n|(?<=[;,{}]) +// .*$", re.MULTILINE
)


class Data(Protocol):
    """A data set that was split once; with 0 classes its targets are numbers."""

    @property
    def train(self) -> tuple[Tensor, Tensor]:
        """Inputs ``(n, d)`` and targets ``(n,)``."""
        ...

    @property
    def validation(self) -> tuple[Tensor, Tensor]:
        """The same, unseen in training."""
        ...

    @property
    def classes(self) -> int:
        """How many classes there are."""
        ...


@dataclass(frozen=True)
class Preset:
    """A question, with the settings that it begins with.

    Attributes:
        name: In the page's address.
        title: On its button.
        question: In a sentence.
        task: What to do, and what to look at.
        a: What setting A has that is not usual, such as ``{"activation": "sigmoid"}``.
        b: The same for setting B.
        both: What is common to both: ``data``, ``seeds``, ``epochs``.
        show: The settings in sight; the others fold away.
        view: What the second picture shows; ``""`` for the first that there is.
        chapter: The page that treats it, without its ending.
        where: How a link to it is called.
        python: What each seed came to in Python, from seed 0 on: ``{"A": …, "B": …}``.
    """

    name: str
    title: str
    question: str
    task: str
    a: Mapping[str, Any] = field(default_factory=dict)
    b: Mapping[str, Any] = field(default_factory=dict)
    both: Mapping[str, Any] = field(default_factory=dict)
    show: Sequence[str] = ()
    view: str = ""
    chapter: str = ""
    where: str = ""
    python: Mapping[str, Sequence[float]] | None = None

    def told(self) -> dict[str, Any]:
        """Return what the page is told."""
        sides = {"A": self.a, "B": self.b}
        choice = {
            f"{side}.{name}": value
            for side, settings in sides.items()
            for name, value in settings.items()
        }
        said = asdict(self)
        for name in ("a", "b", "both"):
            del said[name]
        return said | {"choice": choice | dict(self.both)}


def lab(
    scripts: Path,
    *,
    id: str,
    alt: str,
    data: Mapping[str, Data],
    presets: Sequence[Preset],
    still: Figure,
    finding: str,
    lines: bool = False,
) -> Output:
    """Let the reader train two settings on the same seeds and compare them.

    Args:
        scripts: The folder of the lecture's modules.
        id: The laboratory's name in the page's address.
        alt: What there is to compare and what the still figure shows, in a sentence.
        data: The data sets that a reader may choose from, by name.
        presets: What the page offers; the first is shown.
        still: The same comparison in Python, seen where scripts do not run.
        finding: What it found, in a sentence.
        lines: Whether each network is drawn by itself, in one picture.

    Raises:
        TypeError: If ``alt`` or ``finding`` is no string.
        ValueError: If one of them is blank, a name of data is no word, or there is nothing
            to compare.
    """
    if not data or not presets:
        raise ValueError("lab must have data and presets, got none")
    for name in data:
        if not name.isidentifier():
            raise ValueError(f"names of data must be words, got {name!r}")
    text("finding", finding)
    shared = {name: packed(some) for name, some in data.items()}
    keys = {name: f"{name}-{digest(said)}" for name, said in shared.items()}
    told = {
        "id": id,
        "alt": text("alt", alt),
        "lines": lines,
        "sets": keys,
        "presets": [preset.told() for preset in presets],
    }
    image = _Pictures(lambda: still, lambda: alt).image({})
    scripts_of_data = "".join(
        _shared(
            f"data-{key}",
            "(globalThis.laboratoryData ??= {})"
            f'["{key}"] = {shared[name]};\n',
        )
        for name, key in keys.items()
    )
    code = program(scripts)
    attribute = html.escape(json.dumps(told), quote=True)
    return Output(
        f'<div class="nnl-lab" data-lab="{attribute}">{image}'
        f'<p class="nnl-off">Here networks train. {html.escape(finding)} '
        "Run this cell, or trust the notebook, to train them.</p></div>"
        f"{scripts_of_data}{_shared(f'lab-{digest(code)}', code)}",
        f"Laboratory: {alt} {finding}",
    )


def packed(data: Data) -> str:
    """Return a data set as JSON: what ``laboratory/data.js`` unpacks."""
    (x, y), (more_x, more_y) = data.train, data.validation
    xs = np.concatenate([x.numpy(), more_x.numpy()]).astype("<f8")
    ys = np.concatenate([y.numpy(), more_y.numpy()])
    raised = LEVELS * xs
    levelled = bool(((raised == raised.round()) & (xs >= 0) & (xs <= 1)).all())
    kind = np.uint8 if data.classes else "<f8"
    return json.dumps(
        {
            "n": [len(y), len(more_y)],
            "inputs": xs.shape[1],
            "classes": data.classes,
            "levels": LEVELS if levelled else 0,
            "x": _base64(_levels(raised) if levelled else xs.tobytes()),
            "y": _base64(ys.astype(kind).tobytes()),
        }
    )


def _levels(raised: np.ndarray) -> bytes:
    """A bit for each number, 0 or not, then half a byte for each that is not."""
    whole = raised.astype(np.uint8).ravel()
    some = whole[whole > 0] - 1
    pairs = np.append(some, np.zeros(len(some) % 2, np.uint8)).reshape(-1, 2)
    halves = (pairs[:, 0] << 4 | pairs[:, 1]).astype(np.uint8)
    return np.packbits(whole > 0).tobytes() + halves.tobytes()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def program(scripts: Path) -> str:
    """Return the whole program: engine, settings and component, as one classic script.

    The engine stands in a function without free variables: the page calls it, and a worker
    is made from its text.
    """
    engine, exported = joined(scripts / "train.js")
    settings, _ = joined(scripts / "settings.js")
    component, _ = joined(COMPONENT / "component.js")
    style = (COMPONENT / "laboratory.css").read_text(encoding="utf-8")
    return (
        '"use strict";\nglobalThis.laboratory ??= (() => {\n'
        f"const engine = () => {{\n{engine}"
        f"return {{ {', '.join(exported)} }};\n}};\n{settings}"
        f"const CSS = {json.dumps(short(style))};\n{component}"
        "return { FIELDS, engine, interval, mount, settingsOf, unpack };\n})();\n"
        'for (const root of document.querySelectorAll("[data-lab]:not([data-state])"))\n'
        "laboratory.mount(root);\n"
    )


def joined(entry: Path) -> tuple[str, list[str]]:
    """Return a module and all that it imports as one text, and the names it exports."""
    parts = {
        path.name: path.read_text(encoding="utf-8") for path in _order(entry)
    }
    names = [
        name for part in parts.values() for name in EXPORTED.findall(part)
    ]
    code = "".join(IMPORT.sub("", part) for part in parts.values())
    return short(re.sub(r"^export ", "", code, flags=re.M)), names


def _order(entry: Path) -> Iterator[Path]:
    """Yield the modules behind an entry, each once and after those that it imports."""
    seen: set[Path] = set()

    def visit(path: Path) -> Iterator[Path]:
        if path not in seen:
            seen.add(path)
            for name in IMPORT.findall(path.read_text(encoding="utf-8")):
                yield from visit(path.with_name(name))
            yield path

    return visit(entry)


def short(code: str) -> str:
    """Return code without comments, indentation and empty lines."""
    bare = COMMENT.sub("", code)
    return "".join(
        f"{line.strip()}\n" for line in bare.splitlines() if line.strip()
    )


def digest(code: str) -> str:
    """Return a few digits that change with the code."""
    return hashlib.sha256(code.encode()).hexdigest()[:10]


def _shared(name: str, code: str) -> str:
    """Return a script that the built book keeps once for all pages."""
    safe = code.replace("</", "<\\/").replace("<!--", "<\\!--")
    return f'<script data-shared="{html.escape(name)}">{safe}</script>'
