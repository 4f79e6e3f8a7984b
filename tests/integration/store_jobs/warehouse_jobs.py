"""The three jobs under test, and what tests ask of the warehouse that they fill."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg

from streamflow.contracts.catalogue import ALERTS, DLQ, JOBS, LABELS, METRICS, SCORED, Topic
from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.record import Record
from streamflow.contracts.tables import ALERTS_TABLE, DEAD_LETTERS, DECISIONS, LABELS_TABLE, MIGRATOR, READER, UNREADABLE, Table
from streamflow.kafka.reading import read_to_end
from streamflow.settings import Settings
from streamflow.store.connection import with_user
from streamflow.store.migrations import migrate
from tests.integration.job.live_job import LiveJob, wait_until
from tests.integration.job.small_stack import settings_for

LATENESS_MS: Final = 8 * 3_600_000
CHANGES: Final = {
    "flink.parallelism": "1",
    "store.lateness_ms": str(LATENESS_MS),
    "store.idle_ms": "2000",
    "probe.canary_interval_ms": "1000",
    "probe.grace_ms": "20000",
    "probe.store_grace_ms": "5000",
    "probe.drift_interval_ms": "2000",
}
PLACES: Final = {
    ALERTS_TABLE.full_name: "decision_id::text",
    DECISIONS.full_name: "decision_id::text",
    DEAD_LETTERS.full_name: "concat_ws('/', source_topic, source_partition, source_offset)",
    LABELS_TABLE.full_name: "concat_ws('/', label_partition, label_offset)",
}
"""SQL that names the record of a row."""


@contextmanager
def running_jobs(directory: Path) -> Iterator["WarehouseJobs"]:
    """Start everything in this folder, migrate, submit the jobs as a user does, and stop everything in the end."""
    settings = settings_for(directory, **CHANGES)
    stack = settings.local_stack()
    try:
        stack.up(["kafka", "flink", "postgres"])
        migrate(settings.postgres_dsn(MIGRATOR), settings.liquibase())
        jobs = WarehouseJobs(settings)
        jobs.command("job", "submit")
        yield jobs
        jobs.close()
    finally:
        stack.down()


class WarehouseJobs(LiveJob):
    """The fraud-detector and the two jobs behind it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.dsn = with_user(settings.postgres_dsn(), READER.name)

    def cli(self, *arguments: str, changes: Any = ()) -> Any:
        """Run the command line with this stack's settings."""
        return super().cli(*arguments, changes=[*(f"{name}={value}" for name, value in CHANGES.items()), *changes])

    def await_running(self) -> None:
        """Wait until every job processes records."""

        def all_run() -> bool:
            try:
                running = {run.name for run in self.flink.jobs() if run.runs}
            except NotReadyError:
                return False
            return running >= {job.name for job in JOBS}

        wait_until(all_run, "all jobs run")

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return what a query gives."""
        with psycopg.connect(self.dsn, row_factory=psycopg.rows.dict_row) as connection:
            return connection.execute(query).fetchall()

    def table(self, table: Table, where: str = "true") -> list[dict[str, Any]]:
        """Return rows of a table, without the time they came."""
        columns = ", ".join(name for name in table.column_names if name != "loaded_at")
        return self.rows(f"SELECT {columns} FROM {table.full_name} WHERE {where}")

    def topic(self, topic: Topic) -> list[Record]:
        """Return the committed records of a topic."""
        return list(read_to_end(self.config, topic.name))

    def expected(self) -> dict[str, set[str]]:
        """Return what bronze must hold, by table: the records of the topics, each once, except those that nobody can read."""
        decisions = {_identity(record) for record in self.topic(SCORED)}
        alerts = {_identity(record) for record in self.topic(ALERTS)}
        self.answers()
        dead = {f"transactions.raw/{place.partition}/{place.offset}" for place, answer in self.answers() if answer.what == "dead letter"}
        labels = {f"{record.partition}/{record.offset}" for record in self.topic(LABELS)}
        unreadable = {(row["topic"], f"{row['topic_partition']}/{row['topic_offset']}") for row in self.table(UNREADABLE)}
        return {
            DECISIONS.full_name: decisions - {""},
            ALERTS_TABLE.full_name: alerts - {""},
            DEAD_LETTERS.full_name: dead,
            LABELS_TABLE.full_name: labels - {place for topic, place in unreadable if topic == LABELS.name},
        }

    def stored(self) -> dict[str, list[str]]:
        """Return what bronze holds, as a list: a row that is there twice is twice in it."""
        return {table: [row["place"] for row in self.rows(f"SELECT {place} AS place FROM {table}")] for table, place in PLACES.items()}

    def await_stored(self) -> dict[str, list[str]]:
        """Wait until bronze holds everything that it must, and return what it holds."""
        self.await_answers()

        def is_complete() -> bool:
            try:
                stored = self.stored()
            except psycopg.OperationalError:
                return False
            return all(wanted <= set(stored[table]) for table, wanted in self.expected().items())

        wait_until(is_complete, "bronze is complete")
        return self.stored()

    def metrics(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Return the topic of metrics as its consumers see it: of each key the last."""
        found = {}
        for record in self.topic(METRICS):
            found[record.key] = msgspec.json.decode(record.value or b"null")
        return {key_of(row): row for row in found.values()}


def key_of(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return the key of a row of metrics."""
    return row["window_start"], row["window_seconds"], row["dimension"], row["value"], row["currency"]


def _identity(record: Record) -> str:
    try:
        return str(msgspec.json.decode(record.value or b"null")["decision_id"])
    except (msgspec.DecodeError, TypeError, KeyError):
        return ""


__all__ = ["DLQ", "WarehouseJobs", "key_of", "running_jobs"]
