"""Decisions as a table: what training sees of a history is what the engine wrote down, and nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from streamflow.contracts.decision import OUTCOMES, Outcome
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.record import Record
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.ml.evaluate import Booleans, Floats, Integers
from streamflow.score.features import FEATURE_NAMES, FEATURE_SET_VERSION

DAY_MS: Final = 86_400_000
NO_PLACE: Final = "no place"
_BLOCK_ROWS: Final = 4096
_FIRST_CAPACITY: Final = 4 * _BLOCK_ROWS
_OUTCOME_CODES: Final = {outcome: code for code, outcome in enumerate(OUTCOMES)}


@dataclass(frozen=True)
class FeatureTable:
    """Decisions as columns, in the order in which they were made; repeats and StreamFlow's own probe are not in it.

    Parameters
    ----------
    transaction_ids, customer_ids, store_ids, regions : list of str
        The transactions' ids one a row; the distinct customers, stores and regions, which the next three index.
    customers, stores, region : array of int
        One a row. A region is a cell of one degree; where a payment has no place, what stands before the last `-` in its store's id.
    event_time_ms : array of int
        Milliseconds since the epoch, UTC.
    matrix : array of float64, shape (rows, features)
        The features in the order of `FEATURE_NAMES`; NaN where the decision says null.
    rules_score : array of float
        Evidence of the rules.
    outcome : array of int
        Index into `OUTCOMES`.
    """

    transaction_ids: list[str]
    customer_ids: list[str]
    store_ids: list[str]
    regions: list[str]
    customers: npt.NDArray[np.int32]
    stores: npt.NDArray[np.int32]
    region: npt.NDArray[np.int32]
    event_time_ms: Integers
    matrix: Floats
    rules_score: Floats
    outcome: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.event_time_ms)

    @property
    def amount(self) -> Floats:
        """Amounts in the reference currency; NaN where the rules have no rate."""
        return self.column("amount")

    @property
    def days(self) -> Integers:
        """Number of each payment's day (UTC)."""
        return self.event_time_ms // DAY_MS

    def column(self, name: str) -> Floats:
        """Return one feature by its name."""
        return self.matrix[:, FEATURE_NAMES.index(name)]

    def between(self, from_ms: int, until_ms: int) -> Booleans:
        """Return which rows happened from one time on and before another."""
        return (self.event_time_ms >= from_ms) & (self.event_time_ms < until_ms)


class _Seen(msgspec.Struct, gc=False):
    """The fields of a decision that a table needs."""

    transaction_id: str
    customer_id: str
    store_id: str
    event_time: datetime
    rules_score: float | None
    outcome: Outcome
    features: tuple[float | None, ...]
    feature_set_version: int
    duplicate: bool
    canary: bool
    latitude: float | None = None
    longitude: float | None = None


_decode = msgspec.json.Decoder(_Seen).decode


class TableBuilder:
    """Collects decisions; a table can be had at any time, and costs no copy of what is in it.

    Memory: 8 bytes a feature and some 120 bytes for the rest of a row, twice that at worst while the arrays grow.
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._codes: tuple[dict[str, int], dict[str, int], dict[str, int]] = ({}, {}, {})
        self._block: list[tuple[float | None, ...]] = []
        self._facts: list[tuple[int, int, int, int, float, int]] = []
        self._size = 0
        self._matrix = np.empty((_FIRST_CAPACITY, len(FEATURE_NAMES)))
        kinds = (np.int32, np.int32, np.int32, np.int64, np.float64, np.int8)
        self._columns: list[npt.NDArray[Any]] = [np.empty(_FIRST_CAPACITY, kind) for kind in kinds]

    def __len__(self) -> int:
        return self._size + len(self._block)

    def add(self, decision_json: bytes) -> bool:
        """Take in a decision, as the engine encoded it; return whether it became a row."""
        seen = _decode(decision_json)
        if seen.duplicate or seen.canary:
            return False
        if seen.feature_set_version != FEATURE_SET_VERSION:
            raise BadInputError(
                "a decision has other features than this version of StreamFlow computes",
                expected=f"feature set {FEATURE_SET_VERSION}",
                got=str(seen.feature_set_version),
                where=f"transaction {seen.transaction_id}",
                fix="run the history through the engine again",
            )
        names = (seen.customer_id, seen.store_id, _region(seen))
        customer, store, region = (codes.setdefault(name, len(codes)) for codes, name in zip(self._codes, names, strict=True))
        self._ids.append(seen.transaction_id)
        self._block.append(seen.features)
        time_ms = round(seen.event_time.timestamp() * 1000)
        self._facts.append((customer, store, region, time_ms, seen.rules_score or 0.0, _OUTCOME_CODES[seen.outcome]))
        if len(self._block) == _BLOCK_ROWS:
            self._flush()
        return True

    def table(self) -> FeatureTable:
        """Return what was collected so far; rows that come later are not in it."""
        self._flush()
        customers, stores, region, time_ms, rules_score, outcome = (column[: self._size] for column in self._columns)
        customer_ids, store_ids, regions = (list(codes) for codes in self._codes)
        return FeatureTable(
            self._ids[: self._size],
            customer_ids,
            store_ids,
            regions,
            customers,
            stores,
            region,
            time_ms,
            self._matrix[: self._size],
            rules_score,
            outcome,
        )

    def _flush(self) -> None:
        if not self._block:
            return
        end = self._size + len(self._block)
        while end > len(self._matrix):
            # New arrays, not resized ones: tables that were handed out keep theirs.
            self._matrix = _grown(self._matrix)
            self._columns = [_grown(column) for column in self._columns]
        self._matrix[self._size : end] = np.array(self._block, np.float64)
        for column, values in zip(self._columns, zip(*self._facts, strict=True), strict=True):
            column[self._size : end] = values
        self._size = end
        self._block.clear()
        self._facts.clear()


def _grown(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    larger: npt.NDArray[Any] = np.empty((len(array) * 2, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger


def _region(seen: _Seen) -> str:
    if seen.latitude is not None and seen.longitude is not None:
        return f"{round(seen.latitude):+d},{round(seen.longitude):+d}"
    return seen.store_id.rpartition("-")[0] or NO_PLACE


def collect(decisions: Iterable[bytes]) -> FeatureTable:
    """Return decisions (JSON, as the engine encodes them) as a table. Cost: about 5 us each."""
    builder = TableBuilder()
    for decision in decisions:
        builder.add(decision)
    return builder.table()


def replay(engine: Engine, records: Iterable[Record]) -> Iterator[bytes]:
    """Run a history through the engine, with states of its own, and yield the decisions; what is no payment is passed over."""
    states = MemoryStates()
    for record in records:
        result = engine.process(record, states)
        if isinstance(result, Decided):
            yield result.value
