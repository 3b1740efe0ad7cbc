"""nnlib.modes: a look leaves every part of a network in the mode it was in."""

from __future__ import annotations

import pytest
from torch import nn

from nnlib.modes import evaluation


def test_parts_return_to_their_own_modes_even_after_an_error() -> None:
    model = nn.Sequential(nn.Dropout(), nn.Dropout())
    model[1].eval()
    with pytest.raises(KeyError), evaluation(model):
        _fail_unless_all_rest(model)
    assert [part.training for part in model.modules()] == [True, True, False]


def _fail_unless_all_rest(model: nn.Module) -> None:
    assert not any(part.training for part in model.modules())
    raise KeyError
