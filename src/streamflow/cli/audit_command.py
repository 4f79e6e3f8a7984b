"""`streamflow audit`: whether Kafka, bronze and gold agree, record by record and to the cent."""

from typing import TYPE_CHECKING, Annotated

import typer

from streamflow.contracts.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamflow.store.audit.report import Audit, CheckResult

_SETTLE = "60s"
_COUNTS = ("expected", "found", "gaps", "orphans", "doubles", "changed", "repeats")

_HELP = f"""
Compare Kafka with bronze and bronze with gold: every record, its content, and the money to the cent.

Every record of transactions.raw must be one decision or one dead letter; every decision, alert and dead letter must be one row of bronze
that says the same; every decision one row of gold. What is wrong is counted, the first of it is listed, and the exit code is 1. The result
is added to ops.audit.

Records younger than --settle ({_SETTLE} by default) are left out: they may still be on their way. So is what a topic no longer holds.

Example: streamflow audit --since 1h
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(help=_HELP)(audit)


def audit(
    since: Annotated[
        str | None, typer.Option(help="Arrived since: 30m, 12h, 7d ago, or an ISO 8601 time with a zone; by default all that is there.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Arrived before: 30m, 12h, 7d ago, or an ISO 8601 time with a zone.")] = None,
    offsets: Annotated[
        list[str] | None, typer.Option(metavar="PARTITION:FIRST-LAST", help="Only these offsets of transactions.raw; may be repeated.")
    ] = None,
    settle: Annotated[str, typer.Option(help="Leave out what arrived less than so long ago; 0s leaves nothing out.")] = _SETTLE,
    gold: Annotated[bool, typer.Option("--gold/--no-gold", help="Whether to compare bronze with gold too, which dbt fills later.")] = True,
    limit: Annotated[int, typer.Option(help="How many faults of each check and kind to list.", min=0)] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do not add the result to ops.audit.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare Kafka with bronze and bronze with gold; see `_HELP`."""
    from streamflow.cli.moments import now_ms, parse_time_ms
    from streamflow.cli.output import print_json, progress
    from streamflow.contracts.tables import TRANSFORMER
    from streamflow.settings import Settings
    from streamflow.store.audit.ledger import keep
    from streamflow.store.audit.run import audit as run
    from streamflow.store.audit.wanted import Wanted, parse_offsets

    now = now_ms()
    settled = now if settle == "0s" else parse_time_ms(settle, now, option="--settle", sign=-1)
    wanted = Wanted(
        since_ms=None if since is None else parse_time_ms(since, now, option="--since", sign=-1),
        until_ms=settled if until is None else min(settled, parse_time_ms(until, now, option="--until", sign=-1)),
        offsets=parse_offsets(offsets or []),
        settle_ms=now - settled,
    )
    settings = Settings.load()
    config, dsn = settings.kafka_client_config(), settings.postgres_dsn(TRANSFORMER)
    with progress("reading", enabled=not as_json) as report:
        found = run(config, dsn, wanted, gold=gold, limit=limit, report=_summed(report))
    if not dry_run:
        keep(dsn, found)
    if as_json:
        print_json(found)
    else:
        _print(found)
    if not found.ok:
        raise typer.Exit(ExitCode.FAILED)


def _summed(report: "Callable[[int], None]") -> "Callable[[str, int], None]":
    """Return what shows the sum of all that is read one after the other."""
    done: dict[str, int] = {}

    def add(what: str, count: int) -> None:
        done[what] = count
        report(sum(done.values()))

    return add


def _print(found: "Audit") -> None:
    from streamflow.cli.output import print_table
    from streamflow.contracts.preview import preview
    from streamflow.store.audit.compare import KIND_MEANING

    spans = ", ".join(f"{span.partition}: {span.first}-{span.end - 1}" for span in found.spans if span.records)
    since, until = (f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "-" for moment in (found.since, found.until))
    typer.echo(f"records of {since} to {until}; offsets by partition {spans or '-'}")
    print_table(("check", "earlier", "later", *_COUNTS), list(_rows(found.checks)))
    money = [
        (check.name, currency, str(sums.expected), str(sums.found), "" if sums.expected == sums.found else str(sums.found - sums.expected))
        for check in found.checks
        for currency, sums in check.money().items()
    ]
    if money:
        print_table(("check", "currency", "expected", "found", "difference"), money)
    for reason in found.not_checked:
        typer.echo(f"not compared: {reason}")
    for name, count in found.unreadable.items():
        typer.echo(f"{count} in {name} name no record of the source")
    for fault in found.faults:
        typer.echo(f"{fault.check}: {fault.kind}: partition {fault.partition} offset {fault.offset}: {preview(fault.detail)}", err=True)
    kinds = {fault.kind: None for fault in found.faults}
    for kind in kinds:
        typer.echo(f"{kind}: {KIND_MEANING[kind]}", err=True)
    typer.echo("clean" if found.ok else f"{found.fault_count} faults")


def _rows(checks: "list[CheckResult]") -> "Iterator[tuple[str, ...]]":
    """Yield a line for each check, and below it one for each partition in which something is wrong."""
    for check in checks:
        yield (check.name, check.earlier, check.later, *(_number(check.total(name)) for name in _COUNTS))
        for part in check.partitions:
            if not part.ok:
                yield (f"  partition {part.partition}", "", "", *(_number(getattr(part, name)) for name in _COUNTS))


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ") if count >= 10_000 else str(count)
