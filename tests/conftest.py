"""What all tests share: the paths, one thread, and laws tried on the same examples."""

from __future__ import annotations

import sys
from pathlib import Path

import hypothesis
import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

hypothesis.settings.register_profile(
    "same-everywhere", derandomize=True, database=None, deadline=None
)
hypothesis.settings.load_profile("same-everywhere")
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT
