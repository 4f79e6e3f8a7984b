"""A rules document survives the way through a file."""

import msgspec

from streamflow.contracts.control import RulesDocument
from streamflow.control.documents import default_rules, parse_yaml
from streamflow.control.render import rules_to_yaml
from streamflow.score.ruleset import read_rules


def read_back(document: RulesDocument) -> RulesDocument:
    return read_rules(parse_yaml(rules_to_yaml(document), "test"), "test")


def test_the_shipped_rules_read_back_from_the_yaml_that_shows_them() -> None:
    assert read_back(default_rules()) == default_rules()


def test_every_state_of_a_rule_and_odd_numbers_read_back() -> None:
    rules = default_rules()
    changed = [msgspec.structs.replace(rule, state=state) for rule, state in zip(rules.rules, ("on", "off", "shadow") * 2, strict=False)]
    document = msgspec.structs.replace(rules, version=12, alpha=1e-5, rates={"BRL": 1.0, "JPY": 1e-09}, rules=tuple(changed))
    assert read_back(document) == document


def test_small_maps_stand_on_one_line() -> None:
    assert "    parameters: {window_minutes: 10.0, max_transactions: 5}\n" in rules_to_yaml(default_rules())
