"""What ``make mutation`` concludes from what mutmut prints."""

import pytest
from mutation_score import KNOWN, known_survivors, states, verdict

PRINTED = """
    nnlib.clip.x_total_norm__mutmut_1: killed
    nnlib.clip.x_total_norm__mutmut_2: survived
    nnlib.clip.x_total_norm__mutmut_3: timeout
    nnlib.clip.x_total_norm__mutmut_4: not checked
"""


def test_states_are_read():
    assert list(states(PRINTED).values()) == [
        "killed",
        "survived",
        "timeout",
        "not checked",
    ]


def test_a_mutant_that_was_not_tried_was_not_noticed():
    said, enough = verdict(states(PRINTED), {})
    assert "2 of 4 changes were noticed (50.0%)" in said
    assert "no reason known: nnlib.clip.x_total_norm__mutmut_4" in said
    assert not enough


def test_a_reason_that_nobody_needs_is_named():
    said, _ = verdict({"a": "killed", "b": "survived"}, {"a": "so", "b": "so"})
    assert "does not survive (any more), needs no reason: a" in said
    assert "reason: b" not in said


@pytest.mark.parametrize(("survivors", "enough"), [(5, True), (6, False)])
def test_95_percent_are_enough(survivors, enough):
    mutants = {str(i): "killed" for i in range(100)}
    mutants |= {str(i): "survived" for i in range(survivors)}
    assert verdict(mutants, {})[1] is enough


def test_no_mutants_are_no_success():
    assert not verdict({}, {})[1]


def test_a_reason_stands_above_its_mutants():
    text = "# the same\na\nb\n\n# quicker only\nc\n"
    assert known_survivors(text) == {
        "a": "the same",
        "b": "the same",
        "c": "quicker only",
    }


def test_every_known_survivor_has_a_reason():
    known = known_survivors(KNOWN.read_text("utf-8"))
    assert known
    assert all(len(reason) > 20 for reason in known.values())
