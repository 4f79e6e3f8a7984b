"""The jobs on a cluster: submitting, listing, stopping, savepoints.

Needs settings for the cluster, Kafka, PostgreSQL and the jobs, and nothing else::

    submitted = submit(Settings.load(), FRAUD_DETECTOR)
    stopped = stop(Settings.load(), FRAUD_DETECTOR)
"""

from streamflow.jobs.flink_rest import FlinkRest, JobState
from streamflow.jobs.programs import job_named, possible_jobs
from streamflow.jobs.savepoints import Savepoint, restore_points
from streamflow.jobs.stopping import cancel, stop, take_savepoint
from streamflow.jobs.submitting import Submitted, submit, submit_all

__all__ = [
    "FlinkRest",
    "JobState",
    "Savepoint",
    "Submitted",
    "cancel",
    "job_named",
    "possible_jobs",
    "restore_points",
    "stop",
    "submit",
    "submit_all",
    "take_savepoint",
]
