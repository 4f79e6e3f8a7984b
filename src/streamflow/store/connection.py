"""Connections to PostgreSQL, with errors that say what to do."""

from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import psycopg
from psycopg import conninfo

from streamflow.contracts.errors import BadInputError, NotReadyError

CONNECT_TIMEOUT_SECONDS: Final = 10
_TLS: Final = ("sslmode", "sslrootcert", "sslcert", "sslkey")


class Jdbc(NamedTuple):
    """The same connection for a Java program."""

    url: str
    user: str
    password: str


def connect(dsn: str, *, autocommit: bool = False, **options: Any) -> psycopg.Connection[Any]:
    """Return a connection to PostgreSQL.

    Parameters
    ----------
    dsn
        libpq's connection string, in either form.
    options
        More of psycopg's.

    Raises
    ------
    BadInputError
        If the connection string cannot be read.
    NotReadyError
        If the server does not answer, or refuses the role.
    """
    try:
        return psycopg.connect(dsn, autocommit=autocommit, **{"connect_timeout": CONNECT_TIMEOUT_SECONDS, **options})
    except psycopg.ProgrammingError as error:
        raise BadInputError("postgres.dsn cannot be read", got=first_line(error), where="postgres.dsn") from error
    except psycopg.OperationalError as error:
        raise NotReadyError(
            "PostgreSQL cannot be reached", got=first_line(error), fix="streamflow status; streamflow up postgres"
        ) from error


def with_user(dsn: str, user: str) -> str:
    """Return the same address for another role, whose password stands in the same passfile.

    Raises
    ------
    BadInputError
        If the connection string cannot be read, or holds another role's password.

    Examples
    --------
    >>> with_user("postgresql://ana@db:5432/payments?passfile=/etc/pgpass", "streamflow_reader")
    'user=streamflow_reader passfile=/etc/pgpass dbname=payments host=db port=5432'
    """
    try:
        parts = conninfo.conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        raise BadInputError("postgres.dsn cannot be read", got=first_line(error), where="postgres.dsn") from error
    if parts.get("password") and parts.get("user") != user:
        raise BadInputError(
            f"postgres.dsn holds the password of {parts.get('user', 'nobody')}",
            expected=f"no password, or that of {user}",
            where="postgres.dsn",
            fix="passfile=FILE in it, with a line for each role",
        )
    return conninfo.make_conninfo("", **{**parts, "user": user})


def jdbc(dsn: str, **options: str) -> Jdbc:
    """Return the connection in the words of PostgreSQL's JDBC driver. Connects once, so that libpq finds the password.

    Parameters
    ----------
    options
        More parameters of the driver's URL.
    """
    with connect(dsn) as connection:
        info = connection.info
        known = info.get_parameters()
        options = {name: known[name] for name in _TLS if name in known} | options
        query = f"?{urlencode(options)}" if options else ""
        return Jdbc(f"jdbc:postgresql://{info.host}:{info.port}/{info.dbname}{query}", info.user, info.password)


def first_line(error: Exception) -> str:
    """Return what an error says first."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
