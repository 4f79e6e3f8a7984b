"""`transactions.scored` and `fraud.alerts`: what StreamFlow answers and everybody reads."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from streamflow.contracts.decision import Answer, Decision, Outcome
from streamflow.contracts.transaction import Transaction
from streamflow.engine import Decided
from tests.contract.golden import golden, golden_bytes
from tests.unit.engine.traffic import ANSWERS
from tests.unit.factories import DAY_MS, MINUTE_MS, RECIFE, SAO_PAULO, TEN_O_CLOCK_MS, Fields, Shop, place

VERSION_1 = golden("decision_v1.json")
CURRENT = golden("decision_v2.json")
"""With the second feature set, and with the fields about models at the end of the answer."""


def produced() -> Iterator[bytes]:
    """Return the decisions on traffic of every kind."""
    for answer in ANSWERS:
        if answer.startswith(b"decided "):
            yield answer.split(b" ", 3)[3]


def test_a_decision_of_version_1_reads_as_it_always_did() -> None:
    answer, transaction = Decision.from_json(golden_bytes("decision_v1.json"))
    for part in (answer, transaction):
        for name in part.__struct_fields__:
            assert json.loads(msgspec.json.encode(getattr(part, name))) == VERSION_1.get(name), name
    assert answer.outcome is Outcome.BLOCK
    assert [hit.id for hit in answer.rules] == ["FR-001", "FR-003"]
    assert transaction.extra == {"note": {"gift": True}}


def test_the_engine_still_writes_the_golden_decision_byte_for_byte() -> None:
    """Rules, rounding, order of fields and words: a change of any of them is a change for every consumer, and meant as one."""
    shop = Shop()
    shop.pay_daily(5, **place(SAO_PAULO))
    at_ms = TEN_O_CLOCK_MS - DAY_MS + 30 * MINUTE_MS
    optional: Fields = {"product_id": "p-1", "payment_method": "credit_card", "note": {"gift": True}}
    result = shop.process(at_ms, amount="450.00", **optional, **place(RECIFE))
    assert isinstance(result, Decided)
    assert result.value == golden_bytes("decision_v2.json")


def test_answer_and_transaction_share_no_field_so_one_flat_object_holds_both() -> None:
    assert not set(Answer.__struct_fields__) & set(Transaction.__struct_fields__)
    assert list(CURRENT) == [*Answer.__struct_fields__, *Transaction.__struct_fields__]


def test_what_version_1_had_stands_in_the_order_it_had() -> None:
    assert [name for name in CURRENT if name in VERSION_1] == list(VERSION_1)


def test_every_decision_reads_back_and_holds_its_transaction_unchanged() -> None:
    count = 0
    for value in produced():
        count += 1
        document = json.loads(value)
        decision = Decision.from_json(value)
        assert msgspec.to_builtins(decision.transaction) == {name: document[name] for name in Transaction.__struct_fields__}
        assert msgspec.json.encode(decision.answer)[:-1] == value[: len(msgspec.json.encode(decision.answer)) - 1], "nothing is lost"
    assert count > 500


def test_a_decision_names_each_field_once_and_in_the_order_of_the_contract() -> None:
    for value in produced():
        assert json.loads(value, object_pairs_hook=lambda pairs: [name for name, _ in pairs]) == list(CURRENT)


def test_numbers_in_a_decision_are_finite_and_have_six_decimals_at_most() -> None:
    def check(number: float) -> None:
        assert number == round(number, 6)

    def numbers(item: Any) -> Iterator[float]:
        if isinstance(item, float):
            yield item
        elif isinstance(item, dict):
            for name, value in item.items():
                if name not in ("latitude", "longitude", "extra"):
                    yield from numbers(value)
        elif isinstance(item, list):
            for value in item:
                yield from numbers(value)

    for value in produced():
        for number in numbers(json.loads(value, parse_constant=pytest.fail)):
            check(number)


def test_a_field_that_a_later_version_adds_is_passed_over() -> None:
    later = VERSION_1 | {"case_id": "c-1", "explanation": {"shap": [1, 2]}}
    assert Decision.from_json(json.dumps(later).encode()) == Decision.from_json(golden_bytes("decision_v1.json"))


def test_an_alert_is_a_decision_with_outcome_review_or_block_that_is_not_a_repeat() -> None:
    for answer in ANSWERS:
        if answer.startswith(b"decided "):
            _, _, is_alert, value = answer.split(b" ", 3)
            decided = Decision.from_json(value).answer
            assert (is_alert == b"1") is (decided.outcome != "approve" and not decided.duplicate)
