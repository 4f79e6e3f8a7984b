"""One SQL statement that reads: its columns, and its rows as they come."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from itertools import chain, islice
from typing import Any, Final, NamedTuple

import psycopg

from streamflow.contracts.errors import BadInputError, NotReadyError, StreamFlowError
from streamflow.store.connection import connect, first_line

FETCH_ROWS: Final = 5_000
"""How many rows lie in memory at a time."""

Row = tuple[Any, ...]


class ResultColumn(NamedTuple):
    """A column of a result: its name and PostgreSQL's type, with digits and decimals where the type says them."""

    name: str
    type: str
    precision: int | None
    scale: int | None


class Result(NamedTuple):
    """What a query gives; `rows` can be walked once."""

    columns: tuple[ResultColumn, ...]
    rows: Iterator[Row]


@contextmanager
def run_query(dsn: str, query: str, timeout_seconds: int) -> Iterator[Result]:
    """Run one statement in a transaction that only reads. Memory: some thousand rows.

    Parameters
    ----------
    dsn : str
        As the role that reads.
    query : str
        One statement.
    timeout_seconds : int
        How long the server may work on it.

    Raises
    ------
    BadInputError
        If the server refuses it; the message says where in the text.
    StreamFlowError
        If it takes too long.
    """
    # A time of the year 9999 must not become one of the year 10000, which Python does not know.
    options = f"-c statement_timeout={timeout_seconds * 1000} -c timezone=UTC"
    if not query.strip():
        raise BadInputError("there is no query", expected="one SQL statement")
    with connect(dsn, options=options) as connection:
        connection.read_only = True
        try:
            # Unless it is closed, a stream that nobody reads to its end keeps the connection locked for ever.
            with connection.cursor() as cursor, closing(_stream(cursor, query)) as stream:
                # The columns are known when the first row is.
                head = list(islice(stream, 1))
                yield Result(_columns(cursor), chain(head, stream))
        except psycopg.errors.QueryCanceled as error:
            raise StreamFlowError(
                "the query took too long", expected=f"at most {timeout_seconds} s", got=first_line(error), fix="--timeout SECONDS"
            ) from error
        except psycopg.errors.ReadOnlySqlTransaction as error:
            raise BadInputError("the query would change data", expected="a statement that only reads", got=first_line(error)) from error
        except psycopg.DataError as error:
            raise _refused(query, error, "a value cannot be read: cast it to text") from error
        except (psycopg.ProgrammingError, psycopg.InternalError, psycopg.NotSupportedError) as error:
            raise _refused(query, error, "") from error
        except psycopg.OperationalError as error:
            raise NotReadyError("the connection was lost", got=first_line(error), fix="streamflow status") from error


def _stream(cursor: psycopg.Cursor[Any], query: str) -> Generator[Row, None, None]:
    yield from cursor.stream(query, size=FETCH_ROWS)


def _columns(cursor: psycopg.Cursor[Any]) -> tuple[ResultColumn, ...]:
    columns = []
    for found in cursor.description or ():
        known = cursor.connection.adapters.types.get(found.type_code)
        # The registry answers with the element's type where it is asked for an array's.
        name = "" if known is None else known.name if known.oid == found.type_code else f"{known.name}[]"
        columns.append(ResultColumn(found.name, name, found.precision, found.scale))
    return tuple(columns)


def _refused(query: str, error: psycopg.Error, otherwise: str) -> BadInputError:
    got = error.diag.message_primary or first_line(error)
    position = error.diag.statement_position
    where = place(query, int(position)) if position else ""
    return BadInputError("the query cannot be run", got=got, where=where, fix=error.diag.message_hint or otherwise)


def place(query: str, position: int) -> str:
    r"""Say where in a statement a character stands.

    Parameters
    ----------
    position : int
        Counted from 1, as PostgreSQL does.

    Examples
    --------
    >>> print(place("SELECT a\nFROM nowhere", 15))
    line 2, column 6: FROM >>>nowhere
    """
    before = query[: position - 1]
    line = before.count("\n") + 1
    begin = before.rfind("\n") + 1
    text = query[begin:].partition("\n")[0]
    column = position - 1 - begin
    return f"line {line}, column {column + 1}: {text[:column]}>>>{text[column:]}"
