"""`streamflow warehouse`: the schema of PostgreSQL, and the days that it keeps."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streamflow.store.migrations import Report

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_PARTITIONS_HELP = """
Give days of bronze partitions of their own, in UTC by the broker's time: from 40 days ago until 7 days ahead, unless said otherwise.

Rows without a partition of their day lie in DEFAULT, and move when it is made. With --keep-days, older days are detached: they are tables
of their own then, and --drop drops them. Run it once a day; the DAG `maintenance` does.

Example: streamflow warehouse partitions --keep-days 400
"""

_REFILL_HELP = """
Write bronze again from what Kafka still holds: after the database was lost, or taken back to a backup.

The transaction-processor is ended if it runs, set back, and started. Rows that are there are written in place: a time that is too
early costs work and does no harm. What the topics no longer hold only a backup has; counts of windows (metrics.realtime) are not made
again.

Example: streamflow warehouse refill --since 2026-11-25T03:00:00Z
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="The warehouse in PostgreSQL: migrate its schema, see to its partitions.")
    group.command()(migrate)
    group.command()(status)
    group.command()(rollback)
    group.command(help=_PARTITIONS_HELP)(partitions)
    group.command(help=_REFILL_HELP)(refill)
    app.add_typer(group, name="warehouse")


def migrate(as_json: _Json = False) -> None:
    """Bring the schema up to date. Running it again, or twice at once, changes nothing more.

    Example: streamflow warehouse migrate
    """
    from streamflow.contracts.tables import MIGRATOR
    from streamflow.settings import Settings
    from streamflow.store.migrations import migrate as run

    settings = Settings.load()
    _print_report(run(settings.postgres_dsn(MIGRATOR), settings.liquibase()), as_json=as_json)


def status(as_json: _Json = False) -> None:
    """Show every migration and when it ran. Ends with 4 while one has not run.

    Example: streamflow warehouse status
    """
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.errors import ExitCode
    from streamflow.contracts.tables import MIGRATOR
    from streamflow.settings import Settings
    from streamflow.store.migrations import status as ask

    found = ask(Settings.load().postgres_dsn(MIGRATOR))
    if as_json:
        print_json(found)
    else:
        rows = [(entry.file, entry.name, entry.ran_at and f"{entry.ran_at:%Y-%m-%dT%H:%M:%SZ}") for entry in found]
        print_table(("file", "migration", "ran"), rows)
    if any(entry.ran_at is None for entry in found):
        raise typer.Exit(ExitCode.NOT_READY)


def rollback(
    to: Annotated[int, typer.Option("--to", min=0, help="Number of the last file of migrations that stays; 0 leaves nothing.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: _Json = False,
) -> None:
    """Undo migrations, the newest first. The tables that they made go, and the rows in them.

    Example: streamflow warehouse rollback --to 3
    """
    from streamflow.contracts.tables import MIGRATOR
    from streamflow.settings import Settings
    from streamflow.store.migrations import rollback as run

    if not yes:
        typer.confirm(f"Undo every migration after number {to}, with all rows in their tables?", abort=True, err=True)
    settings = Settings.load()
    _print_report(run(settings.postgres_dsn(MIGRATOR), settings.liquibase(), to), as_json=as_json)


def partitions(
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.", show_default="40 days ago")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.", show_default="in 7 days")] = None,
    keep_days: Annotated[int | None, typer.Option(min=1, help="Detach the days before these.", show_default="all")] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Drop detached days; with --keep-days.")] = False,
    as_json: _Json = False,
) -> None:
    """Give days of bronze partitions of their own; see `_PARTITIONS_HELP`."""
    from streamflow.cli.output import print_facts, print_json, print_table
    from streamflow.contracts.tables import MIGRATOR
    from streamflow.settings import Settings
    from streamflow.store import partitions as store

    if drop and keep_days is None:
        raise typer.BadParameter("--drop goes with --keep-days")
    today = datetime.now(UTC).date()
    oldest = date.min if keep_days is None else today - timedelta(days=keep_days)
    begin = max(oldest, today - timedelta(days=store.DAYS_BEHIND) if first is None else first.date())
    end = today + timedelta(days=store.DAYS_AHEAD) if last is None else last.date()
    if not timedelta(0) <= end - begin <= timedelta(days=store.MOST_DAYS):
        raise typer.BadParameter(f"--from and --to span 1 to {store.MOST_DAYS} days; got {begin} to {end}")
    dsn = Settings.load().postgres_dsn(MIGRATOR)
    made = store.ensure_partitions(dsn, begin, end)
    detached = [] if keep_days is None else store.detach_partitions(dsn, oldest)
    dropped = store.drop_detached(dsn, oldest) if drop else []
    days = store.list_days(dsn)
    if as_json:
        print_json({"made": made, "detached": detached, "dropped": dropped, "tables": days})
        return
    facts = {"made": len(made), "rows_moved": sum(each.rows_moved for each in made), "detached": len(detached), "dropped": len(dropped)}
    print_facts(facts, as_json=False)
    rows = [
        (entry.table, entry.partitions, entry.first_day, entry.last_day, entry.bytes // 1024**2, entry.rows_in_default, len(entry.detached))
        for entry in days
    ]
    print_table(("table", "days", "first", "last", "MiB", "rows in DEFAULT", "detached"), rows)


def refill(
    since: Annotated[
        str | None,
        typer.Option(help="Records since: 12h, 7d ago, or an ISO 8601 time with a zone.", show_default="all that the topics hold"),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Write bronze again from Kafka; see `_REFILL_HELP`."""
    from streamflow.cli.moments import now_ms, parse_time_ms
    from streamflow.cli.output import print_json, print_table
    from streamflow.jobs.refilling import refill as run
    from streamflow.settings import Settings

    found = run(Settings.load(), None if since is None else parse_time_ms(since, now_ms(), option="--since", sign=-1))
    if as_json:
        print_json(found)
        return
    rows = [(f"{entry.topic}/{entry.partition}", entry.before, entry.now) for entry in found.partitions]
    print_table(("partition", "stood at", "reads again from"), rows)
    typer.echo(f"{found.records} offsets are read again by {found.submitted.job_id}; streamflow status shows how far it is")


def _print_report(report: "Report", *, as_json: bool) -> None:
    from streamflow.cli.output import print_json

    if as_json:
        print_json(report)
        return
    for word, names in (("ran", report.ran), ("undone", report.undone)):
        for name in names:
            typer.echo(f"{word} {name}")
    if not report.ran and not report.undone:
        typer.echo("nothing to do")
