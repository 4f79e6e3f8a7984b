"""What is asked of Flink's REST interface, and its answers in our words."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from streamflow.contracts.catalogue import FRAUD_DETECTOR, Job
from streamflow.contracts.errors import NotReadyError, StreamFlowError
from streamflow.jobs.root_cause import root_cause

ANSWER_TIMEOUT_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.2
ENDED: Final = frozenset({"FINISHED", "CANCELED", "FAILED"})
FIX: Final = "streamflow up flink, or set flink.rest_url (streamflow config show)"


class JobState(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the cluster knows it."""

    job_id: str
    name: str
    state: str
    start_ms: int
    duration_ms: int
    tasks_running: int
    tasks_total: int

    @property
    def has_ended(self) -> bool:
        """Whether it will never process anything again."""
        return self.state in ENDED

    @property
    def runs(self) -> bool:
        """Whether every task of it processes records at this moment."""
        return self.state == "RUNNING" and 0 < self.tasks_total == self.tasks_running


class FlinkRest:
    """A client of one cluster.

    Parameters
    ----------
    url : str
        `http://host:port` of the JobManager.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, method: str = "GET", body: Mapping[str, Any] | None = None) -> Any:
        """Return the answer to a request.

        Raises
        ------
        NotReadyError
            The JobManager does not answer, or has no leader yet.
        StreamFlowError
            It refuses the request.
        """
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data, {"Content-Type": "application/json"}, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT_SECONDS) as response:  # noqa: S310 - the operator's own address
                return json.loads(response.read() or b"{}")
        except urllib.error.HTTPError as error:
            reason = root_cause(_error_text(error.read()))
            if error.code == 503:
                raise NotReadyError("Flink has no leader yet", got=reason, where=self.url, fix="streamflow status") from error
            raise StreamFlowError("Flink refuses the request", got=f"{error.code} {reason}", where=f"{self.url}{path}") from error
        except (OSError, json.JSONDecodeError) as error:
            raise NotReadyError("Flink does not answer", got=str(error), where=self.url, fix=FIX) from error

    def jobs(self) -> list[JobState]:
        """Return every job that the cluster remembers, the newest first."""
        found = [
            JobState(
                job_id=job["jid"],
                name=job["name"],
                state=job["state"],
                start_ms=job["start-time"],
                duration_ms=job["duration"],
                tasks_running=job["tasks"]["running"],
                tasks_total=job["tasks"]["total"],
            )
            for job in self.ask("/jobs/overview")["jobs"]
        ]
        return sorted(found, key=lambda job: -job.start_ms)

    def living(self, job: Job = FRAUD_DETECTOR) -> list[JobState]:
        """Return the runs of a job that have not ended."""
        return [found for found in self.jobs() if found.name == job.name and not found.has_ended]

    def the_living(self, job: Job = FRAUD_DETECTOR, job_id: str | None = None) -> JobState:
        """Return the one run of a job that has not ended, or the one that is named.

        Raises
        ------
        NotReadyError
            None runs, or several do and none is named.
        """
        found = [run for run in self.living(job) if job_id in (None, run.job_id)]
        if not found:
            raise NotReadyError(
                f"no {job.name} runs", expected=job_id or "a running job", where=self.url, fix=f"streamflow job submit {job.name}"
            )
        if len(found) > 1:
            ids = ", ".join(run.job_id for run in found)
            raise NotReadyError(f"several {job.name}s run", got=ids, fix="name one by its id: streamflow job stop ID")
        return found[0]

    def job(self, job_id: str) -> JobState | None:
        """Return one job, or None where the cluster does not know it."""
        return next((job for job in self.jobs() if job.job_id == job_id), None)

    def failure(self, job_id: str) -> str:
        """Return the root cause of a job's last failure in one line; empty where it never failed."""
        history = self.ask(f"/jobs/{job_id}/exceptions")["exceptionHistory"]["entries"]
        return root_cause(history[0]["stacktrace"]) if history else ""

    def await_operation(self, path: str, timeout_seconds: float, what: str) -> dict[str, Any]:
        """Wait for the end of something that Flink does on the side, and return its result.

        Raises
        ------
        StreamFlowError
            It failed.
        NotReadyError
            It does not end in time.
        """
        end = time.monotonic() + timeout_seconds
        while time.monotonic() < end:
            answer = self.ask(path)
            if answer["status"]["id"] == "COMPLETED":
                result: dict[str, Any] = answer["operation"]
                if "failure-cause" in result:
                    raise StreamFlowError(f"{what} failed", got=root_cause(result["failure-cause"]["stack-trace"]))
                return result
            time.sleep(POLL_SECONDS)
        raise NotReadyError(
            f"{what} does not end", expected=f"its end within {timeout_seconds:g} s", where=self.url, fix="streamflow job list"
        )


def _error_text(body: bytes) -> str:
    try:
        return "\n".join(json.loads(body)["errors"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")
