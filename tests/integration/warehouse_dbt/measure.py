"""How long dbt takes: `python -m tests.integration.warehouse_dbt.measure --decisions 1000000` writes benchmarks/results/dbt.json.

Bronze is filled by SQL with copies of decisions that the engine made, each copy with ids, customers and times of its own, as if each row
had been loaded when it was made.
"""

import argparse
import json
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg

from benchmarks.machine import calibrate
from benchmarks.results import RESULTS, make, read, write
from streamflow.control.documents import default_rules, fixed_control
from streamflow.engine import Engine, EngineSettings
from streamflow.offline.inputs import read_lines
from streamflow.offline.run import run
from streamflow.simulate import Plan
from streamflow.simulate.files import write_files
from streamflow.store.migrations import migrate
from tests.integration.postgres import Database, Server
from tests.integration.warehouse_dbt.project import MODELS, Dbt
from tests.warehouse import seeded

SAMPLE: Final = 20_000
DAYS: Final = 20
LONGEST_SHIFT_HOURS: Final = 240
# Column by column what makes a copy another payment.
_SHIFT: Final = "make_interval(hours => (copy * 7) % 240, secs => copy)"
_ANEW: Final = {
    "decision_id": "md5(decision_id::text || copy)::uuid",
    "transaction_id": "transaction_id || '-' || copy",
    "customer_id": "customer_id || '-' || copy % 50",
    "source_offset": f"source_offset + copy * {10 * SAMPLE}",
    "label_offset": f"label_offset + copy * {10 * SAMPLE}",
    **{name: f"{name} + {_SHIFT}" for name in ("source_timestamp", "event_time", "known_at", "label_timestamp")},
}
_MADE_AT: Final = {"decisions": "source_timestamp", "alerts": "source_timestamp", "labels": "label_timestamp"}
_SIZES: Final = ("bronze.decisions", "silver.int_decision_labels", "silver.int_rule_hits", "gold.fct_transactions")


def fill(database: Database, folder: Path, decisions: int) -> None:
    """Fill bronze with about as many decisions, and with the labels and alerts that go with them."""
    write_files(Plan(events=SAMPLE, customers=400, days=DAYS), str(folder / "payments.jsonl"), folder / "labels.jsonl")
    with (folder / "payments.jsonl").open("rb") as stream:
        run(
            Engine(fixed_control(default_rules()), EngineSettings(key_source="payload")),
            read_lines(stream),
            folder,
            event_time_is_record_time=True,
        )
    first, last = date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=DAYS + LONGEST_SHIFT_HOURS // 24)
    with psycopg.connect(database.migrator) as connection:
        connection.execute("SELECT ops.ensure_partitions(%s, %s)", [first, last])
    seeded(database.writer, decisions=folder / "decisions.jsonl", labels=folder / "labels.jsonl")
    with psycopg.connect(database.superuser) as connection:
        for table, made_at in _MADE_AT.items():
            connection.execute(f"UPDATE bronze.{table} SET loaded_at = {made_at}")  # noqa: S608 - names of this file
    copy(database, 1, decisions // SAMPLE - 1, loaded_at_once=True)


def copy(database: Database, begin: int, end: int, *, loaded_at_once: bool) -> None:
    """Add the copies of these numbers, loaded when they were made or just now."""
    with psycopg.connect(database.superuser, autocommit=True) as connection:
        for table, made_at in _MADE_AT.items():
            query = (
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = 'bronze' AND table_name = %s AND column_name <> 'loaded_at' ORDER BY ordinal_position"
            )
            columns = [name for (name,) in connection.execute(query, [table])]
            values = [_ANEW.get(name, name) for name in columns]
            if loaded_at_once:
                columns, values = [*columns, "loaded_at"], [*values, _ANEW[made_at]]
            connection.execute(f"CREATE TEMPORARY TABLE sample AS SELECT * FROM bronze.{table} WHERE transaction_id NOT LIKE 'tx-%-%-%'")  # noqa: S608 - names of the catalogue
            for number in range(begin, end + 1):
                selected = f"SELECT {', '.join(values)} FROM sample, (SELECT {number} AS copy) AS numbers"  # noqa: S608 - names of the catalogue
                connection.execute(f"INSERT INTO bronze.{table} ({', '.join(columns)}) {selected}")
            connection.execute("DROP TABLE sample")
            connection.execute(f"VACUUM ANALYZE bronze.{table}")


def timed(dbt: Dbt, *arguments: str) -> float:
    """Run dbt as a program and return how many seconds it took."""
    begin = time.perf_counter()
    dbt.run(*arguments)
    return round(time.perf_counter() - begin, 1)


def measure(decisions: int, directory: Path) -> dict[str, Any]:
    """Return seconds and bytes."""
    server = Server(directory / "stack")
    try:
        database = server.create(name="measured")
        migrate(database.migrator, server.liquibase)
        (directory / "traffic").mkdir()
        fill(database, directory / "traffic", decisions)
        dbt = Dbt(database, directory)
        dbt.run("parse")
        found: dict[str, Any] = {"decisions": database.value("SELECT count(*) FROM bronze.decisions")}
        found["labels"] = database.value("SELECT count(*) FROM bronze.labels")
        found["first_build_seconds"] = timed(dbt, "build", *MODELS)
        results = json.loads((directory / "target" / "run_results.json").read_text())["results"]
        slowest = sorted(results, key=lambda item: -item["execution_time"])[:5]
        found["slowest_models_seconds"] = {item["unique_id"].rpartition(".")[2]: round(item["execution_time"], 1) for item in slowest}
        found["tests_seconds"] = timed(dbt, "test")
        found["nothing_new_seconds"] = timed(dbt, "build", *MODELS)
        copies = decisions // SAMPLE
        more = max(1, copies // 100)
        copy(database, copies, copies + more - 1, loaded_at_once=False)
        found["decisions_more"] = more * SAMPLE
        found["decisions_more_seconds"] = timed(dbt, "build", *MODELS)
        found["bytes"] = {name: _bytes(database, name) for name in _SIZES}
        return found
    finally:
        server.stack.down()


def _bytes(database: Database, table: str) -> int:
    partitions = "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(%s)"
    return int(database.value(partitions, table) or database.value("SELECT pg_total_relation_size(%s)", table))


def main() -> int:
    """Measure one size, and keep the other sizes' figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="print, and write nothing")
    arguments = parser.parse_args()
    calibration = calibrate()
    with tempfile.TemporaryDirectory(prefix="streamflow-dbt-") as folder:
        Path(folder).chmod(0o755)
        found = measure(arguments.decisions, Path(folder))
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    if not arguments.quick:
        before = read("dbt").figures if (RESULTS / "dbt.json").exists() else {}
        write(make("dbt", calibration, {"threads": 4, "sample": SAMPLE}, {**before, str(arguments.decisions): found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
