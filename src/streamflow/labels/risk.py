"""Builds risk snapshots: labels go in as they became known, and a document comes out for any moment in between.

Each store keeps decayed counts, valued at the moment of its last label, and only a label changes them. So a builder that made a
document on the way, one that goes on from a document, and one that begins from nothing add the same numbers in the same order, and end
with the same document to the bit.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Label
from streamflow.contracts.risk import MAX_RISK_CUSTOMERS, RiskDocument
from streamflow.labels.book import LabelBook, moment_order
from streamflow.labels.counts import StoreCounts
from streamflow.score.risk import PRIOR_FRAUD_RATIO

AVERAGE_WEIGHT: Final = 0.2
"""Share of the newest verdict in a store's moving average."""

_REBUILD: Final = "streamflow risk build without --previous"


class Summary(msgspec.Struct, frozen=True):
    """What became of the labels that a document was built of.

    Parameters
    ----------
    labels
        How many went in, each counted once.
    not_known_yet
        How many became known only after the document's moment, and left no trace in it.
    changed_verdicts
        Transactions whose verdict was taken back by a later one.
    transactions, frauds
        Transactions with a verdict, and those of them that are known as fraud.
    """

    labels: int
    not_known_yet: int
    changed_verdicts: int
    transactions: int
    frauds: int


class RiskBuilder:
    """Takes labels in the order in which they became known, and makes a document for any moment after the last of them.

    A verdict counts from the moment it became known. A newer one on the same transaction takes the older one's share of the counts
    back and counts from its own moment; a label that came before changes nothing. The moving average cannot be taken back: a verdict
    that changes is entered as one more, and the older one fades. Memory: about 300 bytes a transaction.
    """

    def __init__(self) -> None:
        self._stores: dict[str, StoreCounts] = {}
        self._customers: dict[str, dict[str, int]] = {}
        self._verdicts: dict[str, Label] = {}
        self._last: Label | None = None
        self._last_ms = 0
        self._labels = self._changed_verdicts = 0

    @classmethod
    def resume(cls, previous: RiskDocument, verdicts: Iterable[Label]) -> "RiskBuilder":
        """Go on from a document.

        Parameters
        ----------
        previous : RiskDocument
            As a builder made it.
        verdicts : iterable of Label
            Those that held at its moment (`LabelBook.verdicts(previous.as_of_ms)`); a later one may take them back.

        Raises
        ------
        BadInputError
            If the document was not built of these verdicts.
        """
        builder = cls()
        builder._labels, builder._last_ms = previous.labels, previous.as_of_ms + 1
        for name, store in previous.stores.items():
            counted_at_ms = previous.as_of_ms if store.counted_at_ms is None else store.counted_at_ms
            builder._stores[name] = StoreCounts(counted_at_ms, list(store[:6]), store.fraud_average)
        for label in verdicts:
            if label.known_at_ms > previous.as_of_ms or label.store_id not in builder._stores:
                raise _other_labels(previous, f"a verdict on {label.transaction_id} that it does not know")
            builder._verdicts[label.transaction_id] = label
            if label.is_fraud:
                builder._stores[label.store_id].frauds[label.transaction_id] = label.event_time_ms
                builder._customers.setdefault(label.customer_id, {})[label.transaction_id] = label.known_at_ms
        if builder._newest_customers() != previous.customers:
            raise _other_labels(previous, "other customers with a confirmed fraud")
        return builder

    def add(self, label: Label) -> None:
        """Take in the next label. Cost: about 5 us.

        Raises
        ------
        BadInputError
            If it became known before the last one, or before the document that the builder goes on from.
        """
        now_ms = label.known_at_ms
        # The whole order costs a microsecond, and labels of one millisecond are rare.
        step = now_ms - self._last_ms or _compare(label, self._last)
        if step < 0:
            raise BadInputError(
                "a label comes after labels that were known later",
                expected="labels in the order in which they became known",
                got=label.known_at.isoformat(),
                where=label.transaction_id,
                fix=_REBUILD,
            )
        if step == 0:
            return
        self._last, self._last_ms = label, now_ms
        self._labels += 1
        before = self._verdicts.get(label.transaction_id)
        if before is not None:
            self._take_back(before, now_ms)
        self._verdicts[label.transaction_id] = label
        store = self._stores.get(label.store_id)
        if store is None:
            store = self._stores[label.store_id] = StoreCounts(now_ms, [0.0] * 6, PRIOR_FRAUD_RATIO)
        store.advance(now_ms)
        store.enter(label)
        if before is None or (before.is_fraud, before.store_id) != (label.is_fraud, label.store_id):
            store.average += AVERAGE_WEIGHT * (label.is_fraud - store.average)
        if label.is_fraud:
            self._customers.setdefault(label.customer_id, {})[label.transaction_id] = now_ms
        self._changed_verdicts += before is not None and before.is_fraud != label.is_fraud

    def _take_back(self, label: Label, now_ms: int) -> None:
        store = self._stores[label.store_id]
        store.advance(now_ms)
        store.take_back(label, now_ms)
        if label.is_fraud:
            frauds = self._customers[label.customer_id]
            del frauds[label.transaction_id]
            if not frauds:
                del self._customers[label.customer_id]

    def document(self, as_of_ms: int, version: int = 1) -> RiskDocument:
        """Return what is known at a moment. Changes nothing, so more labels may follow.

        Raises
        ------
        BadInputError
            If a label became known after the moment.
        """
        last_ms = self._last_ms - (self._last is None)
        if as_of_ms < last_ms:
            raise BadInputError("a label became known after the document's moment", expected=f"at least {last_ms}", got=str(as_of_ms))
        stores = {name: self._stores[name].risk() for name in sorted(self._stores)}
        return RiskDocument(version, as_of_ms, stores, self._newest_customers(), self._labels)

    def _newest_customers(self) -> tuple[str, ...]:
        known = sorted((-max(frauds.values()), name) for name, frauds in self._customers.items())
        return tuple(name for _, name in known[:MAX_RISK_CUSTOMERS])

    def summary(self, labels: int) -> Summary:
        """Return what went in of so many labels; what was taken back before the builder went on from a document is not counted."""
        frauds = sum(label.is_fraud for label in self._verdicts.values())
        return Summary(self._labels, labels - self._labels, self._changed_verdicts, len(self._verdicts), frauds)


def build_risk(labels: LabelBook, as_of_ms: int, version: int = 1, previous: RiskDocument | None = None) -> tuple[RiskDocument, Summary]:
    """Return the document of a moment: what was known by then. Cost: about 10 us a label that goes in.

    Parameters
    ----------
    labels : LabelBook
        All labels, also those that became known later: they are counted and left out.
    as_of_ms : int
        The moment, milliseconds since the epoch.
    version : int
        Number of the document.
    previous : RiskDocument, optional
        A document of an earlier moment, to which only the labels that became known since are added. The result is the same.

    Raises
    ------
    BadInputError
        If the previous document is of a later moment, or was built of other labels than these: some that were known by then have
        come since.
    """
    ordered = labels.in_order()
    known = [label for label in ordered if label.known_at_ms <= as_of_ms]
    builder = RiskBuilder()
    if previous is not None:
        if previous.as_of_ms > as_of_ms:
            raise BadInputError("the previous document is of a later moment", expected=f"at most {as_of_ms}", got=str(previous.as_of_ms))
        newer = [label for label in known if label.known_at_ms > previous.as_of_ms]
        if len(known) - len(newer) != previous.labels:
            raise _other_labels(previous, f"{len(known) - len(newer)} labels that were known by then")
        builder = RiskBuilder.resume(previous, labels.verdicts(previous.as_of_ms))
        known = newer
    for label in known:
        builder.add(label)
    return builder.document(as_of_ms, version), builder.summary(len(ordered))


def _compare(label: Label, last: Label | None) -> int:
    """Say whether a label comes after the last one of the same moment (1), is the same (0), or comes before it (-1)."""
    if last is None:
        return 1
    order, before = moment_order(label), moment_order(last)
    return (order > before) - (order < before)


def _other_labels(previous: RiskDocument, got: str) -> BadInputError:
    return BadInputError(
        "the previous document was built of other labels",
        expected=f"the {previous.labels} labels of risk/{previous.version}",
        got=got,
        fix=_REBUILD,
    )
