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


def test_the_interval_covers_the_mean_in_19_of_20_cases():
    cover = [low <= 0 <= high for _, low, high in map(interval, draw(2000, 8))]
    assert sum(cover) / 2000 == pytest.approx(0.95, abs=0.015)


def test_median_and_middle_80_percent_are_numpy_s(shown):
    values = draw(4, 13)
    claim("a", "So.", values < 9, measured=values, decimals=6)
    middle, low, high = shown[0].size
    expected = stats.quantile(values.flatten().numpy(), [0.1, 0.5, 0.9])
    assert [low, middle, high] == pytest.approx(list(expected), abs=1e-6)


def test_a_finding_is_one_line(capsys):
    claim("S10", "Clipping caps the norm.", seeds(19))
    assert capsys.readouterr().out == "✔ S10 Clipping caps the norm. 19 of 20 seeds\n"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "50.00 [10.00, 90.00], 101 of 101 seeds"),
        ({"unit": "nats", "decimals": 0}, "50 [10, 90] nats, 101 of 101 seeds"),
        ({"unit": " nats", "decimals": 0}, "50 [10, 90] nats, 101 of"),
        ({"measured": -RISING, "decimals": 1}, "−50.0 [−90.0, −10.0], 101"),
        ({"measured": RISING * 1e-9}, "0.00 [0.00, 0.00], 101"),
        ({"measured": RISING * -1e-9}, "0.00 [0.00, 0.00], 101"),
        ({"measured": torch.where(RISING > 98, math.inf, RISING)},
         "49.00 [9.80, 88.20], 101 of 101 seeds, 2 not finite"),
        ({"measured": torch.where(RISING < 100, math.nan, RISING)},
         "100.00 [100.00, 100.00], 101 of 101 seeds, 100 not finite"),
        ({"limit": True}, "✔ S1 (limit) So. 50.00 ["),
    ],
)  # fmt: skip
def test_the_size_stands_behind_the_sentence(given, line, shown):
    claim("S1", "So.", RISING >= 0, **{"measured": RISING} | given)
    assert line in repr(shown[0])
    assert shown[0].held


def test_nine_seeds_are_no_finding(shown):
    claim("A1", "A sentence.", torch.ones(9) > 0)
    [made] = shown
    assert not made.held
    assert "9 of 9 seeds, a finding needs 10" in repr(made)


@pytest.mark.parametrize("value", [0.5, math.inf])
def test_one_seed_twenty_times_is_no_finding(value, shown):
    claim("S1", "So.", seeds(20), measured=torch.full((20,), value))
    assert repr(shown[0]).startswith("✘ S1 So. ")
    assert "20 of 20 seeds" in repr(shown[0])
    assert "all measured the same number" in repr(shown[0])


@pytest.mark.parametrize(
    ("agree", "of", "at_least", "needed"),
    [
        (18, 20, 0.9, 18), (17, 20, 0.9, 18), (0, 20, 0.9, 18), (20, 20, 1, 20),
        (19, 20, 1.0, 20), (11, 20, 0.55, 11), (54, 100, 0.55, 55), (7, 25, 0.28, 7),
        (55, 100, 0.55, 55),  # 0.55 * 100 > 55 in floating point
        (10, 11, 0.9, 10), (9, 11, 0.9, 10),
    ],
)  # fmt: skip
def test_enough_seeds_must_agree_and_nothing_is_raised(agree, of, at_least, needed, shown):
    claim("S1", "So.", seeds(agree, of), at_least=at_least)
    said = {
        True: "✔ S1 So. {} of {} seeds",
        False: "✘ S1 So. {} of {} seeds, {} needed\n{}",
    }
    assert repr(shown[0]) == said[agree >= needed].format(agree, of, needed, ASK)
    assert shown[0].held is (agree >= needed)


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
    assert repr(shown[0]).split("\n")[0] == line
    assert (ASK in repr(shown[0])) == line.startswith("✘")


def test_a_gradient_may_hang_on_what_is_claimed_of_any_shape(shown):
    w = torch.linspace(1, 2, 20, requires_grad=True)
    claim("S1", "So.", w > 0, measured=w)
    exact("S1", "So.", w, w)
    claim("S1", "So.", [True] * 10)
    claim("S1", "So.", torch.ones(2, 5).bool())
    assert [(c.held, c.seeds) for c in shown] == [(True, n) for n in (20, 0, 10, 10)]


def test_the_same_is_carried_as_data(shown):
    claim("S31", "So.", RISING < 1, measured=-RISING, unit="m", limit=True)
    exact("S1", "So.", [1.0], [2.0])
    for one in shown:
        bundle = one._repr_mimebundle_()
        assert set(bundle) == {"text/plain", "text/html", CLAIM_MIME}
        assert bundle["text/plain"] == repr(one)
        data = json.loads(json.dumps(bundle[CLAIM_MIME]))
        assert Claim.read(data | {"later": 1}) == one
    finding, identity = (one._repr_mimebundle_()[CLAIM_MIME] for one in shown)
    assert (finding["kind"], identity["kind"]) == ("finding", "identity")
    assert (finding["held"], finding["size"]) == (False, [-50, -90, -10])


def test_what_held_carries_no_rounding(shown):
    """Else the stored outputs would change from machine to machine."""
    exact("S1", "So.", [1.0], [1.0 + 1e-15])
    claim("S1", "So.", RISING >= 0, measured=RISING / 3, decimals=1)
    assert shown[0].apart is None
    assert shown[1].size == [16.7, 3.3, 30.0]


def test_a_broken_claim_is_json_whatever_it_measured(shown):
    """A kernel says so on stderr if it is not."""
    exact("S1", "So.", math.inf, 1.0)
    claim("S1", "So.", RISING < 0, measured=torch.full_like(RISING, math.nan))
    for one in shown:
        json.dumps(one._repr_mimebundle_(), allow_nan=False)


def test_the_line_in_html(shown):
    claim("S31", "It is < 3.", seeds(10), measured=torch.arange(20.0))
    exact("S31", "It is so.", 1.0, 1.0, limit=True)
    one, two = (c._repr_mimebundle_()["text/html"] for c in shown)
    parts = {"tick": "✘", "id": "S31", "statement": "It is &lt; 3."}
    parts |= {
        "size": "9.50 [1.90, 17.10]",
        "count": "10 of 20 seeds, 18 needed",
        "ask": ASK,
    }
    spans = " ".join(f'<span class="nnl-{k}">{v}</span>' for k, v in parts.items())
    anchor = shown[0].anchor
    assert one == f'<p class="nnl-claim nnl-broken" id="{anchor}">{spans}</p>'
    parts = {"tick": "=", "id": "S31", "limit": "limit", "statement": "It is so."}
    spans = " ".join(f'<span class="nnl-{k}">{v}</span>' for k, v in parts.items())
    assert two == f'<p class="nnl-claim" id="{shown[1].anchor}">{spans}</p>'


def test_a_claims_address_depends_on_its_words_alone():
    one = Claim("S01", "It holds.", "finding", True)
    assert one.anchor == "S01-9e5fa3"
    other = Claim("S01", "It holds.", "identity", False, True, 1, 2)
    assert one.anchor == other.anchor
    assert one.anchor != Claim("S01", "It holds, too.", "", True).anchor


GOOD = {"id": "S1", "sentence": "So.", "holds": seeds(20)}
SAME = {"id": "S1", "sentence": "So.", "actual": [1.0], "expected": [1.0]}


@pytest.mark.parametrize(
    ("function", "bad", "error", "message"),
    [
        (claim, {"id": ""}, ValueError, "id must not be empty, got ''"),
        (exact, {"id": 1}, TypeError, "id must be a string, got 1"),
        (claim, {"sentence": " "}, ValueError, "sentence must not be empty"),
        (exact, {"sentence": None}, TypeError, "sentence must be a string"),
        (claim, {"at_least": 0}, ValueError, r"in \(0, 1\], got 0"),
        (claim, {"at_least": 1.1}, ValueError, r"in \(0, 1\], got 1.1"),
        (claim, {"at_least": math.nan}, ValueError, "got nan"),
        (claim, {"at_least": "1"}, TypeError, "at_least must be a number"),
        (claim, {"holds": torch.ones(20)}, TypeError, "holds must be bool"),
        (claim, {"holds": "yes"}, TypeError, "holds must be numbers"),
        (claim, {"holds": seeds(0, 0)}, ValueError, "a boolean for each seed, got none"),
        (claim, {"measured": torch.ones(19)}, ValueError,
         r"measured must have one number per seed, \(20,\), got shape \(19,\)"),
        (claim, {"measured": "x"}, TypeError, "measured must be numbers"),
        (claim, {"decimals": -1}, ValueError, "decimals must be .*, got -1"),
        (claim, {"decimals": 1.5}, TypeError, "float"),
        (claim, {"unit": 3}, TypeError, "unit must be a string, got 3"),
        (exact, {"actual": []}, ValueError, "actual must hold a number"),
        (exact, {"actual": {}}, TypeError, "actual must be numbers"),
        (exact, {"expected": "1"}, TypeError, "expected must be numbers"),
        (exact, {"atol": -1}, ValueError, "atol must be .*, got -1"),
        (exact, {"atol": math.inf}, ValueError, "atol must be .*, got inf"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(function, bad, error, message, shown):
    good = GOOD if function is claim else SAME
    if "decimals" in bad:
        good = good | {"measured": torch.arange(20.0)}
    with pytest.raises(error, match=message):
        function(**good | bad)
    assert shown == []


@pytest.mark.parametrize("bad", [[1.0], [1.0, math.nan], []])
def test_an_interval_needs_two_finite_numbers(bad):
    with pytest.raises(ValueError, match="values must be at least 2 finite"):
        interval(torch.tensor(bad))


def test_a_console_that_knows_no_tick_shows_the_rest():
    use = "claim('A1', 'It falls.', [True] * 10, measured=range(10))"
    code = f"from claimbook.claims import claim; {use}"
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, env=ascii_only, capture_output=True, text=True, check=True)
    assert "? A1 It falls." in done.stdout
