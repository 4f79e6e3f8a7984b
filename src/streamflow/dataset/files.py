"""The folder of a data set: transactions.jsonl, labels.jsonl, and dataset.json, which says what they are."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
import numpy as np

from streamflow.contracts.errors import BadInputError
from streamflow.dataset.payments import MS_PER_DAY, Payments, iso_texts, label_lines, transaction_lines

TRANSACTIONS: Final = "transactions.jsonl"
LABELS: Final = "labels.jsonl"
REPORT: Final = "dataset.json"
DRAFT: Final = ".part"
BATCH_ROWS: Final = 20_000

Progress = Callable[[int], None]


class DatasetReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a folder holds; written last, so that a folder with a report is whole.

    Parameters
    ----------
    source : str
        `synccfd` or `handbook`.
    parameters : dict
        What decides the content.
    transactions, frauds, customers, stores : int
        Counts.
    frauds_by_scenario : dict
        Counts by the scenario's name.
    amounts_raised : int
        Payments of nothing, written as 0.01.
    first, last : str
        Event times, ISO 8601.
    sha256 : dict
        Of each file, by name.
    bytes : dict
        Size of each file, by name.
    """

    source: str
    parameters: dict[str, str | int | float]
    transactions: int
    frauds: int
    customers: int
    stores: int
    frauds_by_scenario: dict[str, int]
    amounts_raised: int
    first: str
    last: str
    sha256: dict[str, str]
    bytes: dict[str, int]


def finished(out: Path, source: str, parameters: Mapping[str, str | int | float]) -> DatasetReport | None:
    """Return the report of a folder that holds just this data set, whole; else None."""
    try:
        report = msgspec.json.decode((out / REPORT).read_bytes(), type=DatasetReport)
        whole = all((out / name).stat().st_size == size for name, size in report.bytes.items())
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    return report if whole and (report.source, report.parameters) == (source, dict(parameters)) else None


def write_dataset(
    out: Path,
    source: str,
    parameters: Mapping[str, str | int | float],
    batches: Iterable[Payments],
    delay_days: float,
    report: Progress | None = None,
) -> DatasetReport:
    """Write the three files of a data set; a killed run leaves the old files or none, never half of one.

    Parameters
    ----------
    out : Path
        Folder, made where it is missing; what it holds under the three names is replaced.
    source, parameters
        As in `DatasetReport`.
    batches : iterable of Payments
        Ascending in time.
    delay_days : float
        How long after a payment its label becomes known.
    report : callable, optional
        Told how many payments are written so far.

    Raises
    ------
    BadInputError
        There is no payment, or the label would be known before its payment.
    """
    delay_ms = checked_delay_ms(delay_days)
    out.mkdir(parents=True, exist_ok=True)
    (out / REPORT).unlink(missing_ok=True)
    tally = _Tally()
    with _hashed(out / TRANSACTIONS) as transactions, _hashed(out / LABELS) as labels:
        for batch in batches:
            transactions.write(transaction_lines(batch))
            labels.write(label_lines(batch, delay_ms))
            tally.add(batch)
            if report is not None:
                report(tally.transactions)
        if not tally.transactions:
            raise BadInputError("there is no payment to write", where=source)
    result = tally.report(source, parameters, (transactions, labels))
    with whole_file(out / REPORT) as draft:
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
    return result


def checked_delay_ms(delay_days: float) -> int:
    """Return a labels' delay in milliseconds; refuse one below 0."""
    if not delay_days >= 0:
        raise BadInputError("a label cannot be known before its payment", expected="a delay of 0 days or more", got=str(delay_days))
    return round(delay_days * MS_PER_DAY)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a name to write under, which becomes the file when all went well and is removed when not."""
    draft = path.with_name(path.name + DRAFT)
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


class _HashedFile:
    """A binary file that knows its digest and size."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name, self.size = name, 0
        self._file, self._digest = file, hashlib.sha256()

    def write(self, lines: Iterable[bytes]) -> None:
        data = b"".join(line + b"\n" for line in lines)
        self._digest.update(data)
        self.size += self._file.write(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


@contextmanager
def _hashed(path: Path) -> Iterator[_HashedFile]:
    with whole_file(path) as draft, draft.open("wb") as file:
        yield _HashedFile(path.name, file)


class _Tally:
    """Counts what went by."""

    def __init__(self) -> None:
        self.transactions = 0
        self._scenarios: Counter[str] = Counter()
        self._customers: set[str] = set()
        self._stores: set[str] = set()
        self._raised = 0
        self._times_ms: list[int] = []

    def add(self, batch: Payments) -> None:
        self.transactions += len(batch)
        self._scenarios.update(name for name in batch.scenarios if name is not None)
        self._customers.update(batch.customer_ids)
        self._stores.update(batch.store_ids)
        self._raised += sum(amount < 0.005 for amount in batch.amounts)
        if len(batch):
            self._times_ms = [*self._times_ms[:1], int(batch.event_times_ms[0]), int(batch.event_times_ms[-1])]

    def report(self, source: str, parameters: Mapping[str, str | int | float], files: tuple[_HashedFile, ...]) -> DatasetReport:
        first, last = iso_texts(np.array([self._times_ms[0], self._times_ms[-1]]))
        return DatasetReport(
            source=source,
            parameters=dict(parameters),
            transactions=self.transactions,
            frauds=self._scenarios.total(),
            customers=len(self._customers),
            stores=len(self._stores),
            frauds_by_scenario=dict(sorted(self._scenarios.items())),
            amounts_raised=self._raised,
            first=first,
            last=last,
            sha256={file.name: file.sha256 for file in files},
            bytes={file.name: file.size for file in files},
        )
