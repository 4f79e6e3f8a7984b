"""The job between a real broker and a real Flink, seen from outside."""

import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from confluent_kafka import TopicPartition

from streamflow.contracts.catalogue import ALERTS, CONTROL, DLQ, MAX_BATCHED_RECORD_BYTES, RAW, SCORED
from streamflow.contracts.record import HeaderList, Record, decode_headers
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.route import DeadLetter
from streamflow.score.control import ControlLog
from tests.component.flink.harness import Broker, Job

pytestmark = pytest.mark.stack

LONG_MS = 3_600_000
REPEATED_AND_NULL: HeaderList = [("trace", b"a"), ("trace", None), ("", b""), ("trace", b"\x00\xff"), ("größe", b"1")]


def transaction(customer: int, number: int, amount: str = "12.50") -> tuple[bytes, bytes]:
    """Return key and value of a valid transaction."""
    customer_id = f"customer-{customer}"
    time = datetime.now(UTC) - timedelta(days=2) + timedelta(seconds=number)
    document = {
        "schema_version": 1,
        "transaction_id": f"transaction-{customer}-{number}",
        "customer_id": customer_id,
        "store_id": f"store-{number % 7}",
        "amount": amount,
        "currency": "BRL",
        "timestamp": time.isoformat(),
    }
    return customer_id.encode(), json.dumps(document).encode()


def produce_mixed_traffic(broker: Broker, count: int = 3_000, customers: int = 40) -> None:
    """Send transactions of some customers, with bursts, and now and then a record that cannot be read."""
    chance = random.Random(7)  # noqa: S311 - test data
    for number in range(count):
        key, value = transaction(chance.randrange(customers), number, f"{chance.choice((10, 20, 30, 5_000))}.00")
        broken = number % 50 == 9
        broker.produce(RAW, key, b"\xff" + value if broken else value, REPEATED_AND_NULL if broken else [("trace", b"x")])
    broker.flush()


def engine_answers(broker: Broker) -> list[Decided | DeadLetter]:
    """Return what the pure engine says to the same topics."""
    control = ControlLog()
    for record in broker.read(CONTROL):
        control.add(record.key, record.value, offset=record.offset, timestamp_ms=record.timestamp_ms)
    engine, states = Engine(control), MemoryStates()
    return [engine.process(record, states) for record in broker.read(RAW)]


def by_customer(records: list[Record]) -> dict[bytes | None, list[bytes | None]]:
    """Return the values of each key, in order."""
    values: dict[bytes | None, list[bytes | None]] = defaultdict(list)
    for record in records:
        values[record.key].append(record.value)
    return values


@pytest.mark.parametrize(
    "settings",
    [
        {"micro_batch_max_records": 1},
        {"micro_batch_max_records": 7, "cache_customers": 16},
        {"micro_batch_max_records": 1_000, "micro_batch_ms": 50, "parallelism": 2},
        {"scored_guarantee": "exactly_once", "buckets": 64},
    ],
    ids=["batches_of_1", "batches_of_7_and_no_cache", "batches_of_1000_on_two_operators", "exactly_once"],
)
def test_every_record_is_answered_as_by_the_engine_alone_(broker: Broker, job: Job, settings: dict[str, object]) -> None:
    produce_mixed_traffic(broker)
    job.run(**settings)
    answers = engine_answers(broker)
    decided = [answer for answer in answers if isinstance(answer, Decided)]
    expected = by_customer([Record("", 0, 0, 0, answer.key, answer.value) for answer in decided])
    assert by_customer(broker.read(SCORED, committed_only=True)) == expected
    alerts = sorted(answer.value for answer in decided if answer.is_alert)
    assert sorted(record.value or b"" for record in broker.read(ALERTS)) == alerts
    assert alerts
    assert len(broker.read(DLQ)) == len(answers) - len(decided) == 60


def test_a_dead_letter_keeps_key_value_and_headers_and_gets_the_reason(broker: Broker, job: Job) -> None:
    broker.produce(RAW, b"customer-1", b"\xff\x00 not json", REPEATED_AND_NULL)
    broker.produce(RAW, None, None, REPEATED_AND_NULL)
    broker.flush()
    job.run()
    records, letters = broker.read(RAW), broker.read(DLQ)
    assert len(letters) == len(records) == 2
    expected = {record.key: (record.value, REPEATED_AND_NULL + engine_headers(record)) for record in records}
    assert {letter.key: (letter.value, list(decode_headers(letter.headers))) for letter in letters} == expected


def engine_headers(record: Record) -> HeaderList:
    """Return the headers that the engine adds to a record it cannot decide."""
    answer = Engine(ControlLog()).process(record, MemoryStates())
    assert isinstance(answer, DeadLetter)
    return answer.headers()


def test_a_record_too_large_for_a_batch_becomes_the_same_dead_letter_without_python(broker: Broker, job: Job) -> None:
    key, value = transaction(1, 1)
    largest = value[:-1] + b" " * (MAX_BATCHED_RECORD_BYTES - len(value)) + b"}"
    broker.produce(RAW, key, largest, partition=0)
    broker.produce(RAW, key, b"x" * 5_000_000, REPEATED_AND_NULL, partition=0)
    broker.flush()
    job.run()
    assert len(broker.read(SCORED)) == 1
    (letter,) = broker.read(DLQ)
    too_large = broker.read(RAW)[1]
    assert (letter.key, letter.value) == (too_large.key, too_large.value)
    assert list(decode_headers(letter.headers)) == REPEATED_AND_NULL + engine_headers(too_large)


def test_a_checkpoint_waits_for_no_batch_and_commits_what_it_covers(broker: Broker, job: Job) -> None:
    for number in range(10):
        broker.produce(RAW, *transaction(1, number), partition=0)
    broker.flush()
    with job.running(micro_batch_ms=LONG_MS):
        assert len(broker.wait_for(SCORED, 10)) == 10
        while broker.committed_offset(0) < 10:
            pass


def test_a_second_run_goes_on_where_the_group_stands(broker: Broker, job: Job) -> None:
    broker.produce(RAW, *transaction(1, 1), partition=0)
    broker.flush()
    job.run()
    broker.produce(RAW, *transaction(2, 2), partition=0)
    broker.produce(RAW, *transaction(3, 3), partition=1)
    broker.flush()
    job.run()
    assert sorted(record.key or b"" for record in broker.read(SCORED)) == [b"customer-1", b"customer-2", b"customer-3"]


def test_a_lost_offset_stops_the_job_instead_of_being_passed_over(broker: Broker, job: Job) -> None:
    for number in range(3):
        broker.produce(RAW, *transaction(1, number), partition=0)
    broker.flush()
    job.run()
    for number in range(3):
        broker.produce(RAW, *transaction(1, number), partition=0)
    broker.flush()
    for deletion in broker.admin.delete_records([TopicPartition(RAW.name, 0, 5)]).values():
        deletion.result()
    with pytest.raises(Exception, match=r"(?i)offset.*out of range|no reset policy"):
        job.run()


def test_without_a_generation_the_job_says_what_to_do(broker: Broker, job: Job) -> None:
    broker.renew_topics()
    with pytest.raises(Exception, match="streamflow rules push"):
        job.run()


def test_a_generation_that_is_pushed_while_the_job_runs_decides_later_records(broker: Broker, job: Job) -> None:
    with job.running():
        broker.produce(RAW, *transaction(1, 1))
        broker.flush()
        broker.wait_for(SCORED, 1)
        rules = json.loads(next(record.value or b"" for record in broker.read(CONTROL) if record.key == b"rules/1"))
        broker.produce(CONTROL, b"rules/2", json.dumps({**rules, "version": 2}).encode())
        broker.produce(CONTROL, b"generation/2", b'{"generation": 2, "rules": 2, "lists": 1}')
        broker.flush()
        number, versions = 1, {1}
        while 2 not in versions:
            number += 1
            broker.produce(RAW, *transaction(1, number))
            broker.flush()
            versions = {msgspec.json.decode(record.value or b"")["ruleset_version"] for record in broker.wait_for(SCORED, number)}
        assert versions == {1, 2}
