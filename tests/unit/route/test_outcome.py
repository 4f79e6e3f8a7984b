"""From a score to approve, review or block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.decision import OUTCOMES, Outcome, RuleHit, Thresholds
from streamflow.route import SEVERITY, outcome_of, raise_to_floor

THRESHOLDS = Thresholds(review=0.7, block=0.9)
scores = st.floats(0, 1)


def hit(rule_id: str, state: str = "on") -> RuleHit:
    return RuleHit(rule_id, 1, state, 0.2, 0.1, {})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("score", "outcome"),
    [(0.0, "approve"), (0.699999, "approve"), (0.7, "review"), (0.899999, "review"), (0.9, "block"), (1.0, "block")],
)
def test_a_score_that_equals_a_threshold_has_the_severer_outcome(score: float, outcome: str) -> None:
    assert outcome_of(score, THRESHOLDS) == outcome


@given(scores, scores)
def test_a_higher_score_is_never_milder(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert SEVERITY[outcome_of(less, THRESHOLDS)] <= SEVERITY[outcome_of(more, THRESHOLDS)]


def test_outcomes_are_ordered_by_severity_and_their_codes_are_those_in_stored_states() -> None:
    assert OUTCOMES == ("approve", "review", "block")
    assert SEVERITY == {"approve": 0, "review": 1, "block": 2}


@given(st.sampled_from(OUTCOMES), st.dictionaries(st.sampled_from("ABC"), st.sampled_from(OUTCOMES)), st.lists(st.sampled_from("ABCD")))
def test_a_floor_never_lowers_an_outcome_and_is_named_only_where_it_decided(
    outcome: Outcome, floors: dict[str, Outcome], names: list[str]
) -> None:
    raised, reason = raise_to_floor(outcome, map(hit, names), floors)
    assert SEVERITY[raised] == max([SEVERITY[outcome], *(SEVERITY[floors[name]] for name in names if name in floors)])
    assert (reason is not None) is (raised != outcome)


def test_the_severest_floor_is_named() -> None:
    floors = {"A": Outcome.REVIEW, "B": Outcome.BLOCK}
    for order in (["A", "B"], ["B", "A"]):
        assert raise_to_floor(Outcome.APPROVE, map(hit, order), floors) == ("block", "B demands block at least, whatever the score")


def test_a_rule_in_shadow_raises_nothing() -> None:
    assert raise_to_floor(Outcome.APPROVE, [hit("A", "shadow")], {"A": Outcome.BLOCK}) == ("approve", None)


def test_a_score_that_reaches_the_floor_by_itself_needs_no_floor_as_its_reason() -> None:
    assert raise_to_floor(Outcome.BLOCK, [hit("A")], {"A": Outcome.BLOCK}) == ("block", None)
