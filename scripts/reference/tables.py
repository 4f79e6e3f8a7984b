"""`docs/reference/tables.md`, and the comments that the database holds: both from the catalogue of tables."""

from typing import Final

from scripts.reference.markdown import code, page, table
from streamflow.contracts.table import SPLIT_COLUMN
from streamflow.contracts.tables import BY_DAY, ROLES, SCHEMAS, TABLES

_COMMENTS_HEAD: Final = """--liquibase formatted sql
-- Written by `make docs` from contracts/tables.py; runs again whenever it changes.

--changeset streamflow:comments runOnChange:true
"""


def tables_page() -> str:
    """Return the page of the tables."""
    split = ", ".join(code(found.full_name) for found in BY_DAY)
    parts = [
        "What `streamflow up` and `streamflow warehouse migrate` make in PostgreSQL, and who may do what. The same words stand in the "
        "database: `\\d+ bronze.decisions` in psql. Silver and gold are built by dbt. How to use it: [the warehouse](../warehouse.md).",
        "## Schemas",
        table(("schema", "what"), [(code(name), what) for name, what in SCHEMAS.items()]),
        "## Roles",
        table(("role", "what"), [(code(role.name), role.what) for role in ROLES]),
    ]
    for found in TABLES:
        rows = [(code(column.name), code(column.type), "may be empty" if column.null else "", column.what) for column in found.columns]
        key = f"Primary key: {', '.join(map(code, found.key))}."
        parts += [f"## {found.full_name}", f"{found.what} {key}", table(("column", "type", "", "what"), rows)]
    parts += [
        "## Partitions",
        f"{split} are split by day of `{SPLIT_COLUMN}`, in UTC. A day without a partition of its own lies in DEFAULT. "
        "All times are `timestamptz`, written to the millisecond.",
    ]
    return page("Tables", *parts)


def comments_sql() -> str:
    """Return the migration that puts the catalogue's words into the database."""
    lines = [f"COMMENT ON SCHEMA {name} IS {_literal(what)};" for name, what in SCHEMAS.items()]
    for found in TABLES:
        lines.append(f"COMMENT ON TABLE {found.full_name} IS {_literal(found.what)};")
        lines += [f"COMMENT ON COLUMN {found.full_name}.{column.name} IS {_literal(column.what)};" for column in found.columns]
    return _COMMENTS_HEAD + "\n".join(lines) + "\n--rollback empty\n"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
