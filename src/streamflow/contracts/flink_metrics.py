"""What Flink says of jobs and cluster by itself, as far as StreamFlow's rules and dashboards use it.

The names that it has in Flink change with versions and carry labels of attempts and processes; nothing but the recording rules
knows them.
"""

from typing import Final, Literal

from streamflow.contracts.instruments import Instrument, Label

JOB_NAME: Final = Label(name="job_name")
_MILLISECONDS: Final = 0.001


class FlinkMetric(Instrument, frozen=True, kw_only=True):
    """A number of Flink's under a name of ours.

    Parameters
    ----------
    raw : str
        The name by which Flink's reporter gives it to Prometheus.
    over : {"max", "sum"}
        How the numbers of several processes or subtasks become one.
    factor : float
        What turns Flink's unit into ours.
    """

    raw: str
    over: Literal["max", "sum"] = "max"
    factor: float = 1.0


RUNNING: Final = FlinkMetric(
    name="streamflow_job_running_seconds",
    kind="gauge",
    what="For how long a job has been running; 0 while it restarts, and nothing where the JobManager does not know it.",
    labels=(JOB_NAME,),
    raw="flink_jobmanager_job_runningTime",
    factor=_MILLISECONDS,
)
RESTARTS: Final = FlinkMetric(
    name="streamflow_job_restarts",
    kind="gauge",
    what="How often a job was started again since it was submitted or its JobManager was lost.",
    labels=(JOB_NAME,),
    raw="flink_jobmanager_job_numRestarts",
)
CHECKPOINTED: Final = FlinkMetric(
    name="streamflow_checkpoint_completed_timestamp_seconds",
    kind="gauge",
    what="When the newest checkpoint was complete, in seconds since the epoch.",
    labels=(JOB_NAME,),
    raw="flink_jobmanager_job_lastCheckpointCompletedTimestamp",
    factor=_MILLISECONDS,
)
CHECKPOINT_DURATION: Final = FlinkMetric(
    name="streamflow_checkpoint_duration_seconds",
    kind="gauge",
    what="How long the newest checkpoint took from end to end.",
    labels=(JOB_NAME,),
    raw="flink_jobmanager_job_lastCheckpointDuration",
    factor=_MILLISECONDS,
)
CHECKPOINT_BYTES: Final = FlinkMetric(
    name="streamflow_checkpoint_bytes",
    kind="gauge",
    what="Size of all that the newest checkpoint refers to: the state of the job.",
    labels=(JOB_NAME,),
    raw="flink_jobmanager_job_lastCheckpointFullSize",
)
CHECKPOINTS_FAILED: Final = FlinkMetric(
    name="streamflow_checkpoints_failed",
    kind="gauge",
    what="Checkpoints that failed since the JobManager knows the job.",
    labels=(JOB_NAME,),
    raw="flink_jobmanager_job_numberOfFailedCheckpoints",
)
PENDING: Final = FlinkMetric(
    name="streamflow_job_pending_records",
    kind="gauge",
    what="Records that lie in Kafka and that a job's sources have not fetched yet.",
    labels=(JOB_NAME, Label(name="operator_name")),
    raw="flink_taskmanager_job_task_operator_pendingRecords",
    over="sum",
)
BUSY: Final = FlinkMetric(
    name="streamflow_job_busy_ratio",
    kind="gauge",
    what="Share of a second in which the busiest task of a job works.",
    labels=(JOB_NAME,),
    raw="flink_taskmanager_job_task_busyTimeMsPerSecond",
    factor=_MILLISECONDS,
)
BACKPRESSURED: Final = FlinkMetric(
    name="streamflow_job_backpressured_ratio",
    kind="gauge",
    what="Share of a second in which some task of a job waits for the one behind it.",
    labels=(JOB_NAME,),
    raw="flink_taskmanager_job_task_backPressuredTimeMsPerSecond",
    factor=_MILLISECONDS,
)
TASKMANAGERS: Final = FlinkMetric(
    name="streamflow_taskmanagers",
    kind="gauge",
    what="TaskManagers that the JobManager knows.",
    raw="flink_jobmanager_numRegisteredTaskManagers",
)

FLINK_METRICS: Final = (
    RUNNING,
    RESTARTS,
    CHECKPOINTED,
    CHECKPOINT_DURATION,
    CHECKPOINT_BYTES,
    CHECKPOINTS_FAILED,
    PENDING,
    BUSY,
    BACKPRESSURED,
    TASKMANAGERS,
)
