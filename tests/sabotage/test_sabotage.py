"""Break a technique: the chapter on it must notice, and no claim of it is decoration."""

import pytest

from tests.sabotage import run as runner
from tests.sabotage.run import SABOTAGES, Sabotage, read_witnesses, report, run


@pytest.mark.parametrize(
    "sabotage", SABOTAGES, ids=lambda s: f"{s.chapter}-{s}".replace(" ", "-")
)
def test_a_broken_technique_breaks_the_claims_on_record(sabotage, record_property):
    outcomes, name = run(sabotage), str(sabotage)
    broken = {page: [*outcome.broken] for page, outcome in outcomes.items()}
    record_property("sabotage", (name, broken, report(sabotage, outcomes)))
    assert any(o.noticed for o in outcomes.values()), "nothing broke, or only by a crash"
    expected = read_witnesses().get(name, {})
    survivors = {p: {*expected.get(p, ())} & {*outcomes[p].held} for p in outcomes}
    assert not any(survivors.values()), "pytest tests/sabotage --record writes the record"


CHAPTER = """\
# A chapter

```{code-cell} ipython3
import torch
from claimbook.claims import claim, exact
from nnlib.weight_decay import l2_penalty

w = torch.ones(2, 3)
```

```{code-cell} ipython3
claim("S1", "All agree.", torch.ones(10) > 0)
exact("S2", "It is " "the sum.", l2_penalty([w]), 6.0)
```

```{code-cell} ipython3
raise ZeroDivisionError("a crash")
claim("S3", "What a crash hides is broken, too.", torch.ones(10) > 0)
```

```{code-cell} ipython3
assert l2_penalty([w]) == 6
```
"""


@pytest.mark.parametrize(("factor", "broken"), [(0, 2), (1, 1)])
def test_a_run_lists_every_claim_that_breaks(factor, broken, tmp_path, monkeypatch):
    (tmp_path / "09_a.md").write_text(CHAPTER)
    monkeypatch.setattr(runner, "SOURCES", tmp_path)
    old, new = "def l2_penalty(", "def _l2_penalty("
    new = f"def l2_penalty(*a): return {factor} * _l2_penalty(*a)\n\n\n{new}"
    outcome = run(Sabotage("09", "weight_decay", old, "times a factor", new))["09_a"]
    lines = ["✘ S2 It is the sum. differs by 6.0e+00"]
    lines += ["✘ S3 What a crash hides is broken, too."]
    assert list(outcome.broken.values()) == lines[-broken:]
    assert len(outcome.held) == 3 - broken
    crash, *others = outcome.errors
    assert crash == "ZeroDivisionError: a crash (cell 3)"
    assert [e.split()[0] for e in others] == ["AssertionError"] * (factor == 0)
    assert outcome.noticed


def test_the_record_keeps_what_was_not_run_and_drops_what_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "WITNESSES", tmp_path / "w.yml")
    first, second, *others = names = [*map(str, SABOTAGES)]
    assert len(set(names)) == len(names) == len(others) + 2
    runner.write_witnesses({second: {"01_a": ["S01-a"]}, "gone": {}})
    runner.write_witnesses({first: {"01_a": ["S02-b", "S03-c"]}})
    found = {first: {"01_a": ["S02-b", "S03-c"]}, second: {"01_a": ["S01-a"]}}
    assert read_witnesses() == found
    assert list(read_witnesses()) == [first, second]
