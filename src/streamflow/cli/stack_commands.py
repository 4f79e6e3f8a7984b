"""`streamflow up | down | status | logs`: the local stack."""

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamflow.jobs import JobState
    from streamflow.kafka.lag import Lag
    from streamflow.settings import Settings

_PANEL = "The local stack"
Components = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="COMPONENT",
        help="kafka, flink (zookeeper, jobmanager, taskmanager), postgres, airflow, "
        "observability (probe, prometheus, alertmanager); or kafka, flink and postgres.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (up, down, status, logs):
        app.command(rich_help_panel=_PANEL)(command)


def up(
    components: Components = None,
    taskmanagers: Annotated[
        int | None,
        typer.Option(help="How many TaskManagers, of one slot each.", show_default="as last time, else 3 with PostgreSQL, 1 without"),
    ] = None,
    also: Annotated[list[str] | None, typer.Option("--with", metavar="COMPONENT", help="Start this too: airflow, observability.")] = None,
    as_json: AsJson = False,
) -> None:
    """Start the local stack, or what is missing of it, and wait until it answers. Migrates the warehouse where PostgreSQL is part of it.

    Example: streamflow up kafka flink --taskmanagers 2
    """
    from streamflow.cli.output import print_json
    from streamflow.cli.stack_progress import show_progress
    from streamflow.settings import Settings
    from streamflow.stack.registry import select

    settings = Settings.load()
    chosen = [*(components or (select(()) if also else ())), *(also or ())]
    with ExitStack() as stack:
        report = stack.enter_context(show_progress(enabled=not as_json))
        settings.local_stack().up(chosen, taskmanagers, report)
    migrated = _migrate(settings, chosen)
    facts = _facts(settings) | {"migrated": migrated}
    if migrated and not as_json:
        typer.echo(f"warehouse: {len(migrated)} migrations ran", err=True)
    print_json(facts) if as_json else _print_endpoints(facts)


def down(
    components: Components = None,
    purge: Annotated[bool, typer.Option("--purge", help="Delete the stack's data too: topics, tables, checkpoints.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop the local stack in order. Its data stays, and running jobs go on after the next `up`.

    Example: streamflow down
    """
    from streamflow.cli.output import print_json
    from streamflow.settings import Settings

    if components and purge:
        raise typer.BadParameter("--purge goes without components: it deletes everything")
    stopped = Settings.load().local_stack().down(components or (), purge=purge)
    if as_json:
        print_json({"stopped": stopped, "purged": purge})
    else:
        typer.echo(f"stopped {', '.join(stopped)}" if stopped else "nothing ran")


def status(as_json: AsJson = False) -> None:
    """Show what runs, where it is, its jobs, and how far they are behind. Ends with 4 unless everything that was started answers.

    Example: streamflow status --json
    """
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.errors import ExitCode
    from streamflow.settings import Settings

    facts = _facts(Settings.load())
    if as_json:
        print_json(facts)
    else:
        rows = [
            (entry.name, entry.state, entry.ready, entry.pid and str(entry.pid), _mebibytes(entry.rss_bytes), entry.endpoint, entry.detail)
            for entry in facts["processes"]
        ]
        if not rows:
            typer.echo("nothing was ever started here; try: streamflow up")
        else:
            print_table(("process", "state", "ready", "pid", "MiB", "address", ""), rows)
        if facts["jobs"]:
            print_table(("job", "state", "id"), [(job.name, job.state, job.job_id) for job in facts["jobs"]])
        if facts["consumer_lag"]:
            print_table(("job", "partition", "committed", "end", "lag"), [tuple(entry.row()) for entry in facts["consumer_lag"]])
        for name in sorted({entry.job for entry in facts["consumer_lag"]} - {job.name for job in facts["jobs"]}):
            typer.echo(f"{name} does not run: it may have decided more than it committed; the next run goes on from its savepoint")
    if not facts["ready"]:
        raise typer.Exit(ExitCode.NOT_READY)


def logs(
    component: Annotated[
        str | None,
        typer.Argument(help="kafka, zookeeper, jobmanager, taskmanager, postgres, airflow, prometheus, alertmanager, probe, supervisor."),
    ] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", help="How many lines of each log.", min=0)] = 50,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print each line as a JSON object: process, time, level, logger, message and more."),
    ] = False,
) -> None:
    """Print the newest lines of the components' logs.

    Example: streamflow logs taskmanager -f
    """
    import msgspec

    from streamflow.contracts.log_line import for_people, log_line
    from streamflow.settings import Settings
    from streamflow.stack.logs import follow_logs, log_files, tail

    files = log_files(Settings.load().local_stack().layout, component)

    def show(name: str, line: str) -> None:
        if as_json:
            said = log_line(line)
            facts = {"message": line} if said is None else msgspec.to_builtins(said)
            typer.echo(json.dumps({"process": name, **facts}))
            return
        for part in for_people(line).splitlines() or [""]:
            typer.echo(f"{name} | {part}" if len(files) > 1 else part)

    for name, path in files.items():
        for line in tail(path, lines):
            show(name, line)
    if follow:
        for name, line in follow_logs(files):
            show(name, line)


def _facts(settings: "Settings") -> dict[str, Any]:
    from streamflow.stack.config import versions
    from streamflow.stack.status import NOT_STARTED

    stack = settings.local_stack()
    processes = stack.status()
    started = [entry for entry in processes if entry.detail != NOT_STARTED]
    ready = {entry.component for entry in started if entry.ready}
    endpoints = stack.endpoints()
    return {
        "ready": bool(started) and all(entry.ready for entry in started),
        "endpoints": endpoints,
        "versions": versions(stack.layout),
        "processes": processes,
        "jobs": _running_jobs(endpoints.flink_rest) if "jobmanager" in ready else [],
        "consumer_lag": _consumer_lag(endpoints.kafka_bootstrap) if "kafka" in ready else [],
        "directory": str(stack.layout.directory),
    }


def _running_jobs(rest_url: str) -> "list[JobState]":
    """Return the jobs that have not ended; none where the cluster has no answer at this moment."""
    from streamflow.contracts.errors import StreamFlowError
    from streamflow.jobs import FlinkRest

    try:
        return [job for job in FlinkRest(rest_url).jobs() if not job.has_ended]
    except StreamFlowError:
        return []


def _consumer_lag(bootstrap_servers: str) -> "list[Lag]":
    """Return how far the jobs are behind; nothing where the broker has no answer at this moment."""
    from contextlib import closing

    from confluent_kafka import KafkaException

    from streamflow.kafka.lag import LagReader
    from streamflow.stack.kafka import QUIET

    try:
        with closing(LagReader({"bootstrap.servers": bootstrap_servers, **QUIET})) as reader:
            return reader.read()
    except KafkaException:
        return []


def _migrate(settings: "Settings", components: "Iterable[str]") -> tuple[str, ...]:
    """Bring the stack's own warehouse up to date, where it is among the components."""
    from streamflow.contracts.tables import MIGRATOR
    from streamflow.stack.postgres import Postgres
    from streamflow.stack.registry import select
    from streamflow.store.connection import with_user
    from streamflow.store.migrations import migrate

    if Postgres.name not in select(components):
        return ()
    dsn = with_user(settings.local_stack().endpoints().postgres_dsn, MIGRATOR.name)
    return migrate(dsn, settings.liquibase()).ran


def _print_endpoints(facts: dict[str, Any]) -> None:
    from streamflow.cli.output import print_facts

    ready = {entry.component for entry in facts["processes"] if entry.ready}
    endpoints = facts["endpoints"]
    shown = {
        "Kafka": ("kafka", endpoints.kafka_bootstrap),
        "Flink": ("jobmanager", endpoints.flink_rest),
        "PostgreSQL": ("postgres", endpoints.postgres_dsn),
        "Airflow": ("airflow", endpoints.airflow),
        "Probe": ("probe", endpoints.probe),
        "Prometheus": ("prometheus", endpoints.prometheus),
        "Alertmanager": ("alertmanager", endpoints.alertmanager),
    }
    print_facts({name: address for name, (component, address) in shown.items() if component in ready}, as_json=False)


def _mebibytes(count: int | None) -> str:
    return "-" if count is None else str(count // 1024**2)
