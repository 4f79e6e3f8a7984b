"""A customer's memory as bytes: nothing is lost on the way, it stays small, and damage is found or harmless."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.control import ListsDocument
from streamflow.score.features import Observation, Repeat, observe
from streamflow.score.lists import Blocklists
from streamflow.score.state import MAX_STATE_BYTES, NEW_STATE, StateError
from streamflow.score.statistics import MAX_LATENESS_MS, MAX_RECENT_EVENTS, MAX_REMEMBERED_IDS, MEMORY_MS
from tests.unit.factories import DAY_MS, MINUTE_MS, TEN_O_CLOCK_MS, Shop, iso, place, valid
from tests.unit.memory import Memory, RememberedId

LONGEST_BYTES = 572
LISTS = Blocklists(ListsDocument(version=1))

Event = tuple[int, tuple[float, float] | None, int, int, int, int]
events = st.lists(
    st.tuples(
        st.integers(TEN_O_CLOCK_MS - MAX_LATENESS_MS // 2, TEN_O_CLOCK_MS + MAX_LATENESS_MS // 2),
        st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
        st.integers(0, 2**64 - 1),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2),
        st.integers(0, 1_000_000),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda event: event[2],
)


def look(
    state: bytes, id_hash: int = 99, content_hash: int = 98, *, at_ms: int = TEN_O_CLOCK_MS, where: tuple[float, float] | None = None
) -> Observation | Repeat:
    """Observe a payment whose id and content have these hashes."""
    payment = valid(timestamp=iso(at_ms), **({} if where is None else place(where)))
    return observe(payment, state, (id_hash, content_hash), 1.0, LISTS, None, at_ms)


def enter(state: bytes, event: Event) -> bytes:
    time_ms, where, id_hash, content_hash, outcome_code, score_millionths = event
    seen = look(state, id_hash, content_hash, at_ms=time_ms, where=where)
    assert isinstance(seen, Observation)
    return seen.learnt(outcome_code, score_millionths)


def lived(history: list[Event]) -> bytes:
    state = NEW_STATE
    for event in history:
        state = enter(state, event)
    return state


def changed(change: Callable[[Memory], object]) -> bytes:
    """Return the bytes of a short history in which something is changed."""
    memory = Memory.from_bytes(lived([(TEN_O_CLOCK_MS, (1.0, 2.0), number, 2, 0, 3) for number in range(3)]))
    change(memory)
    return memory.to_bytes()


def with_ids(*ids: RememberedId) -> bytes:
    return Memory(remembered=list(ids), last_event_time_ms=TEN_O_CLOCK_MS).to_bytes()


@given(events)
def test_what_is_entered_stands_in_the_bytes_as_their_description_says(history: list[Event]) -> None:
    state = lived(history)
    memory = Memory.from_bytes(state)
    assert memory.to_bytes() == state
    assert len(state) <= LONGEST_BYTES
    assert memory.event_count == memory.amount_count == len(history)
    assert memory.remembered == [RememberedId(*event[2:]) for event in history[-MAX_REMEMBERED_IDS:]]
    latest = counted_at = 0
    counts: list[tuple[int, int]] = []
    for time_ms, where, *_ in history:
        counted_at = max(latest, time_ms)
        counts.append((counted_at, counted_at - time_ms))
        if where is not None and time_ms >= latest:
            assert memory.location is not None
            expected_place = (time_ms, *where)
        latest = counted_at
    counts = counts[-MAX_RECENT_EVENTS:]
    assert (memory.recent_ms, memory.last_event_time_ms) == ([time_ms for time_ms, _ in counts], latest)
    assert (memory.lateness_ms or [0] * len(counts)) == [late_ms for _, late_ms in counts]
    assert memory.location is None or memory.location == expected_place


def test_the_state_of_a_new_customer_is_that_of_the_description() -> None:
    assert Memory().to_bytes() == NEW_STATE


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
    state = enter(enter(NEW_STATE, (TEN_O_CLOCK_MS, None, 1, 1, 0, 0)), (0, None, 2, 2, 0, 0))
    assert Memory.from_bytes(state).lateness_ms == [0, MAX_LATENESS_MS]


def test_a_memory_older_than_90_days_counts_as_new() -> None:
    state = lived([(TEN_O_CLOCK_MS, (1.0, 2.0), 7, 8, 0, 0)])
    for gap_ms, count in ((MEMORY_MS, 2), (MEMORY_MS + 1, 1)):
        memory = Memory.from_bytes(enter(state, (TEN_O_CLOCK_MS + gap_ms, None, 9, 9, 0, 0)))
        assert (memory.event_count, len(memory.remembered), memory.location is None) == (count, count, count == 1)
    assert isinstance(look(state, 7, 8, at_ms=TEN_O_CLOCK_MS + MEMORY_MS + 1), Observation)


def test_the_oldest_of_nine_ids_is_forgotten() -> None:
    state = lived([(TEN_O_CLOCK_MS + number, None, number, 99, 1, number) for number in range(9)])
    assert isinstance(look(state, 0, 99), Observation)
    assert look(state, 1, 99, at_ms=TEN_O_CLOCK_MS + 9) == Repeat(1, 1, late=False)
    assert look(state, 8, 99) == Repeat(1, 8, late=True)


def test_of_one_id_the_same_content_is_recalled_first_and_else_the_newest() -> None:
    state = with_ids(*(RememberedId(7, content, 0, content) for content in (10, 11, 12)))
    assert look(state, 7, 11) == Repeat(0, 11, late=False)
    seen = look(state, 7, 99)
    assert isinstance(seen, Observation)
    assert seen.id_reused == 1.0


def test_the_bytes_of_an_id_across_two_fields_are_not_taken_for_an_id() -> None:
    state = with_ids(RememberedId(7, 8), RememberedId(9, 8))
    ids = state[52 : 52 + 34]
    for start in range(len(ids) - 8):
        (id_hash,) = struct.unpack_from("<Q", ids, start)
        seen = look(state, id_hash, 0)
        assert isinstance(seen, Observation)
        assert (seen.id_reused == 1.0) == (start in (0, 17))


@given(st.binary(max_size=600))
def test_any_bytes_are_a_state_or_a_state_error(blob: bytes) -> None:
    try:
        look(blob)
    except StateError:
        return
    assert 0 < blob[0] <= 2


@pytest.mark.parametrize("version", [1, 2])
@given(counts=st.binary(min_size=3, max_size=3), rest=st.binary(min_size=48, max_size=MAX_STATE_BYTES))
def test_any_bytes_of_a_known_version_are_a_state_or_a_state_error(version: int, counts: bytes, rest: bytes) -> None:
    try:
        look(bytes([version]) + counts + rest)
    except StateError:
        return


@pytest.mark.parametrize("blob", [b"\x00" + NEW_STATE[1:], b"\x03" + NEW_STATE[1:], b"\xff" + NEW_STATE[1:]])
def test_an_unknown_version_is_refused(blob: bytes) -> None:
    with pytest.raises(StateError, match="expected a known version"):
        look(blob)


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01\x00\x00", NEW_STATE[:-1], NEW_STATE + b"\x00"])
def test_a_cut_or_longer_blob_is_refused(blob: bytes) -> None:
    with pytest.raises(StateError):
        look(blob)


@pytest.mark.parametrize("counts", [b"\x04\x00\x00", b"\x00\x11\x00", b"\x00\x00\x09", b"\xff\xff\xff"])
def test_unknown_flags_and_lists_above_their_bounds_are_refused_whatever_the_length(counts: bytes) -> None:
    flags, recent, ids = counts
    size = 48 + 24 * (flags & 1) + recent * (8 + 4 * (flags >> 1 & 1)) + ids * 17
    with pytest.raises(StateError, match="bounded lists"):
        look(b"\x01" + counts + bytes(size))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), 1e308, -1e308, -1.0])
@pytest.mark.parametrize("name", ["amount_mean", "amount_m2"])
def test_statistics_that_no_amounts_lead_to_are_refused(name: str, number: float) -> None:
    with pytest.raises(StateError, match="statistics"):
        look(changed(lambda memory: setattr(memory, name, number)))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e200, -4.0])
@pytest.mark.parametrize("name", ["hour_cos", "hour_sin"])
def test_hours_that_lie_off_the_circle_are_refused(name: str, number: float) -> None:
    with pytest.raises(StateError, match="statistics"):
        look(changed(lambda memory: setattr(memory, name, number)))


@pytest.mark.parametrize(
    "where", [(0, 90.1, 0.0), (0, 0.0, -180.1), (0, float("nan"), 0.0), (0, 0.0, float("inf")), (-1, 0.0, 0.0), (2**62, 0.0, 0.0)]
)
def test_a_place_off_the_globe_or_out_of_time_is_refused(where: tuple[int, float, float]) -> None:
    with pytest.raises(StateError, match="place on the globe"):
        look(changed(lambda memory: setattr(memory, "location", where)))


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount_count", 4), ("amount_mean", 0.0), ("last_event_time_ms", -1), ("last_event_time_ms", 2**62), ("event_count", 2**32 - 1)],
)
def test_counts_and_times_that_contradict_each_other_are_refused(name: str, value: float) -> None:
    with pytest.raises(StateError, match="statistics"):
        look(changed(lambda memory: setattr(memory, name, value)))


@pytest.mark.parametrize("answer", [(3, 0), (255, 0), (0, 1_000_001), (0, 2**32 - 1)])
def test_an_answer_that_was_never_given_is_not_repeated(answer: tuple[int, int]) -> None:
    with pytest.raises(StateError, match="an answer"):
        look(with_ids(RememberedId(7, 8, *answer)), 7, 8)


def test_the_layout_is_little_endian_with_the_version_first() -> None:
    state = enter(NEW_STATE, (TEN_O_CLOCK_MS, None, 5, 6, 2, 7))
    hour = struct.unpack_from("<dd", state, 28)
    front = struct.pack("<BBBBIIddddqqQIBI", 2, 0, 1, 1, 1, 1, 100.0, 0.0, *hour, TEN_O_CLOCK_MS, TEN_O_CLOCK_MS, 5, 6, 2, 7)
    assert state[:-168] == front
