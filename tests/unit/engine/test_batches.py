"""Where a batch ends never shows: the job's way of keeping states against the plain one."""

from collections.abc import Iterable, Mapping

import pytest

from streamflow.contracts.record import Record
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.flink.frames import decode_batch, encode_batch
from streamflow.flink.state import CustomerStates
from tests.unit.engine.traffic import ANSWERS, CONTROL, RECORDS, shown

TOPIC = "transactions.raw"


class Bucket:
    """The stored states of one bucket; nothing is written while a batch runs."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def get_all(self, customer_ids: list[str]) -> Iterable[bytes | None]:
        return [self.blobs.get(customer_id) for customer_id in customer_ids]

    def put_all(self, blobs: Mapping[str, bytes]) -> None:
        self.blobs.update(blobs)


def in_batches(size: int, cache: int, *, announce: bool, restart_every: int = 0) -> tuple[dict[int, bytes], dict[str, bytes]]:
    """Process all records in batches of this size, through frames; return the answers by offset and the stored states.

    With `restart_every`, everything but the bucket is thrown away after so many batches, as when a task moves.
    """
    engine, bucket = Engine(CONTROL), Bucket()
    states = CustomerStates(bucket, cache, 1)
    found: dict[int, bytes] = {}
    for number, begin in enumerate(range(0, len(RECORDS), size)):
        batch = decode_batch(TOPIC, encode_batch(RECORDS[begin : begin + size]))
        if restart_every and number % restart_every == 0:
            engine, states = Engine(CONTROL), CustomerStates(bucket, cache, 1)
        states.begin(0, {(record.key or b"").decode(errors="replace") for record in batch} if announce else ())
        for record in batch:
            found[record.offset] = shown(engine.process(record, states))
        states.end()
    return found, bucket.blobs


PLAIN_STATES = MemoryStates()
for _record in RECORDS:
    Engine(CONTROL).process(_record, PLAIN_STATES)


@pytest.mark.parametrize("announce", [True, False])
@pytest.mark.parametrize("cache", [1, 6, 1000])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_batches_of_any_size_give_the_same_answers_and_the_same_states(size: int, cache: int, announce: bool) -> None:
    found, blobs = in_batches(size, cache, announce=announce)
    assert [found[record.offset] for record in RECORDS] == ANSWERS
    assert blobs == PLAIN_STATES


def test_a_task_that_moves_between_batches_goes_on_as_if_nothing_had_been() -> None:
    found, blobs = in_batches(7, 1000, announce=True, restart_every=3)
    assert list(found.values()) == ANSWERS
    assert blobs == PLAIN_STATES


def test_a_batch_that_fails_before_its_end_leaves_the_store_as_it_was() -> None:
    bucket = Bucket()
    states = CustomerStates(bucket, 100, 1)
    states.begin(0, ())
    decided = [Engine(CONTROL).process(record, states) for record in RECORDS[:50]]
    assert any(isinstance(result, Decided) for result in decided)
    assert bucket.blobs == {}


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_frames_carry_every_record_unchanged(size: int) -> None:
    batch: list[Record] = RECORDS[:size]
    assert decode_batch(TOPIC, encode_batch(batch)) == batch
