"""claimbook.claims: what is shown of a claim, whether it held or not."""

import json
import math
import os
import subprocess
import sys

import pytest
import torch
from helpers import draw
from scipy import stats

from claimbook import claims
from claimbook.claims import ASK, CLAIM_MIME, Claim, claim, exact, interval


def seeds(agree, of=20):
    return torch.arange(of) < agree


@pytest.fixture
def shown(monkeypatch):
    """What was displayed."""
    outputs = []
    monkeypatch.setattr(claims, "display", outputs.append)
    return outputs


RISING = torch.arange(101.0)  # median 50, middle 80% from 10 to 90


@pytest.mark.parametrize("n", [2, 10, 20])
def test_the_interval_is_student_s(n):
    values = draw(n) * 3 + 1
    mean, low, high = interval(values)
    assert mean == pytest.approx(values.mean().item(), rel=1e-12)
    expected = stats.t.interval(0.95, n - 1, mean, stats.sem(values.numpy()))
    assert (low, high) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "50.00 [10.00, 90.00], 101 of 101 seeds"),
        ({"unit": " nats", "decimals": 0}, "50 [10, 90] nats, 101 of 101 seeds"),
        ({"measured": -RISING / 3, "decimals": 1}, "−16.7 [−30.0, −3.3], 101 of"),
        ({"measured": RISING * -1e-9}, "0.00 [0.00, 0.00], 101"),
        ({"measured": torch.where(RISING > 98, math.inf, RISING)},
         "49.00 [9.80, 88.20], 101 of 101 seeds, 2 not finite"),
        ({"measured": torch.where(RISING < 99, math.nan, RISING)},
         "99.50 [99.10, 99.90], 101 of 101 seeds, 99 not finite"),
        ({"limit": True}, "✔ S1 (limit) So. 50.00 ["),
    ],
)  # fmt: skip
def test_the_size_stands_behind_the_sentence(given, line, shown):
    claim("S1", "So.", RISING >= 0, **{"measured": RISING} | given)
    assert line in repr(shown[0])
    assert shown[0].held


@pytest.mark.parametrize(
    ("agree", "of", "more", "result"),
    [
        (18, 20, {}, "✔ 18 of 20 seeds"),
        (17, 20, {}, "✘ 17 of 20 seeds, 18 needed"),
        (10, 11, {}, "✔ 10 of 11 seeds"),
        (9, 11, {}, "✘ 9 of 11 seeds, 10 needed"),
        (19, 20, {"at_least": 1.0}, "✘ 19 of 20 seeds, 20 needed"),
        # 0.55 * 100 > 55 in floating point
        (55, 100, {"at_least": 0.55}, "✔ 55 of 100 seeds"),
        (54, 100, {"at_least": 0.55}, "✘ 54 of 100 seeds, 55 needed"),
        (9, 9, {}, "✘ 9 of 9 seeds, a finding needs 10"),
        (20, 20, {"measured": torch.full((20,), 0.5)},
         "✘ 0.50 [0.50, 0.50], 20 of 20 seeds, all measured the same number"),
        (20, 20, {"measured": torch.full((20,), math.inf)},
         "✘ 20 of 20 seeds, 20 not finite, all measured the same number"),
    ],
)  # fmt: skip
def test_enough_seeds_must_agree_and_nothing_is_raised(agree, of, more, result, shown):
    claim("S1", "So.", seeds(agree, of), **more)
    mark, _, count = result.partition(" ")
    assert shown[0].held is (mark == "✔")
    assert repr(shown[0]) == f"{mark} S1 So. {count}" + f"\n{ASK}" * (mark == "✘")


@pytest.mark.parametrize(
    ("actual", "expected", "atol", "line"),
    [
        ([1 / 3, 2 / 6], 1 / 3, 1e-10, "= S1 So."),
        ([1.0, 2.0], [1.0, 2.0 + 1e-11], 1e-10, "= S1 So."),
        ([1.0, 2.0], [1.0, 2.0 + 1e-9], 1e-10, "✘ S1 So. differs by 1.0e-09"),
        ([1.0, 2.0], [1.0, 2.0 + 1e-11], 0, "✘ S1 So. differs by 1.0e-11"),
        ([math.inf, 0], [math.inf, 0], 0, "= S1 So."),
        ([math.inf, 0], [-math.inf, 0], 0, "✘ S1 So. differs by inf"),
        ([math.nan, 0], [math.nan, 0], 0, "✘ S1 So. differs by inf"),
        ([1.0, 1.0], [1.0], 0, "✘ S1 So. differs by inf"),
        (torch.tensor(True), torch.tensor(True), 0, "= S1 So."),
        (torch.tensor([True]), [False], 0, "✘ S1 So. differs by 1.0e+00"),
        (torch.ones(2) * 1j, 1j, 0, "= S1 So."),
    ],
)
def test_an_identity_holds_to_rounding(actual, expected, atol, line, shown):
    exact("S1", "So.", actual, expected, atol=atol)
    assert repr(shown[0]) == line + f"\n{ASK}" * line.startswith("✘")


def test_a_gradient_may_hang_on_what_is_claimed_of_any_shape(shown):
    w = torch.linspace(1, 2, 20, requires_grad=True)
    claim("S1", "So.", w > 0, measured=w)
    exact("S1", "So.", w, w)
    claim("S1", "So.", [True] * 10)
    claim("S1", "So.", torch.ones(2, 5).bool())
    assert [(c.held, c.seeds) for c in shown] == [(True, n) for n in (20, 0, 10, 10)]


def test_the_same_is_carried_as_data(shown):
    """In JSON, without a rounding that would differ between machines."""
    claim("S31", "So.", RISING < 1, measured=-RISING / 3, unit="m", decimals=1, limit=True)
    claim("S1", "So.", RISING < 0, measured=torch.full_like(RISING, math.nan))
    exact("S1", "So.", [1.0], [2.0])
    exact("S1", "So.", math.inf, 1.0)
    exact("S1", "So.", [1.0], [1.0 + 1e-15])
    for one in shown:
        bundle = one._repr_mimebundle_()
        assert set(bundle) == {"text/plain", "text/html", CLAIM_MIME}
        assert bundle["text/plain"] == repr(one)
        data = json.loads(json.dumps(bundle[CLAIM_MIME], allow_nan=False))
        assert Claim.read(data | {"later": 1}) == one or one.apart == math.inf
    finding, _, identity, _, held = (one._repr_mimebundle_()[CLAIM_MIME] for one in shown)
    assert (finding["kind"], identity["kind"]) == ("finding", "identity")
    assert (finding["held"], finding["size"]) == (False, [-16.7, -30, -3.3])
    assert held["apart"] is None


def test_the_line_in_html(shown):
    claim("S31", "It is < 3.", seeds(10), measured=torch.arange(20.0))
    exact("S31", "It is so.", 1.0, 1.0, limit=True)
    size, count = "9.50 [1.90, 17.10]", "10 of 20 seeds, 18 needed"
    finding = {"tick": "✘", "id": "S31", "statement": "It is &lt; 3."}
    finding |= {"size": size, "count": count, "ask": ASK}
    identity = {"tick": "=", "id": "S31", "limit": "limit", "statement": "It is so."}
    kinds = "nnl-claim nnl-broken", "nnl-claim"
    for one, kind, parts in zip(shown, kinds, (finding, identity), strict=True):
        spans = " ".join(f'<span class="nnl-{k}">{v}</span>' for k, v in parts.items())
        line = f'<p class="{kind}" id="{one.anchor}">{spans}</p>'
        assert one._repr_mimebundle_()["text/html"] == line


def test_a_claims_address_depends_on_its_words_alone():
    one = Claim("S01", "It holds.", "finding", True)
    assert one.anchor == "S01-9e5fa3"
    other = Claim("S01", "It holds.", "identity", False, True, 1, 2)
    assert one.anchor == other.anchor
    assert one.anchor != Claim("S01", "It holds, too.", "", True).anchor


def test_a_console_that_knows_no_tick_shows_the_rest():
    use = "claim('A1', 'It falls.', [True] * 10, measured=range(10))"
    code = f"from claimbook.claims import claim; {use}"
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, env=ascii_only, capture_output=True, text=True, check=True)
    assert "? A1 It falls." in done.stdout
