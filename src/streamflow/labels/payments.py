"""The transactions that labels speak of, from a file: who paid where and when."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Id, Label, check_label
from streamflow.contracts.preview import preview
from streamflow.labels.book import LabelBook
from streamflow.labels.faults import Fault, Faults
from streamflow.labels.rows import read_rows
from streamflow.validate.fields import FieldError, read_timestamp

REQUIRED: Final = frozenset({"transaction_id", "customer_id", "store_id", "timestamp"})
_SHOWN_BYTES: Final = 200
_DAY: Final = timedelta(days=1)


class Payment(msgspec.Struct, frozen=True, gc=False):
    """As much of a transaction as a label says."""

    transaction_id: Id
    customer_id: Id
    store_id: Id
    event_time: datetime


def read_payments(path: Path) -> Iterator[Payment | Fault]:
    """Yield the payments of a file of transactions or decisions: JSON lines, CSV or Parquet, with the contract's names.

    Raises
    ------
    BadInputError
        If the file cannot be read, or a column is missing.
    """
    for row in read_rows(path, {}, REQUIRED):
        yield row if isinstance(row, Fault) else _payment(row.where, row.cells)


def _payment(where: str, cells: Mapping[str, Any]) -> Payment | Fault:
    try:
        fields = {name: cells[name] for name in REQUIRED if name != "timestamp"}
        return msgspec.convert({**fields, "event_time": _moment(cells["timestamp"])}, Payment)
    except KeyError as error:
        return Fault(where, f"expected {error.args[0]}, got none")
    except FieldError as error:
        return Fault(where, error.message)
    except msgspec.ValidationError as error:
        return Fault(where, str(error))


def _moment(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    return read_timestamp(value if isinstance(value, str) else str(value))


class Payments:
    """Payments by id.

    An id that two different payments share names neither of them.

    Parameters
    ----------
    path : Path
        File of transactions.
    wanted : collection of str
        Ids that are kept; the others are read and forgotten.
    """

    def __init__(self, path: Path, wanted: Collection[str]) -> None:
        self.path, self.faults = path, Faults()
        self._known: dict[str, Payment] = {}
        self._ambiguous: set[str] = set()
        for payment in read_payments(path):
            if isinstance(payment, Fault):
                self.faults.add(payment)
            elif payment.transaction_id in wanted and self._known.setdefault(payment.transaction_id, payment) != payment:
                self._ambiguous.add(payment.transaction_id)

    def find(self, transaction_id: str) -> Payment:
        """Return a payment.

        Raises
        ------
        BadInputError
            If there is none of this id, or more than one.
        """
        shown = preview(transaction_id, _SHOWN_BYTES)
        if transaction_id in self._ambiguous:
            raise BadInputError("two different transactions have this id", got=shown, where=str(self.path))
        if transaction_id not in self._known:
            raise BadInputError("no such transaction", got=shown, where=str(self.path))
        return self._known[transaction_id]


def settle(book: LabelBook, path: Path, after_days: float, as_of_ms: int) -> tuple[int, Faults]:
    """Add to a book that a payment counts as honest after some days in which nobody complained.

    For histories whose honest payments have no label. A verdict that was known by then stays; one that comes later takes this one
    back.

    Parameters
    ----------
    book : LabelBook
        All labels; gets one more for every payment that settled.
    path : Path
        File of transactions.
    after_days : float
        How long after a payment.
    as_of_ms : int
        What settles later is left out.

    Returns
    -------
    tuple of int and Faults
        How many payments settled, and the lines that are no transactions.
    """
    faults, settled = Faults(), 0
    for payment in read_payments(path):
        if isinstance(payment, Fault):
            faults.add(payment)
            continue
        # The epoch is the earliest event time, so what settles by `as_of_ms` has a time that exists.
        settled_ms = round((payment.event_time.timestamp() + after_days * _DAY.total_seconds()) * 1000)
        if settled_ms > as_of_ms or book.verdict(payment.transaction_id, settled_ms) is not None:
            continue
        try:
            label = check_label(
                Label(
                    payment.transaction_id,
                    payment.customer_id,
                    payment.store_id,
                    False,
                    "settlement",
                    payment.event_time + after_days * _DAY,
                    payment.event_time,
                )
            )
        except BadInputError as error:
            faults.add(Fault(f"{path}, {preview(payment.transaction_id, _SHOWN_BYTES)}", str(error)))
            continue
        settled += book.add(label)
    return settled, faults
