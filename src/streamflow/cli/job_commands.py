"""`streamflow job`: the jobs on their cluster."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamflow.contracts.catalogue import Job
    from streamflow.jobs import Savepoint, Submitted
    from streamflow.settings import Settings

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Jobs = Annotated[
    list[str] | None,
    typer.Argument(metavar="JOB", help="fraud-detector, transaction-processor or realtime-aggregator.", show_default="see above"),
]
_Runs = Annotated[
    list[str] | None, typer.Argument(metavar="JOB", help="A job's name, or the id of one of its runs.", show_default="all of them that run")
]
_Parallelism = Annotated[
    int | None,
    typer.Option(
        help="Operators of each kind, a TaskManager each; of the fraud-detector, or of the jobs that are named.",
        min=1,
        max=128,
        show_default="flink.parallelism, store.parallelism",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Submit, stop and save the jobs that decide, store and count transactions.")
    group.command("submit")(submit)
    group.command("list")(list_jobs)
    group.command("stop")(stop)
    group.command("savepoint")(savepoint)
    group.command("restore")(restore)
    group.command("prune")(prune)
    app.add_typer(group, name="job")


def submit(
    jobs: _Jobs = None,
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
    """Submit jobs, and wait until they run: those that are named, else all that do not run yet.

    The fraud-detector decides transactions; it remembers its customers from the last `streamflow job stop`, and into an empty
    control topic it pushes the rules that StreamFlow ships. The transaction-processor and the realtime-aggregator write PostgreSQL's
    tables; unless they are named, they are left out where PostgreSQL does not run.

    Example: streamflow job submit

    Example: streamflow job submit fraud-detector --parallelism 2
    """
    from streamflow.contracts.catalogue import FRAUD_DETECTOR
    from streamflow.contracts.errors import BadInputError
    from streamflow.jobs import job_named, submit_all
    from streamflow.jobs import submit as submit_job
    from streamflow.settings import Settings

    named = [job_named(name) for name in jobs or ()]
    settings = _with_parallelism(Settings.load(), parallelism, named or [FRAUD_DETECTOR])
    if start_from is None and not allow_second:
        done = submit_all(settings, named or _missing(settings))
    elif len(named) > 1:
        raise BadInputError("a state to start with belongs to one job", expected="one JOB", got=", ".join(job.name for job in named))
    else:
        done = [submit_job(settings, (named or [FRAUD_DETECTOR])[0], start_from=start_from, allow_second=allow_second)]
    _print_submitted(done, as_json=as_json)


def list_jobs(as_json: _Json = False) -> None:
    """List the cluster's jobs, and the savepoints and checkpoints that they can start from.

    Example: streamflow job list --json
    """
    from streamflow.cli.moments import iso
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.catalogue import JOBS
    from streamflow.jobs import FlinkRest, restore_points
    from streamflow.settings import Settings

    settings = Settings.load()
    flink = FlinkRest(settings.flink_rest_url())
    runs, points = flink.jobs(), [point for job in JOBS for point in restore_points(settings, flink, job)]
    if as_json:
        print_json({"jobs": runs, "restore_points": points})
        return
    if not runs:
        typer.echo("the cluster has no job; try: streamflow job submit")
    else:
        rows = [(run.name, run.state, f"{run.tasks_running} of {run.tasks_total}", iso(run.start_ms), run.job_id) for run in runs]
        print_table(("job", "state", "tasks running", "started", "id"), rows)
    if points:
        print_table(("job", "taken", "kind", "path"), [(point.job, iso(point.taken_ms), point.kind, point.path) for point in points])


def stop(
    jobs: _Runs = None,
    drain: Annotated[bool, typer.Option("--drain", help="Finish for good: the savepoint is not meant to be gone on from.")] = False,
    as_json: _Json = False,
) -> None:
    """Stop jobs with a savepoint each, and print where it lies. `streamflow job submit` goes on from it.

    Example: streamflow job stop

    Example: streamflow job stop transaction-processor
    """
    from streamflow.jobs import stop as stop_job
    from streamflow.settings import Settings

    settings = Settings.load()
    _print_savepoints([stop_job(settings, job, job_id=job_id, drain=drain) for job, job_id in _runs(settings, jobs)], as_json=as_json)


def savepoint(jobs: _Runs = None, as_json: _Json = False) -> None:
    """Save the state of running jobs, and print where it lies; the jobs go on.

    Example: streamflow job savepoint fraud-detector --json
    """
    from streamflow.jobs import take_savepoint
    from streamflow.settings import Settings

    settings = Settings.load()
    _print_savepoints([take_savepoint(settings, job, job_id=job_id) for job, job_id in _runs(settings, jobs)], as_json=as_json)


def restore(
    point: Annotated[str, typer.Argument(metavar="SAVEPOINT|latest", help="State to go back to.")] = "latest",
    job_name: Annotated[
        str | None,
        typer.Option("--job", metavar="JOB", help="Which job.", show_default="the one whose savepoint it is, else fraud-detector"),
    ] = None,
    parallelism: _Parallelism = None,
    as_json: _Json = False,
) -> None:
    """Go back to a savepoint: end the job that runs, if it does, and submit it anew from there.

    What came in since is read again. The fraud-detector's decisions and their ids are the same as before; rows of tables are
    written again in place.

    Example: streamflow job restore latest --job fraud-detector
    """
    from streamflow.contracts.catalogue import FRAUD_DETECTOR
    from streamflow.jobs import FlinkRest, cancel, job_named
    from streamflow.jobs import submit as submit_job
    from streamflow.jobs.savepoints import find_restore_point, local_path, owner_of
    from streamflow.settings import Settings

    folder = local_path(point) if point != "latest" else None
    job = job_named(job_name) if job_name else (folder and owner_of(folder)) or FRAUD_DETECTOR
    settings = _with_parallelism(Settings.load(), parallelism, [job])
    flink = FlinkRest(settings.flink_rest_url())
    # Looked for first: a job is not ended for a savepoint that is not there.
    path = find_restore_point(settings, flink, point, job).path
    if flink.living(job):
        cancel(settings, job)
    _print_submitted([submit_job(settings, job, start_from=path)], as_json=as_json)


def prune(
    keep: Annotated[int, typer.Option(help="How many savepoints and ended runs of each job stay, the newest.", min=1)] = 3,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: _Json = False,
) -> None:
    """Delete old savepoints, and the checkpoints of runs that have ended; of the local stack.

    What a running job needs stays, and so does all of a job that runs and has no checkpoint of its own yet.

    Example: streamflow job prune --keep 5 --dry-run
    """
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.catalogue import JOBS
    from streamflow.jobs.pruning import prune as prune_states
    from streamflow.settings import Settings

    gone = prune_states(Settings.load(), JOBS, keep=keep, dry_run=dry_run)
    if as_json:
        print_json({"deleted": [] if dry_run else gone, "would_delete": gone if dry_run else []})
        return
    rows = [(entry.job, f"{entry.size_bytes / 2**20:.1f}", entry.path) for entry in gone]
    print_table(("job", "MiB", "would go" if dry_run else "is gone"), rows)


def _with_parallelism(settings: "Settings", parallelism: int | None, jobs: "Sequence[Job]") -> "Settings":
    import msgspec

    if parallelism is None:
        return settings
    sections = {"store" if job.writes_tables else "flink" for job in jobs}
    return msgspec.structs.replace(
        settings, **{name: msgspec.structs.replace(getattr(settings, name), parallelism=parallelism) for name in sections}
    )


def _missing(settings: "Settings") -> "list[Job]":
    """Return the jobs that could run and do not; all that could, where none is missing, so that submitting says what runs."""
    from streamflow.jobs import FlinkRest, possible_jobs

    flink = FlinkRest(settings.flink_rest_url())
    possible = possible_jobs(settings)
    return [job for job in possible if not flink.living(job)] or possible


def _runs(settings: "Settings", names: list[str] | None) -> "list[tuple[Job, str]]":
    """Return the jobs and run ids that names and ids mean; all of our jobs that run, where there is none."""
    from streamflow.contracts.catalogue import FRAUD_DETECTOR, JOBS
    from streamflow.jobs import FlinkRest, job_named

    flink = FlinkRest(settings.flink_rest_url())
    living = [(job, run.job_id) for job in JOBS for run in flink.living(job)]
    if not names:
        return living or [(FRAUD_DETECTOR, flink.the_living(FRAUD_DETECTOR).job_id)]
    by_id = {run_id: job for job, run_id in living}
    return [(by_id[name], name) if name in by_id else (job := job_named(name), flink.the_living(job).job_id) for name in names]


def _print_submitted(done: "list[Submitted]", *, as_json: bool) -> None:
    import msgspec

    from streamflow.cli.output import print_facts, print_json

    if as_json:
        print_json({"submitted": done})
        return
    for number, entry in enumerate(done):
        if number:
            typer.echo("")
        print_facts(msgspec.structs.asdict(entry), as_json=False)


def _print_savepoints(points: "list[Savepoint]", *, as_json: bool) -> None:
    from streamflow.cli.output import print_json

    if as_json:
        print_json({"savepoints": points})
        return
    for point in points:
        typer.echo(point.path)
