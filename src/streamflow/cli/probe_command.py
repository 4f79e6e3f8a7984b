"""`streamflow probe`: what shops and analysts get, measured from outside."""

from typing import Annotated

import typer

_HELP = """
Watch the topics as shops and analysts see them, and serve what is seen as metrics for Prometheus, until it is stopped.

It accounts for every record of transactions.raw (decision, dead letter, or still owed), measures how long an answer took to be visible,
makes a payment of its own every few seconds and checks the decision on it, and compares PostgreSQL with Kafka. It reads committed records
only and commits nothing. `probe.*` in `streamflow config show` are its settings.

Example: streamflow probe --port 9400
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(help=_HELP, rich_help_panel="The local stack")(probe)


def probe(
    port: Annotated[int | None, typer.Option(help="Instead of probe.port.", min=1, max=65_535)] = None,
    store: Annotated[bool, typer.Option("--store/--no-store", help="Whether to compare PostgreSQL with Kafka, where one is known.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Log JSON objects, one a line.")] = False,
) -> None:
    """Run the probe; see `_HELP`."""
    import signal

    from streamflow.cli.log_lines import log_to_stderr
    from streamflow.cli.output import print_error
    from streamflow.contracts.errors import NotReadyError
    from streamflow.contracts.tables import READER
    from streamflow.probe.run import Probe, ProbePlan
    from streamflow.settings import Settings

    settings = Settings.load()
    own = settings.probe
    dsn = ""
    if store:
        try:
            dsn = settings.postgres_dsn(READER)
        except NotReadyError as error:
            print_error(error)
    log_to_stderr(as_json=as_json)
    running = Probe(
        ProbePlan(
            kafka=settings.kafka_client_config(),
            dsn=dsn,
            host=own.host,
            port=own.port if port is None else port,
            canary_customer_id=own.canary_customer_id,
            canary_interval_ms=own.canary_interval_ms,
            grace_ms=own.grace_ms,
            store_grace_ms=own.store_grace_ms,
            lookback_ms=own.lookback_ms,
            drift_interval_ms=own.drift_interval_ms,
            drift_days=own.drift_days,
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: running.stop())
    running.run()
