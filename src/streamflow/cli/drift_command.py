"""`streamflow drift`: whether payments still are what the model was made on."""

from typing import Annotated

import typer

_HELP = """
Say how far each number of the newest payments is from those that the deciding model was measured on when it was made.

The number is the population stability index: below 0.1 nothing to speak of, from 0.2 on large. Bronze has the payments, of which a sample
is taken; the model's card has what they were like. Weekdays differ, so that less than a week says little. "As before" are numbers that
moved already when the model was made, such as the days for which customers are known.

Example: streamflow drift --since 7d
"""
_BARS = 24


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(help=_HELP)(drift)


def drift(
    since: Annotated[str, typer.Option(help="Payments that arrived since: 12h, 7d ago, or an ISO 8601 time with a zone.")] = "7d",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how far payments are from the model's; see `_HELP`."""
    from datetime import UTC, datetime

    from streamflow.cli.moments import now_ms, parse_time_ms, span
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.tables import READER
    from streamflow.probe.drift import measure
    from streamflow.settings import Settings

    settings = Settings.load()
    start = datetime.fromtimestamp(parse_time_ms(since, now_ms(), option="--since", sign=-1) / 1000, UTC)
    found = measure(settings.kafka_client_config(), settings.postgres_dsn(READER), start)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            number.name,
            f"{number.index:.3f}",
            _word(number.index) if number.settled else "as before",
            "#" * min(_BARS, round(number.index * 40)),
        )
        for number in found.numbers
    ]
    title = f"{found.payments} payments of {span(found.days * 86_400)} against {found.reference_payments} of {found.model}"
    print_table(("number", "index", "moved", ""), rows, title=title)


def _word(index: float) -> str:
    from streamflow.score.drift import LARGE, MODERATE

    return "far" if index >= LARGE else "somewhat" if index >= MODERATE else ""
