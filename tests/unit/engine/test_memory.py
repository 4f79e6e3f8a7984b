"""What is remembered of a customer, for how long, and what happens where the memory is damaged."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamflow.contracts.decision import Decision
from streamflow.engine import Decided
from tests.unit.factories import DAY_MS, HOUR_MS, MINUTE_MS, TEN_O_CLOCK_MS, Fields, Shop, fired, place
from tests.unit.memory import Memory

NINETY_DAYS_MS = 90 * DAY_MS
HIGH: Fields = {"amount": "900.00"}


def regular() -> Shop:
    shop = Shop()
    shop.pay_daily(5, until_ms=TEN_O_CLOCK_MS + DAY_MS, **place((1.0, 2.0)))
    assert shop.state().last_event_time_ms == TEN_O_CLOCK_MS
    return shop


@pytest.mark.parametrize(("after_ms", "known"), [(NINETY_DAYS_MS, True), (NINETY_DAYS_MS + 1, False)])
def test_a_customer_is_known_for_ninety_days_of_event_time(after_ms: int, known: bool) -> None:
    shop = regular()
    decision = shop.pay(TEN_O_CLOCK_MS + after_ms, **HIGH)
    assert (fired(decision) == ["FR-001"]) is known
    assert not decision.answer.state_reset, "forgetting is no damage"
    assert shop.state().event_count == (6 if known else 1)


def test_the_brokers_time_forgets_nobody() -> None:
    shop = regular()
    assert fired(shop.pay(TEN_O_CLOCK_MS + DAY_MS, arrived_ms=TEN_O_CLOCK_MS + 400 * DAY_MS, **HIGH)) == ["FR-001"]


def test_every_event_prolongs_the_memory() -> None:
    shop = regular()
    shop.pay(TEN_O_CLOCK_MS + 80 * DAY_MS)
    assert fired(shop.pay(TEN_O_CLOCK_MS + 160 * DAY_MS, **HIGH)) == ["FR-001"]


def test_a_very_late_event_forgets_nobody() -> None:
    shop = regular()
    answer = shop.pay(TEN_O_CLOCK_MS - 200 * DAY_MS, arrived_ms=TEN_O_CLOCK_MS, **HIGH).answer
    assert (answer.late, [hit.id for hit in answer.rules]) == (True, ["FR-001"])
    assert shop.state().event_count == 6


def test_a_repeat_after_ninety_days_is_a_new_transaction() -> None:
    shop = Shop()
    shop.pay(TEN_O_CLOCK_MS, transaction_id="a")
    answer = shop.pay(TEN_O_CLOCK_MS + NINETY_DAYS_MS + 1, transaction_id="a").answer
    assert (answer.duplicate, answer.id_reused) == (False, False)


@pytest.mark.parametrize("damage", [b"", b"\x00", b"\x02", b"not a state", b"\x01" * 300, bytes(52)])
def test_a_state_that_cannot_be_read_is_begun_anew_and_the_decision_says_so_once(damage: bytes) -> None:
    shop = regular()
    shop.states["cust-1"] = damage
    first, second = (shop.pay(TEN_O_CLOCK_MS + minute * MINUTE_MS, **HIGH).answer for minute in (1, 2))
    assert (first.state_reset, second.state_reset) == (True, False)
    assert first.rules == ()
    assert shop.state().event_count == 2


def test_damage_to_one_customer_resets_nobody_else() -> None:
    shop = regular()
    shop.pay(customer_id="cust-2")
    other = shop.states["cust-2"]
    shop.states["cust-1"] = b"\xff"
    shop.pay(TEN_O_CLOCK_MS + HOUR_MS)
    assert shop.states["cust-2"] == other


def test_a_remembered_answer_that_was_never_given_resets_the_customer_instead_of_being_repeated() -> None:
    shop = regular()
    shop.pay(TEN_O_CLOCK_MS, transaction_id="a")
    state = shop.state()
    state.remembered[-1] = state.remembered[-1]._replace(outcome_code=200)
    shop.states["cust-1"] = state.to_bytes()
    answer = shop.pay(TEN_O_CLOCK_MS, transaction_id="a").answer
    assert (answer.state_reset, answer.duplicate, answer.outcome) == (True, False, "approve")
    assert shop.state().event_count == 1


LONG = regular()
for _minute in range(20):
    LONG.pay(TEN_O_CLOCK_MS + _minute * MINUTE_MS, **place((_minute / 10, -1.0)))
LONG.pay(TEN_O_CLOCK_MS, transaction_id="late")
BLOB = LONG.states["cust-1"]


@settings(max_examples=200)
@given(st.lists(st.integers(0, len(BLOB) * 8 - 1), min_size=1, max_size=3), st.sampled_from(["new", "late"]))
def test_flipped_bits_of_a_state_never_fail_the_engine(bits: list[int], transaction_id: str) -> None:
    """They are found (a reset that the decision tells), or they are a plausible history."""
    blob = bytearray(BLOB)
    for bit in bits:
        blob[bit // 8] ^= 1 << bit % 8
    shop = Shop()
    shop.states["cust-1"] = bytes(blob)
    for minute in (0, 30, 60):
        result = shop.process(TEN_O_CLOCK_MS + minute * MINUTE_MS, transaction_id=f"{transaction_id}", **place((5.0, 5.0)))
        assert isinstance(result, Decided), result
        answer = Decision.from_json(result.value).answer
        assert 0 <= answer.score <= 1
        Memory.from_bytes(shop.states["cust-1"])
