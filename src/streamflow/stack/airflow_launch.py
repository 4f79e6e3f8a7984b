"""The beginning of each of Airflow's processes: wait for PostgreSQL, see to Airflow's database, become the process.

Run by the supervisor as ``python -m streamflow.stack.airflow_launch HOME SUPERUSER_ADDRESS AIRFLOW ARGUMENT...``.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from streamflow.stack.airflow import CATALOGUE, DATABASE, REQUIREMENTS
from streamflow.stack.postgres import let_in

POLL_SECONDS: Final = 0.5
CONNECT_TIMEOUT_SECONDS: Final = 3


def main(arguments: list[str]) -> None:
    """Do it; does not return."""
    home, address, airflow, *command = arguments
    with (Path(home) / "lock").open("w") as handle:
        # One of the three sees to the database; the others wait for it here.
        fcntl.flock(handle, fcntl.LOCK_EX)
        see_to_database(Path(home), address, Path(airflow))
    os.execv(airflow, [airflow, *command])  # noqa: S606 - our own program


def see_to_database(home: Path, address: str, airflow: Path) -> None:
    """Create Airflow's role, database, tables and pools, unless this was done with the same versions."""
    done = home / "database-ready"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + CATALOGUE.read_bytes()).hexdigest()
    with _connection(address) as connection:
        is_new = _create(connection, _password(home))
    if is_new or not done.exists() or done.read_text() != wanted:
        subprocess.run([airflow.parent / "python", "-m", "orchestration.prepare"], check=True)
        done.write_text(wanted)


def _connection(address: str) -> psycopg.Connection[tuple[str]]:
    while True:
        try:
            return psycopg.connect(address, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS)
        except psycopg.OperationalError:
            time.sleep(POLL_SECONDS)


def _create(connection: psycopg.Connection[tuple[str]], password: str) -> bool:
    name = sql.Identifier(DATABASE)
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        return False
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [DATABASE]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    let_in(connection, DATABASE, password)
    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
    return True


def _password(home: Path) -> str:
    return (home / "pgpass").read_text().strip().rpartition(":")[2]


if __name__ == "__main__":
    main(sys.argv[1:])
