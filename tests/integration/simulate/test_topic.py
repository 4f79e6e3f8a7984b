"""Traffic into a real broker."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Consumer, TopicPartition
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.catalogue import LABELS, RAW
from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.label import decode_label
from streamflow.simulate import Plan, batches
from streamflow.simulate.malformed import KIND_NAMES
from streamflow.simulate.topic import TopicWriter
from streamflow.stack import Stack, StackSettings

pytestmark = pytest.mark.stack

Records = list[tuple[int, bytes | None, bytes | None]]


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    stack = Stack(StackSettings(directory=str(tmp_path_factory.mktemp("stack")), kafka_heap_mib=256))
    try:
        config = {"bootstrap.servers": stack.up(["kafka"]).kafka_bootstrap}
        # Partitions just made have no leader for a moment; a producer waits for that by itself.
        TopicWriter(config).send(batches(Plan(events=500)))
        yield config
    finally:
        stack.down()


def _ends(kafka: dict[str, str], topic: str) -> dict[int, int]:
    consumer = Consumer({**kafka, "group.id": "test", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    ends = {number: consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)[1] for number in partitions}
    consumer.close()
    return ends


def _read_from(kafka: dict[str, str], topic: str, starts: dict[int, int]) -> Records:
    """Return partition, key and value of all records that came since."""
    left = sum(_ends(kafka, topic).values()) - sum(starts.values())
    consumer = Consumer({**kafka, "group.id": "test", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, number, offset) for number, offset in starts.items()])
    records: Records = []
    while len(records) < left:
        for message in consumer.consume(min(1000, left - len(records)), timeout=10):
            assert message.error() is None
            records.append((message.partition() or 0, message.key(), message.value()))
    consumer.close()
    return records


def test_every_record_and_label_arrives_whole_and_in_the_order_of_its_customer(kafka: dict[str, str]) -> None:
    plan = Plan(
        events=20_000, customers=200, seed=1, malformed_ratio=0.05, repeated_ratio=0.02, late_ratio=0.02, malformed_kinds=KIND_NAMES
    )
    starts, label_starts = _ends(kafka, RAW.name), _ends(kafka, LABELS.name)
    writer = TopicWriter(kafka)
    writer.check()
    sent = writer.send(batches(plan))
    wanted: dict[bytes | None, list[bytes | None]] = {}
    labels = 0
    for batch in batches(plan):
        for key, value in zip(*batch.records(), strict=True):
            wanted.setdefault(key, []).append(value)
        labels += len(batch.labels()[0])
    got: dict[bytes | None, list[bytes | None]] = {}
    places: dict[bytes | None, set[int]] = {}
    for partition, key, value in _read_from(kafka, RAW.name, starts):
        got.setdefault(key, []).append(value)
        places.setdefault(key, set()).add(partition)
    assert sent.records == plan.events
    assert sorted(got.pop(None), key=repr) == sorted(wanted.pop(None), key=repr), "records without a key have no order"
    assert got == wanted
    assert all(len(partitions) == 1 for key, partitions in places.items() if key is not None)
    arrived = _read_from(kafka, LABELS.name, label_starts)
    assert sent.labels == labels == len(arrived)
    assert all(decode_label(value).customer_id.encode() == key for _, key, value in arrived)


def test_the_command_sends_live_traffic_with_labels_in_a_file(kafka: dict[str, str], tmp_path: Path) -> None:
    starts = _ends(kafka, RAW.name)
    setting = f"kafka.bootstrap_servers={kafka['bootstrap.servers']}"
    options = ["--events", "500", "--rate", "1000", "--malformed-ratio", "0.1", "--labels", str(tmp_path / "labels.csv"), "--json"]
    result = CliRunner().invoke(app, ["--set", setting, "simulate", "--topic", *options])
    assert result.exit_code == 0, result.output
    facts = msgspec.json.decode(result.stdout)
    assert facts["events"] == 500 == sum(facts["counts"].values())
    assert facts["lateness_max_ms"] >= facts["lateness_p50_ms"] >= 0
    assert len(_read_from(kafka, RAW.name, starts)) == 500
    assert len((tmp_path / "labels.csv").read_text().splitlines()) == 1 + 450


def test_a_schedule_is_kept_and_its_lateness_reported(kafka: dict[str, str]) -> None:
    sent = TopicWriter(kafka, labels_topic=None, rate=400.0).send(batches(Plan(events=800, customers=100), 8))
    assert sent.records == 800
    assert sent.labels == 0
    assert sent.seconds >= 799 / 400.0, "no record is sent before it is due"
    assert 0 <= sent.lateness_p50_ms <= sent.lateness_p99_ms <= sent.lateness_max_ms


def test_a_missing_topic_is_named(kafka: dict[str, str]) -> None:
    with pytest.raises(NotReadyError, match=r"no\.such\.topic"):
        TopicWriter(kafka, topic="no.such.topic").check()


def test_a_broker_that_does_not_answer_is_named_with_the_command_that_starts_it(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match=r"127\.0\.0\.1:1.*\n.*streamflow up kafka"):
        TopicWriter({"bootstrap.servers": "127.0.0.1:1"}, labels_topic=None).check()
