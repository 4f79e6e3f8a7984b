"""`streamflow query`: SQL that reads, and its rows as a table, CSV, JSON or Parquet."""

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from streamflow.store.query import Result

_TABLE_ROWS: Final = 200
_CELL_BYTES: Final = 400

_HELP = """
Run one SQL statement on the warehouse and print its rows. It can only read: the role may no more, and neither may the transaction.

A table shows the first 200 rows unless --limit says otherwise; CSV, JSON and Parquet hold all, and are written as the rows come.
What there is to ask: docs/reference/tables.md, and docs/cookbook.md with examples.

Example: streamflow query "SELECT outcome, count(*) FROM bronze.decisions GROUP BY outcome"
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("query", help=_HELP)(query)


def query(
    statement: Annotated[str, typer.Argument(metavar="SQL", help="The statement, or - to read it from standard input.")],
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
    parquet: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a Parquet file.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most rows.", show_default="200 in a table, else all")] = None,
    timeout: Annotated[int, typer.Option(min=1, max=86_400, help="Seconds that the server may work on it.")] = 60,
) -> None:
    """Run one SQL statement; see `_HELP`."""
    from streamflow.contracts.tables import READER
    from streamflow.settings import Settings
    from streamflow.store import export
    from streamflow.store.query import run_query

    if csv + as_json + (parquet is not None) > 1:
        raise typer.BadParameter("choose one of --csv, --json and --parquet")
    text = typer.get_text_stream("stdin").read() if statement == "-" else statement
    with run_query(Settings.load().postgres_dsn(READER), text, timeout) as found:
        result = found if limit is None else found._replace(rows=islice(found.rows, limit))
        if csv:
            export.write_csv(result, sys.stdout)
        elif as_json:
            export.write_json(result, sys.stdout)
        elif parquet is not None:
            typer.echo(f"{export.write_parquet(result, parquet)} rows written to {parquet}", err=True)
        else:
            _print_rows(result, limit or _TABLE_ROWS)


def _print_rows(result: "Result", limit: int) -> None:
    from streamflow.cli.output import print_table
    from streamflow.contracts.preview import preview
    from streamflow.store.export import cell_text

    rows = list(islice(result.rows, limit))
    cells = [["-" if cell is None else preview(cell_text(cell), _CELL_BYTES) for cell in row] for row in rows]
    print_table([preview(column.name, _CELL_BYTES) for column in result.columns], cells)
    if next(result.rows, None) is not None:
        typer.echo(f"the first {limit} rows; --limit shows more", err=True)
