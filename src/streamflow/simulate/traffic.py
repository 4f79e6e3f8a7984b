"""What a caller gets: batches for speed, single events for comfort."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from streamflow.contracts.rejection import Code
from streamflow.simulate.encode import SOURCES, Columns, Encoder, iso_text
from streamflow.simulate.malformed import KIND_NAMES, KINDS
from streamflow.simulate.plan import SCENARIOS, Plan
from streamflow.simulate.rows import SOUND, Rows
from streamflow.simulate.stream import slices
from streamflow.simulate.world import World

BATCH_EVENTS: Final = 10_000
HONEST: Final = "honest"
_EVENT_COLUMNS: Final = ("arrival_ms", "number", "customer", "store", "scenario", "known_ms", "event_ms", "repeat", "malformed")


class Label(NamedTuple):
    """The truth about a transaction, in the texts of the contract's `Label`; `scenario` is None for an honest one."""

    transaction_id: str
    customer_id: str
    store_id: str
    is_fraud: bool
    source: str
    scenario: str | None
    known_at: str
    event_time: str


class Event(NamedTuple):
    """One record, and the truth about it beside it.

    Parameters
    ----------
    key, value : bytes or None
        What is sent.
    timestamp_ms : int
        When it arrives, milliseconds since the epoch.
    label : Label or None
        None for what cannot be read.
    repeat : bool
        Whether the same bytes were sent before.
    malformed : str or None
        Kind of fault; `code` is the code it must be refused with.
    """

    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    label: Label | None
    repeat: bool
    malformed: str | None
    code: Code | None


class Batch:
    """Some records in the order of their arrival; nothing is encoded before it is asked for."""

    def __init__(self, rows: Rows, encoder: Encoder) -> None:
        self._rows, self._encoder = rows, encoder

    def __len__(self) -> int:
        return len(self._rows)

    def timestamps_ms(self) -> list[int]:
        """Return when each record arrives, milliseconds since the epoch, ascending."""
        times: list[int] = self._rows["arrival_ms"].tolist()
        return times

    def records(self) -> tuple[list[bytes | None], list[bytes | None]]:
        """Return keys and values. Cost: about 2 us a record."""
        return self._encoder.records(self._rows)

    def labels(self) -> tuple[list[bytes], list[bytes]]:
        """Return keys and values of the labels of all transactions, once each."""
        rows = self._rows[(self._rows["malformed"] == SOUND) & ~self._rows["repeat"]]
        return self._encoder.keys(rows), self._encoder.labels(rows)

    def columns(self) -> Columns:
        """Return the transactions as columns; malformed records have none and are left out."""
        return self._encoder.columns(self._rows[self._rows["malformed"] == SOUND])

    def label_columns(self) -> dict[str, list[Any]]:
        """Return the same labels as columns."""
        labels = [msgspec.json.decode(value) for value in self.labels()[1]]
        return {name: [label[name] for label in labels] for name in Label._fields}

    def counts(self) -> Counter[str]:
        """Count the records by scenario (or `honest`), `repeated`, `late` and `malformed:KIND`; each but a late one counts once."""
        rows = self._rows
        once = rows[(rows["malformed"] == SOUND) & ~rows["repeat"]]
        counts: Counter[str] = Counter()
        for code, count in enumerate(np.bincount(once["scenario"], minlength=len(SCENARIOS)).tolist()):
            counts[SCENARIOS[code] or HONEST] += count
        for code, count in enumerate(np.bincount(rows["malformed"] - SOUND).tolist()[1:]):
            counts[f"malformed:{KIND_NAMES[code]}"] += count
        counts["repeated"] += int(rows["repeat"].sum())
        counts["late"] += int(np.sum((rows["arrival_ms"] > rows["event_ms"]) & ~rows["repeat"]))
        return +counts

    def split(self, timestamp_ms: int) -> tuple["Batch", "Batch"]:
        """Return what arrives before a time, and the rest."""
        place = int(np.searchsorted(self._rows["arrival_ms"], timestamp_ms))
        return Batch(self._rows[:place], self._encoder), Batch(self._rows[place:], self._encoder)

    def events(self) -> Iterator[Event]:
        """Yield the records one by one. Cost: about 8 us a record."""
        keys, values = self.records()
        rows = self._rows
        columns = (rows[name].tolist() for name in _EVENT_COLUMNS)
        for row in zip(keys, values, *columns, strict=True):
            key, value, arrival_ms, number, customer, store, scenario, known_ms, event_ms, repeat, malformed = row
            if malformed != SOUND:
                name = KIND_NAMES[malformed]
                yield Event(key, value, arrival_ms, None, repeat, name, KINDS[name].code)
                continue
            label = Label(
                self._encoder.transaction_id(number),
                self._encoder.customer_id(customer),
                self._encoder.store_id(store),
                scenario > 0,
                SOURCES[scenario > 0],
                SCENARIOS[scenario] or None,
                iso_text(known_ms),
                iso_text(event_ms),
            )
            yield Event(key, value, arrival_ms, label, repeat, None, None)


def batches(plan: Plan, batch_events: int = BATCH_EVENTS) -> Iterator[Batch]:
    """Yield the traffic of a plan in batches of at most this many records, in the order of arrival.

    Memory: a slice of 50 000 records, some hundred bytes a customer, and some tens of bytes a trip.

    Examples
    --------
    >>> sum(len(batch) for batch in batches(Plan(events=1000, customers=50), batch_events=300))
    1000
    """
    world = World(plan)
    encoder = Encoder(world)
    for rows in slices(world):
        for start in range(0, len(rows), batch_events):
            yield Batch(rows[start : start + batch_events], encoder)


def traffic(plan: Plan) -> Iterator[Event]:
    """Yield the traffic of a plan record by record, in the order of arrival.

    Examples
    --------
    >>> event = next(traffic(Plan(events=100, customers=50, seed=7)))
    >>> event.label.transaction_id, event.value[:46]
    ('tx-7-0', b'{"schema_version":1,"transaction_id":"tx-7-0",')
    """
    for batch in batches(plan):
        yield from batch.events()
