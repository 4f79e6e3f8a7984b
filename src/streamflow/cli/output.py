"""How commands speak: facts as lines or JSON on standard output, errors and progress on standard error."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import typer

from streamflow.contracts.errors import StreamFlowError

MAX_TABLE_WIDTH: Final = 400


def print_json(value: Any) -> None:
    """Print anything that msgspec can encode, indented."""
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_facts(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Print named facts: one a line, or one JSON document.

    Parameters
    ----------
    facts : mapping
        Names in snake case with their units; nested mappings are shown on one line.
    as_json : bool
        Whether a program reads them.
    """
    if as_json:
        print_json(facts)
        return
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        typer.echo(f"{name.replace('_', ' '):<{width}}  {_for_people(value)}")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> None:
    """Print rows under headings; as wide as the terminal allows."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not console.is_terminal:
        # Nothing is cut where no terminal limits the width: the reader may be a program.
        console = Console(width=MAX_TABLE_WIDTH)
    table = Table(*columns, title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_for_people(cell)) for cell in row))
    console.print(table)


def print_error(error: StreamFlowError) -> None:
    """Print what the operator has to know, without a traceback."""
    typer.secho("error: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(str(error), err=True)


@contextmanager
def progress(what: str, *, enabled: bool = True, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show how far a long command is, on a terminal only.

    Parameters
    ----------
    what : str
        What is being done.
    enabled : bool
        False shows nothing.
    total : int, optional
        How much there is to do, when it is known.

    Yields
    ------
    callable
        Takes how much is done so far.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not enabled or not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def _for_people(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace(",", " ") if abs(value) >= 10_000 else str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_for_people(part)}" for name, part in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(_for_people, value)) or "-"
    return str(value)
