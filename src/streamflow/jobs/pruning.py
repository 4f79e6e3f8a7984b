"""Removes the state that nobody will go back to: old savepoints, and what ended runs of a job left behind."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from streamflow.contracts.catalogue import Job
from streamflow.contracts.errors import BadInputError
from streamflow.jobs.flink_rest import FlinkRest
from streamflow.jobs.savepoints import METADATA, checkpoint_folder, restore_points, savepoint_folder
from streamflow.settings import Settings


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that is gone, or would be.

    Parameters
    ----------
    job : str
        Whose state it held.
    path : str
        A savepoint, or all that a run kept: its checkpoints and the files that they share.
    size_bytes : int
        Of its files.
    """

    job: str
    path: str
    size_bytes: int


def prune(settings: Settings, jobs: Iterable[Job], *, keep: int, dry_run: bool = False) -> list[Pruned]:
    """Delete all but the newest restore points of jobs on the local stack, and return what is gone.

    A run that lives keeps its checkpoints, and also whatever it may have been started from until it has a checkpoint of its own:
    Flink reads from the old files until then.

    Parameters
    ----------
    jobs : iterable of Job
        Whose state.
    keep : int
        How many savepoints and ended runs of each job stay, counted together, the newest first.
    dry_run : bool
        Only say what would go.

    Raises
    ------
    NotReadyError
        Flink does not answer: nobody knows what lives.
    BadInputError
        The jobs run on another cluster, which would have to be asked what it needs of these folders.
    """
    if settings.flink.rest_url:
        raise BadInputError("only the local stack's state can be deleted", expected="no flink.rest_url", got=settings.flink.rest_url)
    flink = FlinkRest(settings.flink_rest_url())
    gone = [Pruned(job=job.name, path=str(folder), size_bytes=_size(folder)) for job in jobs for folder in _old(settings, flink, job, keep)]
    if not dry_run:
        for entry in gone:
            shutil.rmtree(entry.path)
    return gone


def _old(settings: Settings, flink: FlinkRest, job: Job, keep: int) -> Iterator[Path]:
    living = {run.job_id for run in flink.living(job)}
    if any(flink.ask(f"/jobs/{run}/checkpoints")["latest"]["completed"] is None for run in living):
        return
    runs, savepoints = checkpoint_folder(settings, job), savepoint_folder(settings, job)
    kept = {Path(point.path) for point in restore_points(settings, flink, job)[:keep]}
    for folder in sorted(savepoints.glob("*")):
        # Without its metadata it is being written, or was never finished; only whole ones are known to be old.
        if folder not in kept and (folder / METADATA).exists():
            yield folder
    for run in sorted(runs.glob("*")):
        if run.is_dir() and run.name not in living and not any(point.is_relative_to(run) for point in kept):
            yield run


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
