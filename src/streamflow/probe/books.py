"""The probe's books: which records were read, what answered them, and what of that is counted."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from streamflow.contracts import probe_metrics as metrics
from streamflow.contracts.catalogue import ALERTS, DLQ, RAW, SCORED, Header, Topic
from streamflow.contracts.decision import Outcome, Source
from streamflow.contracts.rejection import Code
from streamflow.observe.accounting import OpenBook, PartitionAccount, Settled
from streamflow.observe.closed import DECISION, LETTER, AnswerLog, Stretch
from streamflow.probe.meters import Meters
from streamflow.score.control import NO_MODEL

REMEMBERED_ALERTS: Final = 100_000
SKEW_MS: Final = 300_000
"""How far the clocks of broker, cluster and probe may differ."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class Start(NamedTuple):
    """Where the books of a partition begin, and from which offset on records are counted and not only accounted for."""

    offset: int
    counted_from: int


class Seen(msgspec.Struct, gc=False):
    """The part of a decision that the probe reads."""

    decision_id: str
    transaction_id: str
    outcome: Outcome
    duplicate: bool
    canary: bool
    model_absence: str | None
    source: Source

    @property
    def is_alert(self) -> bool:
        """Whether there is an alert of it."""
        return self.outcome is not Outcome.APPROVE and not self.duplicate


_decode: Final = msgspec.json.Decoder(Seen).decode


class Books:
    """Enters records and answers, each with the time at which it was read, and shows what is owed.

    Parameters
    ----------
    meters : Meters
        Where it counts.
    starts : mapping of int to Start
        By partition of the raw topic.
    since_ms : int
        A time before which none of the records came.
    grace_ms : int
        After how long a record without an answer is unaccounted for.
    store_grace_ms : int
        How long after its answer a record's row may be missing in the store.
    """

    def __init__(self, meters: Meters, starts: Mapping[int, Start], *, since_ms: int, grace_ms: int, store_grace_ms: int) -> None:
        self._meters, self._grace_ms = meters, grace_ms
        self._counted_from = {partition: start.counted_from for partition, start in starts.items()}
        self._accounts = {partition: PartitionAccount(start.offset) for partition, start in starts.items()}
        self._logs = {
            partition: AnswerLog(partition=partition, start=start.offset, since_ms=since_ms, grace_ms=store_grace_ms, skew_ms=SKEW_MS)
            for partition, start in starts.items()
        }
        self._alerts = OpenBook(REMEMBERED_ALERTS)

    def record(self, partition: int, offset: int, timestamp_ms: int) -> None:
        """Enter a record of the raw topic."""
        self._seen(RAW, partition, offset)
        self._accounts[partition].enter(offset, timestamp_ms)

    def decision(self, value: bytes | None, now_ms: int) -> Seen | None:
        """Enter a decision, and return what it says where it is one that was not there before."""
        seen = self._read(SCORED, value)
        if seen is None:
            return None
        place = seen.source.partition, seen.source.offset
        settled = self._settle(SCORED, *place, DECISION)
        if settled not in (Settled.FIRST, Settled.EARLY):
            return None
        if seen.is_alert:
            self._alerts.owe(place, now_ms)
        if self._is_counted(*place):
            self._count(seen, now_ms)
        return seen

    def _count(self, seen: Seen, now_ms: int) -> None:
        fallen_back = seen.model_absence not in (None, NO_MODEL)
        self._answered(metrics.WITHOUT_MODEL if fallen_back else metrics.DECIDED, (seen.source.timestamp - _EPOCH) // _MILLISECOND, now_ms)
        if not (seen.duplicate or seen.canary):
            self._meters.add(metrics.OUTCOMES_TOTAL, 1, seen.outcome)
            if seen.is_alert:
                self._meters.add(metrics.ALERTS_TOTAL, 1, seen.outcome)

    def letter(self, headers: Mapping[str, bytes | None], now_ms: int) -> None:
        """Enter a dead letter."""
        try:
            told = {name: (headers[name] or b"").decode() for name in (Header.TOPIC, Header.CODE)}
            partition, offset, at_ms = (int(headers[name] or b"") for name in (Header.PARTITION, Header.OFFSET, Header.TIMESTAMP_MS))
            code = Code(told[Header.CODE])
        except (KeyError, ValueError):
            self._meters.add(metrics.UNREADABLE_ANSWERS, 1, DLQ.name)
            return
        if told[Header.TOPIC] != RAW.name or partition not in self._accounts:
            return
        self._seen(DLQ, partition, offset)
        settled = self._settle(DLQ, partition, offset, LETTER)
        if settled in (Settled.FIRST, Settled.EARLY) and self._is_counted(partition, offset):
            self._meters.add(metrics.DEAD_LETTERS_TOTAL, 1, code)
            self._answered(metrics.FAILED if code is Code.INTERNAL_ERROR else metrics.REJECTED, at_ms, now_ms)

    def alert(self, value: bytes | None) -> None:
        """Enter an alert."""
        seen = self._read(ALERTS, value)
        if seen is not None and self._alerts.settle((seen.source.partition, seen.source.offset)) is Settled.AGAIN:
            self._meters.add(metrics.REPEATED_ANSWERS, 1, ALERTS.name)

    def _read(self, topic: Topic, value: bytes | None) -> Seen | None:
        try:
            seen = _decode(value or b"")
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._meters.add(metrics.UNREADABLE_ANSWERS, 1, topic.name)
            return None
        # Another source's answers, or a partition that was added since: none of these books'.
        if seen.source.topic != RAW.name or seen.source.partition not in self._accounts:
            return None
        self._seen(topic, seen.source.partition, seen.source.offset)
        return seen

    def _is_counted(self, partition: int, offset: int) -> bool:
        return offset >= self._counted_from[partition]

    def _seen(self, topic: Topic, partition: int, offset: int) -> None:
        if self._is_counted(partition, offset):
            self._meters.add(metrics.RECORDS, 1, topic.name)

    def _settle(self, topic: Topic, partition: int, offset: int, kind: int) -> Settled:
        settled = self._accounts[partition].settle(offset)
        if settled is Settled.AGAIN:
            self._meters.add(metrics.REPEATED_ANSWERS, 1, topic.name)
        elif settled is not Settled.BEFORE:
            self._logs[partition].mark(offset, kind)
        return settled

    def _answered(self, how: str, at_ms: int, now_ms: int) -> None:
        self._meters.add(metrics.ANSWERS, 1, how)
        self._meters.observe(metrics.VISIBLE_LATENCY, (now_ms - at_ms) / 1000)

    def show(self, now_ms: int) -> None:
        """Show what waits and since when."""
        for partition, account in self._accounts.items():
            oldest = account.oldest()
            self._meters.show(metrics.FRESHNESS, 0 if oldest is None else max(0, now_ms - oldest.since_ms) / 1000, str(partition))
            self._meters.show(metrics.UNACCOUNTED, account.overdue(now_ms - self._grace_ms), str(partition))
        self._meters.show(metrics.MISSING_ALERTS, self._alerts.overdue(now_ms - self._grace_ms))

    def cut(self, now_ms: int) -> list[Stretch]:
        """Return the stretches of which the store must hold everything by now; each comes once."""
        found = []
        for partition, account in self._accounts.items():
            oldest = account.oldest()
            stretch = self._logs[partition].cut(account.next_offset if oldest is None else oldest.offset, now_ms)
            if stretch is not None:
                found.append(stretch)
        return found
