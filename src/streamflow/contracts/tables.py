"""The warehouse in PostgreSQL: schemas, tables, columns and roles, each written here and nowhere else.

The migrations make the tables of `TABLES`, and a test holds the two against each other; comments in the database and the
reference page are generated from here. Silver and gold belong to dbt, which describes its models itself.
"""

from typing import Final

import msgspec

from streamflow.contracts.bronze import ALERTS_TABLE, BRONZE, CUSTOMERS, DEAD_LETTERS, DECISIONS, LABELS_TABLE, STORES, UNREADABLE
from streamflow.contracts.catalogue import METRICS
from streamflow.contracts.table import Column, Table, loaded_at

__all__ = [
    "ALERTS_TABLE",
    "AUDIT",
    "BRONZE",
    "BY_DAY",
    "CUSTOMERS",
    "DEAD_LETTERS",
    "DECISIONS",
    "LABELS_TABLE",
    "LATE_EVENTS",
    "MIGRATOR",
    "QUALITY_RESULTS",
    "READER",
    "REALTIME",
    "ROLES",
    "SCHEMAS",
    "STORES",
    "TABLES",
    "TRANSFORMER",
    "UNREADABLE",
    "WRITER",
    "Column",
    "Role",
    "Table",
]

SCHEMAS: Final = {
    "bronze": "What came, row for record: decisions, alerts, dead letters, labels, customers and stores.",
    "silver": "Bronze, cleaned and joined: dbt's staging and intermediate models.",
    "gold": "Tables that answer questions: dbt's facts, dimensions and marts.",
    "metrics": "Windowed counts over the decisions, seconds after they were made.",
    "ops": "How the warehouse itself is: audits, quality results, partitions.",
}


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A role of the database, and what it is for."""

    name: str
    what: str
    member_of: tuple[str, ...] = ()


TRANSFORMER: Final = Role(
    name="streamflow_transformer",
    what="dbt and the DAGs: reads bronze and metrics, owns what it builds in silver and gold, adds rows to ops.",
)
MIGRATOR: Final = Role(
    name="streamflow_migrator",
    what="Migrations and partitions: owns the database and everything that the migrations make.",
    # Only so may it grant readers what dbt will build.
    member_of=(TRANSFORMER.name,),
)
WRITER: Final = Role(
    name="streamflow_writer", what="The Flink jobs and imports: reads, inserts and updates bronze and metrics; deletes nothing."
)
READER: Final = Role(name="streamflow_reader", what="People and `streamflow query`: reads everything, changes nothing.")
ROLES: Final = (TRANSFORMER, MIGRATOR, WRITER, READER)

REALTIME: Final = Table(
    schema="metrics",
    name="realtime",
    what=f"One row for every window, dimension value and currency: {METRICS.name}.",
    columns=(
        Column("window_start", "timestamptz", "Begin of the window, in event time."),
        Column("window_end", "timestamptz", "Its end, which is no longer part of it."),
        Column("window_seconds", "integer", "Its length: 60 (one after the other) or 300 (one begins every minute)."),
        Column("dimension", "text", "What is counted by: all, outcome, store_id or payment_method."),
        Column("value", "text", "Which one of the dimension; all for all."),
        Column("currency", "text", "Sums are in this currency; counts are of payments in it."),
        Column("transactions", "bigint", "How many decisions, each counted once."),
        Column("amount", "numeric(20,2)", "Sum of their amounts, in major units."),
        Column("alerts", "bigint", "How many of them are alerts."),
        Column("alert_rate", "double precision", "Their share, 0 to 1."),
        Column("score_p50", "double precision", "Score that half of them do not exceed.", null=True),
        Column("score_p95", "double precision", "Score that 95 % of them do not exceed.", null=True),
        Column("score_p99", "double precision", "Score that 99 % of them do not exceed.", null=True),
        Column("customers", "bigint", "How many different customers."),
        loaded_at(),
    ),
    key=("window_start", "window_seconds", "dimension", "value", "currency"),
)

LATE_EVENTS: Final = Table(
    schema="metrics",
    name="late_events",
    what="One row for every decision that came after its window had closed: counted in bronze, and not in metrics.realtime.",
    columns=(
        Column("decision_id", "uuid", "The decision; after a failure one that was counted may come again, and too late."),
        Column("source_timestamp", "timestamptz", "The broker's time of the record that it answers."),
        Column("event_time", "timestamptz", "The transaction's time, as the shop says."),
        Column("window_start", "timestamptz", "Begin of the minute that it would have been counted in."),
        Column(
            "late_by_ms", "bigint", "For how long that minute had been closed: by how much more lateness would have been allowed for it."
        ),
        loaded_at(),
    ),
    key=("decision_id",),
)

AUDIT: Final = Table(
    schema="ops",
    name="audit",
    what="One row for every check of a run of `streamflow audit`.",
    columns=(
        Column("run_id", "uuid", "The run."),
        Column("checked_at", "timestamptz", "When the run began."),
        Column("range_start", "timestamptz", "Begin of the audited range, in the broker's time.", null=True),
        Column("range_end", "timestamptz", "Its end, which is no longer part of it.", null=True),
        Column("check_name", "text", "What was compared."),
        Column("scope", "text", "Of what: a topic and partition, a table, a currency; all for all."),
        Column("expected", "numeric", "What the earlier stage holds.", null=True),
        Column("got", "numeric", "What the later stage holds.", null=True),
        Column("ok", "boolean", "Whether they agree."),
        Column("detail", "jsonb", "Which gaps, doubles and orphans: the first of them."),
    ),
    key=("run_id", "check_name", "scope"),
)

QUALITY_RESULTS: Final = Table(
    schema="ops",
    name="quality_results",
    what="One row for every data-quality check of a run of the `data_quality` DAG.",
    columns=(
        Column("run_id", "text", "The run."),
        Column("checked_at", "timestamptz", "When it was checked."),
        Column("check_name", "text", "What was checked."),
        Column("scope", "text", "Of what: a table, a column, a partition."),
        Column("kind", "text", "freshness, completeness, duplicates or distribution."),
        Column("observed", "double precision", "What was measured.", null=True),
        Column("expected", "text", "What was asked, in words."),
        Column("ok", "boolean", "Whether it holds."),
        Column("blocking", "boolean", "Whether a failure stops the promotion to gold."),
        Column("detail", "jsonb", "More, for people."),
    ),
    key=("run_id", "check_name", "scope"),
)

TABLES: Final = (*BRONZE, REALTIME, LATE_EVENTS, AUDIT, QUALITY_RESULTS)
BY_DAY: Final = tuple(table for table in TABLES if table.by_day)
