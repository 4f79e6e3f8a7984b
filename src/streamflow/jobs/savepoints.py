"""From where a job can go on: savepoints, and the newest checkpoint that an ended job left behind."""

from pathlib import Path
from typing import Final, Literal
from urllib.parse import unquote, urlparse

import msgspec

from streamflow.contracts.catalogue import FRAUD_DETECTOR, JOBS, Job
from streamflow.contracts.errors import BadInputError, NotReadyError, StreamFlowError
from streamflow.jobs.flink_rest import FlinkRest
from streamflow.settings import Settings

METADATA: Final = "_metadata"


class Savepoint(msgspec.Struct, frozen=True, kw_only=True):
    """State on disk that a job can be started from."""

    job: str
    path: str
    kind: Literal["savepoint", "checkpoint"]
    taken_ms: int


def savepoint_folder(settings: Settings, job: Job) -> Path:
    """Return the folder that a job's savepoints are written to: below the local stack's, one a job."""
    return settings.local_stack().layout.flink_data / "savepoints" / job.name


def checkpoint_folder(settings: Settings, job: Job) -> Path:
    """Return the folder that a job's checkpoints are written to on the local stack: one folder a run in it."""
    return settings.local_stack().layout.flink_data / "checkpoints" / job.name


def restore_points(settings: Settings, flink: FlinkRest, job: Job = FRAUD_DETECTOR) -> list[Savepoint]:
    """Return a job's savepoints and the newest checkpoint of each run of it that has ended, the newest first.

    The local stack's are found on disk: a JobManager knows the jobs that ended only as long as it lives. Another cluster's
    checkpoints lie where it says.
    """
    living = {run.job_id for run in flink.living(job)}
    savepoints = [path.parent for path in savepoint_folder(settings, job).glob(f"*/{METADATA}")]
    runs = [run for run in checkpoint_folder(settings, job).glob("*") if run.name not in living]
    checkpoints = [newest for run in runs if (newest := _newest_checkpoint(run)) is not None]
    found = [_described(job, folder, "savepoint") for folder in savepoints]
    found += [_described(job, folder, "checkpoint") for folder in checkpoints]
    known = {point.path for point in found}
    return sorted([*found, *(point for point in _reported(flink, job) if point.path not in known)], key=lambda point: -point.taken_ms)


def _newest_checkpoint(run: Path) -> Path | None:
    complete = [path.parent for path in run.glob(f"chk-*/{METADATA}")]
    return max(complete, key=lambda folder: int(folder.name.removeprefix("chk-")), default=None)


def _reported(flink: FlinkRest, job: Job) -> list[Savepoint]:
    """Return the checkpoints of a job's ended runs that the cluster remembers."""
    found = []
    for run in flink.jobs():
        if run.name == job.name and run.state in ("CANCELED", "FAILED"):
            try:
                report = flink.ask(f"/jobs/{run.job_id}/checkpoints")
            except NotReadyError:
                raise
            except StreamFlowError:
                # A JobManager that was killed before it had tidied up knows of such a job that it ended, and nothing else.
                continue
            checkpoint = (report.get("latest") or {}).get("completed")
            if checkpoint is None:
                continue
            folder = local_path(checkpoint["external_path"])
            if folder is None:
                path, taken_ms = checkpoint["external_path"], checkpoint["latest_ack_timestamp"]
                found.append(Savepoint(job=job.name, path=path, kind="checkpoint", taken_ms=taken_ms))
            elif (folder / METADATA).exists():
                found.append(_described(job, folder, "checkpoint"))
    return found


def find_restore_point(settings: Settings, flink: FlinkRest, wanted: str, job: Job = FRAUD_DETECTOR) -> Savepoint:
    """Return what an operator names: a folder, its address, or `latest`.

    Raises
    ------
    BadInputError
        There is no such state.
    """
    if wanted == "latest":
        points = restore_points(settings, flink, job)
        if not points:
            raise BadInputError(
                f"there is no savepoint of the {job.name} yet",
                expected="a folder in it",
                where=str(savepoint_folder(settings, job)),
                fix=f"streamflow job savepoint {job.name}",
            )
        return points[0]
    folder = local_path(wanted)
    if folder is None:
        # Another file system than ours: only the cluster can look there.
        return Savepoint(job=job.name, path=wanted, kind="savepoint", taken_ms=0)
    owner = owner_of(folder)
    if owner not in (None, job):
        raise BadInputError("this is another job's savepoint", expected=f"one of the {job.name}", got=wanted, fix="streamflow job list")
    if not (folder / METADATA).is_file():
        raise BadInputError("this is no savepoint", expected=f"a folder with {METADATA}", got=wanted, fix="streamflow job list")
    return _described(job, folder, "checkpoint" if folder.name.startswith("chk-") else "savepoint")


def owner_of(folder: Path) -> Job | None:
    """Return the job whose folder a savepoint or checkpoint lies in, where it lies where the local stack keeps them.

    Examples
    --------
    >>> owner_of(Path("/flink/savepoints/fraud-detector/savepoint-1")).name, owner_of(Path("/elsewhere/savepoint-1"))
    ('fraud-detector', None)
    """
    return next((job for job in JOBS if job.name in (folder.parent.name, folder.parent.parent.name)), None)


def local_path(address: str) -> Path | None:
    """Return the folder that an address means, or None where it lies on another file system.

    Examples
    --------
    >>> local_path("file:/data/savepoint-1"), local_path("s3://bucket/savepoint-1"), local_path("/data/a b")
    (PosixPath('/data/savepoint-1'), None, PosixPath('/data/a b'))
    """
    parsed = urlparse(address)
    if not parsed.scheme:
        return Path(address).resolve()
    return Path(unquote(parsed.path)) if parsed.scheme == "file" else None


def _described(job: Job, folder: Path, kind: Literal["savepoint", "checkpoint"]) -> Savepoint:
    return Savepoint(job=job.name, path=str(folder), kind=kind, taken_ms=(folder / METADATA).stat().st_mtime_ns // 1_000_000)
