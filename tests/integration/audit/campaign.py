"""Half a million payments through the whole stack into the warehouse, servers killed in between, and `streamflow audit` over all of it.

`make campaign-warehouse` runs it on a stack of its own and keeps the result in benchmarks/results/warehouse_audit.json.
"""

import dataclasses
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
from psycopg import sql

from streamflow.contracts.catalogue import DAY_MS, DLQ, SCORED
from streamflow.contracts.tables import ALERTS_TABLE, DEAD_LETTERS, DECISIONS, TRANSFORMER
from streamflow.kafka.reading import Reader
from streamflow.stack.config import CHECKOUT, versions
from streamflow.store.connection import with_user
from tests.integration.job.live_job import disordered_traffic, wait_until
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs, running_jobs

RESULT: Final = CHECKOUT / "benchmarks" / "results" / "warehouse_audit.json"
EVENTS: Final = 500_000
RATE: Final = 4_000.0
"""Events a second: slow enough that every kill falls into the traffic."""

VICTIMS: Final = ("taskmanager-1", "postgres", "taskmanager-2", "taskmanager-3", "postgres")
"""Killed with -9 one after the other, each in a part of the traffic of its own; each job loses its TaskManager once."""

DBT: Final = CHECKOUT / "build" / "dbt" / "venv" / "bin" / "dbt"
STORED: Final = (DECISIONS, DEAD_LETTERS, ALERTS_TABLE)
PATIENCE_SECONDS: Final = 3_600.0


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of the audit found, over all partitions."""

    earlier: str
    later: str
    expected: int
    found: int
    gaps: int
    orphans: int
    doubles: int
    changed: int
    repeats: int
    amounts: dict[str, dict[str, str]]


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign did and found; `clean` is the audit's own verdict."""

    events: int
    clean: bool
    killed: list[str]
    checks: dict[str, Check]
    not_checked: list[str]
    unreadable: dict[str, int]
    traffic_and_kills_seconds: float
    audit_seconds: float
    versions: dict[str, str] = {}


def rows(jobs: WarehouseJobs) -> tuple[int, ...]:
    """Return how many decisions, dead letters and alerts bronze holds; zeros while PostgreSQL is down."""
    tables = [sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(table.schema, table.name)) for table in STORED]
    try:
        with psycopg.connect(jobs.dsn) as connection:
            return tuple(connection.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(tables))).fetchone() or ())
    except psycopg.OperationalError:
        return (0,) * len(STORED)


def answered(jobs: WarehouseJobs) -> int:
    """Return how many records bronze has an answer to."""
    decisions, letters, _ = rows(jobs)
    return decisions + letters


def written(jobs: WarehouseJobs) -> int:
    """Return how many answers lie in the topics, repeated ones too."""
    found = 0
    for topic in (SCORED, DLQ):
        with closing(Reader(jobs.config, topic.name)) as reader:
            found += sum(end - first for first, end in reader.spans().values())
    return found


def await_written(jobs: WarehouseJobs, count: int) -> None:
    """Wait until so many answers lie in the topics."""
    wait_until(lambda: written(jobs) >= count, f"{count} answers in the topics", PATIENCE_SECONDS)


def kill_under_load(jobs: WarehouseJobs, events: int, rate: float) -> None:
    """Send a part of the traffic for each victim, and kill it in the midst of it."""
    part = events // len(VICTIMS)
    for number, victim in enumerate(VICTIMS):
        whole = disordered_traffic(part, seed=number)
        days = whole.days / len(VICTIMS)
        plan = dataclasses.replace(whole, days=days, start_ms=whole.start_ms + round(number * days * DAY_MS))
        jobs.stack.wait_ready(["taskmanager", "postgres"])
        jobs.await_running()
        share = written(jobs) + part // 4
        with jobs.load(plan, rate):
            await_written(jobs, share)
            stored = answered(jobs)
            jobs.stack.kill(victim)
        say(f"killed {victim} after {share} answers, {stored} of them in bronze")


def await_stored(jobs: WarehouseJobs, events: int) -> None:
    """Wait until bronze has every answer, and until no more alerts come."""
    wait_until(lambda: answered(jobs) >= events, f"{events} answers in bronze", PATIENCE_SECONDS)
    before: tuple[int, ...] = ()
    while (now := rows(jobs)) != before:
        before = now
        time.sleep(5.0)


def build_gold(jobs: WarehouseJobs, folder: Path) -> bool:
    """Let dbt build the facts; False where dbt is not installed."""
    if not DBT.exists():
        return False
    parts = psycopg.conninfo.conninfo_to_dict(with_user(jobs.settings.postgres_dsn(), TRANSFORMER.name))
    names = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "passfile": "PGPASSFILE"}
    warehouse = str(CHECKOUT / "warehouse")
    command = [str(DBT), "--log-path", str(folder / "log"), "run", "--select", "+fct_transactions", "--project-dir", warehouse]
    subprocess.run(
        [*command, "--profiles-dir", warehouse, "--target-path", str(folder / "target")],
        env={**os.environ, **{names[name]: str(value) for name, value in parts.items() if name in names}},
        check=True,
        stdout=sys.stderr,
    )
    return True


def audited(jobs: WarehouseJobs) -> Any:
    """Run the command as a user does."""
    done = jobs.cli("audit", "--settle", "0s", "--json")
    assert done.returncode in (0, 1), done.stderr
    return msgspec.json.decode(done.stdout)


def run(folder: Path, events: int, rate: float) -> Campaign:
    """Run a campaign in a folder of its own."""
    with running_jobs(folder / "stack") as jobs:
        began = time.monotonic()
        kill_under_load(jobs, events, rate)
        await_stored(jobs, events)
        sent = time.monotonic()
        say(f"bronze is complete after {sent - began:.0f} s")
        build_gold(jobs, folder / "dbt")
        began_audit = time.monotonic()
        found = audited(jobs)
        seconds = time.monotonic() - began_audit
        for fault in found["faults"]:
            say(str(fault))
        return Campaign(
            events=sum(span["records"] for span in found["spans"]),
            clean=found["ok"],
            killed=list(VICTIMS),
            checks={check["name"]: _summed(check) for check in found["checks"]},
            not_checked=found["not_checked"],
            unreadable=found["unreadable"],
            traffic_and_kills_seconds=round(sent - began, 1),
            audit_seconds=round(seconds, 1),
            versions=versions(jobs.stack.layout),
        )


def _summed(check: dict[str, Any]) -> Check:
    sums: dict[str, dict[str, Decimal]] = {}
    for part in check["partitions"]:
        for currency, money in part["amounts"].items():
            total = sums.setdefault(currency, {"expected": Decimal(0), "found": Decimal(0)})
            for side in total:
                total[side] += Decimal(money[side])
    names = ("expected", "found", "gaps", "orphans", "doubles", "changed", "repeats")
    return Check(
        earlier=check["earlier"],
        later=check["later"],
        **{name: sum(part[name] for part in check["partitions"]) for name in names},
        amounts={currency: {side: str(total) for side, total in money.items()} for currency, money in sorted(sums.items())},
    )


def say(words: str) -> None:
    """Tell who waits what has happened."""
    print(words, file=sys.stderr, flush=True)  # noqa: T201


def main(arguments: list[str]) -> int:
    """Run the campaign; a number of events makes it a smaller one, whose result is only printed."""
    events = int(arguments[0]) if arguments else EVENTS
    with tempfile.TemporaryDirectory(prefix="streamflow-campaign-") as folder:
        found = run(Path(folder), events, RATE)
    result = msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    print(result)  # noqa: T201
    if not arguments:
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_text(result + "\n")
    return 0 if found.clean and found.events == events else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
