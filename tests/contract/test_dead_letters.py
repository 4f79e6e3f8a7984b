"""`streamflow.dlq`: what the job writes and `streamflow dlq` reads."""

import base64

import pytest

from streamflow.contracts.catalogue import DLQ, Header
from streamflow.contracts.record import HeaderList, Record, encode_headers
from streamflow.deadletters.letter import Source, parse_letter
from streamflow.engine import Engine, MemoryStates
from streamflow.route import DeadLetter
from tests.contract.golden import golden
from tests.data.hostile import DECISION, HostileCase, hostile_cases
from tests.unit.engine.traffic import CONTROL
from tests.unit.factories import TEN_O_CLOCK_MS

ORIGINAL: HeaderList = [("trace", b"1"), ("trace", None), (Header.CODE, b"FORGED"), (Header.OFFSET, b"7")]


def lying_in_dlq(letter: DeadLetter) -> Record:
    """Return the record that the job's sink writes: original key, value and headers, and the added headers behind them."""
    died = letter.record
    return Record(DLQ.name, 1, 8, died.timestamp_ms + 5, died.key, died.value, died.headers + encode_headers(letter.headers()))


def rejected_cases() -> list[HostileCase]:
    """Return one case of each code."""
    return list({case.code: case for case in hostile_cases() if case.code != DECISION}.values())


@pytest.mark.parametrize("case", rejected_cases(), ids=lambda case: case.code)
def test_a_dead_letter_of_every_code_reads_back_whole(case: HostileCase) -> None:
    died = case.record(offset=42)._replace(partition=3, headers=encode_headers(ORIGINAL))
    written = Engine(CONTROL, case.settings).process(died, MemoryStates())
    assert isinstance(written, DeadLetter)
    read = parse_letter(lying_in_dlq(written))
    assert (read.code, read.message, read.stage) == (case.code, written.rejection.message, written.rejection.stage)
    assert (read.source, read.time_ms) == (Source("transactions.raw", 3, 42), case.timestamp_ms)
    assert (read.record.key, read.record.value, read.headers) == (died.key, died.value, ORIGINAL)
    version = written.rejection.schema_version
    assert read.schema_version == (None if version is None else str(version))


def golden_letter(*further: tuple[str, bytes]) -> Record:
    letter = golden("dead_letter_v1.json")
    headers = [(name, value.encode()) for name, value in letter["headers"]]
    value = base64.b64decode(letter["value_base64"])
    return Record(DLQ.name, 0, 7, TEN_O_CLOCK_MS + 5, letter["key"].encode(), value, encode_headers([*headers, *further]))


@pytest.mark.parametrize("further", [[], [("streamflow.later", b"x"), ("streamflow.source.later", b"\xff")]])
def test_a_dead_letter_of_version_1_reads_as_it_always_did_and_later_headers_are_passed_over(further: list[tuple[str, bytes]]) -> None:
    read = parse_letter(golden_letter(*further))
    assert (read.code, read.stage, read.schema_version) == ("NOT_JSON", "validate", "1")
    assert read.message == "expected JSON, got expecting value at character 0"
    assert (str(read.source), read.time_ms, str(read.place)) == ("transactions.raw/3/42", TEN_O_CLOCK_MS, "0:7")
    assert (read.headers, read.record.value) == ([("trace", b"abc")], b"~")


def test_the_added_headers_have_the_golden_names() -> None:
    names = [name for name, _ in golden("dead_letter_v1.json")["headers"]][1:]
    assert names == [
        Header.CODE,
        Header.MESSAGE,
        Header.STAGE,
        Header.TOPIC,
        Header.PARTITION,
        Header.OFFSET,
        Header.TIMESTAMP_MS,
        Header.SCHEMA_VERSION,
    ]
