"""Who may do what: every role against every table, and against what is not a table."""

import psycopg
import pytest

from streamflow.contracts.tables import MIGRATOR, READER, TABLES, TRANSFORMER, WRITER, Role
from tests.integration.postgres import Database

pytestmark = pytest.mark.stack

READS, ADDS, CHANGES, DELETES = "SELECT", "INSERT", "UPDATE", "DELETE"
EVERYTHING = {READS, ADDS, CHANGES, DELETES}
ALLOWED = {
    (MIGRATOR.name, "bronze"): EVERYTHING,
    (MIGRATOR.name, "metrics"): EVERYTHING,
    (MIGRATOR.name, "ops"): EVERYTHING,
    (WRITER.name, "bronze"): {READS, ADDS, CHANGES},
    (WRITER.name, "metrics"): {READS, ADDS, CHANGES},
    (WRITER.name, "ops"): set(),
    (TRANSFORMER.name, "bronze"): {READS},
    (TRANSFORMER.name, "metrics"): {READS},
    (TRANSFORMER.name, "ops"): {READS, ADDS},
    (READER.name, "bronze"): {READS},
    (READER.name, "metrics"): {READS},
    (READER.name, "ops"): {READS},
}
REFUSED = {
    WRITER: (
        "DELETE FROM bronze.decisions",
        "TRUNCATE bronze.decisions",
        "ALTER TABLE bronze.decisions ADD COLUMN x int",
        "DROP TABLE bronze.alerts",
        "CREATE TABLE bronze.x (id int)",
        "CREATE TABLE public.x (id int)",
        "CREATE SCHEMA x",
        "SELECT * FROM gold.built",
        "SELECT * FROM ops.audit",
    ),
    TRANSFORMER: (
        "INSERT INTO bronze.labels SELECT * FROM bronze.labels",
        "UPDATE bronze.decisions SET outcome = 'approve'",
        "UPDATE ops.audit SET ok = true",
        "DELETE FROM ops.quality_results",
        "CREATE TABLE bronze.x (id int)",
        "CREATE TABLE ops.x (id int)",
        "CREATE SCHEMA x",
    ),
    READER: (
        "UPDATE bronze.decisions SET outcome = 'approve'",
        "INSERT INTO ops.audit SELECT * FROM ops.audit",
        "DELETE FROM gold.built",
        "CREATE TABLE gold.x (id int)",
        "CREATE TABLE public.x (id int)",
    ),
}


@pytest.fixture
def built(warehouse: Database) -> Database:
    """Return a warehouse in which dbt has built a table."""
    with warehouse.connect(TRANSFORMER) as connection:
        connection.execute("CREATE TABLE gold.built (id int)")
        connection.execute("INSERT INTO gold.built VALUES (1)")
        connection.execute("CREATE TEMPORARY TABLE scratch (id int)")
    return warehouse


@pytest.mark.parametrize("role", [MIGRATOR, WRITER, TRANSFORMER, READER], ids=lambda role: role.name)
def test_each_role_may_do_with_each_table_what_it_must_and_no_more(warehouse: Database, role: Role) -> None:
    for table in TABLES:
        query = "SELECT privilege FROM unnest(%s::text[]) AS privilege WHERE has_table_privilege(%s, %s, privilege)"
        found = {name for (name,) in warehouse.rows(query, sorted(EVERYTHING), role.name, table.full_name)}
        assert found == ALLOWED[role.name, table.schema], table.full_name


@pytest.mark.parametrize(("role", "statement"), [(role, each) for role, statements in REFUSED.items() for each in statements])
def test_what_a_role_must_not_do_is_refused(built: Database, role: Role, statement: str) -> None:
    with built.connect(role) as connection:
        # The reader's own setting would refuse too; its grants have to.
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_what_dbt_builds_belongs_to_it_and_readers_see_it(built: Database) -> None:
    assert built.value("SELECT count(*) FROM gold.built", role=READER) == 1
    with built.connect(TRANSFORMER) as connection:
        connection.execute("DROP TABLE gold.built")


def test_a_readers_transactions_only_read(warehouse: Database) -> None:
    assert warehouse.value("SHOW default_transaction_read_only", role=READER) == "on"


def test_no_role_is_a_superuser_or_makes_roles(warehouse: Database) -> None:
    query = (
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'streamflow\\_%%' AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)"
    )
    assert warehouse.rows(query) == []


def test_each_role_needs_its_own_password(warehouse: Database) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(warehouse.reader, password="guessed", passfile="/dev/null")
