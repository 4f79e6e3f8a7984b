"""The realtime-aggregator: decisions -> counts over windows of event time, as a topic and as a table.

Entry point of `flink run -pym streamflow.flink.aggregator`; the one argument is a file with the `AggregatorSettings` as JSON.
"""

import sys
from typing import Final

from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.table import DataTypes, Schema, StreamTableEnvironment

from streamflow.contracts.bronze import DECISIONS
from streamflow.contracts.catalogue import METRICS, REALTIME_AGGREGATOR, SCORED
from streamflow.contracts.decision import Outcome
from streamflow.contracts.metric import DIMENSIONS, NO_VALUE, WINDOW_SECONDS
from streamflow.contracts.table import Column
from streamflow.contracts.tables import LATE_EVENTS, REALTIME
from streamflow.flink.configuration import read_settings, run_job
from streamflow.flink.gateway import bridge
from streamflow.flink.settings import AggregatorSettings
from streamflow.flink.tables import (
    create_table_sink,
    flink_type,
    table_environment,
    table_reader,
    topic_rows,
    with_options,
    written_columns,
)

MINUTE_SECONDS: Final = 60
_READ: Final = ("decision_id", "outcome", "score", "amount", "currency", "customer_id", "store_id", "payment_method", "canary", "duplicate")
_EVENT, _BROKER, _LATE_BY = "event_ms", "broker_ms", "late_by_ms"
_TEXT_OF_TIME: Final = "DATE_FORMAT({}, 'yyyy-MM-dd''T''HH:mm:ss.SSS''Z''')"
_QUANTILES: Final = {"score_p50": 0.5, "score_p95": 0.95, "score_p99": 0.99}


def build(env: StreamExecutionEnvironment, settings: AggregatorSettings) -> None:
    """Add the job's operators to an environment."""
    tables = table_environment(env)
    _create_decisions(env, tables, settings)
    _create_windows(tables)
    create_table_sink(tables, "realtime_table", REALTIME, settings)
    create_table_sink(tables, "late_table", LATE_EVENTS, settings)
    _create_topic_sink(tables, settings)
    statements = tables.create_statement_set()
    names = ", ".join(f"`{column.name}`" for column in written_columns(REALTIME))
    statements.add_insert_sql(f"INSERT INTO `realtime_table` SELECT {names} FROM `windows`")
    statements.add_insert_sql(f"INSERT INTO `realtime_topic` SELECT {names} FROM `windows`")
    statements.add_insert_sql(f"INSERT INTO `late_table` SELECT {_late_columns()} FROM `decisions` WHERE `{_LATE_BY}` IS NOT NULL")
    statements.attach_as_datastream()


def _create_decisions(env: StreamExecutionEnvironment, tables: StreamTableEnvironment, settings: AggregatorSettings) -> None:
    """Make the decisions that count known to SQL, with a time each and how late those are that come too late."""
    by_name = {column.name: column for column in DECISIONS.columns}
    milliseconds = tuple(Column(name, "bigint", "", null=False) for name in (_EVENT, _BROKER))
    columns = (*(by_name[name] for name in _READ), *milliseconds, Column(_LATE_BY, "bigint", "", null=True))
    reader = table_reader(
        columns,
        {_EVENT: "/event_time", _BROKER: "/source/timestamp", _LATE_BY: ""},
        {_EVENT: "MILLISECONDS", _BROKER: "MILLISECONDS"},
        head_bytes=0,
        always_with_record=False,
    )
    event, broker, late_by, why = len(_READ), len(_READ) + 1, len(_READ) + 2, len(columns)
    watermarks = bridge().RowTime.watermarks(event, broker, settings.lateness_ms, settings.idle_ms)
    rows = topic_rows(env, settings, REALTIME_AGGREGATOR, SCORED, reader, watermarks)
    marked = rows.process(bridge().Lateness(why, late_by, MINUTE_SECONDS * 1000), reader.getProducedType()).name("lateness").uid("lateness")
    schema = (
        Schema.new_builder()
        .column_by_metadata("row_time", DataTypes.TIMESTAMP_LTZ(3), "rowtime")
        .watermark("row_time", "SOURCE_WATERMARK()")
    )
    for column in columns:
        schema.column(column.name, flink_type(column))
    tables.create_temporary_view("all_decisions", tables.from_data_stream(DataStream(marked), schema.build()))
    # A repeat of the shop's is no transaction of its own, and what tests in production do is none at all.
    tables.execute_sql("CREATE TEMPORARY VIEW `decisions` AS SELECT * FROM `all_decisions` WHERE NOT `canary` AND NOT `duplicate`")


def _create_windows(tables: StreamTableEnvironment) -> None:
    """Make the windows' rows known to SQL.

    A decision that was written again has the same time and falls into the same minute: the minute remembers the ids that it has seen,
    and forgets them when it closes. So the memory is bounded, and nothing is counted twice. The longer windows are made of minutes.
    """
    tables.execute_sql(f"CREATE TEMPORARY VIEW `in_time` AS SELECT * FROM `decisions` WHERE `{_LATE_BY}` IS NULL")
    tables.execute_sql(
        "CREATE TEMPORARY VIEW `once` AS SELECT * FROM ("
        "SELECT *, ROW_NUMBER() OVER (PARTITION BY `window_start`, `window_end`, `decision_id` ORDER BY `row_time`) AS `place` "
        f"FROM TABLE(TUMBLE(TABLE `in_time`, DESCRIPTOR(`row_time`), INTERVAL '{MINUTE_SECONDS}' SECOND))) WHERE `place` = 1"
    )
    fields = ", ".join(f"`{name}`" for name in ("outcome", "score", "amount", "currency", "customer_id", "store_id", "payment_method"))
    tables.execute_sql(f"CREATE TEMPORARY VIEW `minutes` AS SELECT {fields}, `window_time` AS `minute_time` FROM `once`")
    selects = [_windows(size, slide) for size, slide in WINDOW_SECONDS.items()]
    tables.execute_sql(f"CREATE TEMPORARY VIEW `windows` AS {' UNION ALL '.join(selects)}")


def _windows(size_seconds: int, slide_seconds: int) -> str:
    kind, steps = ("TUMBLE", (size_seconds,)) if size_seconds == slide_seconds else ("HOP", (slide_seconds, size_seconds))
    intervals = ", ".join(f"INTERVAL '{seconds}' SECOND(4)" for seconds in steps)
    source = f"TABLE({kind}(TABLE `minutes`, DESCRIPTOR(`minute_time`), {intervals}))"
    of_window = "`window_start`, `window_end`, `currency`"
    fields = [name for name in DIMENSIONS if name != "all"]
    sets = ", ".join(f"({of_window}{extra})" for extra in ("", *(f", `{name}`" for name in fields)))
    counted = (
        f"SELECT {of_window}, {', '.join(f'`{name}`, GROUPING(`{name}`) AS `not_by_{name}`' for name in fields)}, "
        "COUNT(*) AS `transactions`, SUM(CAST(`amount` AS DECIMAL(14, 2))) AS `amount`, "
        f"COUNT(*) FILTER (WHERE `outcome` <> '{Outcome.APPROVE.value}') AS `alerts`, "
        f"PERCENTILE(`score`, ARRAY[{', '.join(map(str, _QUANTILES.values()))}]) AS `quantiles`, "
        f"COUNT(DISTINCT `customer_id`) AS `customers` FROM {source} GROUP BY GROUPING SETS ({sets})"
    )
    dimension = " ".join(f"WHEN `not_by_{name}` = 0 THEN '{name}'" for name in fields)
    value = " ".join(f"WHEN `not_by_{name}` = 0 THEN COALESCE(`{name}`, '{NO_VALUE}')" for name in fields)
    columns = {
        "window_start": _TEXT_OF_TIME.format("`window_start`"),
        "window_end": _TEXT_OF_TIME.format("`window_end`"),
        "window_seconds": str(size_seconds),
        "dimension": f"CASE {dimension} ELSE 'all' END",
        "value": f"CASE {value} ELSE 'all' END",
        **{name: f"`quantiles`[{place}]" for place, name in enumerate(_QUANTILES, start=1)},
        "amount": "CAST(`amount` AS STRING)",
        "alert_rate": "CAST(`alerts` AS DOUBLE) / `transactions`",
    }
    selected = [f"{columns.get(name, name)} AS `{name}`" for name in (column.name for column in written_columns(REALTIME))]
    return f"SELECT {', '.join(selected)} FROM ({counted})"


def _late_columns() -> str:
    row_ms = f"CASE WHEN `{_EVENT}` < `{_BROKER}` THEN `{_EVENT}` ELSE `{_BROKER}` END"
    milliseconds = {
        "source_timestamp": f"`{_BROKER}`",
        "event_time": f"`{_EVENT}`",
        "window_start": f"({row_ms}) - MOD(({row_ms}), {MINUTE_SECONDS * 1000})",
    }
    columns = {name: _TEXT_OF_TIME.format(f"TO_TIMESTAMP_LTZ({moment}, 3)") for name, moment in milliseconds.items()}
    return ", ".join(columns.get(column.name, f"`{column.name}`") for column in written_columns(LATE_EVENTS))


def _create_topic_sink(tables: StreamTableEnvironment, settings: AggregatorSettings) -> None:
    columns = ", ".join(f"`{column.name}` {flink_type(column)}" for column in written_columns(REALTIME))
    options = {
        "connector": "kafka",
        "topic": METRICS.name,
        "key.format": "json",
        "key.fields": ";".join(REALTIME.key),
        "value.format": "json",
        # Written again after a failure, a row replaces what its key had before.
        "sink.delivery-guarantee": "at-least-once",
        **{f"properties.{name}": value for name, value in settings.kafka.items()},
    }
    tables.execute_sql(f"CREATE TEMPORARY TABLE `realtime_topic` ({columns}) WITH ({with_options(options)})")


def run(settings: AggregatorSettings) -> None:
    """Build the job and run it."""
    run_job(REALTIME_AGGREGATOR, settings, build)


def main(arguments: list[str]) -> None:
    """Run the job with the settings of a file."""
    run(read_settings(arguments, AggregatorSettings))


if __name__ == "__main__":
    main(sys.argv[1:])
