"""What the audit keeps of a record or a row, and where it keeps millions of them.

An entry has 44 bytes: the source record that it is about, its money, and a digest of its whole content. Entries of one side lie in
files, one for every `BUCKET_OFFSETS` offsets of a source partition, so that comparing needs the memory of one bucket.
"""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

BUCKET_OFFSETS: Final = 1 << 18
_BUFFERED: Final = 20_000
_PLACE_BITS: Final = 48

ENTRY: Final = np.dtype(
    [
        ("partition", "<i4"),
        ("offset", "<i8"),
        ("timestamp_ms", "<i8"),
        ("place", "<i8"),
        ("cents", "<i8"),
        ("currency", "S3"),
        ("owed", "?"),
        ("digest", "<u8"),
    ]
)
"""`partition`, `offset`, `timestamp_ms`: of the source record. `place`: where the record itself lies in its own topic, see `place_of`.
`owed`: whether the later side must have it by now."""

Entries = NDArray[np.void]


class Entry(NamedTuple):
    """One entry before it is packed; the fields are those of `ENTRY`."""

    partition: int
    offset: int
    timestamp_ms: int
    place: int = -1
    cents: int = 0
    currency: bytes = b""
    owed: bool = True
    digest: int = 0


class Side(StrEnum):
    """Where entries come from."""

    RAW = "raw"
    SCORED = "scored"
    RAISED = "raised"
    DEAD = "dead"
    ALERTED = "alerted"
    ALERTS = "alerts"
    BRONZE_DECISIONS = "bronze.decisions"
    BRONZE_ALERTS = "bronze.alerts"
    BRONZE_DEAD = "bronze.dead_letters"
    BRONZE_FACTS = "bronze.facts"
    GOLD_FACTS = "gold.facts"


class Span(NamedTuple):
    """What is audited of a partition of the source topic.

    Parameters
    ----------
    first, end : int
        Offsets; `end` is no longer part of it.
    since_ms, until_ms : int
        Least and greatest time of the records in it.
    """

    first: int
    end: int
    since_ms: int
    until_ms: int


class Scope(NamedTuple):
    """What is audited: spans of the source topic, and which partitions it has at all."""

    spans: dict[int, Span]
    partitions: frozenset[int]

    @property
    def since_ms(self) -> int:
        """Least time of a record in it."""
        return min((span.since_ms for span in self.spans.values()), default=0)

    @property
    def until_ms(self) -> int:
        """Greatest time of a record in it."""
        return max((span.until_ms for span in self.spans.values()), default=-1)


def place_of(partition: int, offset: int) -> int:
    """Return a place in a topic as one number.

    Examples
    --------
    >>> split_place(place_of(3, 42))
    (3, 42)
    """
    return partition << _PLACE_BITS | offset


def split_place(place: int) -> tuple[int, int]:
    """Return the partition and the offset that a number stands for."""
    return place >> _PLACE_BITS, place & (1 << _PLACE_BITS) - 1


def pack(entries: Iterable[Entry]) -> Entries:
    """Return entries as an array."""
    return np.array(list(entries), dtype=ENTRY)


def split(entries: Entries, scope: Scope) -> tuple[Entries, Entries]:
    """Return the entries that lie in the scope, and those that lie nowhere: whose time is the scope's and whose place is none.

    What has another time is about other records: younger ones, or those of a topic of that name that is gone. It is left out.
    """
    inside = np.zeros(len(entries), bool)
    astray = np.zeros(len(entries), bool)
    times = entries["timestamp_ms"]
    for partition in np.unique(entries["partition"]):
        mine = entries["partition"] == partition
        span = scope.spans.get(int(partition))
        if span is not None:
            placed = (entries["offset"] >= span.first) & (entries["offset"] < span.end)
            inside |= mine & placed & (times >= span.since_ms) & (times <= span.until_ms)
            # At the very ends neighbours of the span may have its time.
            astray |= mine & ~placed & (times > span.since_ms) & (times < span.until_ms)
        elif int(partition) not in scope.partitions:
            astray |= mine & (times >= scope.since_ms) & (times <= scope.until_ms)
    return entries[inside], entries[astray]


class Spill:
    """Entries in files of a folder.

    Parameters
    ----------
    folder : Path
        Empty; whoever made it removes it.
    scope : Scope, optional
        Nothing, until it is set. Entries outside of it are left out; those that lie nowhere are kept apart.
    """

    def __init__(self, folder: Path, scope: Scope | None = None) -> None:
        self.folder, self.scope = folder, scope or Scope({}, frozenset())
        self._waiting: dict[Side, list[Entry]] = defaultdict(list)
        self._buckets: set[tuple[int, int]] = set()

    def add(self, side: Side, entry: Entry) -> None:
        """Keep an entry."""
        waiting = self._waiting[side]
        waiting.append(entry)
        if len(waiting) >= _BUFFERED:
            self._write(side)

    def flush(self) -> None:
        """Write what still waits."""
        for side in self._waiting:
            self._write(side)

    def _write(self, side: Side) -> None:
        inside, astray = split(pack(self._waiting[side]), self.scope)
        self._waiting[side].clear()
        numbers = inside["offset"] // BUCKET_OFFSETS
        for partition, number in sorted(set(zip(inside["partition"].tolist(), numbers.tolist(), strict=True))):
            self._buckets.add((partition, number))
            self._append(self._file(side, f"{partition}-{number}"), inside[(inside["partition"] == partition) & (numbers == number)])
        self._append(self._file(side, "astray"), astray)

    def _append(self, file: Path, entries: Entries) -> None:
        if len(entries):
            with file.open("ab") as stream:
                stream.write(entries.tobytes())

    def _file(self, side: Side, name: str) -> Path:
        return self.folder / f"{side}-{name}"

    def _read(self, file: Path) -> Entries:
        return np.fromfile(file, dtype=ENTRY) if file.exists() else np.empty(0, ENTRY)

    def buckets(self) -> list[tuple[int, int]]:
        """Return the buckets that hold anything: partition and number, in order."""
        return sorted(self._buckets)

    def load(self, side: Side, partition: int, number: int) -> Entries:
        """Return a bucket's entries of a side, in the order in which they came."""
        return self._read(self._file(side, f"{partition}-{number}"))

    def astray(self, side: Side) -> Entries:
        """Return the entries of a side that lie nowhere."""
        return self._read(self._file(side, "astray"))
