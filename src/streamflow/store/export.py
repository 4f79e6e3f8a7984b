"""Results of queries as CSV, JSON and Parquet, written as they come."""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Context, Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec

from streamflow.contracts.errors import BadInputError
from streamflow.store.query import FETCH_ROWS, Result, ResultColumn, Row

DECIMALS: Final = 10
"""Of a number without declared decimals, such as an average: in Parquet it is rounded to these."""

_MOST_DIGITS: Final = 38
_EXACT: Final = Context(prec=_MOST_DIGITS)
_ARROW: Final = {
    "bool": "bool", "int2": "int16", "int4": "int32", "int8": "int64", "oid": "int64", "float4": "float32", "float8": "float64",
    "date": "date32", "bytea": "binary",
}  # fmt: skip
_encode: Final = msgspec.json.Encoder(enc_hook=str).encode


def write_csv(result: Result, stream: TextIO) -> int:
    """Write rows under a header, and return how many: times as ISO 8601, objects and arrays as JSON, nothing where there is none."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.name for column in result.columns])
    count = 0
    for row in result.rows:
        writer.writerow([cell_text(cell) for cell in row])
        count += 1
    return count


def write_json(result: Result, stream: TextIO) -> int:
    """Write an array with an object for each row, a line each, and return how many. Exact decimals are texts, as in the topics."""
    names = _names(result)
    count = 0
    for row in result.rows:
        stream.write(",\n" if count else "[\n")
        stream.write(_encode(dict(zip(names, row, strict=True))).decode())
        count += 1
    stream.write("\n]\n" if count else "[]\n")
    return count


def write_parquet(result: Result, path: Path) -> int:
    """Write a Parquet file, and return how many rows it has. The file is there whole, or not at all.

    Raises
    ------
    BadInputError
        If two columns have one name, a value does not fit, or the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    _names(result)
    made = [_arrow(column) for column in result.columns]
    schema = pa.schema([(column.name, kind) for column, (kind, _) in zip(result.columns, made, strict=True)])
    part = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with pq.ParquetWriter(part, schema, compression="zstd") as writer:
            for rows in _batches(result.rows):
                cells = zip(*rows, strict=True)
                arrays = [
                    pa.array((None if cell is None else convert(cell) for cell in column), kind)
                    for column, (kind, convert) in zip(cells, made, strict=True)
                ]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
                count += len(rows)
        part.replace(path)
    except (pa.ArrowException, InvalidOperation, OverflowError) as error:
        raise BadInputError("a value does not fit into Parquet", got=str(error), where=str(path), fix="cast it to text") from error
    except OSError as error:
        raise BadInputError("the file cannot be written", got=error.strerror or str(error), where=str(path)) from error
    finally:
        part.unlink(missing_ok=True)
    return count


def cell_text(cell: Any) -> str:
    """Return a value as text.

    Examples
    --------
    >>> cell_text(None), cell_text(True), cell_text({"a": [1]}), cell_text(Decimal("1.50"))
    ('', 'true', '{"a":[1]}', '1.50')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime | date):
        return cell.isoformat().replace("+00:00", "Z")
    if isinstance(cell, dict | list):
        return _encode(cell).decode()
    if isinstance(cell, bytes):
        return f"\\x{cell.hex()}"
    return str(cell)


def _names(result: Result) -> list[str]:
    names = [column.name for column in result.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInputError("two columns have the same name", got=", ".join(twice), fix="give one another name: AS ...")
    return names


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while batch := list(islice(rows, FETCH_ROWS)):
        yield batch


def _arrow(column: ResultColumn) -> tuple[Any, Callable[[Any], Any]]:
    """Return the Arrow type of a column, and what makes a value of it."""
    import pyarrow as pa

    if column.type == "numeric":
        digits, decimals = (column.precision, column.scale) if column.precision else (_MOST_DIGITS, DECIMALS)
        if digits <= _MOST_DIGITS and decimals is not None:
            step = Decimal(1).scaleb(-decimals)
            return pa.decimal128(digits, decimals), lambda cell: cell.quantize(step, context=_EXACT)
    if column.type == "timestamptz":
        return pa.timestamp("us", tz="UTC"), _same
    if column.type == "timestamp":
        return pa.timestamp("us"), _same
    if column.type in _ARROW:
        return pa.type_for_alias(_ARROW[column.type]), _same
    return pa.string(), cell_text


def _same(cell: Any) -> Any:
    return cell
