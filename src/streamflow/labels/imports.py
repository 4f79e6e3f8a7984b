"""Labels from files: read, checked, completed from the transactions, and nothing guessed."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Label, LabelSource, check_label
from streamflow.contracts.preview import preview
from streamflow.labels.faults import Fault
from streamflow.labels.payments import Payments
from streamflow.labels.rows import LINE_ENDINGS, Row, read_rows

FIELDS: Final = Label.__struct_fields__
OF_THE_TRANSACTION: Final = frozenset({"customer_id", "store_id", "event_time"})
"""What `--transactions` completes."""

_ALWAYS: Final = frozenset({"transaction_id", "is_fraud", "known_at"})
_TIMES: Final = ("known_at", "event_time")
_VERDICTS: Final[dict[object, bool]] = {"true": True, "false": False, "1": True, "0": False}
_SHOWN_BYTES: Final = 80


class LabelFile:
    """A file of labels.

    Parameters
    ----------
    path : Path
        Ends in .jsonl, .csv or .parquet.
    mapping : mapping of str to str
        Fields by the names of columns.
    source : str
        Where labels come from that do not say it.
    transactions : Path, optional
        File of transactions or decisions, which completes what labels do not say of theirs.

    Raises
    ------
    BadInputError
        If a column is mapped to something that is no field of a label.
    """

    def __init__(
        self, path: Path, mapping: Mapping[str, str] | None = None, source: LabelSource = "import", transactions: Path | None = None
    ) -> None:
        self.path, self.mapping, self.source = path, dict(mapping or {}), source
        strange = sorted(set(self.mapping.values()) - set(FIELDS))
        if strange:
            raise BadInputError("--map names no field of a label", expected=f"one of {', '.join(FIELDS)}", got=", ".join(strange))
        self._required = _ALWAYS if transactions is not None else _ALWAYS | OF_THE_TRANSACTION
        self.payments = None if transactions is None else Payments(transactions, self._incomplete())

    def _incomplete(self) -> set[str]:
        rows = (row.cells for row in read_rows(self.path, self.mapping, self._required) if isinstance(row, Row))
        return {str(cells.get("transaction_id")) for cells in rows if OF_THE_TRANSACTION - cells.keys()}

    def labels(self, now_ms: int | None = None) -> Iterator[Label | Fault]:
        """Yield a label or a fault for every line that is not empty. Memory: what `--transactions` completes.

        Parameters
        ----------
        now_ms : int, optional
            A label that is known only later is a fault; by default none is.

        Raises
        ------
        BadInputError
            If the file cannot be read, or a column is missing.
        """
        for row in read_rows(self.path, self.mapping, self._required):
            if isinstance(row, Fault):
                yield row
                continue
            try:
                label = self._label(row)
                if now_ms is not None:
                    require_known(label, now_ms)
            except BadInputError as error:
                yield Fault(row.where, " ".join(str(error).split()))
            else:
                yield label

    def _label(self, row: Row) -> Label:
        cells = {name: cell for name, cell in row.cells.items() if name in FIELDS}
        cells.setdefault("source", self.source)
        if self.path.suffix not in LINE_ENDINGS:
            cells = {name: _typed(name, cell) for name, cell in cells.items()}
        if self.payments is not None and "transaction_id" in cells:
            self._complete(cells, self.payments)
        try:
            return check_label(msgspec.convert(cells, Label))
        except msgspec.ValidationError as error:
            raise BadInputError("this is not a label", got=str(error)) from error

    @staticmethod
    def _complete(cells: dict[str, Any], payments: Payments) -> None:
        missing = OF_THE_TRANSACTION - cells.keys()
        if not missing:
            return
        payment = payments.find(cells["transaction_id"])
        for name in OF_THE_TRANSACTION:
            found = getattr(payment, name)
            if name in missing:
                cells[name] = found
            elif name != "event_time" and cells[name] != found:
                raise BadInputError(f"the transaction has another {name}", expected=found, got=preview(str(cells[name]), _SHOWN_BYTES))


def require_known(label: Label, now_ms: int) -> None:
    """Refuse a label from the future.

    Raises
    ------
    BadInputError
        If it becomes known after this moment.
    """
    if label.known_at_ms > now_ms:
        now = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="seconds")
        raise BadInputError("known_at lies in the future", expected=f"at most {now}", got=label.known_at.isoformat())


def _typed(name: str, cell: Any) -> Any:
    """Return a table's cell as the JSON type of its field; what is none stays, for the contract to refuse."""
    if name == "is_fraud":
        text = str(cell).strip().lower()
        if text not in _VERDICTS:
            raise BadInputError("is_fraud is neither true nor false", expected="true, false, 1 or 0", got=preview(str(cell), _SHOWN_BYTES))
        return _VERDICTS[text]
    if name in _TIMES and isinstance(cell, datetime) and cell.tzinfo is None:
        raise BadInputError(f"{name} names no time zone", expected="a time with a zone", got=cell.isoformat())
    return cell
