"""A customer's stored memory is damaged: the engine decides on, the decision says what was lost, and no other customer notices."""

import math
import struct
from collections.abc import Iterator
from itertools import product

import pytest

from streamflow.contracts.decision import Decision
from streamflow.engine import Decided
from streamflow.score.state import MAX_STATE_BYTES
from tests.unit.factories import MINUTE_MS, RECIFE, SAO_PAULO, TEN_O_CLOCK_MS, Shop
from tests.unit.memory import Memory

VICTIM, NEIGHBOUR = "cust-1", "cust-2"
DOUBLES_BEGIN, DOUBLES = 12, ("amount_mean", "amount_m2", "hour_cos", "hour_sin")
PLACE_BEGIN = 60
"""Offset of latitude and longitude: after the fixed fields comes the time of the last place."""

NO_NUMBERS = (math.nan, -math.nan, math.inf, -math.inf, struct.unpack("<d", b"\x01" + bytes(5) + b"\xf0\x7f")[0])


def pay(shop: Shop, customer_id: str, number: int) -> Decision:
    """Process a customer's payment of this number; the same number is the same payment, and every third is late."""
    latitude, longitude = SAO_PAULO if number % 2 else RECIFE
    answer = shop.process(
        TEN_O_CLOCK_MS + number * 11 * MINUTE_MS - (30 * MINUTE_MS if number % 3 == 0 else 0),
        arrived_ms=TEN_O_CLOCK_MS + 600 * MINUTE_MS,
        customer_id=customer_id,
        transaction_id=f"{customer_id}-{number}",
        amount=f"{100 + number}.00",
        latitude=latitude,
        longitude=longitude,
    )
    assert isinstance(answer, Decided), answer
    assert b"NaN" not in answer.value
    assert b"Infinity" not in answer.value
    return Decision.from_json(answer.value)


def lived() -> Shop:
    """Return a shop with two customers who have a full memory: a place, late events, eight ids."""
    shop = Shop()
    for number in range(20):
        pay(shop, VICTIM, number)
        pay(shop, NEIGHBOUR, number)
    return shop


SHOP = lived()
BLOB, OTHER = SHOP.states[VICTIM], SHOP.states[NEIGHBOUR]
REPEATED, LATE, NEW = 19, 21, 22


def decide_with(blob: bytes) -> list[Decision]:
    """Give the victim this memory and let both customers send an old payment again, a late one and a new one."""
    shop = Shop()
    shop.states.update({VICTIM: blob, NEIGHBOUR: OTHER})
    found = []
    for number in (REPEATED, LATE, NEW):
        found += [pay(shop, VICTIM, number), pay(shop, NEIGHBOUR, number)]
    Memory.from_bytes(shop.states[VICTIM])
    assert len(shop.states[VICTIM]) <= MAX_STATE_BYTES
    assert all(0 <= decision.answer.score <= 1 for decision in found)
    return found


UNDAMAGED = decide_with(BLOB)
NEIGHBOURS_ANSWERS = UNDAMAGED[1::2]


def assert_only_the_victim_is_begun_anew(blob: bytes) -> None:
    decisions = decide_with(blob)
    assert [decision.answer.state_reset for decision in decisions] == [True] + [False] * (len(decisions) - 1), blob.hex()
    assert decisions[1::2] == NEIGHBOURS_ANSWERS


def overwritten(position: int, part: bytes) -> bytes:
    return BLOB[:position] + part + BLOB[position + len(part) :]


def test_the_memory_before_the_damage_is_long_and_has_every_part() -> None:
    state = Memory.from_bytes(BLOB)
    assert state.location is not None
    assert state.lateness_ms is not None
    assert not any(decision.answer.state_reset for decision in UNDAMAGED)
    assert [decision.answer.duplicate for decision in UNDAMAGED] == [True, True, False, False, False, False]
    assert [decision.answer.late for decision in UNDAMAGED] == [False, False, True, True, False, False]
    assert struct.unpack_from("<4d", BLOB, DOUBLES_BEGIN) == tuple(getattr(state, name) for name in DOUBLES)
    assert struct.unpack_from("<2d", BLOB, PLACE_BEGIN) == state.location[1:]


def test_a_memory_that_is_cut_short_anywhere_is_begun_anew() -> None:
    for length in range(len(BLOB)):
        assert_only_the_victim_is_begun_anew(BLOB[:length])


@pytest.mark.parametrize("blob", [b"", bytes(len(BLOB)), b"\xff" * len(BLOB), BLOB + b"\x00", BLOB * 2, BLOB[::-1], b"null", b"\x01" * 404])
def test_a_memory_of_other_bytes_is_begun_anew(blob: bytes) -> None:
    assert_only_the_victim_is_begun_anew(blob)


@pytest.mark.parametrize("number", NO_NUMBERS, ids=repr)
@pytest.mark.parametrize("place", [*range(DOUBLES_BEGIN, DOUBLES_BEGIN + 8 * len(DOUBLES), 8), PLACE_BEGIN, PLACE_BEGIN + 8])
def test_nan_and_infinity_in_a_statistic_or_a_place_begin_the_memory_anew(place: int, number: float) -> None:
    assert_only_the_victim_is_begun_anew(overwritten(place, struct.pack("<d", number)))


def damaged_bytes() -> Iterator[bytes]:
    for position, mask in product(range(len(BLOB)), (0x01, 0x80, 0xFF)):
        yield overwritten(position, bytes([BLOB[position] ^ mask]))
    for position, value, size in product(range(0, len(BLOB), 4), (0x00, 0xFF, 0x7F), (4, 8, 16)):
        yield overwritten(position, bytes([value]) * size)[: len(BLOB)]


def test_flipped_and_overwritten_bytes_are_found_or_make_another_possible_history() -> None:
    """Without a checksum a flipped digit of an amount is a history like any other: decided by, never an error, never a neighbour's."""
    resets = 0
    for blob in damaged_bytes():
        decisions = decide_with(blob)
        assert decisions[1::2] == NEIGHBOURS_ANSWERS
        resets += decisions[0].answer.state_reset
    assert resets > 100
