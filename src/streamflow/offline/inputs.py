"""Files as records: JSON lines, CSV, Parquet, and whole Kafka records."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from streamflow.contracts.catalogue import RAW
from streamflow.contracts.columns import field_names
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.record import Record
from streamflow.contracts.transaction import SCHEMA_VERSION

_NUMBER_FIELDS: Final = ("latitude", "longitude")
_BATCH_ROWS: Final = 10_000
_MAX_LINE_BYTES: Final = 64 * 1024 * 1024


def _record(offset: int, value: bytes) -> Record:
    return Record(RAW.name, 0, offset, 0, None, value)


def read_lines(stream: BinaryIO) -> Iterator[Record]:
    r"""Yield one record a line, split at line feeds only; the last line may lack its line feed.

    The offset is the line's number, from 0. Key and timestamp are left to the payload.

    Examples
    --------
    >>> [record.value for record in read_lines(io.BytesIO(b"a\r\n\nb"))]
    [b'a\r', b'', b'b']
    """
    offset = 0
    while line := stream.readline(_MAX_LINE_BYTES):
        yield _record(offset, line.removesuffix(b"\n"))
        offset += 1


def read_csv(stream: BinaryIO, mapping: Mapping[str, str], where: str) -> Iterator[Record]:
    """Yield one record a row of a CSV file (RFC 4180, UTF-8, a header line); an empty cell is a field that is not there."""
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="")
    rows = csv.reader(text, strict=False)
    header = next(rows, None)
    if not header:
        raise BadInputError("the CSV file is empty", expected="a header line with column names", where=where)
    names = field_names(header, mapping, where)
    for offset, row in enumerate(rows):
        cells: dict[str, Any] = {name: _cell(name, cell) for name, cell in zip(names, row, strict=False) if cell != ""}
        if len(row) > len(names):
            cells["surplus_columns"] = row[len(names) :]
        yield _record(offset, _to_json(cells))


def read_parquet(path: Path, mapping: Mapping[str, str]) -> Iterator[Record]:
    """Yield one record a row of a Parquet file; nulls are fields that are not there."""
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise BadInputError("the Parquet file cannot be read", got=str(error), where=str(path)) from error
    names = field_names(file.schema_arrow.names, mapping, str(path))
    offset = 0
    for batch in file.iter_batches(batch_size=_BATCH_ROWS):
        for row in batch.rename_columns(names).to_pylist():
            yield _record(offset, _to_json({name: cell for name, cell in row.items() if cell is not None}))
            offset += 1


def _cell(name: str, text: str) -> str | int | float:
    """Turn a cell into what its field's JSON type is, or leave the text for validate to refuse."""
    try:
        if name == "schema_version":
            return int(text)
        return float(text) if name in _NUMBER_FIELDS else text
    except ValueError:
        return text


def _to_json(cells: dict[str, Any]) -> bytes:
    cells.setdefault("schema_version", SCHEMA_VERSION)
    return json.dumps(cells, default=_plain, ensure_ascii=False).encode(errors="surrogateescape")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        # A time without zone stays without: validate refuses it, and says how to mend it.
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    if isinstance(value, date | Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    raise TypeError(f"a {type(value).__name__} has no JSON form")
