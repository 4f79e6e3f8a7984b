"""`streamflow trace`: one transaction's way."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streamflow.trace.way import Way

_HELP = """
Show the way of one transaction: where it lies on each topic and in PostgreSQL, when it came there, and what was decided.

A transaction that was sent twice has two ways. Times of records are the broker's, in UTC; `paid` is what the shop says.

Example: streamflow trace tx-7-42 --since 2h
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(help=_HELP)(trace)


def trace(
    transaction_id: Annotated[str, typer.Argument(help="As the shop wrote it.")],
    since: Annotated[
        str,
        typer.Option(help="Where PostgreSQL has no row of it, how far back to read: 30m, 12h, 7d ago, or an ISO 8601 time with a zone."),
    ] = "1h",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show one transaction's way; see `_HELP`."""
    from streamflow.cli.moments import now_ms, parse_time_ms
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.errors import BadInputError, NotReadyError
    from streamflow.contracts.tables import READER
    from streamflow.settings import Settings
    from streamflow.trace.way import ways

    settings = Settings.load()
    try:
        dsn = settings.postgres_dsn(READER)
    except NotReadyError:
        dsn = ""
    since_ms = parse_time_ms(since, now_ms(), option="--since", sign=-1)
    found = ways(settings.kafka_client_config(), dsn, transaction_id, since_ms)
    if not found:
        raise BadInputError(
            "no such transaction",
            expected=f"a payment since {since}, or one in PostgreSQL",
            got=transaction_id,
            fix="--since 7d looks further back",
        )
    if as_json:
        print_json(found)
        return
    for way in found:
        print_table(("stage", "at", "after", "where", ""), _rows(way), title=f"{transaction_id} ({way.source})")
        if way.trace_parent:
            typer.echo(f"traceparent {way.trace_parent}")


def _rows(way: "Way") -> list[tuple[str, str, str, str, str]]:
    from streamflow.cli.moments import iso, span

    befores = [None, *(stage.time_ms for stage in way.stages)]
    return [
        (
            stage.stage,
            iso(stage.time_ms),
            "" if before is None else span((stage.time_ms - before) / 1000),
            stage.where,
            ", ".join(f"{name} {value}" for name, value in stage.facts.items()),
        )
        for before, stage in zip(befores, way.stages, strict=False)
    ]
