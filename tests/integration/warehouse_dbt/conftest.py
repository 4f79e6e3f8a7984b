"""One warehouse that dbt has built, from nothing and then from payments of all kinds, for the tests that only read it."""

import csv
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from streamflow.contracts.tables import CUSTOMERS, LABELS_TABLE, STORES, UNREADABLE, Table
from streamflow.control.shipped import shipped_model
from streamflow.simulate import Plan
from streamflow.simulate.files import write_files
from streamflow.simulate.reference import write_reference
from tests.integration.postgres import TEMPLATE, Database, Server
from tests.integration.warehouse_dbt.payments import hostile_decisions, label, lines
from tests.integration.warehouse_dbt.project import Dbt, Worker
from tests.warehouse import Row, insert, label_row, seeded

PLAN = Plan(events=4_000, customers=120, days=25, late_ratio=0.01, repeated_ratio=0.01, malformed_ratio=0.02)


class Built(Dbt):
    """The warehouse, and what dbt said while it was built."""

    on_nothing = ""
    on_payments = ""


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of simulated payments, their decisions by rules and model, labels, and the reference tables."""
    from typer.testing import CliRunner

    from streamflow.cli.main import app

    folder = tmp_path_factory.mktemp("traffic")
    write_files(PLAN, str(folder / "payments.jsonl"), folder / "labels.jsonl")
    write_reference(PLAN, folder)
    shipped = shipped_model()
    (folder / "model").mkdir()
    for name, content in shipped.files.items():
        (folder / "model" / name).write_bytes(content)
    trusted = ["--set", f"model.trusted_keys={shipped.trusted_key}"]
    files = [str(folder / "payments.jsonl"), "--lists", str(folder / "lists.json"), "--model", str(folder / "model"), "--out", str(folder)]
    result = CliRunner().invoke(app, [*trusted, "score", *files])
    assert result.exit_code == 0, result.output
    return folder


def reference_rows(folder: Path, table: Table) -> list[Row]:
    """Return what the shop knows, as it stands in its file."""
    with (folder / f"{table.name}.csv").open(encoding="utf-8", newline="") as stream:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(stream)]


def fill(database: Database, folder: Path) -> None:
    """Fill bronze: the simulated payments, the hostile ones, verdicts on them, and what the shop knows of its customers."""
    verdicts = [
        label("hostile label before its payment", is_fraud=True, known_at="2026-01-20T00:00:00Z", source="chargeback"),
        label("hostile verdict that changes", is_fraud=True, known_at="2026-01-12T00:00:00Z"),
        label("hostile verdict that changes", is_fraud=False, known_at="2026-03-01T00:00:00Z", comment="the customer called"),
        label("hostile test in production", is_fraud=True, known_at="2026-01-12T00:00:00Z"),
        label("hostile twelve digits", is_fraud=True, known_at="2026-01-12T00:00:00Z", source="chargeback"),
        label("nobody has seen this payment", is_fraud=True, known_at="2026-01-12T00:00:00Z", source="chargeback"),
    ]
    with psycopg.connect(database.writer) as connection:
        insert(connection, LABELS_TABLE, (label_row(value, 7, offset) for offset, value in enumerate(verdicts)))
    with (folder / "decisions.jsonl").open("rb") as stream:
        decisions = [*lines(stream), *hostile_decisions()]
    # Nobody has judged the newest payments yet, so there are alerts to look at.
    labels = [line for line in lines((folder / "labels.jsonl").open("rb")) if b'"event_time":"2026-01-2' not in line]
    seeded(database.writer, decisions=decisions, dead_letters=folder / "dead_letters.jsonl", labels=labels)
    with psycopg.connect(database.superuser) as connection:
        for table in (CUSTOMERS, STORES):
            insert(connection, table, reference_rows(folder, table))
        unreadable = {"topic": "transactions.scored", "topic_partition": 0, "topic_offset": 1, "record_timestamp": "2026-01-05T00:00:00Z"}
        insert(connection, UNREADABLE, [unreadable | {"why": "no JSON", "record_key": None, "preview": "{", "value_bytes": 1}])
        connection.execute(
            "INSERT INTO metrics.realtime"
            " SELECT date_trunc('minute', event_time), date_trunc('minute', event_time) + interval '1 minute', 60,"
            " 'store_id', store_id, currency, count(*), sum(amount), 0, 0, null, null, null, count(DISTINCT customer_id)"
            " FROM bronze.decisions GROUP BY 1, 2, store_id, currency"
        )


@pytest.fixture(scope="session")
def built(postgres_server: Server, scored: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Return a warehouse that was built empty, then from all kinds of payments."""
    database = postgres_server.create(TEMPLATE, "dbt_built")
    warehouse = Built(database, tmp_path_factory.mktemp("dbt"))
    warehouse.on_nothing = warehouse.run("build", "--threads", "4")
    fill(database, scored)
    warehouse.on_payments = warehouse.run("build", "--threads", "4")
    yield warehouse
    postgres_server.drop(database)


@pytest.fixture(scope="session")
def bench_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the project is parsed once for all databases of one name."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture
def bench(postgres_server: Server, bench_folder: Path) -> Iterator[Dbt]:
    """Return dbt on an empty warehouse, to do anything with."""
    database = postgres_server.create(TEMPLATE, "dbt_bench")
    yield Dbt(database, bench_folder)
    postgres_server.drop(database)


@pytest.fixture(scope="session")
def session_worker(postgres_server: Server, bench_folder: Path) -> Iterator[Worker]:
    """Return a process that runs dbt's commands on the warehouse of `bench`, whichever it is at the time."""
    database = postgres_server.create(TEMPLATE, "dbt_bench")
    postgres_server.drop(database)
    with Dbt(database, bench_folder).worker() as worker:
        yield worker
