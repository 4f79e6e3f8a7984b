"""From where a job can go on: savepoints, and the newest checkpoint that an ended job left behind."""

from pathlib import Path
from typing import Final, Literal
from urllib.parse import unquote, urlparse

import msgspec

from streamflow.contracts.catalogue import FRAUD_DETECTOR
from streamflow.contracts.errors import BadInputError, NotReadyError, StreamFlowError
from streamflow.jobs.flink_rest import FlinkRest
from streamflow.settings import Settings

METADATA: Final = "_metadata"


class Savepoint(msgspec.Struct, frozen=True, kw_only=True):
    """State on disk that a job can be started from."""

    path: str
    kind: Literal["savepoint", "checkpoint"]
    taken_ms: int


def savepoint_folder(settings: Settings) -> Path:
    """Return the folder that the job's savepoints are written to: below the local stack's, one a job."""
    return settings.local_stack().layout.flink_data / "savepoints" / FRAUD_DETECTOR.name


def checkpoint_folder(settings: Settings) -> Path:
    """Return the folder that the job's checkpoints are written to on the local stack: one folder a run in it."""
    return settings.local_stack().layout.flink_data / "checkpoints" / FRAUD_DETECTOR.name


def restore_points(settings: Settings, flink: FlinkRest) -> list[Savepoint]:
    """Return the job's savepoints and the newest checkpoint of each run that has ended, the newest first.

    The local stack's are found on disk: a JobManager knows the jobs that ended only as long as it lives. Another cluster's
    checkpoints lie where it says.
    """
    running = {job.job_id for job in flink.detectors()}
    savepoints = [path.parent for path in savepoint_folder(settings).glob(f"*/{METADATA}")]
    runs = [run for run in checkpoint_folder(settings).glob("*") if run.name not in running]
    checkpoints = [newest for run in runs if (newest := _newest_checkpoint(run)) is not None]
    found = [*(_described(folder, "savepoint") for folder in savepoints), *(_described(folder, "checkpoint") for folder in checkpoints)]
    known = {point.path for point in found}
    return sorted([*found, *(point for point in _reported(flink) if point.path not in known)], key=lambda point: -point.taken_ms)


def _newest_checkpoint(run: Path) -> Path | None:
    complete = [path.parent for path in run.glob(f"chk-*/{METADATA}")]
    return max(complete, key=lambda folder: int(folder.name.removeprefix("chk-")), default=None)


def _reported(flink: FlinkRest) -> list[Savepoint]:
    """Return the checkpoints of ended jobs that the cluster remembers."""
    found = []
    for job in flink.jobs():
        if job.name == FRAUD_DETECTOR.name and job.state in ("CANCELED", "FAILED"):
            try:
                report = flink.ask(f"/jobs/{job.job_id}/checkpoints")
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
                found.append(Savepoint(path=checkpoint["external_path"], kind="checkpoint", taken_ms=checkpoint["latest_ack_timestamp"]))
            elif (folder / METADATA).exists():
                found.append(_described(folder, "checkpoint"))
    return found


def find_restore_point(settings: Settings, flink: FlinkRest, wanted: str) -> Savepoint:
    """Return what an operator names: a folder, its address, or `latest`.

    Raises
    ------
    BadInputError
        There is no such state.
    """
    if wanted == "latest":
        points = restore_points(settings, flink)
        if not points:
            raise BadInputError(
                "there is no savepoint yet",
                expected="a folder in it",
                where=str(savepoint_folder(settings)),
                fix="streamflow job savepoint",
            )
        return points[0]
    folder = local_path(wanted)
    if folder is None:
        # Another file system than ours: only the cluster can look there.
        return Savepoint(path=wanted, kind="savepoint", taken_ms=0)
    if not (folder / METADATA).is_file():
        raise BadInputError("this is no savepoint", expected=f"a folder with {METADATA}", got=wanted, fix="streamflow job list")
    return _described(folder, "checkpoint" if folder.name.startswith("chk-") else "savepoint")


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


def _described(folder: Path, kind: Literal["savepoint", "checkpoint"]) -> Savepoint:
    return Savepoint(path=str(folder), kind=kind, taken_ms=(folder / METADATA).stat().st_mtime_ns // 1_000_000)
