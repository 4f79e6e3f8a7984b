"""A store's decayed counts of known frauds and settled payments; only a label changes them."""

from math import exp
from typing import Final

from streamflow.contracts.catalogue import DAY_MS
from streamflow.contracts.label import Label
from streamflow.contracts.risk import DECAY_DAYS, StoreRisk

_SPANS_MS: Final = tuple(days * DAY_MS for days in DECAY_DAYS)


class StoreCounts:
    """What labels say of a store.

    Parameters
    ----------
    at_ms : int
        The moment at which the counts are valued, milliseconds since the epoch.
    counts : list of float
        Frauds and settled payments, decayed, in the order of `StoreRisk`.
    average : float
        Moving average of its verdicts.
    """

    __slots__ = ("at_ms", "average", "counts", "frauds")

    def __init__(self, at_ms: int, counts: list[float], average: float) -> None:
        self.at_ms, self.counts, self.average = at_ms, counts, average
        self.frauds: dict[str, int] = {}

    def advance(self, now_ms: int) -> None:
        """Let the counts decay to a later moment."""
        if now_ms != self.at_ms:
            day, week, month = _weights(now_ms - self.at_ms)
            fraud_1d, settled_1d, fraud_7d, settled_7d, fraud_30d, settled_30d = self.counts
            self.counts = [fraud_1d * day, settled_1d * day, fraud_7d * week, settled_7d * week, fraud_30d * month, settled_30d * month]
            self.at_ms = now_ms

    def enter(self, label: Label) -> None:
        """Count a verdict that became known at the moment of the counts."""
        for place in range(not label.is_fraud, len(self.counts), 2):
            self.counts[place] += 1.0
        if label.is_fraud:
            self.frauds[label.transaction_id] = label.event_time_ms

    def take_back(self, label: Label, now_ms: int) -> None:
        """Take out what is left of a verdict at this moment, which is that of the counts."""
        left = _weights(now_ms - label.known_at_ms)
        for place in range(not label.is_fraud, len(self.counts), 2):
            self.counts[place] = max(0.0, self.counts[place] - left[place // 2])
        self.frauds.pop(label.transaction_id, None)

    def risk(self) -> StoreRisk:
        """Return the store's entry in a document."""
        fraud_1d, settled_1d, fraud_7d, settled_7d, fraud_30d, settled_30d = self.counts
        last_fraud_ms = max(self.frauds.values(), default=None)
        return StoreRisk(fraud_1d, settled_1d, fraud_7d, settled_7d, fraud_30d, settled_30d, last_fraud_ms, self.average, self.at_ms)


def _weights(age_ms: int) -> list[float]:
    return [exp(-age_ms / span_ms) for span_ms in _SPANS_MS]
