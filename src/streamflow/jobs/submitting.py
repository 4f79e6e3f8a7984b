"""Bringing jobs onto a cluster, and seeing that they really run."""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from streamflow.contracts.catalogue import FRAUD_DETECTOR, Job
from streamflow.contracts.errors import NotReadyError, StreamFlowError
from streamflow.control.publish import ensure_defaults
from streamflow.jobs.flink_rest import POLL_SECONDS, FlinkRest
from streamflow.jobs.programs import PROGRAMS
from streamflow.jobs.root_cause import root_cause
from streamflow.jobs.savepoints import checkpoint_folder, find_restore_point, restore_points
from streamflow.jobs.stopping import cancel_job
from streamflow.settings import Settings

RUNNING_TIMEOUT_SECONDS: Final = 240.0
_CLIENT_TIMEOUT_SECONDS: Final = 600.0
_SLOTS_TIMEOUT_SECONDS: Final = 15.0
_LOW_PRIORITY: Final = ("nice", "-n", "10")
"""Before a client that compiles for seconds: jobs that run already must not wait for it."""
_JOB_ID: Final = re.compile(r"JobID ([0-9a-f]{32})")
# So many failures in a row and the next will be the same.
_HOPELESS_FAILURES: Final = 3


class Submitted(msgspec.Struct, frozen=True, kw_only=True):
    """A job that runs, and how it came to."""

    job: str
    job_id: str
    parallelism: int
    restored_from: str | None
    defaults_pushed: bool
    seconds: float


def submit(
    settings: Settings,
    job: Job = FRAUD_DETECTOR,
    *,
    start_from: str | None = None,
    allow_second: bool = False,
    timeout_seconds: float = RUNNING_TIMEOUT_SECONDS,
) -> Submitted:
    """Submit a job and return when all its tasks process records.

    Parameters
    ----------
    settings : Settings
        The job's, Kafka's and the cluster's.
    job : Job
        Which job.
    start_from : str, optional
        A savepoint, `latest`, or `nothing` for an empty memory; by default the newest savepoint or checkpoint that there is.
    allow_second : bool
        Submit although one runs already. Both would share one consumer group and write everything twice.
    timeout_seconds : float
        How long it may take until it runs.

    Raises
    ------
    StreamFlowError
        It runs already, or it fails; the message is the root cause.
    NotReadyError
        The cluster, Kafka or PostgreSQL does not answer, or the cluster has no room for the job.
    BadInputError
        The savepoint is not there.
    """
    flink = FlinkRest(settings.flink_rest_url())
    if not allow_second:
        refuse_second(flink, [job])
    _require_slots(flink, PROGRAMS[job.name].parallelism(settings))
    return _submit(settings, flink, job, start_from, timeout_seconds)


def submit_all(settings: Settings, jobs: Sequence[Job], *, timeout_seconds: float = RUNNING_TIMEOUT_SECONDS) -> list[Submitted]:
    """Submit several jobs at once, each with the newest state that there is of it; see `submit` for the errors.

    The cluster must have room for all of them before the first one is submitted.
    """
    flink = FlinkRest(settings.flink_rest_url())
    refuse_second(flink, jobs)
    _require_slots(flink, sum(PROGRAMS[job.name].parallelism(settings) for job in jobs))
    with ThreadPoolExecutor(max(1, len(jobs))) as pool:
        return list(pool.map(lambda job: _submit(settings, flink, job, None, timeout_seconds), jobs))


def refuse_second(flink: FlinkRest, jobs: Sequence[Job]) -> None:
    """Refuse jobs of which one run has not ended.

    Raises
    ------
    StreamFlowError
        Which run there is.
    """
    for job in jobs:
        if living := flink.living(job):
            raise StreamFlowError(
                f"the {job.name} is there already",
                got=", ".join(f"{run.job_id} ({run.state})" for run in living),
                where=flink.url,
                fix=f"streamflow job stop {job.name}, or --allow-second",
            )


def _submit(settings: Settings, flink: FlinkRest, job: Job, start_from: str | None, timeout_seconds: float) -> Submitted:
    began = time.monotonic()
    restored_from = _start_point(settings, flink, job, start_from)
    pushed = job is FRAUD_DETECTOR and ensure_defaults(settings.kafka_client_config()) is not None
    job_id = _run_client(settings, flink, job, restored_from)
    _await_running(flink, job_id, timeout_seconds)
    return Submitted(
        job=job.name,
        job_id=job_id,
        parallelism=PROGRAMS[job.name].parallelism(settings),
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
                fix=f"streamflow up flink --taskmanagers {overview['slots-total'] - free + parallelism}",
            )
        time.sleep(POLL_SECONDS)


def _start_point(settings: Settings, flink: FlinkRest, job: Job, wanted: str | None) -> str | None:
    if wanted == "nothing":
        return None
    if wanted is not None:
        return find_restore_point(settings, flink, wanted, job).path
    points = restore_points(settings, flink, job)
    return points[0].path if points else None


def _run_client(settings: Settings, flink: FlinkRest, job: Job, restored_from: str | None) -> str:
    """Let Flink's own client build and submit the job."""
    stack = settings.local_stack()
    program = Path(stack.flink_home) / "bin" / "flink"
    if not program.exists():
        raise NotReadyError("Flink's client is missing", where=str(program), fix="streamflow up flink")
    with tempfile.NamedTemporaryFile(suffix=".json") as file:  # readable by its owner alone: it may hold a password
        file.write(msgspec.json.encode(PROGRAMS[job.name].settings(settings)))
        file.flush()
        command = [
            *_LOW_PRIORITY,
            str(program),
            "run",
            "--detached",
            *_target(settings, job),
            *(["--fromSavepoint", restored_from] if restored_from else []),
        ]
        command += [
            "--pyClientExecutable",
            sys.executable,
            "--pyExecutable",
            sys.executable,
            "--pyModule",
            PROGRAMS[job.name].module,
            file.name,
        ]
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
        raise StreamFlowError(f"the {job.name} cannot be submitted", got=root_cause(f"{done.stdout}\n{done.stderr}"), where=flink.url)
    return found[1]


def _target(settings: Settings, job: Job) -> list[str]:
    """Return the client's options: where the cluster is, if it is not the local stack's; where the checkpoints go, if it is."""
    if not settings.flink.rest_url:
        return [f"-Dexecution.checkpointing.dir={checkpoint_folder(settings, job).as_uri()}"]
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
