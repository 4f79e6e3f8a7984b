"""From topics to tables: which part of a record each column is read from, and the sinks, made from the catalogue's tables."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from streamflow.contracts.catalogue import Job, Topic
from streamflow.contracts.table import Column, Table
from streamflow.contracts.transaction import MAX_ID_CHARACTERS
from streamflow.flink.gateway import READ_COMMITTED, bridge, from_source, kafka_source
from streamflow.flink.settings import RunSettings, WriterSettings

LOADED_AT: Final = "loaded_at"
"""Filled by the database."""

MAX_TOPIC_CHARACTERS: Final = 249
MAX_TEXT_CHARACTERS: Final = 16_384
# What stands in an index of the database must be short, and by the contracts it is.
_SHORT: Final = re.compile(r".*_id|currency|payment_method|outcome|code|stage|source|model_version")
_NUMERIC: Final = re.compile(r"numeric\((\d+),(\d+)\)")

# PostgreSQL's type, the kind that java's ColumnKind reads, and Flink's type. What has no type of its own in the JDBC connector travels
# as text: the server turns it into the column's type.
_KINDS: Final = {
    "text": ("TEXT", "STRING"),
    "uuid": ("UUID", "STRING"),
    "jsonb": ("JSONB", "STRING"),
    "timestamptz": ("TIME", "STRING"),
    "numeric": ("DECIMAL", "STRING"),
    "integer": ("INTEGER", "INT"),
    "bigint": ("BIGINT", "BIGINT"),
    "double precision": ("DOUBLE", "DOUBLE"),
    "boolean": ("BOOLEAN", "BOOLEAN"),
}


def written_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns that a job writes."""
    return tuple(column for column in table.columns if column.name != LOADED_AT)


def table_reader(
    columns: tuple[Column, ...], places: Mapping[str, str], kinds: Mapping[str, str], *, head_bytes: int, always_with_record: bool
) -> Any:
    """Return the Java reader of a topic's records.

    Parameters
    ----------
    columns : tuple of Column
        Of the row that a record becomes.
    places : mapping
        Where a column's value stands in the record, see the Java class; by default in the JSON field of its name.
    kinds : mapping
        Kinds of columns whose type does not say it.
    head_bytes, always_with_record
        How much of the record itself a row carries, and whether it always does or only where the table cannot hold it.
    """
    reader = bridge().TableReader(head_bytes, always_with_record)
    for column in columns:
        numeric = _NUMERIC.fullmatch(column.type)
        kind = kinds.get(column.name) or _KINDS["numeric" if numeric else column.type][0]
        precision, scale = (int(digits) for digits in numeric.groups()) if numeric else (0, 0)
        place = places.get(column.name, f"/{column.name}")
        reader.column(column.name, place, kind, not column.null, _max_characters(column), precision, scale)
    return reader


def _max_characters(column: Column) -> int:
    if column.name.endswith("topic"):
        return MAX_TOPIC_CHARACTERS
    return MAX_ID_CHARACTERS if _SHORT.fullmatch(column.name) else MAX_TEXT_CHARACTERS


def topic_rows(env: StreamExecutionEnvironment, settings: RunSettings, job: Job, topic: Topic, reader: Any, watermarks: Any = None) -> Any:
    """Return the Java stream of a topic's committed records as rows.

    It starts where the job's consumer group stands, at the beginning if it has never been there, and nowhere else.
    """
    properties = {**READ_COMMITTED, "client.id.prefix": f"{job.group_id}.{topic.name}"}
    source = kafka_source(settings, topic, job.group_id, bridge().CommittedOrEarliest(), reader, **properties)
    return from_source(env, source, topic.name, watermarks)


def table_environment(env: StreamExecutionEnvironment) -> StreamTableEnvironment:
    """Return the environment for SQL over a job's streams."""
    tables = StreamTableEnvironment.create(env)
    options = {
        # The operators that the planner makes have uids too, so that a savepoint of the same statements fits.
        "table.exec.uid.generation": "ALWAYS",
        # Written again, a row replaces itself: the key is the record's own, so no state must remember which row is the last.
        "table.exec.sink.upsert-materialize": "NONE",
        "table.exec.sink.require-on-conflict": "false",
        "table.local-time-zone": "UTC",
    }
    for name, value in options.items():
        tables.get_config().set(name, value)
    return tables


def create_table_sink(tables: StreamTableEnvironment, name: str, table: Table, settings: WriterSettings) -> None:
    """Make a table of PostgreSQL known to SQL under a name: an upsert by its primary key.

    `loaded_at` is not among its columns: the database sets it when a row comes, and an update does not touch it.
    """
    columns = [f"`{column.name}` {flink_type(column)}" for column in written_columns(table)]
    key = ", ".join(f"`{name}`" for name in table.key)
    options = {
        "connector": "jdbc",
        "url": settings.database.url,
        "table-name": table.full_name,
        "username": settings.database.username,
        "password": settings.database.password,
        "sink.buffer-flush.max-rows": str(settings.batch_rows),
        "sink.buffer-flush.interval": f"{settings.batch_ms} ms",
        "sink.max-retries": str(settings.max_retries),
    }
    tables.execute_sql(
        f"CREATE TEMPORARY TABLE `{name}` ({', '.join(columns)}, PRIMARY KEY ({key}) NOT ENFORCED) WITH ({with_options(options)})"
    )


def with_options(options: Mapping[str, str]) -> str:
    """Return the options of a table as SQL.

    Examples
    --------
    >>> with_options({"password": "it's"})
    "'password' = 'it''s'"
    """
    return ", ".join(f"{_text(name)} = {_text(value)}" for name, value in options.items())


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def flink_type(column: Column) -> str:
    """Return the type of a column in Flink's SQL."""
    return _KINDS["numeric" if _NUMERIC.fullmatch(column.type) else column.type][1]
