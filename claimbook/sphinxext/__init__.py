"""What Sphinx needs for the book, as one extension."""

from sphinx.application import Sphinx

from claimbook.sphinxext import (
    absent,
    formulas,
    icons,
    ledger,
    light,
    policy,
    renderings,
    shared,
    statements,
    status,
    typeset,
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Set up each part."""
    for part in (
        renderings,
        ledger,
        statements,
        status,
        absent,
        formulas,
        typeset,
        icons,
        shared,
        light,
        policy,
    ):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
