"""PostgreSQL's side of the audit: bronze and gold, read as they are at one moment."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import sql

from streamflow.contracts.catalogue import RAW
from streamflow.contracts.errors import NotReadyError, StreamFlowError
from streamflow.contracts.tables import ALERTS_TABLE, DEAD_LETTERS, DECISIONS, Table
from streamflow.store.audit.content import Row, Told, Unreadable, meant
from streamflow.store.audit.entries import Scope, Side, Spill, place_of
from streamflow.store.audit.topics import REPORT_EVERY, Report

FACTS_TABLE: Final = "gold.fct_transactions"
"""dbt's table of transactions; it may not be there yet."""

FACTS_MUST_HAVE: Final = ("decision_id", "source_partition", "source_offset", "source_timestamp", "amount", "currency", "outcome")
FACTS_MAY_HAVE: Final = ("transaction_id", "customer_id", "store_id", "event_time", "score")

FACTS_LOADED: Final = "decision_loaded_at"
"""When bronze got the row that a fact was made of."""

_OWN: Final = frozenset({"loaded_at", "dlq_partition", "dlq_offset", "dlq_timestamp"})
"""Columns that say when and whence a row came: they are no part of what its source record says."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FETCHED: Final = 5_000
_AS_TEXT: Final = ("uuid", "numeric", "jsonb")

Connection = psycopg.Connection[Any]


class Facts(NamedTuple):
    """Gold's facts: which columns are compared, and up to which time of loading gold owes bronze's rows; None: all, whenever they came."""

    columns: dict[str, str]
    owed_until: datetime | None


def freeze(connection: Connection) -> None:
    """Let a new connection see the database as it is now, and change nothing."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True


def compared(table: Table) -> dict[str, str]:
    """Return the columns of a bronze table that its source record decides, and their types."""
    return {column.name: column.type for column in table.columns if column.name not in _OWN}


def find_facts(connection: Connection, settle_ms: int) -> Facts | None:
    """Return what gold's facts can be compared by; None where dbt has not built them.

    A row that gold has was there when gold was built. So was every row that came `settle_ms` earlier, for that is how long a row's
    transaction may last: gold owes it.

    Raises
    ------
    StreamFlowError
        The table lacks a column without which it cannot be compared.
    """
    schema, name = FACTS_TABLE.split(".")
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s", (schema, name)
    ).fetchall()
    if not found:
        return None
    names = {name for (name,) in found}
    if missing := [name for name in FACTS_MUST_HAVE if name not in names]:
        raise StreamFlowError(
            f"{FACTS_TABLE} cannot be compared", expected=", ".join(FACTS_MUST_HAVE), got=f"a table without {', '.join(missing)}"
        )
    types = compared(DECISIONS)
    columns = {name: types[name] for name in (*FACTS_MUST_HAVE, *FACTS_MAY_HAVE) if name in names}
    if FACTS_LOADED not in names:
        return Facts(columns, None)
    question = sql.SQL("SELECT max({}) - %s FROM {}").format(sql.Identifier(FACTS_LOADED), _identifier(FACTS_TABLE))
    ((until,),) = connection.execute(question, (timedelta(milliseconds=settle_ms),)).fetchall()
    return Facts(columns, until)


def read_tables(connection: Connection, spill: Spill, facts: Facts | None, report: Report) -> Counter[str]:
    """Read the rows of bronze and gold whose source records have the scope's time; returns how many name no place, by table.

    Raises
    ------
    NotReadyError
        The connection broke.
    """
    reading = _Reading(connection, spill, report)
    reading.add(Side.BRONZE_DECISIONS, DECISIONS.full_name, compared(DECISIONS))
    reading.add(Side.BRONZE_ALERTS, ALERTS_TABLE.full_name, compared(ALERTS_TABLE))
    reading.add(Side.BRONZE_DEAD, DEAD_LETTERS.full_name, compared(DEAD_LETTERS), places=True)
    if facts is not None:
        reading.add(Side.BRONZE_FACTS, DECISIONS.full_name, facts.columns, owed_until=facts.owed_until)
        reading.add(Side.GOLD_FACTS, FACTS_TABLE, facts.columns)
    spill.flush()
    return reading.unreadable


class _Reading:
    def __init__(self, connection: Connection, spill: Spill, report: Report) -> None:
        self.connection, self.spill, self.report = connection, spill, report
        self.unreadable: Counter[str] = Counter()

    def add(self, side: Side, table: str, columns: dict[str, str], *, places: bool = False, owed_until: datetime | None = None) -> None:
        """Keep a table's rows as entries of a side."""
        further = ["dlq_partition", "dlq_offset"] if places else [] if owed_until is None else ["loaded_at"]
        for done, values in enumerate(self._rows(table, columns, further), 1):
            try:
                place = place_of(*values[-2:]) if places else -1
                owed = owed_until is None or values[-1] <= owed_until
                self.spill.add(side, told_by(columns, values).entry(place, owed=owed))
            except Unreadable:
                self.unreadable[table] += 1
            if done % REPORT_EVERY == 0:
                self.report(table, done)

    def _rows(self, table: str, columns: dict[str, str], further: list[str]) -> Iterator[tuple[Any, ...]]:
        query = sql.SQL("SELECT {} FROM {} WHERE source_timestamp >= %s AND source_timestamp < %s").format(
            sql.SQL(", ").join([*map(_expression, columns.items()), *map(sql.Identifier, further)]), _identifier(table)
        )
        try:
            with self.connection.cursor(name="audit") as cursor:
                cursor.itersize = _FETCHED
                yield from cursor.execute(query, _moments(self.spill.scope), binary=True)
        except psycopg.OperationalError as error:
            raise NotReadyError("PostgreSQL stopped answering", got=str(error).strip(), where=table, fix="streamflow status") from error


def _moments(scope: Scope) -> tuple[datetime, datetime]:
    """Return the times from which on and before which source records are in the scope; equal where none is."""
    return _EPOCH + timedelta(milliseconds=scope.since_ms), _EPOCH + timedelta(milliseconds=scope.until_ms + 1)


def told_by(columns: Iterable[str], values: Iterable[Any]) -> Told:
    """Return what a row tells, given its columns' names and their values as `_expression` reads them."""
    row: Row = {column: meant(column, value) for column, value in zip(columns, values, strict=False)}
    return Told(row.get("source_topic", RAW.name), row["source_partition"], row["source_offset"], row["source_timestamp"], row)


def rows_at(connection: Connection, table: str, columns: dict[str, str], partition: int, offset: int) -> list[Row]:
    """Return every row about a source record, in the form of :func:`told_by`."""
    query = sql.SQL("SELECT {} FROM {} WHERE source_partition = %s AND source_offset = %s").format(
        sql.SQL(", ").join(map(_expression, columns.items())), _identifier(table)
    )
    return [told_by(columns, values).row for values in connection.execute(query, (partition, offset), binary=True)]


def _identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def _expression(column: tuple[str, str]) -> sql.Composable:
    """Return how a column is read, so that it compares with what Kafka says."""
    name, column_type = column
    identifier = sql.Identifier(name)
    if column_type == "timestamptz":
        return sql.SQL("CASE WHEN isfinite({0}) THEN floor(extract(epoch FROM {0}) * 1000)::bigint END").format(identifier)
    if column_type.startswith(_AS_TEXT):
        return sql.SQL("{}::text").format(identifier)
    # dbt may keep a number in another type.
    return sql.SQL("{}::{}").format(identifier, sql.SQL(column_type))
