"""The dbt project of the checkout on a database: as a program, or as a worker that runs many commands quickly."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from psycopg.conninfo import conninfo_to_dict

from streamflow.contracts.tables import TRANSFORMER
from tests.integration.postgres import Database

ROOT: Final = Path(__file__).parents[3]
PROJECT: Final = ROOT / "warehouse"
BIN: Final = ROOT / "build" / "dbt" / "venv" / "bin"
# What the commands write, and no table: the models' rows are compared, so runs of them are the point.
MODELS: Final = ("--resource-type", "model", "--resource-type", "snapshot")

Rows = dict[str, list[str]]
"""The rows of each table as PostgreSQL writes them, sorted."""


class Dbt:
    """dbt on one database, as the transformer.

    Parameters
    ----------
    database
        It is migrated.
    folder
        For what dbt writes; where it is used again, the project is not parsed anew.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder

    def environment(self, **changes: str) -> dict[str, str]:
        parts = {name: str(value) for name, value in conninfo_to_dict(self.database.dsn(TRANSFORMER)).items()}
        connection = {f"PG{name.upper()}": parts[name] for name in ("host", "port", "user", "passfile")}
        dbt = {"DBT_TARGET_PATH": str(self.folder / "target"), "DBT_LOG_PATH": str(self.folder / "logs")}
        folders = {"DBT_PROJECT_DIR": str(PROJECT), "DBT_PROFILES_DIR": str(PROJECT)}
        return {**os.environ, **connection, "PGDATABASE": parts["dbname"], **dbt, **folders, **changes}

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start dbt as a program, in a process group of its own."""
        command = [str(BIN / "dbt"), *arguments]
        return subprocess.Popen(
            command,
            env=self.environment(**environment),
            cwd=PROJECT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *arguments: str, exit_code: int = 0, **environment: str) -> str:
        """Run dbt as a program and return what it printed."""
        process = self.start(*arguments, **environment)
        output, _ = process.communicate()
        assert process.returncode == exit_code, output
        return output

    @contextmanager
    def worker(self) -> Iterator["Worker"]:
        """Return a process that runs commands."""
        command = [str(BIN / "python"), str(Path(__file__).with_name("dbt_worker.py"))]
        with (self.folder / "worker.log").open("w") as log:
            process = subprocess.Popen(
                command, env=self.environment(), cwd=PROJECT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
            try:
                yield Worker(process, self.folder / "worker.log")
            finally:
                process.kill()
                process.wait()


class Worker:
    """Commands one after another, each with the same parsed project."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self._process = process
        self._log = log

    def run(self, *arguments: str) -> None:
        """Run one command; it must go well."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, self._log.read_text()[-4000:]
        problem = json.loads(answer)
        assert problem is None, (arguments, problem, self._log.read_text()[-4000:])


def rows(database: Database) -> Rows:
    """Return all rows of every table of silver and gold but the snapshots, which remember when they were taken."""
    tables = database.rows(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables"
        " WHERE table_schema IN ('silver', 'gold') AND table_type = 'BASE TABLE'"
    )
    names = sorted(name for (name,) in tables if "snap_" not in name)
    with database.connect(TRANSFORMER) as connection:
        return {name: sorted(str(row) for (row,) in connection.execute(f"SELECT t::text FROM {name} AS t")) for name in names}  # noqa: S608


def differences(got: Rows, expected: Rows) -> dict[str, Any]:
    """Return for each table a few rows that only one of the two has."""
    found: dict[str, Any] = {}
    for name in sorted({*got, *expected}):
        ours, theirs = got.get(name, []), expected.get(name, [])
        if ours != theirs:
            extra, missing = sorted(set(ours) - set(theirs)), sorted(set(theirs) - set(ours))
            found[name] = {"only got": extra[:3], "only expected": missing[:3], "rows": (len(ours), len(theirs))}
    return found
