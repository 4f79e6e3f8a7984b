"""What is run as each job: the module that builds it, and the settings that it is told."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec
import psycopg

from streamflow.contracts.catalogue import FRAUD_DETECTOR, JOBS, REALTIME_AGGREGATOR, TRANSACTION_PROCESSOR, Job
from streamflow.contracts.errors import BadInputError, NotReadyError
from streamflow.settings import Settings

if TYPE_CHECKING:
    from streamflow.flink.settings import RunSettings

_ANSWER_TIMEOUT_SECONDS: Final = 3


class JobProgram(msgspec.Struct, frozen=True, kw_only=True):
    """A job's entry point.

    Parameters
    ----------
    module : str
        Named to `flink run --pyModule`.
    settings : callable
        Returns what a run is told; for a job that writes tables it asks PostgreSQL.
    parallelism : callable
        Returns how many TaskManagers it wants.
    """

    module: str
    settings: "Callable[[Settings], RunSettings]"
    parallelism: Callable[[Settings], int]


PROGRAMS: Final = {
    FRAUD_DETECTOR.name: JobProgram(
        module="streamflow.flink.job",
        settings=lambda settings: settings.job_settings(),
        parallelism=lambda settings: settings.flink.parallelism,
    ),
    TRANSACTION_PROCESSOR.name: JobProgram(
        module="streamflow.flink.processor",
        settings=lambda settings: settings.processor_settings(),
        parallelism=lambda settings: settings.store.parallelism,
    ),
    REALTIME_AGGREGATOR.name: JobProgram(
        module="streamflow.flink.aggregator",
        settings=lambda settings: settings.aggregator_settings(),
        parallelism=lambda settings: settings.store.parallelism,
    ),
}


def job_named(name: str) -> Job:
    """Return a job by its name.

    Raises
    ------
    BadInputError
        There is none of this name.
    """
    for job in JOBS:
        if job.name == name:
            return job
    raise BadInputError("there is no such job", expected=", ".join(job.name for job in JOBS), got=name)


def possible_jobs(settings: Settings) -> list[Job]:
    """Return the jobs whose servers are there: those that write tables only where PostgreSQL answers."""
    return [job for job in JOBS if not job.writes_tables or _postgres_answers(settings)]


def _postgres_answers(settings: Settings) -> bool:
    try:
        dsn = settings.postgres_dsn()
    except NotReadyError:
        return False
    try:
        psycopg.connect(dsn, connect_timeout=_ANSWER_TIMEOUT_SECONDS).close()
    except psycopg.OperationalError:
        # Named in the settings, it is meant to be used: its absence shall be seen.
        return bool(settings.postgres.dsn)
    return True
