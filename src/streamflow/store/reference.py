"""What the shop knows about its customers and stores, into bronze: checked row by row, and the same however often it comes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import psycopg
from psycopg import sql

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.preview import is_card_number, preview
from streamflow.contracts.tables import CUSTOMERS, STORES, Column, Table
from streamflow.contracts.transaction import MAX_ID_CHARACTERS
from streamflow.store.connection import connect

REFERENCE: Final = {table.name: table for table in (CUSTOMERS, STORES)}
MAX_TEXT_CHARACTERS: Final = 200
_OVERLAPS_KEPT: Final = 20
_SHOWN_BYTES: Final = 80
_RANGES: Final = {"latitude": 90.0, "longitude": 180.0}

Refuse = Callable[[str, str], None]
"""Is told the place of a row and why it is refused."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did.

    Parameters
    ----------
    inserted, updated, unchanged : int
        Rows that were new, that changed something, and that were there as they are.
    overlapping : tuple of str
        Ids, the first of them, of which two versions hold at one time: a later one does not end the one before.
    """

    inserted: int
    updated: int
    unchanged: int
    overlapping: tuple[str, ...]


def id_column(table: Table) -> str:
    """Return the column that names the thing.

    Examples
    --------
    >>> id_column(STORES)
    'store_id'
    """
    return table.key[0]


def field_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns that a file fills."""
    return tuple(column for column in table.columns if column.name != "loaded_at")


def check_row(table: Table, cells: Mapping[str, Any], valid_from: datetime | None = None) -> tuple[Any, ...]:
    """Return the cells of a row in the order of `field_columns`.

    Parameters
    ----------
    cells
        Values by the names of columns; what is empty is left out, what is no column is passed over.
    valid_from : datetime, optional
        From when on a row holds that does not say it.

    Raises
    ------
    BadInputError
        If a value is missing or cannot be.

    Examples
    --------
    >>> check_row(CUSTOMERS, {"customer_id": "cust-1", "valid_from": "2026-01-01"})
    Traceback (most recent call last):
    streamflow.contracts.errors.BadInputError: valid_from names no time zone: expected a time like 2026-01-31T12:00:00Z, got 2026-01-01
    """
    row = [_value(column, cells.get(column.name)) for column in field_columns(table)]
    found = dict(zip((column.name for column in field_columns(table)), row, strict=True))
    if found["valid_from"] is None:
        found["valid_from"] = valid_from
    for name in table.key:
        if found[name] is None:
            raise BadInputError(f"{name} is missing", fix="--valid-from TIME" if name == "valid_from" else "")
    if found["valid_to"] is not None and found["valid_to"] <= found["valid_from"]:
        raise BadInputError(
            "the version ends before it begins",
            expected=f"valid_to after {found['valid_from'].isoformat()}",
            got=found["valid_to"].isoformat(),
        )
    if (found.get("latitude") is None) != (found.get("longitude") is None):
        raise BadInputError("one of latitude and longitude stands without the other")
    return tuple(found.values())


def import_rows(
    dsn: str, table: Table, rows: Iterable[tuple[str, Mapping[str, Any]]], refuse: Refuse, valid_from: datetime | None = None
) -> Imported:
    """Write rows, one transaction for all of them. A row that is there already changes nothing. Memory: a row.

    Parameters
    ----------
    dsn : str
        As the role that writes.
    rows : iterable
        Each row's place, and its cells by the names of columns.
    refuse : callable
        Gets the rows that cannot be written.
    """
    names = [column.name for column in field_columns(table)]
    parts = {
        "table": sql.Identifier(table.schema, table.name),
        "key": sql.SQL(", ").join(map(sql.Identifier, table.key)),
        "names": sql.SQL(", ").join(map(sql.Identifier, names)),
        "old": _tuple("old", names, table),
        "new": _tuple("excluded", names, table),
        "changes": sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names if name not in table.key
        ),
        "thing": sql.Identifier(id_column(table)),
    }
    with connect(dsn, options="-c timezone=UTC") as connection, connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS"
                " SELECT 0::bigint AS number, ''::text AS place, {names} FROM {table} LIMIT 0"
            ).format(**parts)
        )
        copied = _copy(cursor, table, rows, refuse, valid_from)
        cursor.execute(sql.SQL("CREATE INDEX ON incoming ({key}, number)").format(**parts))
        cursor.execute(
            sql.SQL(
                "SELECT place, first FROM (SELECT place, number, first_value(place) OVER same AS first, row_number() OVER same AS nth"
                " FROM incoming WINDOW same AS (PARTITION BY {key} ORDER BY number)) AS numbered WHERE nth > 1 ORDER BY number"
            ).format(**parts)
        )
        repeated = 0
        for place, first in cursor:
            repeated += 1
            refuse(place, f"the same version stands at {first}")
        cursor.execute(
            sql.SQL(
                "INSERT INTO {table} AS old ({names}) SELECT DISTINCT ON ({key}) {names} FROM incoming ORDER BY {key}, number"
                " ON CONFLICT ({key}) DO UPDATE SET {changes} WHERE {old} IS DISTINCT FROM {new} RETURNING xmax = 0"
            ).format(**parts)
        )
        written = [is_new for (is_new,) in cursor]
        return Imported(
            inserted=sum(written),
            updated=len(written) - sum(written),
            unchanged=copied - repeated - len(written),
            overlapping=_overlapping(cursor, parts),
        )


def _copy(
    cursor: psycopg.Cursor[Any],
    table: Table,
    rows: Iterable[tuple[str, Mapping[str, Any]]],
    refuse: Refuse,
    valid_from: datetime | None,
) -> int:
    count = 0
    with cursor.copy("COPY incoming FROM STDIN") as copy:
        for place, cells in rows:
            try:
                row = check_row(table, cells, valid_from)
            except BadInputError as error:
                refuse(place, " ".join(str(error).split()))
                continue
            copy.write_row((count, place, *row))
            count += 1
    return count


def _overlapping(cursor: psycopg.Cursor[Any], parts: Mapping[str, sql.Composable]) -> tuple[str, ...]:
    cursor.execute(
        sql.SQL(
            "SELECT DISTINCT {thing} FROM (SELECT {thing}, valid_to, lead(valid_from) OVER (PARTITION BY {thing} ORDER BY valid_from)"
            " AS next FROM {table} WHERE {thing} IN (SELECT {thing} FROM incoming)) AS versions"
            " WHERE next IS NOT NULL AND (valid_to IS NULL OR valid_to > next) ORDER BY 1 LIMIT {most}"
        ).format(most=_OVERLAPS_KEPT, **parts)
    )
    return tuple(name for (name,) in cursor)


def _tuple(source: str, names: list[str], table: Table) -> sql.Composable:
    listed = sql.SQL(", ").join(sql.Identifier(source, name) for name in names if name not in table.key)
    return sql.SQL("({})").format(listed)


def _value(column: Column, cell: Any) -> Any:
    """Return a cell as the column's type; None where it is empty."""
    if cell is None:
        return None
    if column.type == "timestamptz":
        return _time(column.name, cell)
    if column.type == "double precision":
        return _degrees(column.name, cell)
    text = str(cell)
    most = MAX_ID_CHARACTERS if not column.null else MAX_TEXT_CHARACTERS
    if len(text) > most or not text.isprintable() or not text.strip():
        raise BadInputError(f"{column.name} cannot be", expected=f"1 to {most} printable characters", got=repr(preview(text, _SHOWN_BYTES)))
    if is_card_number(text):
        raise BadInputError("a card number stands where a name belongs", got=f"{column.name} {preview(text, _SHOWN_BYTES)}")
    return text


def _time(name: str, cell: Any) -> datetime:
    expected = "a time like 2026-01-31T12:00:00Z"
    try:
        moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell))
        if moment.tzinfo is None:
            raise BadInputError(f"{name} names no time zone", expected=expected, got=preview(str(cell), _SHOWN_BYTES))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInputError(f"{name} is no time", expected=expected, got=preview(str(cell), _SHOWN_BYTES)) from error


def _degrees(name: str, cell: Any) -> float:
    most = _RANGES[name]
    try:
        number = float(cell)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"{name} is no number", got=preview(str(cell), _SHOWN_BYTES)) from error
    # Written so that NaN is refused too.
    if not -most <= number <= most:
        raise BadInputError(f"{name} lies outside the globe", expected=f"-{most:g} to {most:g}", got=str(number))
    return number
