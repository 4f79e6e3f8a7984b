"""A customer's memory as bytes: nothing is lost on the way, it stays small, and damage is found or harmless."""

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.score.state import (
    MAX_LATENESS_MS,
    MAX_RECENT_EVENTS,
    MAX_REMEMBERED_IDS,
    MAX_STATE_BYTES,
    NEW_PROFILE,
    STATE_VERSION,
    CustomerState,
    RememberedId,
    StateError,
)
from tests.unit.factories import DAY_MS, MINUTE_MS, TEN_O_CLOCK_MS, Shop, place

LONGEST_BYTES = 572
FIELDS = CustomerState.__slots__

events = st.lists(
    st.tuples(
        st.integers(0, 253_402_300_799_999),
        st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
        st.binary(min_size=8, max_size=8),
        st.binary(min_size=4, max_size=4),
        st.integers(0, 2),
        st.integers(0, 1_000_000),
    ),
    min_size=1,
    max_size=40,
)


def hashes(number: int, content: int) -> tuple[bytes, bytes]:
    return number.to_bytes(8, "little"), content.to_bytes(4, "little")


def remembered(number: int, content: int, outcome_code: int = 0, score_millionths: int = 0) -> RememberedId:
    return RememberedId(*hashes(number, content), outcome_code, score_millionths)


def fields_of(state: CustomerState) -> dict[str, Any]:
    return {name: getattr(state, name) for name in FIELDS}


def lived(history: list[tuple[int, tuple[float, float] | None, bytes, bytes, int, int]]) -> CustomerState:
    """Return the state after a history of any events in any order."""
    state = CustomerState()
    for time_ms, where, id_hash, content_hash, outcome_code, score_millionths in history:
        if where is not None:
            state.location = (time_ms, *where)
        state.hour_cos += 0.6
        state.hour_sin -= 0.8
        state.count_event(time_ms)
        state.remember(RememberedId(id_hash, content_hash, outcome_code, score_millionths))
    return state


def damaged(change: Callable[[CustomerState], object]) -> bytes:
    state = lived([(TEN_O_CLOCK_MS, (1.0, 2.0), *hashes(1, 2), 0, 3)] * 3)
    state.amount_count, state.amount_mean = 3, 50.0
    change(state)
    return state.to_bytes()


@given(events)
def test_a_state_comes_back_from_its_bytes_as_it_was(history: list[Any]) -> None:
    state = lived(history)
    blob = state.to_bytes()
    assert fields_of(CustomerState.from_bytes(blob)) == fields_of(state)
    assert CustomerState.from_bytes(blob).to_bytes() == blob
    assert len(blob) <= LONGEST_BYTES


@given(events)
def test_the_lists_are_bounded_and_the_window_is_in_order(history: list[Any]) -> None:
    state = lived(history)
    assert len(state.recent_ms) == min(len(history), MAX_RECENT_EVENTS)
    assert len(state.remembered) == 17 * min(len(history), MAX_REMEMBERED_IDS)
    assert state.recent_ms == sorted(state.recent_ms)
    assert state.last_event_time_ms == max(time_ms for time_ms, *_ in history)


def test_a_long_history_takes_508_bytes_and_572_with_late_events() -> None:
    shop = Shop()
    for minute in range(200):
        shop.pay(TEN_O_CLOCK_MS + minute * MINUTE_MS, **place((minute / 10, minute / 5)))
    assert len(shop.states["cust-1"]) == 508
    for minute in range(20):
        shop.pay(TEN_O_CLOCK_MS + minute * MINUTE_MS, arrived_ms=TEN_O_CLOCK_MS + DAY_MS, transaction_id="x" * 60 + str(minute))
    assert len(shop.states["cust-1"]) == LONGEST_BYTES <= MAX_STATE_BYTES


def test_what_is_late_is_forgotten_with_its_event_so_the_state_shrinks_again() -> None:
    shop = Shop()
    shop.pay(TEN_O_CLOCK_MS)
    shop.pay(TEN_O_CLOCK_MS - MINUTE_MS, arrived_ms=TEN_O_CLOCK_MS)
    assert shop.state().lateness_ms == [0, MINUTE_MS]
    for minute in range(MAX_RECENT_EVENTS):
        shop.pay(TEN_O_CLOCK_MS + minute * MINUTE_MS)
    assert shop.state().lateness_ms is None


def test_lateness_beyond_49_days_is_kept_as_49_days() -> None:
    state = CustomerState()
    state.count_event(TEN_O_CLOCK_MS)
    state.count_event(0)
    assert state.lateness_ms == [0, MAX_LATENESS_MS]
    assert fields_of(CustomerState.from_bytes(state.to_bytes())) == fields_of(state)


def test_the_oldest_of_nine_ids_is_forgotten() -> None:
    state = CustomerState()
    for number in range(9):
        state.remember(remembered(number, 99))
    assert state.recall(*hashes(0, 99)) is None
    assert state.recall(*hashes(1, 99)) == remembered(1, 99)
    assert state.recall(*hashes(8, 99)) == remembered(8, 99)


def test_of_one_id_the_same_content_is_recalled_first_and_else_the_newest() -> None:
    state = CustomerState()
    for content in (10, 11, 12):
        state.remember(remembered(7, content, 0, content))
    assert state.recall(*hashes(7, 11)) == remembered(7, 11, 0, 11)
    assert state.recall(*hashes(7, 99)) == remembered(7, 12, 0, 12)


def test_the_bytes_of_an_id_across_two_fields_are_not_taken_for_an_id() -> None:
    state = CustomerState()
    state.remember(remembered(7, 8))
    state.remember(remembered(9, 8))
    for start in range(len(state.remembered) - 8):
        found = state.recall(state.remembered[start : start + 8], b"\0\0\0\0")
        assert (found is not None) == (start in (0, 17))


@given(st.binary(max_size=600))
def test_any_bytes_are_a_state_or_a_state_error(blob: bytes) -> None:
    try:
        state = CustomerState.from_bytes(blob)
    except StateError:
        return
    assert state.to_bytes()[0] == STATE_VERSION >= blob[0]


@pytest.mark.parametrize("version", [1, 2])
@given(counts=st.binary(min_size=3, max_size=3), rest=st.binary(min_size=48, max_size=MAX_STATE_BYTES))
def test_any_bytes_of_a_known_version_are_a_state_or_a_state_error(version: int, counts: bytes, rest: bytes) -> None:
    try:
        CustomerState.from_bytes(bytes([version]) + counts + rest)
    except StateError:
        return


@pytest.mark.parametrize("version", [0, 3, 255])
def test_an_unknown_version_is_named(version: int) -> None:
    blob = bytes([version]) + CustomerState().to_bytes()[1:]
    with pytest.raises(StateError, match=f"version of at most 2, got {version}"):
        CustomerState.from_bytes(blob)


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01\x00\x00", CustomerState().to_bytes()[:-1], CustomerState().to_bytes() + b"\x00"])
def test_a_cut_or_longer_blob_is_refused(blob: bytes) -> None:
    with pytest.raises(StateError):
        CustomerState.from_bytes(blob)


@pytest.mark.parametrize("counts", [b"\x04\x00\x00", b"\x00\x11\x00", b"\x00\x00\x09", b"\xff\xff\xff"])
def test_unknown_flags_and_lists_above_their_bounds_are_refused_whatever_the_length(counts: bytes) -> None:
    flags, recent, ids = counts
    size = 48 + 24 * (flags & 1) + recent * (8 + 4 * (flags >> 1 & 1)) + ids * 17
    with pytest.raises(StateError, match="bounded lists"):
        CustomerState.from_bytes(b"\x01" + counts + bytes(size))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), 1e308, -1e308, -1.0])
@pytest.mark.parametrize("name", ["amount_mean", "amount_m2"])
def test_statistics_that_no_amounts_lead_to_are_refused(name: str, number: float) -> None:
    with pytest.raises(StateError):
        CustomerState.from_bytes(damaged(lambda state: setattr(state, name, number)))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e200, -4.0])
@pytest.mark.parametrize("name", ["hour_cos", "hour_sin"])
def test_hours_that_lie_off_the_circle_are_refused(name: str, number: float) -> None:
    with pytest.raises(StateError):
        CustomerState.from_bytes(damaged(lambda state: setattr(state, name, number)))


@pytest.mark.parametrize("where", [(0, 90.1, 0.0), (0, 0.0, -180.1), (0, float("nan"), 0.0), (0, 0.0, float("inf"))])
def test_a_place_off_the_globe_is_refused(where: tuple[int, float, float]) -> None:
    with pytest.raises(StateError, match="place on the globe"):
        CustomerState.from_bytes(damaged(lambda state: setattr(state, "location", where)))


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount_count", 4), ("amount_mean", 0.0), ("last_event_time_ms", -1), ("last_event_time_ms", 2**62), ("event_count", 2**32 - 1)],
)
def test_counts_and_times_that_contradict_each_other_are_refused(name: str, value: float) -> None:
    with pytest.raises(StateError):
        CustomerState.from_bytes(damaged(lambda state: setattr(state, name, value)))


@pytest.mark.parametrize("answer", [(3, 0), (255, 0), (0, 1_000_001), (0, 2**32 - 1)])
def test_an_answer_that_was_never_given_is_not_repeated(answer: tuple[int, int]) -> None:
    state = CustomerState()
    state.remember(remembered(7, 8, *answer))
    with pytest.raises(StateError):
        state.recall(*hashes(7, 8))


def test_the_layout_is_little_endian_with_the_version_first() -> None:
    state = CustomerState()
    state.count_event(TEN_O_CLOCK_MS)
    front = struct.pack("<BBBBIIddddqq", 2, 0, 1, 0, 1, 0, 0.0, 0.0, 0.0, 0.0, TEN_O_CLOCK_MS, TEN_O_CLOCK_MS)
    assert state.to_bytes() == front + NEW_PROFILE
