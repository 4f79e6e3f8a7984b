"""Migrations of the warehouse: which there are, which have run, and how they run. The SQL lies beside this file."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
from psycopg import sql

from streamflow.contracts.errors import BadInputError, NotReadyError
from streamflow.contracts.tables import ROLES
from streamflow.store.connection import connect, jdbc
from streamflow.store.liquibase import CHANGELOG, FOLDER, SCHEMA, Liquibase

_CHANGESET: Final = re.compile(r"^--changeset (\S+?):(\S+)", re.MULTILINE)
_COMMENTS: Final = "comments.sql"
_LOCK: Final = 5_707_001
"""Key of the advisory lock that migrators take; any number that nothing else in the database uses."""


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """One changeset of a file.

    Parameters
    ----------
    file, name : str
        Where it stands and what it is called.
    ran_at : datetime or None
        When it ran; None where it has not.
    """

    file: str
    name: str
    ran_at: datetime | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did: names of the migrations, in order."""

    ran: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()


def files() -> list[Path]:
    """Return the files with migrations, in the order in which they run."""
    return [*sorted((FOLDER / "versions").glob("[0-9]*.sql")), FOLDER / _COMMENTS]


def migrate(dsn: str, liquibase: Liquibase) -> Report:
    """Run what has not run yet. Two at once: one waits for the other. Without Java and in some milliseconds where nothing is to do.

    Parameters
    ----------
    dsn : str
        As the role that owns the database.

    Raises
    ------
    NotReadyError
        If the server cannot be reached, or a role is missing.
    BadInputError
        If a migration was changed after it ran.
    """
    digests = _digests()
    with _connect(dsn) as connection:
        if _applied(connection) == digests:
            return Report()
        _require_roles(connection)
    with _alone(dsn, liquibase) as connection:
        if _applied(connection) == digests:
            return Report()
        before = {(found.file, found.name): found.ran_at for found in _ran(connection)}
        liquibase.run(jdbc(dsn), "update")
        ran = tuple(found.name for found in _ran(connection) if before.get((found.file, found.name)) != found.ran_at)
        _remember(connection, digests)
        return Report(ran=ran)


def status(dsn: str) -> list[Migration]:
    """Return every changeset of the package, and when it ran in the database."""
    with _connect(dsn) as connection:
        ran = {(found.file, found.name): found.ran_at for found in _ran(connection)}
    found = []
    for path in files():
        file = path.relative_to(FOLDER).as_posix()
        found += [
            Migration(file=file, name=name, ran_at=ran.get((file, name)))
            for _, name in _CHANGESET.findall(path.read_text(encoding="utf-8"))
        ]
    return found


def rollback(dsn: str, liquibase: Liquibase, down_to: int) -> Report:
    """Undo migrations, the newest first, with the data in the tables that they made.

    Parameters
    ----------
    down_to : int
        Number of the last file that stays; 0 undoes everything.

    Raises
    ------
    BadInputError
        If there is no such file.
    """
    numbers = [int(path.name.partition("_")[0]) for path in files()[:-1]]
    if down_to not in (0, *numbers):
        raise BadInputError("no such migration", expected=f"0 to {numbers[-1]}", got=str(down_to), fix="streamflow warehouse status")
    with _alone(dsn, liquibase) as connection:
        ran = _ran(connection)
        stays = [place for place, found in enumerate(ran) if found.file != _COMMENTS and _number(found.file) <= down_to]
        undone = ran[stays[-1] + 1 :] if stays else ran
        if undone:
            _remember(connection, {})
            liquibase.run(jdbc(dsn), "rollback-count", f"--count={len(undone)}")
        return Report(undone=tuple(found.name for found in reversed(undone)))


def _connect(dsn: str) -> psycopg.Connection[Any]:
    """Return a connection that finds Liquibase's tables by their names."""
    return connect(dsn, autocommit=True, options=f"-c search_path={SCHEMA}")


@contextmanager
def _alone(dsn: str, liquibase: Liquibase) -> Iterator[psycopg.Connection[Any]]:
    """Wait until no other migrator works on the database; one that was killed leaves nothing behind."""
    with _connect(dsn) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        connection.execute("CREATE TABLE IF NOT EXISTS applied_files (path text PRIMARY KEY, sha256 text NOT NULL)")
        if (
            _exists(connection, "databasechangeloglock")
            and connection.execute("SELECT 1 FROM databasechangeloglock WHERE locked").fetchone()
        ):
            # Liquibase's own lock outlives its holder. Ours does not, and it is ours now: whoever held that one is gone.
            liquibase.run(jdbc(dsn), "release-locks")
        yield connection


def _require_roles(connection: psycopg.Connection[Any]) -> None:
    wanted = [role.name for role in ROLES]
    there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [wanted])}
    missing = [name for name in wanted if name not in there]
    if missing:
        raise NotReadyError(
            "roles of the database are missing",
            expected=", ".join(wanted),
            got=f"no {', '.join(missing)}",
            fix="streamflow up postgres makes them on the local stack; elsewhere see docs/warehouse.md",
        )


def _digests() -> dict[str, str]:
    paths = [FOLDER / CHANGELOG, *files()]
    return {path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _applied(connection: psycopg.Connection[Any]) -> dict[str, str] | None:
    """Return the digests of the files that the last whole run applied."""
    if not _exists(connection, "applied_files"):
        return None
    return dict(connection.execute("SELECT path, sha256 FROM applied_files").fetchall())


def _remember(connection: psycopg.Connection[Any], digests: dict[str, str]) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM applied_files")
        cursor.executemany("INSERT INTO applied_files VALUES (%s, %s)", list(digests.items()))


def _ran(connection: psycopg.Connection[Any]) -> list[Migration]:
    if not _exists(connection, "databasechangelog"):
        return []
    rows = connection.execute("SELECT filename, id, dateexecuted AT TIME ZONE 'UTC' FROM databasechangelog ORDER BY orderexecuted")
    return [Migration(file=file, name=name, ran_at=ran_at) for file, name, ran_at in rows]


def _exists(connection: psycopg.Connection[Any], table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s)", [table]).fetchone()
    return row is not None and row[0] is not None


def _number(file: str) -> int:
    return int(Path(file).name.partition("_")[0])
