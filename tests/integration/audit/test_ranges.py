"""Which records are audited, and that what lies outside of the range is no fault."""

import time
from datetime import UTC, datetime

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from streamflow.contracts.catalogue import ALERTS, DLQ, RAW, SCORED
from streamflow.contracts.errors import BadInputError, NotReadyError
from streamflow.contracts.tables import TRANSFORMER
from streamflow.kafka.reading import read_to_end
from streamflow.kafka.writing import TransactionalWriter
from streamflow.store.audit.report import Audit
from streamflow.store.audit.run import audit
from streamflow.store.audit.wanted import Wanted
from tests.integration.audit.world import World, place

pytestmark = pytest.mark.stack

LONG_AFTER_MS = 1 << 43


def run(world: World, **wanted: object) -> Audit:
    return audit(world.config, world.database.dsn(TRANSFORMER), Wanted(**{"until_ms": LONG_AFTER_MS, **wanted}))  # type: ignore[arg-type]


def delete_records(world: World, topic: str, partition: int, before: int) -> None:
    """Do what retention does."""
    admin = AdminClient({**world.config})
    for done in admin.delete_records([TopicPartition(topic, partition, before)]).values():
        done.result(30)


def test_nothing_in_the_topics_is_nothing_to_audit(empty_world: World) -> None:
    result = run(empty_world)
    assert (result.ok, result.since, [span.records for span in result.spans]) == (True, None, [0] * RAW.partitions)
    assert result.not_checked == ["gold.fct_transactions is not there: dbt has not built it"]


def test_records_that_arrived_outside_of_the_range_are_left_out(world: World) -> None:
    between = time.time_ns() // 1_000_000
    time.sleep(0.01)
    world.send_raw([(b"cust-1", b"nobody has answered this yet", [])])
    younger = run(world, until_ms=between)
    assert younger.ok
    assert sum(span.records for span in younger.spans) == len(world.answers)
    older = run(world, since_ms=between)
    assert [(fault.check, fault.kind) for fault in older.faults] == [("answers", "gap")]
    assert sum(span.records for span in older.spans) == 1
    assert older.since is not None
    assert older.since >= datetime.fromtimestamp(between / 1000, UTC)


def test_only_the_offsets_that_were_asked_for_are_audited(world: World) -> None:
    inside, outside = [place(answer) for answer in world.decided() if place(answer)[0] == 1][3:5]
    for victim in (inside, outside):
        world.change_at(victim, "DELETE FROM bronze.decisions")
    world.build_gold()
    result = run(world, offsets={1: (0, inside[1])})
    assert [(fault.check, fault.partition, fault.offset) for fault in result.faults] == [("decisions", *inside)]
    assert [(span.partition, span.first, span.end) for span in result.spans] == [(1, 0, inside[1] + 1)]
    with pytest.raises(BadInputError, match=r"a partition that is not there: expected 0, 1, 2, 3, got 9"):
        run(world, offsets={9: (0, 1)})


def test_what_the_source_no_longer_holds_is_left_out(world: World) -> None:
    victims = [place(answer) for answer in world.answers if place(answer)[0] == 0]
    gone, kept = victims[: len(victims) // 2], victims[len(victims) // 2 :]
    world.change_at(gone[0], "DELETE FROM bronze.decisions")
    delete_records(world, RAW.name, 0, kept[0][1])
    result = run(world)
    assert result.ok
    assert [(span.first, span.records) for span in result.spans if span.partition == 0] == [(kept[0][1], len(kept))]


def test_records_whose_answers_have_expired_are_not_missed(world: World) -> None:
    delete_records(world, SCORED.name, 0, 1 + min(record.offset for record in read_to_end(world.config, SCORED.name)))
    result = run(world)
    assert (result.ok, [span.records for span in result.spans]) == (True, [0] * RAW.partitions)


def test_rows_of_a_topic_that_had_this_name_before_are_left_out(world: World) -> None:
    world.change("UPDATE bronze.decisions SET source_timestamp = source_timestamp - interval '1 year'")
    world.change("UPDATE bronze.alerts SET source_timestamp = source_timestamp - interval '1 year'")
    world.change("UPDATE bronze.dead_letters SET source_timestamp = source_timestamp - interval '1 year'")
    world.load_bronze()
    world.build_gold()
    result = run(world)
    assert result.ok
    assert [check.total("found") for check in result.checks if check.name == "decisions"] == [len(world.decided())]


def test_records_that_say_nothing_of_their_source_are_counted_and_no_fault(world: World) -> None:
    writer = TransactionalWriter(world.config, "streamflow.test.audit")
    with writer.transaction():
        for topic in (SCORED, ALERTS, DLQ):
            for value in (None, b"", b"{}", b"\xff", b"[" * 100_000):
                writer.send(topic.name, b"x", value)
    result = run(world)
    assert (result.ok, result.unreadable) == (True, {SCORED.name: 5, ALERTS.name: 5, DLQ.name: 5})


def test_a_broker_or_a_database_that_does_not_answer_is_said(empty_world: World) -> None:
    with pytest.raises(NotReadyError, match="Kafka does not answer"):
        audit({"bootstrap.servers": "127.0.0.1:1"}, empty_world.database.reader, Wanted(until_ms=0))
    with pytest.raises(NotReadyError, match="PostgreSQL cannot be reached"):
        audit(empty_world.config, "postgresql://nobody@127.0.0.1:1/none", Wanted(until_ms=LONG_AFTER_MS))
