"""Which verdict on a transaction holds at which moment."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator

from streamflow.contracts.label import Label

Order = tuple[int, str, bool, str, str, str, int]


def moment_order(label: Label) -> Order:
    """Return what sorts labels by the moment in which they became known; the same for whoever reads them in whatever order.

    Of two verdicts on a transaction of the same moment the one that says fraud is the newer one.
    """
    return (
        label.known_at_ms,
        label.transaction_id,
        label.is_fraud,
        label.source,
        label.store_id,
        label.customer_id,
        label.event_time_ms,
    )


class LabelBook:
    """Keeps every label of every transaction, each once. Memory: about 500 bytes a label.

    Labels may come in any order, and twice.

    Parameters
    ----------
    labels : iterable of Label
        To begin with.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> def label(day: int, is_fraud: bool) -> Label:
    ...     known_at, event_time = datetime(2026, 1, day, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    ...     return Label("tx-1", "cust-1", "store-1", is_fraud, "analyst", known_at, event_time)
    >>> book = LabelBook([label(9, True), label(5, False), label(9, True)])
    >>> len(book), book.verdict("tx-1").is_fraud, book.verdict("tx-1", label(8, True).known_at_ms).is_fraud
    (2, True, False)
    >>> book.verdict("tx-1", label(4, True).known_at_ms) is None
    True
    """

    def __init__(self, labels: Iterable[Label] = ()) -> None:
        self._labels: dict[str, list[Label]] = {}
        self._size = 0
        for label in labels:
            self.add(label)

    def __len__(self) -> int:
        return self._size

    def add(self, label: Label) -> bool:
        """Take in a label, and tell whether it says anything new."""
        known = self._labels.setdefault(label.transaction_id, [])
        order = moment_order(label)
        if any(moment_order(other) == order for other in known):
            return False
        insort(known, label, key=moment_order)
        self._size += 1
        return True

    def verdict(self, transaction_id: str, at_ms: int | None = None) -> Label | None:
        """Return the newest label of a transaction that was known at a moment; by default the newest of all."""
        known = self._labels.get(transaction_id, [])
        place = len(known) if at_ms is None else bisect_right(known, at_ms, key=lambda label: label.known_at_ms)
        return known[place - 1] if place else None

    def history(self, transaction_id: str) -> tuple[Label, ...]:
        """Return all labels of a transaction, the oldest first."""
        return tuple(self._labels.get(transaction_id, ()))

    def verdicts(self, at_ms: int | None = None) -> Iterator[Label]:
        """Yield the verdict of each transaction that has one at a moment."""
        for transaction_id in self._labels:
            label = self.verdict(transaction_id, at_ms)
            if label is not None:
                yield label

    def in_order(self) -> list[Label]:
        """Return all labels, each once, in the order in which they became known."""
        return sorted((label for known in self._labels.values() for label in known), key=moment_order)
