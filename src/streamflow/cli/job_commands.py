"""`streamflow job`: the fraud-detector on its cluster."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from streamflow.jobs import Savepoint
    from streamflow.settings import Settings

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_JobId = Annotated[str | None, typer.Option("--job", metavar="ID", help="Which job, where several run.", show_default="the one that runs")]
_Parallelism = Annotated[
    int | None, typer.Option(help="Operators of each kind, a TaskManager each.", min=1, max=128, show_default="flink.parallelism")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Submit, stop and save the job that decides transactions.")
    group.command("submit")(submit)
    group.command("list")(list_jobs)
    group.command("stop")(stop)
    group.command("savepoint")(savepoint)
    group.command("restore")(restore)
    app.add_typer(group, name="job")


def submit(
    start_from: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="SAVEPOINT|latest|nothing", help="State to start with.", show_default="the newest that there is, else nothing"
        ),
    ] = None,
    parallelism: _Parallelism = None,
    allow_second: Annotated[bool, typer.Option("--allow-second", help="Submit although one runs already.")] = False,
    as_json: _Json = False,
) -> None:
    """Submit the fraud-detector, and wait until it runs.

    It remembers its customers from the last `streamflow job stop`. Into an empty control topic it pushes the rules that
    StreamFlow ships.

    Example: streamflow job submit --parallelism 2
    """
    _submit(_settings(parallelism), start_from, allow_second=allow_second, as_json=as_json)


def list_jobs(as_json: _Json = False) -> None:
    """List the cluster's jobs, and the savepoints and checkpoints that the fraud-detector can start from.

    Example: streamflow job list --json
    """
    from streamflow.cli.moments import iso
    from streamflow.cli.output import print_json, print_table
    from streamflow.jobs import FlinkRest, restore_points
    from streamflow.settings import Settings

    settings = Settings.load()
    flink = FlinkRest(settings.flink_rest_url())
    jobs, points = flink.jobs(), restore_points(settings, flink)
    if as_json:
        print_json({"jobs": jobs, "restore_points": points})
        return
    if not jobs:
        typer.echo("the cluster has no job; try: streamflow job submit")
    else:
        rows = [(job.name, job.state, f"{job.tasks_running} of {job.tasks_total}", iso(job.start_ms), job.job_id) for job in jobs]
        print_table(("job", "state", "tasks running", "started", "id"), rows)
    if points:
        print_table(("taken", "kind", "path"), [(iso(point.taken_ms), point.kind, point.path) for point in points])


def stop(
    drain: Annotated[bool, typer.Option("--drain", help="Finish for good: the savepoint is not meant to be gone on from.")] = False,
    job_id: _JobId = None,
    as_json: _Json = False,
) -> None:
    """Stop the job with a savepoint, and print where it lies. `streamflow job submit` goes on from it.

    Example: streamflow job stop
    """
    from streamflow.jobs import stop as stop_job
    from streamflow.settings import Settings

    _print_savepoint(stop_job(Settings.load(), job_id=job_id, drain=drain), as_json=as_json)


def savepoint(job_id: _JobId = None, as_json: _Json = False) -> None:
    """Save the running job's state, and print where it lies; the job goes on.

    Example: streamflow job savepoint --json
    """
    from streamflow.jobs import take_savepoint
    from streamflow.settings import Settings

    _print_savepoint(take_savepoint(Settings.load(), job_id=job_id), as_json=as_json)


def restore(
    point: Annotated[str, typer.Argument(metavar="SAVEPOINT|latest", help="State to go back to.")] = "latest",
    parallelism: _Parallelism = None,
    as_json: _Json = False,
) -> None:
    """Go back to a savepoint: end the running job, if there is one, and submit it anew from there.

    What came in since is read and decided again; the decisions and their ids are the same as before.

    Example: streamflow job restore latest
    """
    from streamflow.jobs import FlinkRest, cancel
    from streamflow.jobs.savepoints import find_restore_point

    settings = _settings(parallelism)
    flink = FlinkRest(settings.flink_rest_url())
    # Looked for first: a job is not ended for a savepoint that is not there.
    path = find_restore_point(settings, flink, point).path
    if flink.detectors():
        cancel(settings)
    _submit(settings, path, allow_second=False, as_json=as_json)


def _settings(parallelism: int | None) -> "Settings":
    import msgspec

    from streamflow.settings import Settings

    settings = Settings.load()
    if parallelism is None:
        return settings
    return msgspec.structs.replace(settings, flink=msgspec.structs.replace(settings.flink, parallelism=parallelism))


def _submit(settings: "Settings", start_from: str | None, *, allow_second: bool, as_json: bool) -> None:
    import msgspec

    from streamflow.cli.output import print_facts
    from streamflow.jobs import submit as submit_job

    facts: dict[str, Any] = msgspec.structs.asdict(submit_job(settings, start_from=start_from, allow_second=allow_second))
    print_facts(facts, as_json=as_json)


def _print_savepoint(point: "Savepoint", *, as_json: bool) -> None:
    from streamflow.cli.output import print_facts

    print_facts({"savepoint": point.path}, as_json=True) if as_json else typer.echo(point.path)
