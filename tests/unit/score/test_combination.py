"""The score: evidence is summed, never averaged, and blended with a model's."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.control import Evidence, RuleDocument
from streamflow.contracts.decision import RuleHit
from streamflow.control.documents import default_rules
from streamflow.score.combination import blend, evidence_cap, rules_evidence
from streamflow.score.rules import RULES, Finding

DOCUMENTS = {rule.id: rule for rule in default_rules().rules}
REVIEW = default_rules().thresholds.review
CAP = evidence_cap(default_rules().alpha)

excesses = st.floats(1, 1e6)
alphas = st.floats(0, 1)
evidence = st.floats(0, 1e3)
hits = st.lists(
    st.builds(RuleHit, st.just("FR-001"), st.just(1), st.sampled_from(["on", "shadow"]), st.floats(0, 5), st.just(0.1), st.just({})),
    max_size=6,
)


def hit(rule_id: str, excess_ratio: float, **changes: object) -> RuleHit:
    document = DOCUMENTS[rule_id]
    fields = {name: getattr(document, name) for name in document.__struct_fields__} | changes
    return RULES[rule_id](RuleDocument(**fields), "test").hit(Finding(excess_ratio, {}, "words"))


def score(*found: RuleHit) -> float:
    return blend(rules_evidence(found, CAP), None, 0.3)


@given(hits, hits, st.integers(0, 6))
def test_a_further_rule_never_lowers_the_score(found: list[RuleHit], further: list[RuleHit], at: int) -> None:
    assert score(*found[:at], *further, *found[at:]) >= score(*found)


@given(st.sampled_from(sorted(DOCUMENTS)), excesses, excesses)
def test_a_larger_excess_never_lowers_the_evidence(rule_id: str, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert hit(rule_id, less).score <= hit(rule_id, more).score


@given(st.sampled_from(sorted(DOCUMENTS)), excesses, st.floats(0.01, 1), st.floats(0.01, 1))
def test_a_larger_weight_never_lowers_the_evidence(rule_id: str, excess: float, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert hit(rule_id, excess, weight=less).score <= hit(rule_id, excess, weight=more).score


@given(evidence, evidence, st.none() | evidence, alphas)
def test_more_evidence_of_the_rules_never_lowers_the_blend(one: float, other: float, model: float | None, alpha: float) -> None:
    less, more = sorted((one, other))
    assert 0 <= blend(less, model, alpha) <= blend(more, model, alpha) <= 1


@given(evidence, evidence, evidence, alphas)
def test_more_evidence_of_the_model_never_lowers_the_blend(rules: float, one: float, other: float, alpha: float) -> None:
    less, more = sorted((one, other))
    assert blend(rules, less, alpha) <= blend(rules, more, alpha)


@given(st.floats(0.01, 0.99))
def test_overwhelming_evidence_of_either_side_alone_reaches_the_top(alpha: float) -> None:
    cap = evidence_cap(alpha)
    assert blend(cap, 0.0, alpha) == pytest.approx(1.0, abs=1e-6)
    assert blend(0.0, 1e9, alpha) == pytest.approx(1.0, abs=1e-6)


def test_the_models_evidence_is_capped_so_that_it_cannot_outweigh_more_than_the_top() -> None:
    assert blend(0.0, 1e9, 0.3) == blend(0.0, 10 / 3, 0.3) == 1.0
    assert blend(0.0, float("inf"), 0.0) == 0.0


def test_the_rules_evidence_is_capped_by_the_smaller_share() -> None:
    found = [hit(rule_id, 1e6) for rule_id in DOCUMENTS] * 2
    assert sum(item.score for item in found) > CAP
    assert rules_evidence(found, CAP) == 3.333333


def test_without_a_model_the_rules_decide_alone_whatever_alpha_is() -> None:
    assert blend(0.8, None, 0.3) == blend(0.8, None, 1.0) == 0.8


@pytest.mark.parametrize("rule_id", sorted(DOCUMENTS))
def test_weights_order_the_rules_where_one_fires_alone_at_its_threshold(rule_id: str) -> None:
    assert hit(rule_id, 1.0).score == pytest.approx(2 * DOCUMENTS[rule_id].weight)
    assert [DOCUMENTS[each].weight for each in sorted(DOCUMENTS)] == [0.30, 0.25, 0.20, 0.15, 0.10]


@pytest.mark.parametrize("pair", list(combinations(["FR-001", "FR-002", "FR-003"], 2)))
def test_any_two_of_the_first_three_alert_together_at_their_thresholds(pair: tuple[str, str]) -> None:
    assert max(score(hit(rule_id, 1.0)) for rule_id in pair) < REVIEW <= score(*(hit(rule_id, 1.0) for rule_id in pair))


@pytest.mark.parametrize(("rule_id", "excess_ratio"), [("FR-001", 3.78 / 3), ("FR-002", 6 / 5), ("FR-003", 1414.3 / 500)])
def test_alone_a_rule_alerts_from_the_excess_that_the_docs_name(rule_id: str, excess_ratio: float) -> None:
    assert score(hit(rule_id, excess_ratio * 0.99 if rule_id != "FR-002" else 1.0)) < REVIEW <= score(hit(rule_id, excess_ratio))


def test_doublings_add_until_their_cap() -> None:
    scores = [hit("FR-001", 2.0**doublings).score for doublings in range(6)]
    assert scores == pytest.approx([0.6, 0.9, 1.2, 1.5, 1.5, 1.5])


def test_a_rule_without_doublings_says_the_same_at_any_excess() -> None:
    flat = Evidence(at_threshold=1.0, per_doubling=0.0, most_doublings=0.0)
    assert hit("FR-001", 1.0, evidence=flat).score == hit("FR-001", 1e9, evidence=flat).score == pytest.approx(0.3)


@pytest.mark.parametrize("excess_ratio", [float("inf"), 1e308, 0.0, 0.5, 1.0])
def test_evidence_is_finite_and_bounded_for_any_excess(excess_ratio: float) -> None:
    assert 0.6 <= hit("FR-001", excess_ratio).score <= 1.5
