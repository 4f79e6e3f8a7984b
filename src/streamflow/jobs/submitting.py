"""Bringing the fraud-detector onto a cluster, and seeing that it really runs."""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from streamflow.contracts.catalogue import FRAUD_DETECTOR
from streamflow.contracts.errors import NotReadyError, StreamFlowError
from streamflow.control.publish import ensure_defaults
from streamflow.jobs.flink_rest import POLL_SECONDS, FlinkRest
from streamflow.jobs.root_cause import root_cause
from streamflow.jobs.savepoints import checkpoint_folder, find_restore_point, restore_points
from streamflow.jobs.stopping import cancel_job
from streamflow.settings import Settings

MODULE: Final = "streamflow.flink.job"
RUNNING_TIMEOUT_SECONDS: Final = 120.0
_CLIENT_TIMEOUT_SECONDS: Final = 180.0
_SLOTS_TIMEOUT_SECONDS: Final = 15.0
_JOB_ID: Final = re.compile(r"JobID ([0-9a-f]{32})")
# So many failures in a row and the next will be the same.
_HOPELESS_FAILURES: Final = 3


class Submitted(msgspec.Struct, frozen=True, kw_only=True):
    """A job that runs, and how it came to."""

    job_id: str
    parallelism: int
    restored_from: str | None
    defaults_pushed: bool
    seconds: float


def submit(
    settings: Settings, *, start_from: str | None = None, allow_second: bool = False, timeout_seconds: float = RUNNING_TIMEOUT_SECONDS
) -> Submitted:
    """Submit the fraud-detector and return when all its tasks process records.

    Parameters
    ----------
    settings : Settings
        The job's, Kafka's and the cluster's.
    start_from : str, optional
        A savepoint, `latest`, or `nothing` for an empty memory; by default the newest savepoint or checkpoint that there is.
    allow_second : bool
        Submit although one runs already. Both would share one consumer group and write every decision twice.
    timeout_seconds : float
        How long it may take until it runs.

    Raises
    ------
    StreamFlowError
        It runs already, or it fails; the message is the root cause.
    NotReadyError
        The cluster or Kafka does not answer, or it has no room for the job.
    BadInputError
        The savepoint is not there.
    """
    began = time.monotonic()
    flink = FlinkRest(settings.flink_rest_url())
    running = flink.detectors()
    if running and not allow_second:
        raise StreamFlowError(
            f"the {FRAUD_DETECTOR.name} is there already",
            got=", ".join(f"{job.job_id} ({job.state})" for job in running),
            where=flink.url,
            fix="streamflow job stop, or --allow-second",
        )
    _require_slots(flink, settings.flink.parallelism)
    restored_from = _start_point(settings, flink, start_from)
    pushed = ensure_defaults(settings.kafka_client_config()) is not None
    job_id = _run_client(settings, flink, restored_from)
    _await_running(flink, job_id, timeout_seconds)
    return Submitted(
        job_id=job_id,
        parallelism=settings.flink.parallelism,
        restored_from=restored_from,
        defaults_pushed=pushed,
        seconds=round(time.monotonic() - began, 1),
    )


def _require_slots(flink: FlinkRest, parallelism: int) -> None:
    """Refuse a cluster without room; the slots of a job that has just ended come back after a moment."""
    end = time.monotonic() + _SLOTS_TIMEOUT_SECONDS
    while True:
        overview = flink.ask("/overview")
        free = overview["slots-available"]
        if free >= parallelism:
            return
        if overview["slots-total"] < parallelism or time.monotonic() > end:
            raise NotReadyError(
                "the cluster has no room for the job",
                expected=f"{parallelism} free slots",
                got=str(free),
                where=flink.url,
                fix=f"streamflow up flink --taskmanagers {parallelism}",
            )
        time.sleep(POLL_SECONDS)


def _start_point(settings: Settings, flink: FlinkRest, wanted: str | None) -> str | None:
    if wanted == "nothing":
        return None
    if wanted is not None:
        return find_restore_point(settings, flink, wanted).path
    points = restore_points(settings, flink)
    return points[0].path if points else None


def _run_client(settings: Settings, flink: FlinkRest, restored_from: str | None) -> str:
    """Let Flink's own client build and submit the job."""
    stack = settings.local_stack()
    program = Path(stack.flink_home) / "bin" / "flink"
    if not program.exists():
        raise NotReadyError("Flink's client is missing", where=str(program), fix="streamflow up flink")
    with tempfile.NamedTemporaryFile(suffix=".json") as file:  # readable by its owner alone: it may hold a password
        file.write(msgspec.json.encode(settings.job_settings()))
        file.flush()
        command = [str(program), "run", "--detached", *_target(settings), *(["--fromSavepoint", restored_from] if restored_from else [])]
        command += ["--pyClientExecutable", sys.executable, "--pyExecutable", sys.executable, "--pyModule", MODULE, file.name]
        try:
            done = subprocess.run(
                command, env=stack.flink_environment(), capture_output=True, text=True, check=False, timeout=_CLIENT_TIMEOUT_SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise NotReadyError(
                "Flink's client does not end", expected=f"{_CLIENT_TIMEOUT_SECONDS:g} s at most", where=flink.url
            ) from error
    found = _JOB_ID.search(done.stdout)
    if done.returncode or found is None:
        raise StreamFlowError("the job cannot be submitted", got=root_cause(f"{done.stdout}\n{done.stderr}"), where=flink.url)
    return found[1]


def _target(settings: Settings) -> list[str]:
    """Return the client's options: where the cluster is, if it is not the local stack's; where the checkpoints go, if it is."""
    if not settings.flink.rest_url:
        return [f"-Dexecution.checkpointing.dir={checkpoint_folder(settings).as_uri()}"]
    address = urlsplit(settings.flink.rest_url)
    port = address.port or (443 if address.scheme == "https" else 80)
    options = {"high-availability.type": "NONE", "rest.address": address.hostname, "rest.port": port, "rest.path": address.path.strip("/")}
    if address.scheme == "https":
        options["security.ssl.rest.enabled"] = "true"
    return [f"-D{name}={value}" for name, value in options.items() if value]


def _await_running(flink: FlinkRest, job_id: str, timeout_seconds: float) -> None:
    end = time.monotonic() + timeout_seconds
    while True:
        job = flink.job(job_id)
        if job is not None and job.runs:
            return
        failures = flink.ask(f"/jobs/{job_id}/exceptions")["exceptionHistory"]["entries"] if job is not None else []
        ended = job is not None and job.has_ended
        if ended or len(failures) >= _HOPELESS_FAILURES or time.monotonic() > end:
            cause = flink.failure(job_id) if failures else f"{job.state if job else 'unknown'} after {timeout_seconds:g} s"
            if not ended and job is not None:
                cancel_job(flink, job_id)
            raise StreamFlowError(
                "the job does not run, so it was cancelled", got=cause, where=flink.url, fix="streamflow logs taskmanager"
            )
        time.sleep(POLL_SECONDS)
