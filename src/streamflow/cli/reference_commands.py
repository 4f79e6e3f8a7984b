"""`streamflow reference`: what the shop knows about its customers and stores."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streamflow.contracts.errors import BadInputError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamflow.contracts.tables import Table
    from streamflow.labels.faults import Faults

_IMPORT_HELP = """
Write customers and stores to the warehouse: CSV, Parquet or JSON lines, a row for every version, valid from valid_from until just before
valid_to.

A folder gives its files customers.* and stores.*, such as `streamflow simulate --reference` writes. Other files need --table, unless their
names begin with one of these. Rows that cannot be are listed and left out, and the exit code is 3. Importing a file again changes nothing.

Example: streamflow reference import members.csv --table customers --map member=customer_id --map since=valid_from
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Customers and stores, as the warehouse's dimensions know them.")
    # One command would take the group's place.
    group.callback()(lambda: None)
    group.command("import", help=_IMPORT_HELP)(import_reference)
    app.add_typer(group, name="reference")


def import_reference(
    sources: Annotated[list[Path], typer.Argument(metavar="FOLDER|FILE...", help="A folder, or files.")],
    table: Annotated[str | None, typer.Option(help="customers or stores, for files whose names do not say it.")] = None,
    column_map: Annotated[list[str] | None, typer.Option("--map", help="column=field; may be repeated.")] = None,
    valid_from: Annotated[str | None, typer.Option(help="For rows that do not say it: 30d ago, or ISO 8601 with a zone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write customers and stores to the warehouse; see `_IMPORT_HELP`."""
    from datetime import UTC, datetime

    from msgspec.structs import asdict

    from streamflow.cli.labels_commands import list_faults
    from streamflow.cli.moments import now_ms, parse_time_ms
    from streamflow.cli.output import print_facts, print_json
    from streamflow.cli.score_commands import column_mapping
    from streamflow.contracts.tables import WRITER
    from streamflow.labels.faults import Faults
    from streamflow.settings import Settings
    from streamflow.store.reference import import_rows

    mapping = column_mapping(column_map or [])
    begin = None
    if valid_from is not None:
        begin = datetime.fromtimestamp(parse_time_ms(valid_from, now_ms(), option="--valid-from", sign=-1) / 1000, UTC)
    files = [(path, _table_of(path, table)) for source in sources for path in _files(source)]
    dsn = Settings.load().postgres_dsn(WRITER)
    facts: list[dict[str, Any]] = []
    for path, target in files:
        faults = Faults()
        done = import_rows(dsn, target, _rows(path, mapping, target, faults, begin is not None), _noting(faults), begin)
        fact = {"file": str(path), "table": target.full_name, **asdict(done), "refused": faults.count}
        facts.append(fact | ({"first_refused": faults.first} if as_json else {}))
        if not as_json:
            print_facts(fact, as_json=False)
            list_faults(faults)
    if as_json:
        print_json(facts)
    if any(fact["refused"] or fact["overlapping"] for fact in facts):
        raise typer.Exit(ExitCode.BAD_INPUT)


def _files(source: Path) -> list[Path]:
    from streamflow.labels.rows import ENDINGS
    from streamflow.store.reference import REFERENCE

    if not source.is_dir():
        return [source]
    found = [path for name in REFERENCE for path in sorted(source.glob(f"{name}.*")) if path.suffix in ENDINGS]
    if not found:
        expected = " or ".join(f"{name}.csv" for name in REFERENCE)
        raise BadInputError("the folder holds no reference data", expected=expected, got=str(source))
    return found


def _table_of(path: Path, table: str | None) -> "Table":
    from streamflow.store.reference import REFERENCE

    name = table or next((name for name in REFERENCE if path.name.startswith(name)), "")
    if name not in REFERENCE:
        expected = " or ".join(REFERENCE)
        raise BadInputError("whose data this is cannot be told", expected=expected, got=table or str(path), fix="--table customers")
    return REFERENCE[name]


def _noting(faults: "Faults") -> "Callable[[str, str], None]":
    from streamflow.labels.faults import Fault

    return lambda where, why: faults.add(Fault(where, why))


def _rows(path: Path, mapping: dict[str, str], table: "Table", faults: "Faults", has_begin: bool) -> "Iterator[tuple[str, dict[str, Any]]]":
    from streamflow.labels.faults import Fault
    from streamflow.labels.rows import read_rows
    from streamflow.store.reference import id_column

    required = frozenset({id_column(table)} if has_begin else table.key)
    for row in read_rows(path, mapping, required):
        if isinstance(row, Fault):
            faults.add(row)
        else:
            yield row.where, row.cells
