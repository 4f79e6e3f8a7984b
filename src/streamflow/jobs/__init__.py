"""The fraud-detector on a cluster: submitting, listing, stopping, savepoints.

Needs settings for the cluster, Kafka and the job, and nothing else::

    submitted = submit(Settings.load())
    stopped = stop(Settings.load())
"""

from streamflow.jobs.flink_rest import FlinkRest, JobState
from streamflow.jobs.savepoints import Savepoint, restore_points
from streamflow.jobs.stopping import cancel, stop, take_savepoint
from streamflow.jobs.submitting import Submitted, submit

__all__ = ["FlinkRest", "JobState", "Savepoint", "Submitted", "cancel", "restore_points", "stop", "submit", "take_savepoint"]
