"""A history from a file or from the warehouse, with how far the reading is."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from streamflow.contracts.errors import BadInputError

if TYPE_CHECKING:
    from typing import BinaryIO

    from streamflow.contracts.record import Record


class History(NamedTuple):
    """Records, read as they are needed.

    `size` is what there is to read, in bytes or rows, where that is known, and `position` returns how much was read, given the number
    of records so far.
    """

    records: "Iterator[Record]"
    size: int | None
    position: Callable[[int], int]


@contextmanager
def open_history(source: str, mapping: dict[str, str], *, whole_records: bool = False) -> Iterator[History]:
    """Open transactions (JSON lines, CSV, Parquet, or - for standard input), or whole Kafka records as `streamflow topic dump` writes them.

    Raises
    ------
    BadInputError
        If the file cannot be read.
    """
    from streamflow.kafka.dump import read_dump
    from streamflow.offline.inputs import read_csv, read_lines, read_parquet

    kind = Path(source).suffix.lower()
    if mapping and (whole_records or kind not in (".csv", ".parquet")):
        raise typer.BadParameter("--map is for CSV and Parquet, which have columns")
    if kind == ".parquet" and not whole_records:
        import pyarrow.parquet as pq

        records = read_parquet(Path(source), mapping)
        first = next(records, None)  # what is wrong with the file shows before its rows are counted
        rows = pq.read_metadata(source).num_rows
        yield History(_chained(first, records), rows, lambda done: done)
        return
    with ExitStack() as stack:
        stream = binary_input(source, stack)
        size = None if source == "-" else Path(source).stat().st_size
        lines = read_dump(stream, source) if whole_records else read_csv(stream, mapping, source) if kind == ".csv" else read_lines(stream)
        # A CSV file's reader closes the file when it has read all of it.
        yield History(lines, size, lambda _: 0 if size is None else size if stream.closed else stream.tell())


@contextmanager
def open_warehouse(dsn: str, timeout_seconds: int) -> Iterator[History]:
    """Open the payments of bronze; the labels there are `streamflow.store.history.read_labels`."""
    from streamflow.store.history import count_payments, read_payments

    records = read_payments(dsn, timeout_seconds)
    with closing(records):
        yield History(records, count_payments(dsn, timeout_seconds), lambda done: done)


def _chained(first: "Record | None", records: "Iterator[Record]") -> "Iterator[Record]":
    if first is not None:
        yield first
    yield from records


def binary_input(source: str, stack: ExitStack) -> "BinaryIO":
    """Return a file, or standard input for -, to be read as bytes; it is closed with the stack."""
    if source == "-":
        return typer.get_binary_stream("stdin")
    try:
        return stack.enter_context(Path(source).open("rb"))
    except OSError as error:
        raise BadInputError("the input cannot be read", got=error.strerror or str(error), where=source) from error
