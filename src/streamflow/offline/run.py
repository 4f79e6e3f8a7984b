"""Runs the engine over records and writes what the stream would have written."""

import base64
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from streamflow.contracts.record import Record, decode_headers
from streamflow.contracts.rejection import Rejection
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.route import DeadLetter

DECISIONS_FILE = "decisions.jsonl"
DEAD_LETTERS_FILE = "dead_letters.jsonl"
_REPORT_EVERY = 10_000


class Summary(msgspec.Struct):
    """What a run did: every record is a decision or a dead letter."""

    records: int = 0
    decisions: int = 0
    dead_letters: int = 0
    alerts: int = 0
    customers: int = 0
    seconds: float = 0.0
    outcomes: dict[str, int] = {}
    codes: dict[str, int] = {}

    @property
    def records_per_second(self) -> float:
        """Speed of the run, reading and writing included."""
        return self.records / self.seconds if self.seconds else 0.0


def run(
    engine: Engine, records: Iterable[Record], out: Path, *, event_time_is_record_time: bool, report: Callable[[int], None] = lambda _: None
) -> Summary:
    """Decide every record and write `decisions.jsonl` and `dead_letters.jsonl`.

    Parameters
    ----------
    out : Path
        Folder for the two files; made where it is not there, files in it are replaced.
    event_time_is_record_time : bool
        For files of plain transactions, which know no broker's time: the event's own time takes its place.
    report : callable
        Called with the number of records so far, every 10 000.
    """
    out.mkdir(parents=True, exist_ok=True)
    states = MemoryStates()
    summary = Summary()
    outcomes: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    begin = time.perf_counter()
    with (out / DECISIONS_FILE).open("wb") as decisions, (out / DEAD_LETTERS_FILE).open("wb") as dead_letters:
        for record in records:
            summary.records += 1
            result = _process(engine, record, states) if event_time_is_record_time else engine.process(record, states)
            if isinstance(result, Decided):
                decisions.write(result.value + b"\n")
                outcomes[result.answer.outcome.value] += 1
                summary.alerts += result.is_alert
            else:
                dead_letters.write(dead_letter_line(result))
                codes[result.rejection.code.value] += 1
            if summary.records % _REPORT_EVERY == 0:
                report(summary.records)
    summary.seconds = time.perf_counter() - begin
    summary.outcomes, summary.codes = dict(outcomes), dict(codes)
    summary.decisions, summary.dead_letters = outcomes.total(), codes.total()
    summary.customers = len(states)
    return summary


def _process(engine: Engine, record: Record, states: MemoryStates) -> Decided | DeadLetter:
    # Until the payload is read, no event is in the future of a record without a time of its own.
    valid = engine.validate(record._replace(timestamp_ms=_END_OF_TIME_MS))
    if isinstance(valid, Rejection):
        return DeadLetter(record, valid)
    return engine.decide(record._replace(timestamp_ms=valid.event_time_ms), valid, states)


_END_OF_TIME_MS = 253_402_300_799_999


def dead_letter_line(letter: DeadLetter) -> bytes:
    """Return a dead letter as one JSON line: source, reason and the original record."""
    record, rejection = letter.record, letter.rejection
    line: dict[str, Any] = {
        "source": {"topic": record.topic, "partition": record.partition, "offset": record.offset, "timestamp_ms": record.timestamp_ms},
        "code": rejection.code,
        "message": rejection.message,
        "stage": rejection.stage,
        "schema_version": rejection.schema_version,
        "key_base64": _base64(record.key),
        "headers": [(name, _base64(value)) for name, value in decode_headers(record.headers)],
        "original_base64": _base64(record.value),
    }
    return msgspec.json.encode(line) + b"\n"


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()
