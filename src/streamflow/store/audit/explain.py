"""A fault in words: where it lies, and what differs."""

from typing import Final

from streamflow.contracts.catalogue import ALERTS, DLQ, RAW, SCORED
from streamflow.contracts.decision import decision_id
from streamflow.contracts.preview import preview
from streamflow.contracts.tables import ALERTS_TABLE, DEAD_LETTERS, DECISIONS
from streamflow.kafka.client import ClientConfig
from streamflow.kafka.reading import read_at
from streamflow.store.audit.checks import Sample, major
from streamflow.store.audit.compare import Kind
from streamflow.store.audit.content import Row, decision_of, letter_of
from streamflow.store.audit.entries import split_place
from streamflow.store.audit.report import Fault
from streamflow.store.audit.tables import FACTS_TABLE, Connection, Facts, compared, rows_at

_SHOWN_BYTES: Final = 60
_TELL: Final = {SCORED.name: decision_of, ALERTS.name: decision_of, DLQ.name: letter_of}
_TABLES: Final = {table.full_name: compared(table) for table in (DECISIONS, ALERTS_TABLE, DEAD_LETTERS)}


class Explainer:
    """Looks up what the samples are about; reads each of them again from its topic or table."""

    def __init__(self, config: ClientConfig, connection: Connection, facts: Facts | None) -> None:
        self.config, self.connection = config, connection
        self.columns = _TABLES if facts is None else {**_TABLES, FACTS_TABLE: facts.columns}

    def fault(self, sample: Sample) -> Fault:
        """Return a sample as a fault that says what is wrong."""
        partition, offset = int(sample.entry["partition"]), int(sample.entry["offset"])
        return Fault(
            check=sample.check.name,
            kind=sample.kind,
            partition=partition,
            offset=offset,
            decision_id=decision_id(RAW.name, partition, offset),
            detail=self._detail(sample, partition, offset),
        )

    def _detail(self, sample: Sample, partition: int, offset: int) -> str:
        check, place = sample.check, int(sample.entry["place"])
        where = f" at {':'.join(map(str, split_place(place)))}" if place >= 0 and check.earlier != RAW.name else ""
        match sample.kind:
            case Kind.GAP:
                return f"in {check.earlier}{where}, not in {check.later}"
            case Kind.ORPHAN:
                return f"in {check.later}, not in {check.earlier}"
            case Kind.DOUBLE if check.later in self.columns:
                return f"{len(rows_at(self.connection, check.later, self.columns[check.later], partition, offset))} rows in {check.later}"
            case Kind.DOUBLE:
                return f"more than one answer in {check.later}"
        return self._differences(sample, partition, offset) or f"{check.later} names another place of it than {check.earlier} has"

    def _differences(self, sample: Sample, partition: int, offset: int) -> str:
        check = sample.check
        if check.earlier == RAW.name or sample.earlier is None:
            return f"another time than in {check.earlier}"
        expected = self._row(check.earlier, sample.earlier["place"], partition, offset)
        found = self._row(check.later, sample.entry["place"], partition, offset)
        return "; ".join(
            f"{name}: {_shown(name, expected[name])} expected, {_shown(name, value)} found"
            for name, value in found.items()
            if expected.get(name, value) != value
        )

    def _row(self, side: str, place: int, partition: int, offset: int) -> Row:
        if side in self.columns:
            return next(iter(rows_at(self.connection, side, self.columns[side], partition, offset)), {})
        record = read_at(self.config, side, *split_place(int(place)))
        return {} if record is None else _TELL[side](record).row


def _shown(name: str, value: object) -> str:
    if name == "amount" and isinstance(value, int):
        value = major(value)
    return preview(str(value), _SHOWN_BYTES)
