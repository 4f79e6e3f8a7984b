"""A bug in a rule: the event is a dead letter, the customer's memory stays, the engine lives on."""

from typing import Any

import msgspec
import pytest

from streamflow.contracts.control import RuleDocument
from streamflow.contracts.rejection import Code
from streamflow.control.documents import default_rules
from streamflow.engine import Decided
from streamflow.route import DeadLetter
from streamflow.score.features import Observation
from streamflow.score.rules import RULES, Finding, Rule
from tests.unit.factories import HOUR_MS, TEN_O_CLOCK_MS, Shop


class FailsOnAmount(Rule):
    """Fails in two places, by the amount."""

    rule_id = "FR-900"
    title = "fails"

    def judge(self, seen: Observation) -> Finding | None:
        amount = seen.valid.amount
        if amount == 13:
            raise ValueError(f"the payload is {seen.valid.transaction}")
        if amount == 14:
            raise KeyError("another bug")
        if amount == 15:
            return self.judge(seen)
        return None


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setitem(RULES, FailsOnAmount.rule_id, FailsOnAmount)
    rules = default_rules()
    return Shop(msgspec.structs.replace(rules, rules=(*rules.rules, RuleDocument("FR-900", 1, "on", 0.1))))


def failure(shop: Shop, amount: str, **changes: Any) -> DeadLetter:
    result = shop.process(amount=amount, **changes)
    assert isinstance(result, DeadLetter)
    return result


def test_the_event_is_a_dead_letter_of_the_score_stage_with_its_record(shop: Shop) -> None:
    letter = failure(shop, "13.00")
    assert (letter.rejection.code, letter.rejection.stage) == (Code.INTERNAL_ERROR, "score")
    assert letter.record is shop.records[-1]


@pytest.mark.parametrize("amount", ["13.00", "14.00", "15.00"])
def test_the_state_stays_as_it_was(shop: Shop, amount: str) -> None:
    failure(shop, amount)
    assert shop.states == {}
    shop.pay_daily(5)
    before = dict(shop.states)
    failure(shop, amount)
    assert shop.states == before


def test_the_next_event_of_the_same_customer_is_decided_as_if_nothing_had_been(shop: Shop) -> None:
    shop.pay_daily(5)
    failure(shop, "13.00")
    result = shop.process(TEN_O_CLOCK_MS + HOUR_MS, amount="120.00")
    assert isinstance(result, Decided)
    assert shop.state().event_count == 6


def test_the_same_bug_has_the_same_message_whatever_record_met_it(shop: Shop) -> None:
    first = failure(shop, "13.00")
    second = failure(shop, "13.00", customer_id="cust-2", currency="USD", store_id="store-77")
    assert first.rejection.message == second.rejection.message


def test_two_bugs_have_two_digests(shop: Shop) -> None:
    one, other = failure(shop, "13.00").rejection.message, failure(shop, "14.00").rejection.message
    assert one.rpartition("stack ")[2] != other.rpartition("stack ")[2]
    assert len(one.rpartition("stack ")[2]) == 12


def test_the_message_names_the_place_and_repeats_nothing_of_the_payload(shop: Shop) -> None:
    message = failure(shop, "13.00").rejection.message
    assert message.startswith("ValueError at test_internal_errors.py:judge:")
    assert "cust-1" not in message
    assert "13.00" not in message


def test_a_rule_that_calls_itself_for_ever_is_a_dead_letter_too(shop: Shop) -> None:
    assert failure(shop, "15.00").rejection.message.startswith("RecursionError at ")


def test_a_failing_store_of_states_is_the_callers_and_is_raised(shop: Shop) -> None:
    """A state that was not written must stop the job: else the decision would stand without its memory."""

    class Broken(dict[str, bytes]):
        def put(self, customer_id: str, blob: bytes) -> None:
            raise OSError("disk full")

    shop.states = Broken()  # type: ignore[assignment]
    with pytest.raises(OSError, match="disk full"):
        shop.process()


def test_a_bug_before_the_score_is_a_dead_letter_of_the_validate_stage(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(text: str) -> float:
        raise ZeroDivisionError(text)

    monkeypatch.setattr("streamflow.validate.validator.read_amount", fails)
    letter = failure(shop, "100.00")
    assert (letter.rejection.code, letter.rejection.stage) == (Code.INTERNAL_ERROR, "validate")
    assert shop.states == {}
