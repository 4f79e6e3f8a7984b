"""The days of bronze: a partition each, made ahead of time, taken out when they are old, and dropped when they are not wanted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

import msgspec
import psycopg
from psycopg import sql

from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.tables import BY_DAY
from streamflow.store.connection import connect, first_line

DAYS_BEHIND: Final = 40
DAYS_AHEAD: Final = 7
MOST_DAYS: Final = 3660


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A partition that was made, and how many rows of DEFAULT moved into it."""

    partition: str
    rows_moved: int


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """What a table consists of."""

    table: str
    partitions: int
    first_day: date | None
    last_day: date | None
    bytes: int
    rows_in_default: int
    detached: tuple[str, ...]


def ensure_partitions(dsn: str, first: date, last: date) -> list[Made]:
    """Give each of these days (UTC) a partition in every split table; rows that lay in DEFAULT move. Writers wait meanwhile.

    Parameters
    ----------
    dsn : str
        As the role that owns the tables.
    """
    with _working(dsn) as connection:
        rows = connection.execute("SELECT partition_name, rows_moved FROM ops.ensure_partitions(%s, %s)", [first, last])
        return [Made(partition=name, rows_moved=moved) for name, moved in rows]


def detach_partitions(dsn: str, before: date) -> list[str]:
    """Take the days before this one out of their tables, and return the tables that they are now."""
    with _working(dsn) as connection:
        return [name for (name,) in connection.execute("SELECT partition_name FROM ops.detach_partitions(%s)", [before])]


def drop_detached(dsn: str, before: date) -> list[str]:
    """Drop what was detached, of days before this one, and return what it was."""
    with _working(dsn) as connection:
        return [name for (name,) in connection.execute("SELECT partition_name FROM ops.drop_detached(%s)", [before])]


def list_days(dsn: str) -> list[Days]:
    """Return what the split tables consist of. Counts the rows in DEFAULT one by one."""
    with _working(dsn) as connection:
        found = []
        for table in BY_DAY:
            row = connection.execute(
                "SELECT count(*) FILTER (WHERE attached), min(day) FILTER (WHERE attached), max(day) FILTER (WHERE attached),"
                " coalesce(sum(bytes) FILTER (WHERE attached), 0)::bigint,"
                " coalesce(array_agg(partition_name ORDER BY day) FILTER (WHERE NOT attached), '{}')"
                " FROM ops.day_tables WHERE table_name = %s",
                [table.name],
            ).fetchone()
            fallback = sql.Identifier(table.schema, f"{table.name}_default")
            counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(fallback)).fetchone()
            if row is None or counted is None:  # an aggregate always has a row
                continue
            count, first, last, size, detached = row
            found.append(
                Days(
                    table=table.full_name,
                    partitions=count,
                    first_day=first,
                    last_day=last,
                    bytes=size,
                    rows_in_default=counted[0],
                    detached=tuple(detached),
                )
            )
        return found


@contextmanager
def _working(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        with connect(dsn) as connection:
            yield connection
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName) as error:
        raise NotReadyError("the warehouse is not migrated", got=first_line(error), fix="streamflow warehouse migrate") from error
    except psycopg.errors.LockNotAvailable as error:
        raise NotReadyError(
            "a table is in use",
            got=first_line(error),
            where="bronze",
            fix="again when the long query has ended: SELECT pid, query FROM pg_stat_activity",
        ) from error
