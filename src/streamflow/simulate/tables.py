"""Tables as CSV or Parquet files."""

import csv
from pathlib import Path
from typing import Any

Table = dict[str, list[Any]]
"""Columns by name, all of one length; None where there is no value."""

PARQUET_TYPES = {"schema_version": "int32", "latitude": "float64", "longitude": "float64", "is_fraud": "bool"}
"""Types of the columns that hold no text."""


def write_table(path: Path, table: Table) -> None:
    """Write one table whole; the ending of the name, .csv or .parquet, decides the form."""
    with TableWriter(path, tuple(table)) as writer:
        writer.write(table)


class TableWriter:
    """Writes a table piece by piece.

    Parameters
    ----------
    path : Path
        Ends in .csv or .parquet.
    columns : tuple of str
        Names, in order.
    """

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._parquet: Any = None
        if path.suffix == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            fields = [(name, pa.type_for_alias(PARQUET_TYPES.get(name, "string"))) for name in columns]
            self._schema = pa.schema(fields)
            self._parquet = pq.ParquetWriter(path, self._schema, compression="zstd")
            return
        self._file = path.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\n")
        self._csv.writerow(columns)

    def write(self, table: Table) -> None:
        """Append rows."""
        if self._parquet is None:
            self._csv.writerows(zip(*(table[name] for name in self._columns), strict=True))
            return
        import pyarrow as pa

        self._parquet.write_table(pa.table({name: table[name] for name in self._columns}, schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        (self._file if self._parquet is None else self._parquet).close()

    def __enter__(self) -> "TableWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
