"""Ending a job with its state kept, and saving its state while it runs."""

import time
from typing import Final

from streamflow.contracts.catalogue import FRAUD_DETECTOR, Job
from streamflow.contracts.errors import NotReadyError
from streamflow.jobs.flink_rest import POLL_SECONDS, FlinkRest
from streamflow.jobs.savepoints import Savepoint, find_restore_point, savepoint_folder
from streamflow.settings import Settings

TIMEOUT_SECONDS: Final = 300.0


def stop(
    settings: Settings,
    job: Job = FRAUD_DETECTOR,
    *,
    job_id: str | None = None,
    drain: bool = False,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Savepoint:
    """Stop a job with a savepoint, and return it once the job has ended: nothing is in flight any more.

    Parameters
    ----------
    settings : Settings
        Say where the cluster is.
    job : Job
        Which job.
    job_id : str, optional
        Which run of it, where there are several.
    drain : bool
        Let every window close as if no event came ever after; only for a job that never goes on.
    timeout_seconds : float
        How long it may take.

    Raises
    ------
    NotReadyError
        No job runs, or it does not stop in time.
    StreamFlowError
        The savepoint failed; the job goes on.
    """
    flink = FlinkRest(settings.flink_rest_url())
    run_id = flink.the_living(job, job_id).job_id
    savepoint = _save(settings, flink, job, f"/jobs/{run_id}/stop", run_id, {"drain": drain}, timeout_seconds)
    _await_end(flink, run_id, timeout_seconds)
    return savepoint


def take_savepoint(
    settings: Settings, job: Job = FRAUD_DETECTOR, *, job_id: str | None = None, timeout_seconds: float = TIMEOUT_SECONDS
) -> Savepoint:
    """Save the state of a running job, which goes on; see `stop` for the parameters and errors."""
    flink = FlinkRest(settings.flink_rest_url())
    run_id = flink.the_living(job, job_id).job_id
    return _save(settings, flink, job, f"/jobs/{run_id}/savepoints", run_id, {"cancel-job": False}, timeout_seconds)


def cancel(settings: Settings, job: Job = FRAUD_DETECTOR, *, job_id: str | None = None, timeout_seconds: float = TIMEOUT_SECONDS) -> str:
    """End a job at once, without a savepoint; its newest checkpoint stays. Returns its id; see `stop` for the errors."""
    flink = FlinkRest(settings.flink_rest_url())
    run_id = flink.the_living(job, job_id).job_id
    cancel_job(flink, run_id, timeout_seconds)
    return run_id


def cancel_job(flink: FlinkRest, job_id: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
    """Cancel a job by its id and wait for its end."""
    flink.ask(f"/jobs/{job_id}?mode=cancel", "PATCH")
    _await_end(flink, job_id, timeout_seconds)


def _save(
    settings: Settings, flink: FlinkRest, job: Job, path: str, run_id: str, what: dict[str, bool], timeout_seconds: float
) -> Savepoint:
    body = {**what, ("targetDirectory" if "drain" in what else "target-directory"): savepoint_folder(settings, job).as_uri()}
    trigger = flink.ask(path, "POST", body)["request-id"]
    result = flink.await_operation(f"/jobs/{run_id}/savepoints/{trigger}", timeout_seconds, "the savepoint")
    return find_restore_point(settings, flink, result["location"], job)


def _await_end(flink: FlinkRest, job_id: str, timeout_seconds: float) -> None:
    end = time.monotonic() + timeout_seconds
    while (job := flink.job(job_id)) is not None and not job.has_ended:
        if time.monotonic() > end:
            raise NotReadyError(f"the job does not end: {job.state}", where=flink.url, fix="streamflow logs jobmanager")
        time.sleep(POLL_SECONDS)
