"""The DAGs, what starts each of them, and what they share: written here and nowhere else."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from airflow.sdk import Asset

from streamflow.contracts import orchestration as names


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A bound on how much goes on at once."""

    name: str
    slots: int
    what: str


WAREHOUSE_POOL: Final = Pool(name="streamflow_warehouse", slots=4, what="Statements of the DAGs in the warehouse")
DBT_POOL: Final = Pool(name="streamflow_dbt", slots=2, what="dbt processes: each takes a processor core while it starts")
POOLS: Final = (WAREHOUSE_POOL, DBT_POOL)

BRONZE_AUDITED: Final = Asset("bronze_audited")
BRONZE_CHECKED: Final = Asset("bronze_checked")
GOLD_BUILT: Final = Asset("gold_built")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What a DAG is.

    Parameters
    ----------
    dag_id : str
        Its id.
    what : str
        What it does, in a sentence.
    after : Asset, optional
        The asset whose update starts it.
    cron : str, optional
        When it starts, in UTC, where no asset starts it.
    gives : Asset, optional
        The asset that its last task updates.
    deadline : timedelta
        How long a run may take from being queued before somebody is told.
    """

    dag_id: str
    what: str
    deadline: timedelta
    after: Asset | None = None
    cron: str | None = None
    gives: Asset | None = None


INGEST_AUDIT: Final = Spec(
    dag_id=names.INGEST_AUDIT,
    what="Counts the offsets of the last quarter of an hour in Kafka against bronze.",
    cron="*/15 * * * *",
    gives=BRONZE_AUDITED,
    deadline=timedelta(minutes=15),
)
DATA_QUALITY: Final = Spec(
    dag_id=names.DATA_QUALITY,
    what="Checks that bronze is fresh, complete, free of duplicates and distributed as before: the gate before gold.",
    after=BRONZE_AUDITED,
    gives=BRONZE_CHECKED,
    deadline=timedelta(minutes=15),
)
TRANSFORM: Final = Spec(
    dag_id=names.TRANSFORM,
    what="Builds silver and gold with dbt, layer by layer, each tested before the next.",
    after=BRONZE_CHECKED,
    gives=GOLD_BUILT,
    deadline=timedelta(minutes=45),
)
MAINTENANCE: Final = Spec(
    dag_id=names.MAINTENANCE,
    what="Once a day: partitions, retention, expiry of dead letters, vacuum, and the models' performance anew.",
    cron="30 3 * * *",
    deadline=timedelta(hours=2),
)
SPECS: Final = (INGEST_AUDIT, DATA_QUALITY, TRANSFORM, MAINTENANCE)
