"""Labels beside a table: what was known about each payment at a time, and never more."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from streamflow.contracts.label import Label
from streamflow.ml.evaluate import Booleans, Integers
from streamflow.ml.table import DAY_MS, FeatureTable

UNKNOWN: Final = -1
HONEST: Final = 0
FRAUD: Final = 1

Verdicts = npt.NDArray[np.int8]
"""One of the three a row."""


class Labels(NamedTuple):
    """Labels that belong to rows of a table, in the order in which they became known.

    Parameters
    ----------
    rows : array of int
        Row of each label.
    known_at_ms : array of int
        When it became known, ascending.
    is_fraud : array of bool
        What it says.
    unmatched : int
        Labels whose payment is not in the table.
    """

    rows: Integers
    known_at_ms: Integers
    is_fraud: Booleans
    unmatched: int = 0

    def known(self, table: FeatureTable, until_ms: int, delay_days: float) -> Verdicts:
        """Return what is known of each row at a time.

        The newest label that is known by then counts. A payment older than the delay that nobody complained about counts as honest.
        What is younger than the delay is unknown, even where a label has come: those that come fast are not like the others.
        """
        old_enough = table.event_time_ms < until_ms - round(delay_days * DAY_MS)
        verdicts = np.where(old_enough, np.int8(HONEST), np.int8(UNKNOWN))
        latest = self._latest(len(table), until_ms)
        told = old_enough & (latest != UNKNOWN)
        verdicts[told] = latest[told]
        return verdicts

    def truth(self, table: FeatureTable) -> Booleans:
        """Return which rows are frauds as far as any label says: only to measure, never to train."""
        frauds: Booleans = self._latest(len(table), np.iinfo(np.int64).max) == FRAUD
        return frauds

    def in_time_ratio(self, table: FeatureTable, delay_days: float, until_ms: int) -> float:
        """Return the share of the frauds known by then whose label came within the delay; NaN without a fraud."""
        told = self.is_fraud & (self.known_at_ms <= until_ms)
        age_ms = self.known_at_ms[told] - table.event_time_ms[self.rows[told]]
        return float(np.mean(age_ms <= delay_days * DAY_MS)) if len(age_ms) else float("nan")

    def _latest(self, size: int, until_ms: int) -> Verdicts:
        latest = np.full(size, np.int8(UNKNOWN))
        count = int(np.searchsorted(self.known_at_ms, until_ms, side="right"))
        # Where a row stands twice, NumPy keeps the last value, which is the newest label.
        latest[self.rows[:count]] = self.is_fraud[:count]
        return latest


def join(table: FeatureTable, labels: Iterable[Label]) -> Labels:
    """Find each label's row, by the transaction's id; an id that stands twice in the table is its last row's."""
    row_of = {identity: row for row, identity in enumerate(table.transaction_ids)}
    found, unmatched = [], 0
    for label in labels:
        row = row_of.get(label.transaction_id)
        if row is None:
            unmatched += 1
        else:
            found.append((label.known_at_ms, label.is_fraud, row))
    # Of two verdicts of the same moment the one that says fraud is the newer one, as for the risk snapshots.
    found.sort()
    columns = list(zip(*found, strict=True)) or [(), (), ()]
    return Labels(np.array(columns[2], np.int64), np.array(columns[0], np.int64), np.array(columns[1], np.bool_), unmatched)
