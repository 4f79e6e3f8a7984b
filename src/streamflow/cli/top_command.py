"""`streamflow top`: how it goes, in a terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streamflow.observe.snapshot import Snapshot

_HELP = """
Show how it goes: traffic, waiting time, jobs, error budgets, the alerts that fire and the newest frauds, until Ctrl-C.

It asks the Prometheus of the local stack (`streamflow up --with observability`), or the one that you name, and reads the newest
records of fraud.alerts.

Example: streamflow top --once --json
"""
_FRAUDS = 6


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(help=_HELP, rich_help_panel="The local stack")(top)


def top(
    once: Annotated[bool, typer.Option("--once", help="Print it once.")] = False,
    every_s: Annotated[float, typer.Option("--every", help="Seconds between two looks.", min=0.5)] = 2.0,
    prometheus: Annotated[str, typer.Option(help="Address of another Prometheus, as http://host:port.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: with --once indented, otherwise one line for each look.")] = False,
) -> None:
    """Show how it goes; see `_HELP`."""
    from rich.console import Console
    from rich.live import Live

    from streamflow.cli.output import print_json
    from streamflow.cli.top_screen import screen

    console = Console()
    found = looks(prometheus, every_s)
    if once or not (as_json or console.is_terminal):
        snapshot, frauds = next(found)
        if as_json:
            print_json({"now": snapshot, "newest_frauds": frauds})
        else:
            console.print(screen(snapshot, frauds))
        return
    if as_json:
        import msgspec

        for snapshot, frauds in found:
            typer.echo(msgspec.json.encode({"now": snapshot, "newest_frauds": frauds}).decode())
        return
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for snapshot, frauds in found:
            live.update(screen(snapshot, frauds), refresh=True)


def looks(address: str, every_s: float) -> "Iterator[tuple[Snapshot, list[dict[str, object]]]]":
    """Look again and again: at a Prometheus, the local stack's where none is named, and at the newest records of fraud.alerts."""
    import time
    from datetime import UTC, datetime

    from streamflow.contracts.errors import BadInputError, NotReadyError
    from streamflow.contracts.preview import preview
    from streamflow.observe.prometheus import Prometheus
    from streamflow.observe.snapshot import take
    from streamflow.settings import Settings

    settings = Settings.load()
    url = address.rstrip("/") or settings.local_stack().endpoints().prometheus
    if not url:
        raise NotReadyError("no Prometheus runs here", expected="one that watches the stack", fix="streamflow up --with observability")
    if not url.startswith(("http://", "https://")):
        raise BadInputError("--prometheus is no address", expected="http://host:port", got=preview(url, 80))
    client, seen = Prometheus(url), False
    while True:
        try:
            yield take(client, datetime.now(UTC)), _newest_frauds(settings.kafka_client_config())
            seen = True
        except NotReadyError:
            # It was there: the screen stays as it is, its time stands still, and goes on when Prometheus is back.
            if not seen:
                raise
        time.sleep(every_s)


def _newest_frauds(config: "dict[str, str]") -> list[dict[str, object]]:
    """Return the newest frauds of fraud.alerts, without the canary's; none where the broker has no answer at this moment."""
    from contextlib import suppress

    from streamflow.contracts.catalogue import ALERTS
    from streamflow.contracts.decision import Decision
    from streamflow.contracts.errors import NotReadyError
    from streamflow.contracts.json_errors import UNREADABLE_JSON
    from streamflow.kafka.reading import newest

    try:
        records = newest(config, ALERTS.name, 4 * _FRAUDS)
    except NotReadyError:
        return []
    decisions = []
    for record in records:
        # What is no decision is the store's to keep aside, and no reason to show nothing.
        with suppress(*UNREADABLE_JSON):
            decisions.append(Decision.from_json(record.value or b""))
    return [
        {
            "event_time": answer.event_time,
            "outcome": answer.outcome,
            "score": answer.score,
            "transaction_id": transaction.transaction_id,
            "reasons": answer.reasons,
        }
        for answer, transaction in decisions
        if not answer.canary
    ][:_FRAUDS]
