"""`streamflow warehouse`, and `streamflow up` with PostgreSQL, as a person and as a program use them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.errors import ExitCode
from streamflow.contracts.tables import BY_DAY, MIGRATOR, READER
from streamflow.stack import Stack, StackSettings
from streamflow.stack.postgres import DATABASE
from streamflow.store.connection import with_user
from tests.integration.postgres import Database

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

Command = Callable[..., str]


@pytest.fixture
def streamflow(empty_database: Database, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a function that runs a command on a database that nobody has migrated, and returns what it printed."""
    monkeypatch.setenv("STREAMFLOW_POSTGRES_DSN", empty_database.superuser)

    def run(*arguments: str, exit_code: int = ExitCode.OK) -> str:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == exit_code, result.output
        return result.stdout

    return run


def test_a_database_goes_up_is_split_by_days_and_goes_down(streamflow: Command, empty_database: Database) -> None:
    streamflow("warehouse", "status", exit_code=ExitCode.NOT_READY)
    ran = json.loads(streamflow("warehouse", "migrate", "--json"))["ran"]
    assert (ran[0], ran[-1]) == ("0001-schemas", "comments")
    assert streamflow("warehouse", "migrate") == "nothing to do\n"
    assert {entry["name"] for entry in json.loads(streamflow("warehouse", "status", "--json"))} == set(ran)

    days = json.loads(streamflow("warehouse", "partitions", "--from", "2026-01-01", "--to", "2026-01-03", "--json"))
    assert len(days["made"]) == 3 * len(BY_DAY)
    kept = json.loads(streamflow("warehouse", "partitions", "--keep-days", "2", "--drop", "--json"))
    assert (len(kept["detached"]), len(kept["dropped"])) == (len(days["made"]), len(days["made"]))
    # Two days ago, yesterday, today, and the week ahead.
    assert {table["partitions"] for table in kept["tables"]} == {10}
    streamflow("warehouse", "partitions", "--from", "2026-01-03", "--to", "2026-01-01", exit_code=ExitCode.USAGE)
    streamflow("warehouse", "partitions", "--drop", exit_code=ExitCode.USAGE)

    streamflow("warehouse", "rollback", "--to", "0", exit_code=1)
    assert len(json.loads(streamflow("warehouse", "status", "--json"))) == len(ran), "nobody said yes"
    assert streamflow("warehouse", "rollback", "--to", "0", "--yes").splitlines()[-1] == "undone 0001-schemas"
    assert empty_database.value("SELECT to_regnamespace('bronze') IS NULL", role=MIGRATOR)


def test_the_stack_makes_the_roles_and_migrates_once(tmp_path: Path) -> None:
    def up() -> list[str]:
        command = [sys.executable, "-m", "streamflow.cli.main", "--set", f"stack.directory={tmp_path}", "up", "postgres", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        names: list[str] = json.loads(done.stdout)["migrated"]
        return names

    stack = Stack(StackSettings(directory=str(tmp_path)))
    try:
        assert len(up()) > 10
        assert up() == []
        address = stack.endpoints().postgres_dsn
        with psycopg.connect(with_user(address, READER.name)) as connection:
            assert connection.execute("SELECT count(*) FROM bronze.decisions").fetchone() == (0,)
            owner = connection.execute("SELECT datdba::regrole::text FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        assert owner == (MIGRATOR.name,)
        assert (tmp_path / "postgres" / "pgpass").stat().st_mode & 0o077 == 0
    finally:
        stack.down()
