"""A real PostgreSQL for tests: one server a session, and a migrated database of its own for every test that asks."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from streamflow.contracts.tables import MIGRATOR, READER, TRANSFORMER, WRITER, Role
from streamflow.settings import Options, Settings
from streamflow.store.connection import with_user
from streamflow.store.liquibase import Liquibase
from streamflow.store.migrations import migrate

TEMPLATE = "migrated"
_numbers = itertools.count(1)


class Database:
    """A database and its addresses.

    Parameters
    ----------
    address
        As the superuser.
    """

    def __init__(self, address: str) -> None:
        self.superuser = address

    def dsn(self, role: Role) -> str:
        """Return the address for a role."""
        return with_user(self.superuser, role.name)

    def connect(self, role: Role, *, autocommit: bool = True) -> psycopg.Connection[Any]:
        return psycopg.connect(self.dsn(role), autocommit=autocommit)

    def rows(self, query: str, *parameters: object, role: Role = READER) -> list[tuple[Any, ...]]:
        """Return what a query gives."""
        with self.connect(role) as connection:
            return connection.execute(query, parameters).fetchall()

    def value(self, query: str, *parameters: object, role: Role = READER) -> Any:
        """Return the one value of a query."""
        ((found,),) = self.rows(query, *parameters, role=role)
        return found

    @property
    def migrator(self) -> str:
        return self.dsn(MIGRATOR)

    @property
    def writer(self) -> str:
        return self.dsn(WRITER)

    @property
    def transformer(self) -> str:
        return self.dsn(TRANSFORMER)

    @property
    def reader(self) -> str:
        return self.dsn(READER)


class Server:
    """PostgreSQL through the stack's component, which makes the roles too."""

    def __init__(self, directory: Path) -> None:
        self.settings = Settings.load(Options(values={"stack.directory": str(directory), "stack.ready_timeout_seconds": "400"}), {})
        self.stack = self.settings.local_stack()
        self.address = self.stack.up(["postgres"]).postgres_dsn
        self.liquibase: Liquibase = self.settings.liquibase()
        with self.administer() as connection:
            # A test's data need not survive the machine.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")

    def administer(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.address, autocommit=True)

    def create(self, template: str = "template1", name: str = "") -> Database:
        """Return a new database that belongs to the migrator."""
        name = name or f"test_{next(_numbers)}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
        with self.administer() as connection:
            connection.execute(command.format(*map(sql.Identifier, (name, template, MIGRATOR.name))))
        return self.database(name)

    def database(self, name: str) -> Database:
        return Database(psycopg.conninfo.make_conninfo(self.address, dbname=name))

    def drop(self, database: Database) -> None:
        name = psycopg.conninfo.conninfo_to_dict(database.superuser)["dbname"]
        with self.administer() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(str(name))))


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server whose database `migrated` holds the newest schema and no rows."""
    server = Server(tmp_path_factory.mktemp("postgres"))
    try:
        migrate(server.create(name=TEMPLATE).migrator, server.liquibase)
        yield server
    finally:
        server.stack.down()


@pytest.fixture
def warehouse(postgres_server: Server) -> Iterator[Database]:
    """Return an empty, migrated database that no other test sees; some tenths of a second."""
    database = postgres_server.create(TEMPLATE)
    yield database
    postgres_server.drop(database)


@pytest.fixture
def empty_database(postgres_server: Server) -> Iterator[Database]:
    """Return a database that nobody has migrated."""
    database = postgres_server.create()
    yield database
    postgres_server.drop(database)
