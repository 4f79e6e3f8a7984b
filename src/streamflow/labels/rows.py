"""Files as rows: JSON lines, CSV and Parquet, each row with its place, and its cells by the names of fields."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from streamflow.contracts.columns import field_names
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.json_errors import UNREADABLE_JSON
from streamflow.labels.faults import Fault

LINE_ENDINGS: Final = (".jsonl", ".json", ".ndjson")
ENDINGS: Final = (*LINE_ENDINGS, ".csv", ".parquet")
_BATCH_ROWS: Final = 10_000
_MAX_LINE_BYTES: Final = 1024 * 1024


class Row(NamedTuple):
    """One row: where it stands, and its cells; what is empty or null is left out."""

    where: str
    cells: dict[str, Any]


def read_rows(path: Path, mapping: Mapping[str, str], required: frozenset[str] = frozenset()) -> Iterator[Row | Fault]:
    """Return the rows of a file, whose ending says its form. Memory: one line, or some thousand rows of Parquet.

    Parameters
    ----------
    path : Path
        Ends in .jsonl, .csv (UTF-8, RFC 4180, a header line) or .parquet.
    mapping : mapping of str to str
        Names of fields by the names of columns; other columns keep their names.
    required : frozenset of str
        Fields that a table must have a column for.

    Raises
    ------
    BadInputError
        If the file cannot be opened, its ending is unknown, a mapped or required column is not there, or two have one name.
    """
    if path.suffix not in ENDINGS:
        raise BadInputError("unknown form of file", expected=f"a name that ends in {', '.join(ENDINGS)}", got=str(path))
    try:
        stream = path.open("rb")
    except OSError as error:
        raise BadInputError("the file cannot be read", got=error.strerror or str(error), where=str(path)) from error
    if path.suffix in LINE_ENDINGS:
        return _closing(stream, _lines(stream, mapping, str(path)))
    if path.suffix == ".csv":
        return _closing(stream, _csv(stream, mapping, required, str(path)))
    return _closing(stream, _parquet(stream, mapping, required, str(path)))


def _closing(stream: BinaryIO, rows: Iterator[Row | Fault]) -> Iterator[Row | Fault]:
    with stream:
        yield from rows


def _lines(stream: BinaryIO, mapping: Mapping[str, str], where: str) -> Iterator[Row | Fault]:
    number = 0
    while line := stream.readline(_MAX_LINE_BYTES):
        number += 1
        place = f"{where}, line {number}"
        if not line.endswith(b"\n") and len(line) == _MAX_LINE_BYTES:
            while line and not line.endswith(b"\n"):
                line = stream.readline(_MAX_LINE_BYTES)
            yield Fault(place, f"expected at most {_MAX_LINE_BYTES} bytes, got more")
            continue
        if line.isspace():
            continue
        try:
            document = msgspec.json.decode(line)
        except UNREADABLE_JSON as error:
            yield Fault(place, f"expected a line of JSON, got {error}")
            continue
        if not isinstance(document, dict):
            yield Fault(place, f"expected a JSON object, got {type(document).__name__}")
            continue
        cells = {mapping.get(name, name): cell for name, cell in document.items() if cell is not None}
        if len(cells) < sum(cell is not None for cell in document.values()):
            yield Fault(place, f"expected each field once, got two of {', '.join(sorted(cells.keys() & set(mapping.values())))}")
            continue
        yield Row(place, cells)


def _csv(stream: BinaryIO, mapping: Mapping[str, str], required: frozenset[str], where: str) -> Iterator[Row | Fault]:
    # A byte that is no UTF-8 makes its row a fault, not the file.
    rows = csv.reader(io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline=""), strict=True)
    names: list[str] | None = None
    while True:
        place = f"{where}, line {rows.line_num + 1}"
        try:
            row = next(rows, None)
        except csv.Error as error:
            if names is None:
                raise BadInputError("this is not a CSV file", got=str(error), where=place) from error
            yield Fault(place, f"expected a row of CSV, got {error}")
            continue
        if names is None:
            if not row:
                raise BadInputError("the CSV file is empty", expected="a header line with column names", where=where)
            names = field_names(row, mapping, where, required)
        elif row is None:
            return
        elif len(row) != len(names):
            if row:
                yield Fault(place, f"expected {len(names)} columns, got {len(row)}")
        elif any(not cell.isascii() and _is_broken(cell) for cell in row):
            yield Fault(place, "expected UTF-8, got other bytes")
        else:
            yield Row(place, {name: cell for name, cell in zip(names, row, strict=True) if cell != ""})


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _parquet(stream: BinaryIO, mapping: Mapping[str, str], required: frozenset[str], where: str) -> Iterator[Row | Fault]:
    try:
        file = pq.ParquetFile(stream)
        names = field_names(file.schema_arrow.names, mapping, where, required)
        number = 0
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            for cells in batch.rename_columns(names).to_pylist():
                number += 1
                yield Row(f"{where}, row {number}", {name: _text(cell) for name, cell in cells.items() if cell is not None})
    except (OSError, pa.ArrowException) as error:
        raise BadInputError("the Parquet file cannot be read", got=str(error), where=where) from error


def _text(cell: Any) -> Any:
    """Return a whole number as CSV writes it: ids and verdicts may stand in columns of numbers."""
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell
