"""Ask PostgreSQL how it answers the obvious questions about millions of decisions, and write what it says.

`python -m scripts.explain_indexes` makes the rows in a database of its own, explains each question, and writes
`benchmarks/results/indexes.json`, of which `make docs` makes a page. It fails where a question reads a table from end to end.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg

from benchmarks import results
from benchmarks.machine import calibrate
from streamflow.contracts.tables import MIGRATOR
from streamflow.settings import Options, Settings
from streamflow.store.connection import with_user
from streamflow.store.migrations import migrate

NAME: Final = "indexes"
DAYS: Final = 30
CUSTOMERS: Final = 50_000
_ROWS: Final = 10_000_000
_REPEATS: Final = 3

_FILL: Final = """
INSERT INTO bronze.decisions
SELECT md5('tx-' || n)::uuid, 'transactions.raw', n %% 4, n / 4, at, 'tx-' || n,
    'cust-' || lpad((abs(hashint8(n)::bigint) %% {customers})::text, 6, '0'),
    'store-' || n %% 200, NULL, (n %% 90000 + 100) / 100.0, 'BRL', 'credit_card', NULL, NULL, at, 1,
    CASE n %% 100 WHEN 0 THEN 'block' WHEN 1 THEN 'review' ELSE 'approve' END, n %% 100 / 100.0, 0.1, NULL, 0.7, 0.9,
    '[]', '[]', '[35.0,1.0,0.5,4262.127207,0.0,4.5,450.0,15.0408,null,null]', 2, 1, 1, NULL, NULL, 'no model is active', NULL, NULL,
    false, false, false, false, false, false, NULL, at + interval '1 second'
FROM generate_series(%s::bigint, %s::bigint) AS n, LATERAL (
    SELECT timestamptz '2026-01-01 00:00:00+00' + n * (interval '{days} days' / %s) AS at
) AS moment
"""
_LABELS: Final = """
INSERT INTO bronze.labels
SELECT 0, n, source_timestamp + interval '5 days', transaction_id, customer_id, store_id, n % 2 = 0, 'chargeback',
    source_timestamp + interval '5 days', event_time, NULL, NULL, source_timestamp + interval '5 days'
FROM (SELECT row_number() OVER () AS n, * FROM bronze.decisions WHERE source_partition = 0 AND source_offset % 25 = 0) AS sample
"""


class Question(NamedTuple):
    """Something that people ask, and the statement that answers it; `whole_day` reads one partition, and no more, from end to end."""

    what: str
    statement: str
    whole_day: bool = False


QUESTIONS: Final = (
    Question(
        "A customer's last payments",
        "SELECT * FROM bronze.decisions WHERE customer_id = 'cust-004711' ORDER BY event_time DESC LIMIT 50",
    ),
    Question("What was decided on a transaction", "SELECT * FROM bronze.decisions WHERE transaction_id = 'tx-4711'"),
    Question("A decision by its id", "SELECT * FROM bronze.decisions WHERE decision_id = md5('tx-4711')::uuid"),
    Question(
        "The alerts of an hour, newest first",
        "SELECT * FROM bronze.decisions WHERE outcome <> 'approve' AND event_time >= '2026-01-20 10:00+00'"
        " AND event_time < '2026-01-20 11:00+00' ORDER BY event_time DESC",
    ),
    Question(
        "Which offsets of a range are there (audit)",
        "SELECT source_offset FROM bronze.decisions WHERE source_topic = 'transactions.raw' AND source_partition = 2"
        " AND source_offset BETWEEN 100000 AND 110000",
    ),
    Question(
        "What came in the last ten minutes (dbt)",
        "SELECT count(*) FROM bronze.decisions WHERE loaded_at >= '2026-01-30 23:50+00'",
    ),
    Question("What is known about a transaction", "SELECT * FROM bronze.labels WHERE transaction_id = 'tx-4000' ORDER BY known_at"),
    Question(
        "A day by outcome",
        "SELECT outcome, count(*), sum(amount) FROM bronze.decisions"
        " WHERE source_timestamp >= '2026-01-20+00' AND source_timestamp < '2026-01-21+00' GROUP BY outcome",
        whole_day=True,
    ),
)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of a plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def explain(connection: "psycopg.Connection[Any]", question: Question) -> dict[str, Any]:
    """Return how a question is answered: by which indexes, how many tables are read whole, and the median time of some runs."""
    runs = []
    for _ in range(_REPEATS):
        ((answer,),) = connection.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + question.statement.encode()).fetchall()
        runs.append((answer[0]["Execution Time"] + answer[0]["Planning Time"], answer[0]["Plan"]))
    milliseconds, plan = sorted(runs, key=lambda run: run[0])[_REPEATS // 2]
    steps = [step for step in nodes(plan) if step.get("Actual Loops", 0)]
    # `decisions_20260101_customer_id_event_time_idx`: a partition's index is named by its columns.
    indexes = {step["Index Name"] for step in steps if "Index Name" in step}
    return {
        "question": question.what,
        "statement": question.statement,
        "rows": plan["Actual Rows"],
        "milliseconds": round(milliseconds, 2),
        "indexes": len(indexes),
        "example": min(indexes, default=""),
        # An empty partition has no index that would be shorter.
        "read_whole": sum(step["Node Type"] == "Seq Scan" and _rows_seen(step) > 0 for step in steps),
        "whole_day": question.whole_day,
    }


def _rows_seen(step: dict[str, Any]) -> float:
    return float(step["Actual Rows"] + step.get("Rows Removed by Filter", 0))


def fill(connection: "psycopg.Connection[Any]", rows: int) -> None:
    """Make the rows, a day in each transaction."""
    connection.execute("SELECT ops.ensure_partitions('2026-01-01', '2026-01-31')")
    statement = _FILL.format(customers=CUSTOMERS, days=DAYS)
    step = -(-rows // DAYS)
    for first in range(0, rows, step):
        connection.execute(statement.encode(), [first, min(first + step, rows) - 1, rows])
        sys.stderr.write(f"{min(first + step, rows)} of {rows} rows\n")
    connection.execute(_LABELS.encode())
    connection.execute("VACUUM ANALYZE")


def main(arguments: list[str]) -> int:
    """Make, explain, write; the result is the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=_ROWS)
    rows = parser.parse_args(arguments).rows
    calibration = calibrate()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(Options(values={"stack.directory": folder, "stack.ready_timeout_seconds": "400"}), {})
        stack = settings.local_stack()
        Path(folder).chmod(0o755)
        try:
            address = stack.up(["postgres"]).postgres_dsn
            with psycopg.connect(address, autocommit=True) as connection:
                for change in ("fsync = off", "max_wal_size = '8GB'", "maintenance_work_mem = '256MB'", "autovacuum = off"):
                    connection.execute(f"ALTER SYSTEM SET {change}".encode())
                connection.execute("SELECT pg_reload_conf()")
            owner = with_user(address, MIGRATOR.name)
            migrate(owner, settings.liquibase())
            with psycopg.connect(owner, autocommit=True, options="-c timezone=UTC") as connection:
                began = time.monotonic()
                fill(connection, rows)
                seconds = time.monotonic() - began
                found = [explain(connection, question) for question in QUESTIONS]
                query = "SELECT count(*), pg_size_pretty(sum(pg_total_relation_size(oid))), pg_size_pretty(sum(pg_indexes_size(oid)))"
                ((count, size, indexes),) = connection.execute(
                    f"{query} FROM pg_class WHERE relkind = 'r' AND relname ~ '^decisions_'".encode()
                ).fetchall()
        finally:
            stack.down()
    figures = {"partitions": count, "size": size, "index_size": indexes, "filled_seconds": round(seconds), "questions": found}
    results.write(results.make(NAME, calibration, {"rows": rows, "days": DAYS}, figures))
    wrong = [entry["question"] for entry in found if entry["read_whole"] > entry["whole_day"]]
    for entry in found:
        sys.stdout.write(f"{entry['milliseconds']:>10} ms  {entry['read_whole']} read whole  {entry['question']}: {entry['example']}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
