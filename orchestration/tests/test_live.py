"""The DAGs in a real Airflow, on a real PostgreSQL, with dbt: the chain, a kill in its middle, a closed gate, and who is told."""

from collections.abc import Iterator

import psycopg
import pytest

from orchestration.checks import CHECKS
from orchestration.tests.live import ROOT, Live
from orchestration.tests.webhook import Webhook
from streamflow.contracts.orchestration import DATA_QUALITY, INGEST_AUDIT, MAINTENANCE, TRANSFORM
from streamflow.contracts.tables import AUDIT, DEAD_LETTERS, DECISIONS, QUALITY_RESULTS

pytestmark = pytest.mark.timeout(1800)

PRODUCER = "intermediate.dbt_producer_watcher"
DOUBLE = f"""
    INSERT INTO {DECISIONS.full_name}
    SELECT (jsonb_populate_record(d, jsonb_build_object('source_timestamp', d.source_timestamp + interval '1 ms'))).*
    FROM {DECISIONS.full_name} AS d ORDER BY source_timestamp DESC LIMIT 1
    RETURNING decision_id::text, source_timestamp
"""
OLD_LETTER = f"""
    INSERT INTO {DEAD_LETTERS.full_name}
    SELECT (jsonb_populate_record(d, jsonb_build_object('source_timestamp', d.source_timestamp - interval '1 year'))).*
    FROM {DEAD_LETTERS.full_name} AS d LIMIT 1
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, webhook: Webhook) -> Iterator[Live]:
    directory = tmp_path_factory.mktemp("live")
    stack = None
    try:
        stack = Live(directory / "stack", webhook.connection)
        stack.run(str(ROOT / ".venv/bin/python"), "-m", "orchestration.tests.seed", str(directory / "seed"))
        yield stack
    finally:
        if stack is not None:
            stack.down()


@pytest.fixture(scope="module")
def checked(live: Live) -> str:
    """Run the chain up to the gate, `transform` still paused; return the run of `data_quality`."""
    live.unpause(DATA_QUALITY, INGEST_AUDIT)
    # Its newest interval starts by itself; the next one shall not disturb.
    assert live.ended(INGEST_AUDIT, live.next_run(INGEST_AUDIT, set())) == "success"
    live.pause(INGEST_AUDIT)
    run_id = live.next_run(DATA_QUALITY, set())
    assert live.ended(DATA_QUALITY, run_id) == "success"
    return run_id


def promotions(live: Live) -> int:
    """Return how often the gate was opened."""
    return int(live.ask(f"/api/v2/assets/events?source_dag_id={DATA_QUALITY}")["total_entries"])


def test_every_check_has_a_result_and_the_audit_is_kept(live: Live, checked: str) -> None:
    results = live.rows(f"SELECT check_name, blocking, ok FROM {QUALITY_RESULTS.full_name} WHERE run_id LIKE %s", f"{checked}#%")
    assert {(name, blocking) for name, blocking, _ in results} == {(check.name, check.blocking) for check in CHECKS}
    assert {ok for _, blocking, ok in results if blocking} == {True}
    assert live.rows(f"SELECT bool_and(ok) FROM {AUDIT.full_name}") == [(True,)]
    assert promotions(live) == 1


def test_checks_that_do_not_stop_gold_are_told(checked: str, webhook: Webhook) -> None:
    """The seeded decisions were made by rules alone."""
    (message,) = webhook.of("quality_warning", DATA_QUALITY)
    assert message["run_id"] == checked
    assert "the_model_answers" in " ".join(message["findings"])


def test_a_closed_gate_keeps_bronze_from_gold_and_somebody_is_told(live: Live, checked: str, webhook: Webhook) -> None:
    opened = promotions(live)
    ((decision_id, moment),) = live.rows(DOUBLE)
    try:
        run_id = live.trigger(DATA_QUALITY)
        assert live.ended(DATA_QUALITY, run_id) == "failed"
        live.until(lambda: bool(webhook.of("task_failed", DATA_QUALITY)), "the failure is told")
    finally:
        live.rows(f"DELETE FROM {DECISIONS.full_name} WHERE decision_id = %s AND source_timestamp = %s", decision_id, moment)
    (message,) = webhook.of("task_failed", DATA_QUALITY)
    assert (message["task_id"], message["run_id"]) == ("gate", run_id)
    assert "decisions_are_there_once" in message["error"]
    failed = live.rows(
        f"SELECT DISTINCT check_name FROM {QUALITY_RESULTS.full_name} WHERE NOT ok AND blocking AND run_id LIKE %s", f"{run_id}#%"
    )
    assert {("decisions_are_there_once",), ("offsets_are_decided_once",)} <= set(failed)
    assert promotions(live) == opened


def test_a_run_that_takes_too_long_is_told_about_while_it_goes_on(live: Live, webhook: Webhook) -> None:
    live.unpause("late")
    live.trigger("late")
    live.until(lambda: bool(webhook.of("deadline_missed", "late")), "the missed deadline is told")
    message = webhook.of("deadline_missed", "late")[0]
    assert (message["allowed_seconds"], message["content_type"]) == (1, "application/json")


def test_no_process_of_airflow_listens_beyond_loopback(live: Live) -> None:
    assert live.listening("airflow") == {"127.0.0.1"}


def test_a_killed_scheduler_comes_back_and_the_next_run_succeeds(live: Live, checked: str) -> None:
    (scheduler,) = live.processes("airflow scheduler")
    scheduler.kill()
    live.until(
        lambda: any(process.pid != scheduler.pid for process in live.processes("airflow scheduler")), "the scheduler is started again"
    )
    assert live.ended(DATA_QUALITY, live.trigger(DATA_QUALITY)) == "success"


@pytest.fixture(scope="module")
def gold(live: Live, checked: str) -> str:
    """Build gold, with the task that builds silver killed in its middle; return the run of `transform`."""
    live.unpause(TRANSFORM)
    live.trigger(DATA_QUALITY)
    run_id = live.next_run(TRANSFORM, set())
    live.until(lambda: bool(live.processes("/dbt", "build", "tag:intermediate")), "dbt builds silver")
    dbt = live.processes("/dbt", "build", "tag:intermediate")
    (task,) = {process.parent() for process in dbt}
    assert task is not None
    task.kill()
    live.until(lambda: not any(process.is_running() for process in dbt), "dbt ends with its task")
    assert live.ended(TRANSFORM, run_id) == "success"
    return run_id


def test_the_chain_reaches_gold_although_a_task_is_killed(live: Live, gold: str) -> None:
    assert live.tasks(TRANSFORM, gold)[PRODUCER]["try_number"] > 1, "the killed task was tried again"
    assert live.rows("SELECT count(*), count(DISTINCT decision_id) FROM gold.fct_transactions") == live.rows(
        f"SELECT count(*), count(DISTINCT decision_id) FROM {DECISIONS.full_name}"
    )
    assert live.rows("SELECT count(*) > 1000 FROM gold.fct_transactions") == [(True,)]


def contents(live: Live) -> dict[str, tuple[int, str]]:
    """Return how many rows each table of silver and gold has, and a digest of them."""
    tables = live.rows("SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN ('silver', 'gold')")
    query = "SELECT count(*), md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM {}.{} AS t"
    names = [(schema, table) for schema, table in tables if not table.startswith("stg_")]
    found = {}
    with psycopg.connect(live.dsn) as connection:
        for schema, table in names:
            statement = psycopg.sql.SQL(query).format(psycopg.sql.Identifier(schema), psycopg.sql.Identifier(table))
            row = connection.execute(statement).fetchone()
            assert row is not None
            found[f"{schema}.{table}"] = (row[0], row[1])
    return found


def test_maintenance_asks_for_a_second_run_that_gives_the_same_rows(live: Live, gold: str) -> None:
    before, known = contents(live), set(live.runs(TRANSFORM))
    live.rows(OLD_LETTER)
    live.unpause(MAINTENANCE)
    maintained = live.next_run(MAINTENANCE, set())
    assert live.ended(MAINTENANCE, maintained) == "success"
    again = live.next_run(TRANSFORM, known)
    assert live.ended(TRANSFORM, again) == "success"
    assert live.tasks(TRANSFORM, again)["refresh_model_performance"]["state"] == "success"
    after = contents(live)
    assert {table: rows for table, rows in after.items() if rows != before.get(table)} == {}
    assert live.rows("SELECT count(*) > 40 FROM ops.day_tables WHERE attached") == [(True,)]
    assert live.rows(f"SELECT count(*) FROM {DEAD_LETTERS.full_name} WHERE source_timestamp < now() - interval '200 days'") == [(0,)]
