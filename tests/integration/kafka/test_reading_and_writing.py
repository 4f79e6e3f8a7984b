"""Reading to the end and writing in transactions, on a real broker."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from streamflow.contracts.errors import NotReadyError, StreamFlowError
from streamflow.contracts.record import Record, decode_headers
from streamflow.kafka.reading import Reader, read_at, read_to_end, tail
from streamflow.kafka.writing import FencedError, TransactionalWriter

pytestmark = pytest.mark.stack

Config = dict[str, str]


@pytest.fixture
def topic(broker: Config) -> Iterator[str]:
    name = f"test.{uuid4()}"
    admin = AdminClient({**broker})
    admin.create_topics([NewTopic(name, 2, 1, config={"max.message.bytes": "100000"})])[name].result(20.0)
    yield name
    admin.delete_topics([name])[name].result(20.0)


def values(records: Iterable[Record]) -> list[bytes | None]:
    return [record.value for record in records]


def test_null_and_empty_keys_values_and_headers_come_back_as_they_were_sent(broker: Config, topic: str) -> None:
    headers = [("a", None), ("a", b""), ("é", b"\xff")]
    writer = TransactionalWriter(broker, f"{topic}.writer")
    with writer.transaction():
        writer.send(topic, None, b"", headers, 0)
        writer.send(topic, b"", None, [], 0)
    first, second = read_to_end(broker, topic)
    assert (first.key, first.value, list(decode_headers(first.headers))) == (None, b"", headers)
    assert (second.key, second.value, second.headers) == (b"", None, b"")


def test_records_come_sorted_by_partition_and_offset(broker: Config, topic: str) -> None:
    producer = Producer({**broker})
    for number in range(2_000):
        producer.produce(topic, b"%d" % number, partition=number % 2)
    producer.flush()
    places = [(record.partition, record.offset) for record in read_to_end(broker, topic)]
    assert places == [(partition, offset) for partition in (0, 1) for offset in range(1_000)]


def test_an_aborted_transaction_is_passed_over_and_reading_still_ends(broker: Config, topic: str) -> None:
    writer = TransactionalWriter(broker, f"{topic}.writer")
    with writer.transaction():
        writer.send(topic, None, b"kept", partition=0)
    with suppress(RuntimeError), writer.transaction():
        writer.send(topic, None, b"aborted", partition=0)
        raise RuntimeError
    assert values(read_to_end(broker, topic)) == [b"kept"]


def test_an_open_transaction_is_the_end_for_readers_of_committed_records(broker: Config, topic: str) -> None:
    writer, plain = TransactionalWriter(broker, f"{topic}.writer"), Producer({**broker})
    with writer.transaction():
        writer.send(topic, None, b"open", partition=0)
        writer._producer.flush()
        plain.produce(topic, b"after", partition=0)
        plain.flush()
        assert values(read_to_end(broker, topic)) == []
        assert values(read_to_end(broker, topic, isolation="read_uncommitted")) == [b"open", b"after"]
    assert values(read_to_end(broker, topic)) == [b"open", b"after"]


def test_a_second_writer_of_the_same_name_stops_the_first_and_ends_its_transaction(broker: Config, topic: str) -> None:
    first = TransactionalWriter(broker, f"{topic}.writer")
    transaction = first.transaction()
    transaction.__enter__()
    first.send(topic, None, b"of the first", partition=0)
    first._producer.flush()
    second = TransactionalWriter(broker, f"{topic}.writer")
    assert values(read_to_end(broker, topic)) == []
    with pytest.raises(FencedError, match="another command"):
        transaction.__exit__(None, None, None)
    with second.transaction():
        second.send(topic, None, b"of the second", partition=0)
    assert values(read_to_end(broker, topic)) == [b"of the second"]


def test_a_record_above_the_topics_limit_is_refused_and_nothing_of_its_transaction_is_written(broker: Config, topic: str) -> None:
    writer = TransactionalWriter(broker, f"{topic}.writer")
    with pytest.raises(StreamFlowError, match="too large"):
        _send_all(writer, topic, [b"small", os.urandom(200_000)])
    assert values(read_to_end(broker, topic)) == []


def _send_all(writer: TransactionalWriter, topic: str, contents: list[bytes]) -> None:
    with writer.transaction():
        for content in contents:
            writer.send(topic, None, content, partition=0)


def test_records_are_read_from_a_time_on(broker: Config, topic: str) -> None:
    producer, began_ms = Producer({**broker}), time.time_ns() // 1_000_000
    for later_ms in (1_000, 3_000, 2_000, 4_000):
        producer.produce(topic, b"%d" % later_ms, partition=0, timestamp=began_ms + later_ms)
    producer.produce(topic, b"other", partition=1, timestamp=began_ms + 1_500)
    producer.flush()
    with closing(Reader(broker, topic)) as reader:
        assert reader.spans_since(0) == reader.spans() == {0: (0, 4), 1: (0, 1)}
        assert reader.spans_since(began_ms + 2_500) == {0: (1, 4), 1: (1, 1)}
        assert values(reader.read_since(began_ms + 2_500)) == [b"3000", b"2000", b"4000"]
        assert reader.spans_since(began_ms + 9_000) == {0: (4, 4), 1: (1, 1)}
        assert values(reader.read_since(began_ms + 9_000)) == []


def test_one_record_is_read_by_its_place(broker: Config, topic: str) -> None:
    writer = TransactionalWriter(broker, f"{topic}.writer")
    with writer.transaction():
        writer.send(topic, None, b"a", partition=1)
        writer.send(topic, None, b"b", partition=1)
    found = read_at(broker, topic, 1, 1)
    assert found is not None
    assert found.value == b"b"
    assert read_at(broker, topic, 1, 2) is None, "a transaction's marker is no record"
    assert read_at(broker, topic, 1, 99) is None
    assert read_at(broker, topic, 7, 0) is None


def test_following_a_topic_yields_what_comes_later(broker: Config, topic: str) -> None:
    producer = Producer({**broker})
    producer.produce(topic, b"before", partition=0)
    producer.flush()
    following = tail(broker, topic, from_beginning=True)
    assert next(following).value == b"before"
    producer.produce(topic, b"later", partition=1)
    producer.flush()
    assert next(following).value == b"later"
    following.close()


def test_a_topic_that_is_not_there_is_named_with_those_that_are(broker: Config) -> None:
    with pytest.raises(NotReadyError, match=r"the topic nope is not there.*transactions\.raw"):
        read_to_end(broker, "nope")
