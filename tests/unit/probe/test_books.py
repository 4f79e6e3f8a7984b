"""The probe's books, given what the engine answers."""

from collections.abc import Mapping

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from streamflow.contracts.catalogue import RAW, Header
from streamflow.contracts.probe_metrics import PROBE_METRICS
from streamflow.contracts.record import Record
from streamflow.engine import Decided
from streamflow.probe.books import Books, Start
from streamflow.probe.meters import Meters
from streamflow.route import DeadLetter
from tests.unit.factories import TEN_O_CLOCK_MS, Shop, record, record_of

GRACE_MS = 1_000
STORE_GRACE_MS = 2_000
FROM_THE_FIRST = Start(0, 0)


class World:
    """A shop, the engine, and the books between them."""

    def __init__(self, start: Start = FROM_THE_FIRST) -> None:
        self.registry = CollectorRegistry()
        meters = Meters(PROBE_METRICS, self.registry)
        self.books = Books(meters, {0: start}, since_ms=0, grace_ms=GRACE_MS, store_grace_ms=STORE_GRACE_MS)
        self.shop = Shop()

    def value(self, name: str, **labels: str) -> float:
        found = self.registry.get_sample_value(name, labels)
        assert found is not None, name
        return found

    def enter(self, sent: Record) -> None:
        self.books.record(sent.partition, sent.offset, sent.timestamp_ms)

    def answer(self, sent: Record, now_ms: int, **changes: object) -> None:
        """Let the engine answer a record, and enter what it says, with changes to the decision."""
        answer = self.shop.send(sent)
        if isinstance(answer, DeadLetter):
            self.books.letter(dict(answer.headers()), now_ms)
            return
        assert isinstance(answer, Decided)
        value = msgspec.json.encode(msgspec.json.decode(answer.value) | changes)
        self.books.decision(value, now_ms)
        if changes.get("outcome", "approve") != "approve" and not changes.get("duplicate"):
            self.books.alert(value)


@pytest.fixture
def world() -> World:
    return World()


def payment(offset: int) -> Record:
    return record(offset=offset, transaction_id=f"tx-{offset}")


def test_a_record_waits_until_it_is_answered_and_its_latency_is_counted_from_the_brokers_time(world: World) -> None:
    sent = payment(0)
    world.enter(sent)
    world.books.show(TEN_O_CLOCK_MS + 1_500)
    assert world.value("streamflow_freshness_seconds", partition="0") == 1.5
    assert world.value("streamflow_unaccounted_offsets", partition="0") == 1
    world.answer(sent, TEN_O_CLOCK_MS + 1_700)
    world.books.show(TEN_O_CLOCK_MS + 2_000)
    assert world.value("streamflow_freshness_seconds", partition="0") == 0
    assert world.value("streamflow_unaccounted_offsets", partition="0") == 0
    assert world.value("streamflow_visible_latency_seconds_sum") == pytest.approx(1.7)
    assert world.value("streamflow_answers_total", answer="decided") == 1


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, "decided"),
        ({"model_absence": "model 7 is refused: the model is not signed"}, "without_model"),
        ({"model_absence": "model supervised-1 failed: NaN"}, "without_model"),
        ({"model_absence": "no model is active"}, "decided"),
    ],
)
def test_a_decision_counts_as_bad_where_the_active_model_was_not_used(world: World, changes: Mapping[str, object], answer: str) -> None:
    world.enter(payment(0))
    world.answer(payment(0), TEN_O_CLOCK_MS, **changes)
    counted = {kind: world.value("streamflow_answers_total", answer=kind) for kind in ("decided", "without_model")}
    assert counted == {"decided": 0, "without_model": 0} | {answer: 1}


def test_a_record_that_cannot_be_read_counts_under_its_code(world: World) -> None:
    world.answer(record_of(b"no JSON"), TEN_O_CLOCK_MS + 5)
    assert world.value("streamflow_answers_total", answer="rejected") == 1
    assert world.value("streamflow_dead_letters_total", code="NOT_JSON") == 1


def test_an_error_of_ours_is_no_rejection(world: World) -> None:
    headers: dict[str, bytes | None] = {
        Header.TOPIC: RAW.name.encode(),
        Header.PARTITION: b"0",
        Header.OFFSET: b"0",
        Header.TIMESTAMP_MS: b"0",
        Header.CODE: b"INTERNAL_ERROR",
    }
    world.books.letter(headers, 5)
    assert world.value("streamflow_answers_total", answer="internal_error") == 1


def test_decisions_that_are_made_again_after_a_failure_count_once(world: World) -> None:
    world.enter(payment(0))
    for _ in range(3):
        world.answer(payment(0), TEN_O_CLOCK_MS, outcome="block", duplicate=False)
    assert world.value("streamflow_decisions_total", outcome="block") == 1
    assert world.value("streamflow_alerts_total", outcome="block") == 1
    assert world.value("streamflow_repeated_answers_total", topic="transactions.scored") == 2
    assert world.value("streamflow_repeated_answers_total", topic="fraud.alerts") == 2


def test_repeats_of_a_transaction_and_the_canary_are_no_business(world: World) -> None:
    world.answer(payment(0), 0, canary=True, outcome="block", duplicate=False)
    world.answer(payment(1), 0, duplicate=True, outcome="block")
    assert [world.value("streamflow_decisions_total", outcome=outcome) for outcome in ("approve", "review", "block")] == [0, 0, 0]
    assert world.value("streamflow_alerts_total", outcome="block") == 0
    assert world.value("streamflow_answers_total", answer="decided") == 2


def test_an_alert_that_does_not_come_is_missed(world: World) -> None:
    answer = world.shop.send(payment(0))
    assert isinstance(answer, Decided)
    blocked = msgspec.json.encode(msgspec.json.decode(answer.value) | {"outcome": "block"})
    world.books.decision(blocked, 1_000)
    world.books.show(2_000)
    assert world.value("streamflow_missing_alerts") == 0
    world.books.show(2_001)
    assert world.value("streamflow_missing_alerts") == 1
    world.books.alert(blocked)
    world.books.show(2_001)
    assert world.value("streamflow_missing_alerts") == 0


def test_what_was_there_before_is_accounted_for_and_not_counted() -> None:
    world = World(Start(offset=5, counted_from=7))
    for offset in (5, 6, 7):
        world.enter(payment(offset))
    for offset in (4, 6, 7):
        world.answer(payment(offset), TEN_O_CLOCK_MS)
    world.books.show(TEN_O_CLOCK_MS + 1_001)
    assert world.value("streamflow_unaccounted_offsets", partition="0") == 1
    assert world.value("streamflow_answers_total", answer="decided") == 1
    assert world.value("streamflow_records_total", topic="transactions.raw") == 1


@pytest.mark.parametrize("value", [None, b"", b"no JSON", b"[]", b"\xff\xfe", b'{"outcome": "maybe"}', b"[" * 100_000])
def test_what_is_no_answer_in_a_topic_of_answers_is_counted_as_that(world: World, value: bytes | None) -> None:
    world.books.decision(value, 0)
    world.books.alert(value)
    world.books.letter({"streamflow.code": value}, 0)
    for topic in ("transactions.scored", "fraud.alerts", "streamflow.dlq"):
        assert world.value("streamflow_unreadable_answers_total", topic=topic) == 1


def test_the_store_is_asked_for_what_has_been_answered_for_long_enough(world: World) -> None:
    world.enter(payment(0))
    world.enter(record_of(b"no JSON", offset=1))
    world.enter(payment(2))
    world.answer(payment(0), TEN_O_CLOCK_MS)
    world.answer(record_of(b"no JSON", offset=1), TEN_O_CLOCK_MS)
    assert world.books.cut(TEN_O_CLOCK_MS) == []
    (stretch,) = world.books.cut(TEN_O_CLOCK_MS + STORE_GRACE_MS)
    assert (stretch.start, stretch.end, stretch.decisions, stretch.letters) == (0, 2, 1, 1)
    assert world.books.cut(TEN_O_CLOCK_MS + 9 * STORE_GRACE_MS) == []
