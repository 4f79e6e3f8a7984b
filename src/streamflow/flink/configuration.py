"""What every job of ours asks of Flink, and how a job is told its settings."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment

from streamflow.contracts.catalogue import Job
from streamflow.contracts.errors import BadInputError
from streamflow.flink.settings import MAX_PARALLELISM, RunSettings

Settings = TypeVar("Settings", bound=RunSettings)

ANY_NUMBER = 2**31 - 1


def job_configuration(job: Job, settings: RunSettings, **more: str) -> Configuration:
    """Return what a job asks of Flink; where checkpoints lie is the cluster's matter.

    Parameters
    ----------
    job : Job
        Its name.
    settings : RunSettings
        What all jobs are told.
    **more : str
        What this job asks besides.
    """
    values = {
        "pipeline.name": job.name,
        "pipeline.max-parallelism": MAX_PARALLELISM,
        # Safe here: nobody changes a record after handing it on.
        "pipeline.object-reuse": "true",
        **({} if settings.parallelism is None else {"parallelism.default": settings.parallelism}),
        "python.execution-mode": "thread",
        "state.backend.type": "rocksdb",
        "execution.checkpointing.interval": f"{settings.checkpoint_interval_ms} ms",
        "execution.checkpointing.incremental": "true",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        # By default one checkpoint that fails starts the job anew, and on a full disk again and again: nobody would be answered. Without
        # a checkpoint, only the next recovery is slower; there are alerts for that.
        "execution.checkpointing.tolerable-failed-checkpoints": ANY_NUMBER,
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "30 s",
        "restart-strategy.exponential-delay.backoff-multiplier": "2.0",
        "restart-strategy.exponential-delay.reset-backoff-threshold": "10 min",
        **more,
    }
    result = Configuration()
    for name, value in values.items():
        result.set_string(name, str(value))
    return result


def read_settings(arguments: list[str], kind: type[Settings]) -> Settings:
    """Return the settings of a run, from the file that is the job's one argument.

    Raises
    ------
    BadInputError
        If the file cannot be read or does not hold such settings.
    """
    if len(arguments) != 1:
        raise BadInputError("the job takes one argument", expected="a settings file", got=repr(arguments))
    try:
        return msgspec.json.decode(Path(arguments[0]).read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadInputError(
            "the job's settings cannot be read", expected=f"{kind.__name__} as JSON", got=str(error), where=arguments[0]
        ) from error


def run_job(
    job: Job,
    settings: Settings,
    build: Callable[[StreamExecutionEnvironment, Settings], None],
    configuration: Configuration | None = None,
) -> None:
    """Build a job and run it; `configuration` is what it asks of Flink, by default what every job does."""
    env = StreamExecutionEnvironment.get_execution_environment(configuration or job_configuration(job, settings))
    build(env, settings)
    env.execute(job.name)
