"""claimbook.claims: a claim that holds is shown, one that does not is an error."""

import html
import math

import IPython.display
import pytest
import torch
from helpers import draw
from scipy import stats

from claimbook.claims import CLAIM_MIME, Claim, claim, interval


def seeds(agree, of=20):
    return torch.arange(of) < agree


@pytest.fixture
def shown(monkeypatch):
    """What was displayed."""
    outputs = []
    monkeypatch.setattr(IPython.display, "display", outputs.append)
    return outputs


# oracle


@pytest.mark.parametrize("n", [2, 10, 20])
def test_the_interval_is_student_s(n):
    values = draw(n) * 3 + 1
    expected = stats.t.interval(
        0.95, n - 1, values.mean().item(), stats.sem(values.numpy())
    )
    mean, low, high = interval(values)
    assert mean == pytest.approx(values.mean().item(), rel=1e-12)
    assert (low, high) == pytest.approx(expected, rel=1e-12)


def test_the_interval_covers_the_mean_in_19_of_20_cases():
    cover = [low <= 0 <= high for _, low, high in map(interval, draw(2000, 8))]
    assert sum(cover) / 2000 == pytest.approx(0.95, abs=0.015)


# law


def test_a_claim_is_one_line(capsys):
    claim("S10", "Clipping caps the norm.", seeds(19))
    line = "✔ S10 Clipping caps the norm. (in 19 of 20 seeds)\n"
    assert capsys.readouterr().out == line


def test_the_difference_is_shown_with_its_interval(shown):
    claim(
        "S10",
        "It helps.",
        seeds(20),
        difference=torch.linspace(1, 2, 20),
        unit=" nats",
        decimals=3,
    )
    mean, low, high = interval(torch.linspace(1, 2, 20))
    assert repr(shown[0]).endswith(
        f"mean difference {mean:+.3f} nats, "
        f"95% interval {low:+.3f} to {high:+.3f})"
    )


def test_a_difference_without_a_unit_is_a_bare_number(shown):
    claim("S72", "It holds.", seeds(20), difference=torch.linspace(1, 2, 20))
    assert "mean difference +1.50, 95% interval" in repr(shown[0])


def test_the_same_is_carried_as_data_for_the_ledger(shown):
    claim("S72", "It holds.", seeds(20))
    bundle = shown[0]._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", CLAIM_MIME}
    assert bundle["text/plain"] == "✔ S72 It holds. (in 20 of 20 seeds)"
    assert bundle[CLAIM_MIME] == {
        "id": "S72",
        "statement": "It holds.",
        "agree": 20,
        "seeds": 20,
        "effect": None,
    }


def test_html_is_escaped():
    text = '<script>alert("x")</script> λ < 1 & so on'
    page = Claim("S01", text, 20, 20, "<b>big</b>")._repr_mimebundle_()
    assert html.escape(text) in page["text/html"]
    assert "<script>" not in page["text/html"]
    assert "<b>" not in page["text/html"]


@pytest.mark.parametrize(
    ("agree", "of", "at_least", "holds"),
    [
        (18, 20, 0.9, True),
        (17, 20, 0.9, False),
        (20, 20, 1.0, True),
        (19, 20, 1.0, False),
        (19, 20, 1, False),
        (11, 20, 0.55, True),
        (55, 100, 0.55, True),  # 0.55 * 100 > 55 in floating point
        (54, 100, 0.55, False),
        (7, 25, 0.28, True),
        (10, 11, 0.9, True),
        (9, 11, 0.9, False),
    ],
)
def test_enough_seeds_must_agree(agree, of, at_least, holds, shown):
    if holds:
        claim("S01", "It holds.", seeds(agree, of), at_least=at_least)
        assert (shown[0].agree, shown[0].seeds) == (agree, of)
    else:
        needed = math.ceil(round(at_least * of, 6))
        rule = f"S01 It holds. holds in {agree} of {of} seeds, but must in {needed}"
        with pytest.raises(ClaimError, match=rule):
            claim("S01", "It holds.", seeds(agree, of), at_least=at_least)
        assert shown == []


# edge


@pytest.mark.parametrize("holds", [[True] * 10, torch.ones(2, 5).bool()])
def test_booleans_come_in_any_shape(holds, shown):
    claim("S01", "It holds.", holds)
    assert shown[0].seeds == 10


def test_a_mean_of_almost_zero_has_no_sign_of_rounding(shown):
    for offset in (1e-9, -1e-9):
        claim("S01", "So.", seeds(20), difference=torch.full((20,), offset))
    assert repr(shown[0]) == repr(shown[1])
    assert "-0.00" not in repr(shown[1])


# error


@pytest.mark.parametrize("bad", ["S00", "S73", "S1", "s01", "X01", "S011", ""])
def test_an_id_is_a_statement_of_the_lecture(bad):
    with pytest.raises(ValueError, match=f"id must be one of.*got {bad!r}"):
        claim(bad, "It holds.", seeds(20))


@pytest.mark.parametrize("bad", [0.0, -0.1, 1.1, math.nan])
def test_at_least_is_a_share_above_zero(bad):
    with pytest.raises(ValueError, match=rf"at_least must be in .*got {bad}"):
        claim("S01", "It holds.", seeds(20), at_least=bad)


def test_holds_is_a_boolean_for_each_of_ten_seeds():
    with pytest.raises(ValueError, match="holds must be booleans, got"):
        claim("S01", "It holds.", torch.ones(20))
    for few in (0, 9):
        with pytest.raises(ValueError, match=f"at least 10 seeds, got {few}"):
            claim("S01", "It holds.", torch.ones(few, dtype=torch.bool))


def test_the_difference_has_one_finite_number_per_seed():
    with pytest.raises(ValueError, match="difference must have one number"):
        claim("S01", "It holds.", seeds(20), difference=torch.ones(19))
    for bad in (math.nan, math.inf):
        with pytest.raises(ValueError, match="difference must be finite, got"):
            claim("S01", "So.", seeds(20), difference=torch.full((20,), bad))


@pytest.mark.parametrize("bad", [[1.0], [1.0, math.nan], []])
def test_an_interval_needs_two_finite_numbers(bad):
    with pytest.raises(ValueError, match="values must be at least 2 finite"):
        interval(torch.tensor(bad))


def test_a_claim_that_fails_is_an_assertion_error():
    assert issubclass(ClaimError, AssertionError)


def test_a_claims_address_depends_on_its_words_alone():
    one = Claim("S01", "It holds.", 20, 20)
    assert one.anchor == Claim("S01", "It holds.", 11, 12, "big").anchor
    assert one.anchor != Claim("S01", "It holds, too.", 20, 20).anchor
    page = one._repr_mimebundle_()["text/html"]
    assert f'id="{one.anchor}"' in page


def test_the_line_of_a_claim_in_html():
    plain = Claim("S31", "It is so.", 3, 3)
    line = plain._repr_mimebundle_()["text/html"]
    assert line == (
        f'<p class="nnl-claim" id="{plain.anchor}">'
        '<span class="nnl-tick" aria-hidden="true">✔</span> '
        '<span class="nnl-id">S31</span> '
        '<span class="nnl-statement">It is so.</span> '
        '<span class="nnl-count">in 3 of 3 seeds</span> </p>'
    )
    larger = Claim("S31", "It is so.", 3, 3, "mean difference < 2")
    assert larger._repr_mimebundle_()["text/html"].endswith(
        '</span> <span class="nnl-effect">mean difference &lt; 2</span></p>'
    )
