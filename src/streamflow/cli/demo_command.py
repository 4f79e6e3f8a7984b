"""`streamflow demo`: everything at once, on this machine."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from streamflow.demo.story import Summary
    from streamflow.settings import Settings

FOLDER: Final = "demo"
"""The demo's stack has a folder of its own in the stack's, so that it neither meets nor changes what `streamflow up` keeps."""

_COMPONENTS: Final = ("kafka", "flink", "postgres")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running, and say what can be opened.")] = False,
    seconds: Annotated[int, typer.Option(min=5, max=3600, help="How long the live day takes.")] = 60,
    picture: Annotated[Path | None, typer.Option(help="Write the live view, as it stands at its end, to this SVG file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON; progress goes to standard error.")] = False,
) -> None:
    """Show StreamFlow at work: a broker, a Flink cluster, the jobs, a warehouse, a month of history, a model, and a live day with frauds.

    It takes about two minutes and 4 GB of memory, and stops everything at its end.

    Example: streamflow demo --keep
    """
    import msgspec
    from rich.console import Console

    from streamflow.cli.stack_progress import show_progress
    from streamflow.contracts.catalogue import FRAUD_DETECTOR, REALTIME_AGGREGATOR, TRANSACTION_PROCESSOR
    from streamflow.contracts.tables import MIGRATOR
    from streamflow.control.shipped import shipped_model
    from streamflow.demo.story import Story
    from streamflow.demo.traffic import DemoTraffic
    from streamflow.demo.warehouse import Stored, await_stored, count_from_now
    from streamflow.jobs import submit
    from streamflow.settings import Settings
    from streamflow.settings.model import ModelSettings
    from streamflow.simulate import Batch
    from streamflow.store.migrations import migrate

    console = Console(stderr=as_json)
    users = Settings.load().stack
    # Of the user's settings only those of the stack count: with a broker or a topic of their own it would not be a demo.
    settings = Settings(
        stack=msgspec.structs.replace(users, directory=f"{users.directory}/{FOLDER}"),
        model=ModelSettings(trusted_keys=(shipped_model().trusted_key,)),
    )
    stack = settings.local_stack()
    stack.down(purge=True)
    try:
        traffic = DemoTraffic()
        history: list[Batch] = []
        drawing = Thread(target=lambda: history.extend(traffic.draw()))
        drawing.start()
        console.print("starting a Kafka broker, a Flink cluster and PostgreSQL ...")
        with show_progress(enabled=True) as report:
            stack.up(_COMPONENTS, report=report)
        console.print(f"submitting the {FRAUD_DETECTOR.name}, and behind it what fills the warehouse ...")
        submit(settings, FRAUD_DETECTOR)
        drawing.join()

        def store() -> None:
            migrate(settings.postgres_dsn(MIGRATOR), settings.liquibase())
            submit(settings, TRANSACTION_PROCESSOR)

        # The two that write tables take long to be compiled, and catch up with what was decided meanwhile.
        with ThreadPoolExecutor(1) as behind:
            writers: list[Future[object]] = [behind.submit(store)]

            def count_windows() -> None:
                count_from_now(settings)
                writers.append(behind.submit(submit, settings, REALTIME_AGGREGATOR))

            def stored(wanted: Mapping[str, int]) -> Stored:
                for writer in writers:
                    writer.result()
                return await_stored(settings, wanted)

            story = Story(
                settings.kafka_client_config(), traffic, console, live_seconds=seconds, count_windows=count_windows, await_stored=stored
            )
            summary = story.tell(history)
        if picture is not None:
            story.save_picture(picture)
        _print(summary, as_json=as_json)
        if keep:
            _print_addresses(settings)
    finally:
        if not keep:
            console.print("stopping everything ...")
            stack.down(purge=True)


def _print(summary: "Summary", *, as_json: bool) -> None:
    import msgspec

    from streamflow.cli.output import print_facts

    facts = msgspec.structs.asdict(summary)
    if not as_json:
        balance = "none missing" if not summary.missing else f"{summary.missing} MISSING"
        facts["accounting"] = (
            f"{summary.records:,} in = {summary.decisions:,} scored + {summary.dead_letters:,} dead, {balance}; "
            f"rows in bronze: {summary.rows_in_bronze:,}"
        )
    print_facts(facts, as_json=as_json)


def _print_addresses(settings: "Settings") -> None:
    endpoints, directory = settings.local_stack().endpoints(), settings.stack.directory
    typer.echo(f"Flink's dashboard: {endpoints.flink_rest}   Kafka: {endpoints.kafka_bootstrap}")
    typer.echo(f"look on with:  streamflow --set stack.directory={directory} dlq list")
    typer.echo(f"stop with:     streamflow --set stack.directory={directory} down")
