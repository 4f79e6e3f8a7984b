"""The rules document: what is refused, and how precisely it is said."""

from typing import Any

import msgspec
import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.control.documents import default_rules, parse_yaml
from streamflow.score.rules import RULES
from streamflow.score.ruleset import RuleSet, read_rules
from tests.unit.factories import SECOND_MS, TEN_O_CLOCK_MS, Shop, fired, rules_with

WHERE = "my-rules.yaml"


def document(**changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(default_rules())
    return content | changes


def with_rule(place: int, **changes: Any) -> dict[str, Any]:
    content = document()
    content["rules"] = [dict(rule) | (changes if number == place else {}) for number, rule in enumerate(content["rules"])]
    return content


def without(name: str) -> dict[str, Any]:
    content = document()
    del content[name]
    return content


def load(content: Any) -> RuleSet:
    return RuleSet(read_rules(content, WHERE), WHERE)


NAN = float("nan")

WRONG: list[tuple[Any, str]] = [
    (None, "Expected `object`, got `null`"),
    ([], "Expected `object`, got `array`"),
    (without("alpha"), "missing required field `alpha`"),
    (document(colour="red"), "unknown field `colour`"),
    (document(version=0), "`$.version`"),
    (document(version="1"), "`$.version`"),
    (document(alpha=1.1), "`$.alpha`"),
    (document(alpha=NAN), "`$.alpha`"),
    (
        document(thresholds={"review": 0.9, "block": 0.7}),
        "< review < block <= 1, got review 0.9, block 0.7 (my-rules.yaml, thresholds)",
    ),
    (document(thresholds={"review": 0.7, "block": 0.7}), "got review 0.7, block 0.7"),
    (document(thresholds={"review": 0.0, "block": 0.7}), "got review 0.0"),
    (document(thresholds={"review": 0.7, "block": 1.01}), "block 1.01"),
    (document(thresholds={"review": NAN, "block": 0.9}), "review nan"),
    (document(thresholds={"review": 0.7, "block": 0.9, "call": 0.8}), "unknown field `call` - at `$.thresholds`"),
    (document(reference_currency="XYZ"), "a currency is not known: expected ISO 4217 codes in use, got XYZ"),
    (document(rates={"BRL": 1.0, "usd": 5.0, "QQQ": 1.0}), "got QQQ, usd (my-rules.yaml, rates)"),
    (document(rates={"USD": 5.0}), "expected BRL: 1.0, got None (my-rules.yaml, rates)"),
    (document(rates={"BRL": 2.0}), "expected BRL: 1.0, got 2.0"),
    (document(rates={"BRL": 1.0, "USD": 0.0}), "`$.rates[...]`"),
    (document(rates={"BRL": 1.0, "USD": 1e-300}), "`$.rates[...]`"),
    (document(rates={"BRL": 1.0, "USD": NAN}), "`$.rates[...]`"),
    (
        with_rule(2, id="FR-9"),
        "expected one of FR-001, FR-002, FR-003, FR-004, FR-005, got FR-9 (my-rules.yaml, rules[2])",
    ),
    (with_rule(2, id="fr-003"), "got fr-003"),
    (with_rule(1, id="FR-001", parameters={}), "stands twice: expected each id once, got FR-001 (my-rules.yaml, rules[1])"),
    (with_rule(3, state="maybe"), "Invalid enum value 'maybe' - at `$.rules[3].state`"),
    (with_rule(3, state=True), "`$.rules[3].state`"),
    (with_rule(3, weight=0), "`$.rules[3].weight`"),
    (with_rule(3, weight=1.5), "`$.rules[3].weight`"),
    (with_rule(3, weight="heavy"), "Expected `float`, got `str` - at `$.rules[3].weight`"),
    (with_rule(3, outcome_at_least="approve"), "`$.rules[3].outcome_at_least`"),
    (with_rule(0, evidence={"at_treshold": 1.0}), "unknown field `at_treshold` - at `$.rules[0].evidence`"),
    (with_rule(0, evidence={"per_doubling": -1.0}), "`$.rules[0].evidence.per_doubling`"),
    (
        with_rule(0, parameters={"ratio": 1}),
        "FR-001 has a wrong parameter: expected parameters ratio, min_transactions, got Expected",
    ),
    (with_rule(0, parameters={"ratoi": 3}), "unknown field `ratoi` (my-rules.yaml, rules[0], FR-001)"),
    (with_rule(0, parameters={"min_transactions": 4}), "`$.min_transactions`"),
    (with_rule(1, parameters={"max_transactions": 17}), "FR-002 has a wrong parameter"),
    (with_rule(1, parameters={"max_transactions": 5.5}), "`$.max_transactions`"),
    (with_rule(1, parameters={"window_minutes": 0}), "`$.window_minutes`"),
    (with_rule(2, parameters={"max_hours": -1}), "`$.max_hours`"),
    (with_rule(3, parameters={"max_zscore": NAN}), "`$.max_zscore`"),
    (
        with_rule(4, parameters={"list": "mine"}),
        "FR-005 has a wrong parameter: expected parameters none, got Object",
    ),
]


@pytest.mark.parametrize(("content", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_wrong_document_is_refused_and_the_place_is_named(content: Any, said: str) -> None:
    with pytest.raises(BadInputError) as raised:
        load(content)
    assert said in str(raised.value)
    assert WHERE in str(raised.value)


def test_a_wrong_parameter_of_a_rule_that_is_off_is_refused_too() -> None:
    """Switching it on must not be the moment at which somebody finds out."""
    with pytest.raises(BadInputError, match="ratio"):
        load(with_rule(0, state="off", parameters={"ratio": 0}))


def test_on_and_off_are_words_in_yaml_and_a_key_that_stands_twice_is_an_error() -> None:
    assert parse_yaml("state: on", "x") == {"state": "on"}
    with pytest.raises(BadInputError, match="not YAML"):
        parse_yaml("alpha: 1\nalpha: 2", "x")


def test_the_shipped_rules_have_the_weights_thresholds_and_parameters_that_the_docs_name() -> None:
    rules = load(document())
    assert (rules.version, rules.alpha, rules.thresholds.review, rules.thresholds.block) == (1, 0.3, 0.7, 0.9)
    assert {
        rule.document.id: (rule.document.state, rule.document.weight, msgspec.to_builtins(rule.parameters)) for rule in rules.rules
    } == {
        "FR-001": ("on", 0.30, {"ratio": 3.0, "min_transactions": 5}),
        "FR-002": ("on", 0.25, {"window_minutes": 10.0, "max_transactions": 5}),
        "FR-003": ("on", 0.20, {"min_distance_km": 500.0, "max_hours": 1.0, "min_speed_kmh": 500.0}),
        "FR-004": ("on", 0.15, {"max_zscore": 2.0, "min_transactions": 5}),
        "FR-005": ("on", 0.10, {}),
    }
    assert rules.floors == {"FR-005": "block"}


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_the_defaults_in_the_code_are_the_parameters_that_the_package_ships(rule_id: str) -> None:
    shipped = next(rule for rule in default_rules().rules if rule.id == rule_id)
    assert msgspec.convert({}, RULES[rule_id].parameters_type) == msgspec.convert(shipped.parameters, RULES[rule_id].parameters_type)


def high_value(shop: Shop) -> Any:
    shop.pay_daily(5)
    return shop.pay(amount="900.00")


def test_a_rule_in_shadow_is_recorded_with_its_evidence_and_changes_neither_score_nor_reasons() -> None:
    on = high_value(Shop()).answer
    shadow = high_value(Shop(rules_with("FR-001", state="shadow", outcome_at_least="block"))).answer
    assert (shadow.score, shadow.outcome, shadow.reasons) == (0.0, "approve", ())
    assert shadow.rules == (msgspec.structs.replace(on.rules[0], state="shadow"),)


def test_a_rule_that_is_off_is_not_recorded() -> None:
    assert fired(high_value(Shop(rules_with("FR-001", state="off")))) == []


def test_hits_stand_in_the_order_of_the_document_and_reasons_by_their_evidence() -> None:
    shop = Shop()
    shop.pay_daily(5)
    for second in range(5):
        shop.pay(TEN_O_CLOCK_MS + second * SECOND_MS)
    decision = shop.pay(TEN_O_CLOCK_MS + 5 * SECOND_MS, amount="301.00")
    assert fired(decision) == ["FR-001", "FR-002"]
    assert [reason[:6] for reason in decision.answer.reasons] == ["FR-002", "FR-001"]


def test_a_document_without_rules_approves_everything() -> None:
    answer = high_value(Shop(msgspec.structs.replace(default_rules(), rules=()))).answer
    assert (answer.score, answer.outcome) == (0.0, "approve")
