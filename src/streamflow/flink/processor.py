"""The transaction-processor: decisions, alerts, dead letters and labels -> the tables of bronze.

Entry point of `flink run -pym streamflow.flink.processor`; the one argument is a file with the `WriterSettings` as JSON.
"""

import sys
from typing import Final

import msgspec
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.table import DataTypes, StreamTableEnvironment
from pyflink.table.udf import udf

from streamflow.contracts.bronze import ALERTS_TABLE, DEAD_LETTERS, DECISIONS, LABELS_TABLE, UNREADABLE
from streamflow.contracts.catalogue import ALERTS, DLQ, LABELS, MAX_PREVIEW_BYTES, SCORED, TRANSACTION_PROCESSOR, Header, Topic
from streamflow.contracts.table import Table
from streamflow.flink.configuration import read_settings, run_job
from streamflow.flink.functions import label_fault, shown
from streamflow.flink.settings import WriterSettings
from streamflow.flink.tables import create_table_sink, table_environment, table_reader, topic_rows, written_columns

# A card number may straddle the end of what is shown, and one byte more says that there is more.
HEAD_BYTES: Final = MAX_PREVIEW_BYTES + 64
_ANSWERED: Final = {f"source_{part}": f"/source/{part}" for part in ("topic", "partition", "offset", "timestamp")}


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What is read into a table.

    Parameters
    ----------
    topic, table
        From where, and into which.
    places, kinds : dict
        Of columns that are not simply the JSON field of their name: see `table_reader`.
    computed : dict
        SQL of columns that no reader makes.
    fault : str
        SQL that says what is wrong with a record that was read; null where nothing is.
    head_bytes : int
        How much of a record SQL sees of it: all that `computed` and `fault` need.
    """

    topic: Topic
    table: Table
    places: dict[str, str] = {}
    kinds: dict[str, str] = {}
    computed: dict[str, str] = {}
    fault: str = ""
    head_bytes: int = HEAD_BYTES


FEEDS: Final = (
    Feed(
        topic=SCORED,
        table=DECISIONS,
        places={**_ANSWERED, "review_threshold": "/thresholds/review", "block_threshold": "/thresholds/block"},
        kinds={"extra": "JSON"},
    ),
    Feed(topic=ALERTS, table=ALERTS_TABLE, places=_ANSWERED),
    Feed(
        topic=DLQ,
        table=DEAD_LETTERS,
        places={
            "source_topic": f"header:{Header.TOPIC}",
            "source_partition": f"header:{Header.PARTITION}",
            "source_offset": f"header:{Header.OFFSET}",
            "source_timestamp": f"header:{Header.TIMESTAMP_MS}",
            "code": f"header:{Header.CODE}",
            "message": f"header:{Header.MESSAGE}",
            "stage": f"header:{Header.STAGE}",
            "schema_version": f"header:{Header.SCHEMA_VERSION}",
            "dlq_partition": "record:partition",
            "dlq_offset": "record:offset",
            "dlq_timestamp": "record:timestamp",
        },
        kinds={"source_timestamp": "TIME_OF_MILLISECONDS"},
        computed={"record_key": "shown(`key_head`)", "preview": "shown(`value_head`)", "value_bytes": "`value_bytes`"},
    ),
    Feed(
        topic=LABELS,
        table=LABELS_TABLE,
        places={"label_partition": "record:partition", "label_offset": "record:offset", "label_timestamp": "record:timestamp"},
        fault="label_fault(`value_head`)",
        head_bytes=LABELS.max_record_bytes,
    ),
)
_UNREADABLE_COMPUTED: Final = {"record_key": "shown(`key_head`)", "preview": "shown(`value_head`)"}


def build(env: StreamExecutionEnvironment, settings: WriterSettings) -> None:
    """Add the job's operators to an environment."""
    tables = table_environment(env)
    for function in (shown, label_fault):
        tables.create_temporary_function(function.__name__, udf(function, result_type=DataTypes.STRING()))
    statements = tables.create_statement_set()
    rejects = []
    for feed in FEEDS:
        view = feed.table.name
        _create_view(env, tables, feed, view, settings)
        create_table_sink(tables, f"{view}_sink", feed.table, settings)
        columns = (feed.computed.get(column.name, f"`{column.name}`") for column in written_columns(feed.table))
        statements.add_insert_sql(f"INSERT INTO `{view}_sink` SELECT {', '.join(columns)} FROM `{view}` WHERE `why` IS NULL")
        rejects.append(f"SELECT {_rejected_columns()} FROM `{view}` WHERE `why` IS NOT NULL")
    create_table_sink(tables, "unreadable_sink", UNREADABLE, settings)
    statements.add_insert_sql(f"INSERT INTO `unreadable_sink` {' UNION ALL '.join(rejects)}")
    statements.attach_as_datastream()


def _create_view(env: StreamExecutionEnvironment, tables: StreamTableEnvironment, feed: Feed, view: str, settings: WriterSettings) -> None:
    read = tuple(column for column in written_columns(feed.table) if column.name not in feed.computed)
    reader = table_reader(read, feed.places, feed.kinds, head_bytes=feed.head_bytes, always_with_record=bool(feed.computed or feed.fault))
    rows = tables.from_data_stream(DataStream(topic_rows(env, settings, TRANSACTION_PROCESSOR, feed.topic, reader)))
    if not feed.fault:
        tables.create_temporary_view(view, rows)
        return
    tables.create_temporary_view(f"{view}_read", rows)
    others = ", ".join(f"`{name}`" for name in rows.get_schema().get_field_names() if name != "why")
    # Not COALESCE, which would ask for the fault of a record that could not even be read.
    why = f"CASE WHEN `why` IS NULL THEN {feed.fault} ELSE `why` END AS `why`"
    tables.execute_sql(f"CREATE TEMPORARY VIEW `{view}` AS SELECT {others}, {why} FROM `{view}_read`")


def _rejected_columns() -> str:
    return ", ".join(_UNREADABLE_COMPUTED.get(column.name, f"`{column.name}`") for column in written_columns(UNREADABLE))


def run(settings: WriterSettings) -> None:
    """Build the job and run it."""
    run_job(TRANSACTION_PROCESSOR, settings, build)


def main(arguments: list[str]) -> None:
    """Run the job with the settings of a file."""
    run(read_settings(arguments, WriterSettings))


if __name__ == "__main__":
    main(sys.argv[1:])
