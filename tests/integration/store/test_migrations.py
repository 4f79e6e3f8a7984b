"""The schema as migrations make it: against the catalogue, up and down, twice at once, changed and killed."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from scripts.reference.tables import comments_sql
from streamflow.contracts.errors import BadInputError, NotReadyError, StreamFlowError
from streamflow.contracts.tables import BY_DAY, MIGRATOR, SCHEMAS, TABLES
from streamflow.store import liquibase, migrations
from streamflow.store.liquibase import Liquibase
from streamflow.store.migrations import migrate, rollback, status
from tests.integration.postgres import Database, Server

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

TYPES = {"timestamptz": "timestamp with time zone", "numeric(14,2)": "numeric", "numeric(20,2)": "numeric"}
OTHER_MIGRATOR = """
import sys
from pathlib import Path
from streamflow.store.liquibase import Liquibase
from streamflow.store.migrations import migrate
dsn, java, jars = sys.argv[1:]
print(len(migrate(dsn, Liquibase(java, Path(jars))).ran))
"""


@pytest.fixture
def own_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the migrations that a test may change."""
    folder = tmp_path / "migrations"
    shutil.copytree(liquibase.FOLDER, folder)
    for module in (liquibase, migrations):
        monkeypatch.setattr(module, "FOLDER", folder)
    return folder


def start_migrator(database: Database, program: Liquibase) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", OTHER_MIGRATOR, database.migrator, program.java, str(program.jars)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def tables(database: Database) -> set[tuple[str, str]]:
    query = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema = ANY(%s) AND table_type = 'BASE TABLE'"
    return set(database.rows(query, list(SCHEMAS), role=MIGRATOR))


def test_the_catalogue_is_what_the_migrations_made(warehouse: Database) -> None:
    expected = {(table.schema, table.name) for table in TABLES}
    assert tables(warehouse) == expected | {(table.schema, f"{table.name}_default") for table in BY_DAY}
    for table in TABLES:
        found = warehouse.rows(
            "SELECT column_name, data_type, is_nullable = 'YES' FROM information_schema.columns"
            " WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
            *(table.schema, table.name),
            role=MIGRATOR,
        )
        assert found == [(column.name, TYPES.get(column.type, column.type), column.null) for column in table.columns], table.full_name
        digits = warehouse.rows(
            "SELECT column_name, format('numeric(%%s,%%s)', numeric_precision, numeric_scale) FROM information_schema.columns"
            " WHERE table_schema = %s AND table_name = %s AND data_type = 'numeric' AND numeric_precision IS NOT NULL",
            *(table.schema, table.name),
            role=MIGRATOR,
        )
        assert dict(digits) == {column.name: column.type for column in table.columns if column.type.startswith("numeric(")}
        key = warehouse.value(
            "SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::int[], a.attnum::int)) FROM pg_index i"
            " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)"
            " WHERE i.indisprimary AND i.indrelid = %s::regclass",
            table.full_name,
        )
        assert tuple(key) == table.key


def test_every_schema_table_and_column_says_in_the_database_what_it_is(warehouse: Database) -> None:
    assert (liquibase.FOLDER / "comments.sql").read_text() == comments_sql(), "make docs"
    for name, what in SCHEMAS.items():
        assert warehouse.value("SELECT obj_description(%s::regnamespace)", name) == what
    for table in TABLES:
        assert warehouse.value("SELECT obj_description(%s::regclass)", table.full_name) == table.what
        query = "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        assert dict(warehouse.rows(query, table.full_name)) == {column.name: column.what for column in table.columns}


def test_down_to_nothing_and_up_again_is_the_same_schema(warehouse: Database, postgres_server: Server) -> None:
    program = postgres_server.liquibase
    before = tables(warehouse)
    undone = rollback(warehouse.migrator, program, 0).undone
    assert tables(warehouse) == set()
    assert {entry.ran_at for entry in status(warehouse.migrator)} == {None}
    assert rollback(warehouse.migrator, program, 0).undone == ()
    assert set(migrate(warehouse.migrator, program).ran) == set(undone)
    assert tables(warehouse) == before
    assert None not in {entry.ran_at for entry in status(warehouse.migrator)}


def test_down_to_a_file_leaves_what_was_before_it(warehouse: Database, postgres_server: Server) -> None:
    undone = rollback(warehouse.migrator, postgres_server.liquibase, 3).undone
    assert {name.partition("-")[0] for name in undone} == {"0004", "comments"}
    assert ("bronze", "decisions") in tables(warehouse)
    with pytest.raises(BadInputError, match="no such migration"):
        rollback(warehouse.migrator, postgres_server.liquibase, 99)


def test_where_nothing_is_to_do_no_java_is_started(warehouse: Database) -> None:
    assert migrate(warehouse.migrator, Liquibase("/no/such/java", Path("/no/such/folder"))).ran == ()


def test_two_migrators_at_once_migrate_once(empty_database: Database, postgres_server: Server) -> None:
    both = [start_migrator(empty_database, postgres_server.liquibase) for _ in range(2)]
    answers = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert sorted(int(out) for out, _ in answers) == [0, len(status(empty_database.migrator))]


def test_a_migrator_that_is_killed_does_not_stop_the_next_one(empty_database: Database, postgres_server: Server) -> None:
    process = start_migrator(empty_database, postgres_server.liquibase)
    with psycopg.connect(empty_database.superuser, autocommit=True) as connection:
        locked = "SELECT 1 FROM liquibase.databasechangeloglock WHERE locked"
        while process.poll() is None:
            try:
                if connection.execute(locked).fetchone():
                    break
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                pass
            time.sleep(0.01)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.wait()
        psutil.wait_procs(children, timeout=60)
        assert connection.execute(locked).fetchone(), "Liquibase's own lock outlived it"
    migrate(empty_database.migrator, postgres_server.liquibase)
    assert None not in {entry.ran_at for entry in status(empty_database.migrator)}


def test_a_migration_that_was_changed_after_it_ran_is_refused(warehouse: Database, postgres_server: Server, own_migrations: Path) -> None:
    file = own_migrations / "versions" / "0002_bronze.sql"
    file.write_text(file.read_text().replace("stage text NOT NULL", "stage text"))
    with pytest.raises(BadInputError, match=r"changed after it ran.*versions/0002_bronze\.sql, 0002-dead-letters"):
        migrate(warehouse.migrator, postgres_server.liquibase)
    assert tables(warehouse) == tables(postgres_server.database("migrated"))


def test_new_comments_run_again_and_a_new_migration_runs_alone(warehouse: Database, postgres_server: Server, own_migrations: Path) -> None:
    comments = own_migrations / "comments.sql"
    comments.write_text(comments.read_text().replace("IS 'Its partition.'", "IS 'Another word.'"))
    (own_migrations / "versions" / "0099_more.sql").write_text(
        "--liquibase formatted sql\n--changeset streamflow:0099-more\nCREATE TABLE ops.more (id int);\n--rollback DROP TABLE ops.more;\n"
    )
    assert migrate(warehouse.migrator, postgres_server.liquibase).ran == ("0099-more", "comments")
    assert warehouse.value("SELECT col_description('bronze.decisions'::regclass, 3)") == "Another word."
    assert warehouse.value("SELECT has_table_privilege('streamflow_reader', 'ops.more', 'SELECT')")


def test_a_migration_that_fails_is_undone_and_says_why(warehouse: Database, postgres_server: Server, own_migrations: Path) -> None:
    (own_migrations / "versions" / "0099_wrong.sql").write_text(
        "--liquibase formatted sql\n--changeset streamflow:0099-wrong\nCREATE TABLE ops.half (id int);\nSELECT 1/0;\n--rollback empty\n"
    )
    with pytest.raises(StreamFlowError, match="division by zero"):
        migrate(warehouse.migrator, postgres_server.liquibase)
    assert ("ops", "half") not in tables(warehouse)
    (own_migrations / "versions" / "0099_wrong.sql").unlink()
    assert migrate(warehouse.migrator, postgres_server.liquibase).ran == ()


def test_without_a_server_or_with_a_wrong_address_the_next_step_is_named(postgres_server: Server) -> None:
    with pytest.raises(NotReadyError, match="streamflow up postgres"):
        migrate("postgresql://streamflow_migrator@127.0.0.1:1/streamflow", postgres_server.liquibase)
    with pytest.raises(BadInputError, match=r"postgres\.dsn cannot be read"):
        migrate("postgres is over there", postgres_server.liquibase)
