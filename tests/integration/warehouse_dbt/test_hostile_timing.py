"""Whatever comes late, in whatever order, and however runs are cut: incremental models end with the rows of a full refresh."""

import os
import random
import signal
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from streamflow.contracts.tables import ALERTS_TABLE, CUSTOMERS, DECISIONS, LABELS_TABLE, STORES, TRANSFORMER, Table
from tests.integration.postgres import Database
from tests.integration.warehouse_dbt.conftest import reference_rows
from tests.integration.warehouse_dbt.payments import hostile_decisions, label, lines
from tests.integration.warehouse_dbt.project import MODELS, Dbt, Worker, differences, rows
from tests.warehouse import Row, alert_row, decision_row, insert, is_alert, label_row

pytestmark = pytest.mark.stack

OVERLAP_MINUTES: Final = 60
# What runs when somebody runs a part by hand, or a run dies between two models.
PARTS: Final = (
    ("--select", "int_decision_labels"),
    ("--select", "int_decision_labels", "int_rule_hits"),
    ("--select", "int_decision_labels", "int_rule_days"),
    ("--select", "int_rule_hits", "fct_alerts"),
    ("--select", "path:models/staging", "path:models/intermediate"),
    ("--select", "path:models/marts"),
    ("--exclude", "int_rule_hits", "int_customer_days"),
)


class Loader:
    """Writes bronze by a clock of its own, which goes on by hours while the test goes on by milliseconds."""

    def __init__(self, database: Database, now: datetime) -> None:
        self._database = database
        self.now = now
        self._labels = 0

    def write(self, connection: psycopg.Connection[Any], table: Table, written: Iterable[Row], minutes_ago: float = 0.0) -> None:
        """Add rows in the connection's transaction, as if it had begun some minutes ago."""
        insert(connection, table, written)
        moment = self.now - timedelta(minutes=minutes_ago)
        # What was added just now carries the time of the real clock, which is ahead of ours by months.
        connection.execute(f"UPDATE {table.full_name} SET loaded_at = %s WHERE loaded_at > %s", [moment, self.now + timedelta(days=9)])  # noqa: S608

    def load(self, table: Table, written: Iterable[Row]) -> None:
        with psycopg.connect(self._database.writer) as connection:
            self.write(connection, table, written)

    def label_rows(self, labels: Iterable[bytes]) -> list[Row]:
        found = [label_row(value, 0, offset) for offset, value in enumerate(labels, self._labels)]
        self._labels += len(found)
        return found


def verdicts(rng: random.Random, decisions: list[Row], count: int) -> list[bytes]:
    """Return labels on any of the payments, whether they have come or not; of some payments more than one, and not in order."""
    found = []
    for decision in rng.sample(decisions, count):
        for _ in range(rng.choice((1, 1, 2, 3))):
            known_at = datetime.fromisoformat(decision["event_time"]) + timedelta(days=rng.choice((0.1, 3, 6.9, 7.1, 12, 30)))
            text, source = known_at.isoformat(), rng.choice(("chargeback", "analyst", "settlement"))
            found.append(
                label(
                    decision["transaction_id"], is_fraud=rng.random() < 0.5, known_at=text, source=source, event_time=decision["event_time"]
                )
            )
    return found


def chosen(folder: Path, rng: random.Random) -> list[Row]:
    """Return alerts, payments on which rules fired, ordinary ones, and the hostile ones, in an order of nobody's making."""
    with (folder / "decisions.jsonl").open("rb") as stream:
        decisions = [decision_row(line) for line in lines(stream)]
    rules = [row for row in decisions if row["rules"] != "[]"]
    picked = {row["decision_id"]: row for row in [*rng.sample(rules, 120), *filter(is_alert, decisions), *rng.sample(decisions, 200)]}
    picked |= {row["decision_id"]: row for row in map(decision_row, hostile_decisions())}
    found = list(picked.values())
    rng.shuffle(found)
    return found


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_schedule_incremental_models_equal_a_full_refresh(bench: Dbt, session_worker: Worker, scored: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    decisions = chosen(scored, rng)
    alerts = [alert_row(row) for row in decisions if is_alert(row)]
    rng.shuffle(alerts)
    loader = Loader(bench.database, datetime(2026, 5, 1, tzinfo=UTC))
    steps = 5
    session_worker.run("build", *MODELS)
    for step in range(steps):
        loader.now += timedelta(minutes=rng.choice((1, 40, 90, 600)))
        batch = decisions[step::steps]
        held = batch[: len(batch) // 4]
        loader.load(DECISIONS, batch[len(held) :])
        loader.load(ALERTS_TABLE, alerts[step::steps])
        loader.load(LABELS_TABLE, loader.label_rows(verdicts(rng, decisions, 30)))
        if step == 2:
            with psycopg.connect(bench.database.superuser) as connection:
                insert(connection, CUSTOMERS, reference_rows(scored, CUSTOMERS))
                insert(connection, STORES, reference_rows(scored, STORES))
        # A writer whose transaction began before the run and ends after it.
        with psycopg.connect(bench.database.writer) as connection, connection.transaction():
            loader.write(connection, DECISIONS, held, rng.uniform(0, OVERLAP_MINUTES - 1))
            loader.write(connection, LABELS_TABLE, loader.label_rows(verdicts(rng, decisions, 10)), rng.uniform(0, OVERLAP_MINUTES - 1))
            session_worker.run("build", *MODELS, *rng.choice((*PARTS, (), ())))
        if rng.random() < 0.5:
            session_worker.run("build", *MODELS, *rng.choice(PARTS))
    session_worker.run("build", *MODELS)
    incremental = rows(bench.database)
    assert len(incremental["gold.fct_transactions"]) == len(decisions)
    assert len(incremental["gold.fct_alerts"]) == len(alerts)
    session_worker.run("build", "--full-refresh", "--resource-type", "model")
    assert differences(incremental, rows(bench.database)) == {}


@pytest.mark.timeout(1500)
def test_a_table_that_is_hours_behind_another_is_not_passed_over(bench: Dbt, session_worker: Worker, scored: Path) -> None:
    """Alerts before and long after their decisions, hits long after theirs, and verdicts on older payments that move the tables on.

    Each step leaves one of the two moments that fct_alerts and int_rule_days look back from behind: with either alone rows are lost.
    """
    rng = random.Random(7)  # noqa: S311
    decisions = sorted(chosen(scored, rng), key=lambda row: str(row["event_time"]))
    first, second = decisions[: len(decisions) // 2], decisions[len(decisions) // 2 :]
    alerts = [[alert_row(row) for row in half if is_alert(row)] for half in (first, second)]
    assert all(len(half) > 1 for half in alerts)
    loader = Loader(bench.database, datetime(2026, 5, 1, tzinfo=UTC))
    loader.load(DECISIONS, first)
    loader.load(ALERTS_TABLE, alerts[0][::2] + alerts[1][::2])
    session_worker.run("build", *MODELS)
    loader.now += timedelta(hours=10)
    loader.load(DECISIONS, second)
    loader.load(ALERTS_TABLE, alerts[0][1::2])
    session_worker.run("build", *MODELS, "--select", "fct_alerts")
    session_worker.run("build", *MODELS, "--select", "int_decision_labels")
    session_worker.run("build", *MODELS, "--select", "fct_alerts")
    loader.now += timedelta(hours=10)
    loader.load(LABELS_TABLE, loader.label_rows(verdicts(rng, first, len(first) // 2)))
    session_worker.run("build", *MODELS, "--select", "int_decision_labels", "int_rule_days", "fct_alerts")
    loader.load(ALERTS_TABLE, alerts[1][1::2])
    session_worker.run("build", *MODELS)
    loader.now += timedelta(hours=10)
    loader.load(LABELS_TABLE, loader.label_rows(verdicts(rng, first, len(first) // 2)))
    session_worker.run("build", *MODELS)
    incremental = rows(bench.database)
    assert len(incremental["gold.fct_alerts"]) == sum(map(len, alerts))
    session_worker.run("build", "--full-refresh", "--resource-type", "model")
    assert differences(incremental, rows(bench.database)) == {}


def wait_for_lock(database: Database) -> None:
    """Return when a statement of dbt waits for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND wait_event_type = 'Lock'"
    with psycopg.connect(database.superuser, autocommit=True) as connection:
        for _ in range(6000):
            found = connection.execute(query, [TRANSFORMER.name]).fetchone()
            if found is not None and found[0]:
                return
            time.sleep(0.05)
    raise AssertionError("dbt never came to the locked table")


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("table", ["silver.int_rule_hits", "gold.mart_daily_fraud"])
def test_a_killed_dbt_leaves_nothing_that_the_next_run_does_not_put_right(
    bench: Dbt, session_worker: Worker, scored: Path, table: str
) -> None:
    rng = random.Random(table)  # noqa: S311
    decisions = chosen(scored, rng)
    loader = Loader(bench.database, datetime(2026, 5, 1, tzinfo=UTC))
    loader.load(DECISIONS, decisions[::2])
    session_worker.run("build", *MODELS)
    loader.now += timedelta(days=1)
    loader.load(DECISIONS, decisions[1::2])
    loader.load(ALERTS_TABLE, (alert_row(row) for row in decisions if is_alert(row)))
    loader.load(LABELS_TABLE, loader.label_rows(verdicts(rng, decisions, 60)))
    with bench.database.connect(TRANSFORMER, autocommit=False) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS SHARE MODE" if "mart" in table else f"LOCK TABLE {table} IN SHARE MODE")
        process = bench.start("build", *MODELS)
        wait_for_lock(bench.database)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    bench.run("build", *MODELS)
    incremental = rows(bench.database)
    assert len(incremental["gold.fct_transactions"]) == len(decisions)
    assert [name for name in incremental if "__dbt" in name] == []
    session_worker.run("build", "--full-refresh", "--resource-type", "model")
    assert differences(incremental, rows(bench.database)) == {}
