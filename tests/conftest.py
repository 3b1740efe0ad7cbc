"""What all tests share: the paths, one thread, and laws tried on the same examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]

hypothesis.settings.register_profile(
    "same-everywhere", derandomize=True, database=None, deadline=None
)
hypothesis.settings.load_profile("same-everywhere")
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(autouse=True)
def float64() -> Iterator[None]:
    """Compute in float64, as the chapters do."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)
