"""Hostile records through the whole path: nothing of a dead letter is lost, and nobody else notices."""

from collections import Counter

import pytest

from streamflow.contracts.catalogue import MAX_BATCHED_RECORD_BYTES, MAX_RECORD_BYTES, RAW
from streamflow.contracts.record import HeaderList, decode_headers
from streamflow.contracts.rejection import Code
from streamflow.control.documents import fixed_control
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.kafka.reading import read_at, read_to_end
from tests.data.hostile import hostile_cases
from tests.integration.job.accounting import Accounts, Place, dead_letter_answer, last_headers
from tests.integration.job.live_job import LiveJob

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

HEADERS: HeaderList = [("trace", b"a"), ("trace", None), ("", b""), ("trace", b"\x00\xff"), ("größe", b"1"), ("streamflow.code", b"mine")]
ROOM_FOR_A_BATCHS_HEADER_BYTES = 200


def test_every_hostile_record_ends_where_the_engine_alone_puts_it(live_job: LiveJob) -> None:
    cases = hostile_cases()
    places = live_job.send((case.record().key, case.record().value, []) for case in cases)
    answers = live_job.await_answers(places)
    records = {Place(record.partition, record.offset): record for record in read_to_end(live_job.config, RAW.name)}
    wrong = []
    seen: Counter[str] = Counter()
    for case, place in zip(cases, places, strict=True):
        record = records[place]
        # At the broker's time, which decides what lies in the future; an empty memory changes no code.
        alone = Engine(fixed_control()).process(record, MemoryStates())
        expected = "decision" if isinstance(alone, Decided) else alone.rejection.code.value
        answer = answers[place]
        got = (answer.content[0] or b"").decode() if answer.what == "dead letter" else answer.what
        seen[got] += 1
        if got != expected or (answer.what == "dead letter" and answer.content[2:] != (record.key, record.value)):
            wrong.append((case.name, expected, got))
    assert wrong == []
    assert set(seen) >= set(Code) - {Code.INTERNAL_ERROR}
    assert live_job.accounts() == Accounts([], [], [])


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        (b"customer-1", b"\xff\x00 not json \x1b[2J", Code.NOT_UTF8),
        (b"customer-1", b"", Code.EMPTY_VALUE),
        (b"customer-1", None, Code.NULL_VALUE),
        (None, None, Code.NULL_VALUE),
        (None, b"{}", Code.NULL_KEY),
        (b"", b"{", Code.NOT_JSON),
        (b"\xff\xfe", b"[]", Code.NOT_AN_OBJECT),
        (b"customer-1", b"x" * (MAX_BATCHED_RECORD_BYTES + 1), Code.TOO_LARGE),
        (None, b"x" * (MAX_BATCHED_RECORD_BYTES + 1), Code.TOO_LARGE),
    ],
)
def test_a_dead_letter_keeps_key_value_and_every_header_and_says_why(
    live_job: LiveJob, key: bytes | None, value: bytes | None, code: Code
) -> None:
    (place,) = live_job.send([(key, value, HEADERS)])
    letter, record = live_job.dead_letter_at(place), read_at(live_job.config, RAW.name, *place)
    assert record is not None
    assert (letter.key, letter.value) == (key, value)
    headers = list(decode_headers(letter.headers))
    assert headers[: len(HEADERS)] == HEADERS
    added = dict(headers[len(HEADERS) :])
    unread = (Code.TOO_LARGE, Code.NULL_KEY, Code.NULL_VALUE, Code.EMPTY_VALUE)
    assert added.pop("streamflow.message")
    assert added == {
        "streamflow.code": code.encode(),
        "streamflow.stage": b"ingest" if code in unread else b"validate",
        "streamflow.source.topic": RAW.name.encode(),
        "streamflow.source.partition": b"%d" % place.partition,
        "streamflow.source.offset": b"%d" % place.offset,
        "streamflow.source.timestamp_ms": b"%d" % record.timestamp_ms,
    }


def test_a_burst_of_records_as_large_as_the_broker_takes_is_kept_whole_and_stops_nobody(live_job: LiveJob) -> None:
    sizes = [10_000_000, MAX_RECORD_BYTES - ROOM_FOR_A_BATCHS_HEADER_BYTES] * 3
    values = [b"%d" % number * size for number, size in enumerate(sizes)]
    values = [value[:size] for value, size in zip(values, sizes, strict=True)]
    places = live_job.send((b"customer-large", value, HEADERS) for value in values)
    (decision,) = live_job.decide(live_job.payment("customer-large"))
    assert decision["outcome"] == "approve"
    live_job.await_answers(places)
    letters = {dead_letter_answer(record)[0]: record for record in live_job.dead.records}
    assert [letters[place].value == value for place, value in zip(places, values, strict=True)] == [True] * len(places)
    assert {last_headers(letters[place])["streamflow.code"] for place in places} == {b"TOO_LARGE"}
    assert live_job.runs()
