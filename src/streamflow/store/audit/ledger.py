"""What audits found, kept in the warehouse: one row for every check and partition, and for every currency."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from streamflow.contracts.catalogue import RAW
from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.tables import AUDIT
from streamflow.store.audit.report import Audit, CheckResult
from streamflow.store.connection import connect, first_line

_MILLISECOND: Final = timedelta(milliseconds=1)
Finding = tuple[str, str, Decimal, Decimal, bool, dict[str, Any]]


def keep(dsn: str, audit: Audit) -> int:
    """Add an audit to the table of audits, and return how many rows that are.

    Parameters
    ----------
    dsn : str
        Of a role that may add rows to it.

    Raises
    ------
    NotReadyError
        PostgreSQL does not answer, or the table is not there.
    """
    end = None if audit.until is None else audit.until + _MILLISECOND
    findings = [finding for check in audit.checks for finding in (*_partitions(audit, check), *_currencies(check))]
    columns = ("run_id", "checked_at", "range_start", "range_end", "check_name", "scope", "expected", "got", "ok", "detail")
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(AUDIT.schema, AUDIT.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(sql.Placeholder() * len(columns)),
    )
    try:
        with connect(dsn) as connection, connection.cursor() as cursor:
            head = (audit.run_id, audit.checked_at, audit.since, end)
            cursor.executemany(statement, [(*head, *values, Jsonb(detail)) for *values, detail in findings])
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise NotReadyError(
            "the result cannot be kept", got=first_line(error), where=AUDIT.full_name, fix="streamflow warehouse migrate, or --dry-run"
        ) from error
    return len(findings)


def _partitions(audit: Audit, check: CheckResult) -> Iterator[Finding]:
    for part in check.partitions:
        first = [fault for fault in audit.faults if (fault.check, fault.partition) == (check.name, part.partition)]
        counts = {name: getattr(part, name) for name in ("gaps", "orphans", "doubles", "changed", "repeats")}
        detail = {"earlier": check.earlier, "later": check.later, **counts, "first": msgspec.to_builtins(first)}
        yield check.name, f"{RAW.name}/{part.partition}", Decimal(part.expected), Decimal(part.found), part.ok, detail


def _currencies(check: CheckResult) -> Iterator[Finding]:
    for currency, money in check.money().items():
        detail = {"earlier": check.earlier, "later": check.later}
        yield check.name, currency, money.expected, money.found, money.expected == money.found, detail
