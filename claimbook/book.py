"""What another lecture would change: one block of ``_config.yml``, read.

The block is ``parse.myst_substitutions``, so that a page may say ``{{ title }}`` as well.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

METADATA_KEY = "claimbook"
"""Under which a notebook's metadata say how it was made."""


@dataclass(frozen=True)
class Book:
    """One book.

    Attributes:
        title: Of the book.
        lecture: The lecture that it follows, as one cites it.
        lecturer: Who gave the lecture.
        university: Where it was given.
        repository: The address of its sources.
        site: The address of its pages.
        statements: The file that lists the statements, from the root of the repository.
        witnesses: The file that says which sabotage breaks which claim.
        pdf: The name of the book as one PDF.
        zip: The name of the book as one zip.
    """

    title: str
    lecture: str
    lecturer: str
    university: str
    repository: str
    site: str
    statements: str
    witnesses: str
    pdf: str
    zip: str


def read_book(root: Path) -> Book:
    """Return what ``_config.yml`` says of the book.

    Args:
        root: The repository.

    Raises:
        ValueError: If the block lacks something; the message names it.
    """
    text = (root / "_config.yml").read_text(encoding="utf-8")
    parse = (yaml.safe_load(text) or {}).get("parse") or {}
    said = parse.get("myst_substitutions") or {}
    names = [field.name for field in fields(Book)]
    if missing := [name for name in names if not said.get(name)]:
        raise ValueError(
            f"_config.yml: parse.myst_substitutions lacks {', '.join(missing)}"
        )
    return Book(**{name: str(said[name]) for name in names})


def read_statements(path: Path) -> list[dict[str, Any]]:
    """Return what the file of statements says, in order.

    Raises:
        ValueError: If a statement has no ``id``; the message says which.
    """
    listed = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    for number, statement in enumerate(listed, 1):
        if "id" not in statement:
            raise ValueError(f"{path.name}: statement {number} has no id")
    return listed
