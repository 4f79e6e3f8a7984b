"""The same transaction again, and another transaction under a used id."""

import msgspec

from streamflow.contracts.control import ListsDocument
from streamflow.contracts.decision import Decision
from streamflow.engine import Decided
from tests.unit.factories import DAY_MS, HOUR_MS, MINUTE_MS, TEN_O_CLOCK_MS, Fields, Shop, fired, iso, record, rules_with

HIGH: Fields = {"transaction_id": "high", "amount": "900.00"}


def alerted() -> tuple[Shop, Decision]:
    """Return a shop in which a payment was just blocked."""
    shop = Shop()
    shop.pay_daily(5)
    decision = shop.pay(**HIGH)
    assert decision.answer.outcome == "block"
    return shop, decision


def test_a_repeat_gets_the_same_answer_and_is_marked() -> None:
    shop, first = alerted()
    again = shop.pay(**HIGH)
    assert (again.answer.duplicate, again.answer.outcome, again.answer.score) == (True, first.answer.outcome, first.answer.score)
    assert (again.answer.rules, again.answer.rules_score, again.answer.features) == ((), None, ())
    assert again.answer.reasons == ("repeat of a transaction that was decided before: block",)
    assert again.answer.decision_id != first.answer.decision_id, "it answers another record"
    assert again.transaction == first.transaction


def test_a_repeat_raises_no_second_alert() -> None:
    shop = Shop()
    shop.pay_daily(5)
    results = [shop.process(**HIGH) for _ in range(3)]
    assert [result.is_alert for result in results if isinstance(result, Decided)] == [True, False, False]
    # The engine has the rule in line, for it is in the hot path.
    assert all(result.is_alert == result.answer.is_alert for result in results if isinstance(result, Decided))


def test_a_repeat_changes_no_state_however_often_it_comes() -> None:
    shop, _ = alerted()
    before = dict(shop.states)
    for _ in range(20):
        shop.pay(**HIGH)
    assert shop.states == before


def test_a_repeat_counts_for_no_velocity() -> None:
    shop = Shop()
    for _ in range(10):
        shop.pay(transaction_id="txn-1")
    assert shop.pay(TEN_O_CLOCK_MS + MINUTE_MS).answer.features[1] == 2.0


def test_the_order_of_fields_and_white_space_make_no_other_content() -> None:
    shop = Shop()
    shop.send(record(transaction_id="a"))
    value = shop.records[0].value
    assert value is not None
    fields = value.removeprefix(b"{").removesuffix(b"}").split(b",")
    respelled = b"{ " + b" ,\n ".join(reversed(fields)) + b"\t}"
    again = shop.send(shop.records[0]._replace(value=respelled.replace(b"txn", b"\\u0074xn"), offset=1))
    assert isinstance(again, Decided)
    assert Decision.from_json(again.value).answer.duplicate


def test_an_id_of_another_customer_is_no_repeat() -> None:
    shop = Shop()
    shop.pay(transaction_id="a")
    answer = shop.pay(transaction_id="a", customer_id="cust-2").answer
    assert (answer.duplicate, answer.id_reused) == (False, False)


def test_other_content_under_a_used_id_is_scored_as_new_and_marked() -> None:
    shop = Shop()
    shop.pay_daily(5)
    shop.pay(transaction_id="a", amount="10.00")
    decision = shop.pay(transaction_id="a", amount="900.00")
    assert (decision.answer.duplicate, decision.answer.id_reused) == (False, True)
    assert fired(decision) == ["FR-001"]
    assert shop.state().event_count == 7


def test_two_contents_of_one_id_that_come_twice_are_two_repeats() -> None:
    """A producer that sends its whole buffer again must not raise its alerts again."""
    shop = Shop()
    shop.pay_daily(5)
    buffer: list[Fields] = [{"transaction_id": "a", "amount": amount} for amount in ("10.00", "900.00")]
    first, second = (shop.pay(**fields).answer for fields in buffer)
    repeats = [shop.pay(**fields).answer for fields in buffer]
    assert [answer.duplicate for answer in repeats] == [True, True]
    assert [(answer.outcome, answer.score) for answer in repeats] == [(first.outcome, first.score), (second.outcome, second.score)]


def test_the_last_eight_ids_are_remembered_and_the_ninth_is_not() -> None:
    shop = Shop()
    for number in range(9):
        shop.pay(TEN_O_CLOCK_MS + number * HOUR_MS, transaction_id=f"t{number}")
    last_ms = TEN_O_CLOCK_MS + 8 * HOUR_MS
    eighth_last = shop.pay(TEN_O_CLOCK_MS + HOUR_MS, arrived_ms=last_ms, transaction_id="t1").answer
    ninth_last = shop.pay(TEN_O_CLOCK_MS, arrived_ms=last_ms, transaction_id="t0").answer
    assert (eighth_last.duplicate, eighth_last.late) == (True, True)
    assert (ninth_last.duplicate, ninth_last.late) == (False, True)


def test_a_repeat_is_answered_as_before_and_names_the_rules_and_lists_that_hold_now() -> None:
    shop, first = alerted()
    lenient = Shop(msgspec.structs.replace(rules_with("FR-001", state="off"), version=2), ListsDocument(version=9))
    lenient.states = shop.states
    answer = lenient.pay(**HIGH).answer
    assert (answer.duplicate, answer.outcome, answer.score) == (True, "block", first.answer.score)
    assert (answer.ruleset_version, answer.lists_version) == (2, 9)


def test_a_repeat_of_a_forgotten_customer_is_new() -> None:
    shop, _ = alerted()
    fields: Fields = {"transaction_id": "old", "timestamp": iso(TEN_O_CLOCK_MS)}
    shop.pay(**fields)
    shop.pay(TEN_O_CLOCK_MS + 91 * DAY_MS)
    assert not shop.pay(arrived_ms=TEN_O_CLOCK_MS + 91 * DAY_MS, **fields).answer.duplicate
