"""Kafka's side of the audit: which records, and what became of them in the topics."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from typing import Final

from streamflow.contracts.catalogue import ALERTS, DLQ, RAW, SCORED, Topic
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.record import Record
from streamflow.kafka.client import ClientConfig
from streamflow.kafka.reading import Reader
from streamflow.store.audit.content import Unreadable, alert_of, decision_of, letter_of
from streamflow.store.audit.entries import Entry, Scope, Side, Span, Spill, place_of
from streamflow.store.audit.wanted import Wanted

Report = Callable[[str, int], None]
"""Gets what is being read, and how much of it was."""

REPORT_EVERY: Final = 5_000
CLOCK_SKEW_MS: Final = 300_000
"""Answers carry the time of the cluster's clock, records that of the broker's: so far apart the two may be."""

_OPEN: Final = (-(1 << 62), 1 << 62)
_Add = Callable[[Spill, Record], None]


def read_topics(config: ClientConfig, wanted: Wanted, spill: Spill, report: Report) -> Counter[str]:
    """Read the records that shall be audited and everything that answers them; returns how many could not be read, by topic.

    Fixes the scope of `spill`.

    Raises
    ------
    NotReadyError
        The broker does not answer, or a topic is not there.
    BadInputError
        A partition is asked for that the topic does not have.
    """
    unreadable: Counter[str] = Counter()
    with ExitStack() as stack:
        readers = {topic.name: stack.enter_context(closing(Reader(config, topic.name))) for topic in (RAW, SCORED, DLQ, ALERTS)}
        raw = readers.pop(RAW.name)
        asked = _offsets(raw, wanted, _held_since(readers.values()))
        _read_raw(raw, asked, spill, report)
        for topic, add in _READS:
            records = readers[topic.name].read_since(max(0, spill.scope.since_ms - CLOCK_SKEW_MS))
            for done, record in enumerate(records, 1):
                try:
                    add(spill, record)
                except Unreadable:
                    unreadable[topic.name] += 1
                if done % REPORT_EVERY == 0:
                    report(topic.name, done)
    return unreadable


def _place(record: Record) -> int:
    return place_of(record.partition, record.offset)


def _add_decision(spill: Spill, record: Record) -> None:
    told = decision_of(record)
    entry = told.entry(_place(record))
    spill.add(Side.SCORED, entry)
    if told.is_alert:
        spill.add(Side.RAISED, entry)


def _add_alert(spill: Spill, record: Record) -> None:
    spill.add(Side.ALERTED, decision_of(record).entry(_place(record)))
    spill.add(Side.ALERTS, alert_of(record).entry(_place(record)))


def _add_letter(spill: Spill, record: Record) -> None:
    spill.add(Side.DEAD, letter_of(record).entry(_place(record)))


_READS: Final[tuple[tuple[Topic, _Add], ...]] = ((SCORED, _add_decision), (DLQ, _add_letter), (ALERTS, _add_alert))


def _held_since(readers: Iterable[Reader]) -> int | None:
    """Return the time since which all topics of answers are whole: their retention may have passed what the source still holds."""
    times = []
    for reader in readers:
        for partition, (start, end) in reader.spans().items():
            first = next(iter(reader.read(partition, start, end)), None) if 0 < start < end else None
            if first is not None:
                times.append(first.timestamp_ms + CLOCK_SKEW_MS)
    return max(times, default=None)


def _offsets(reader: Reader, wanted: Wanted, held_since_ms: int | None) -> dict[int, tuple[int, int]]:
    """Return the first offset and the one after the last, by partition."""
    spans = reader.spans()
    if unknown := sorted(wanted.offsets.keys() - spans.keys()):
        raise BadInputError("--offsets names a partition that is not there", expected=", ".join(map(str, spans)), got=str(unknown[0]))
    since = [moment for moment in (wanted.since_ms, None if wanted.offsets else held_since_ms) if moment is not None]
    firsts = reader.at_time(max(since)) if since else {}
    ends = reader.at_time(wanted.until_ms)
    found = {}
    for partition, (start, end) in spans.items():
        if wanted.offsets and partition not in wanted.offsets:
            continue
        first = firsts.get(partition, start)
        last = ends[partition]
        start, end = end if first is None else max(start, first), end if last is None else min(end, last)
        if wanted.offsets:
            start, end = max(start, wanted.offsets[partition][0]), min(end, wanted.offsets[partition][1] + 1)
        found[partition] = (start, max(start, end))
    return found


def _read_raw(reader: Reader, asked: dict[int, tuple[int, int]], spill: Spill, report: Report) -> None:
    """Read the source's records; what is there for an answer is known only afterwards, so the scope is open until then."""
    spill.scope = Scope({partition: Span(start, end, *_OPEN) for partition, (start, end) in asked.items()}, frozenset(reader.partitions))
    times: dict[int, tuple[int, int]] = {}
    done = 0
    for partition, (start, end) in asked.items():
        for record in reader.read(partition, start, end) if start < end else ():
            spill.add(Side.RAW, Entry(partition, record.offset, record.timestamp_ms, _place(record)))
            least, greatest = times.get(partition, (record.timestamp_ms, record.timestamp_ms))
            times[partition] = (min(least, record.timestamp_ms), max(greatest, record.timestamp_ms))
            done += 1
            if done % REPORT_EVERY == 0:
                report(RAW.name, done)
    spill.flush()
    lows = {partition: low for partition, (low, _) in reader.spans().items()}
    least = min((least for least, _ in times.values()), default=0)
    greatest = max((greatest for _, greatest in times.values()), default=-1)
    # Retention may have passed the first records while the others were read.
    spans = {
        partition: Span(min(max(start, lows[partition]), end), end, *times.get(partition, (least, greatest)))
        for partition, (start, end) in asked.items()
    }
    spill.scope = Scope(spans, frozenset(reader.partitions))
