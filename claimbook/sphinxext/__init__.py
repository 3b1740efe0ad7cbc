"""What Sphinx needs for the book, as one extension."""

from sphinx.application import Sphinx

from claimbook.sphinxext import (
    absent,
    around,
    faces,
    find,
    folds,
    formulas,
    icons,
    ledger,
    light,
    place,
    policy,
    renderings,
    shared,
    slides,
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
        folds,
        place,
        around,
        icons,
        faces,
        find,
        shared,
        light,
        policy,
        slides,
    ):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
