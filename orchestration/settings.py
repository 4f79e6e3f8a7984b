"""What the DAGs must know of the place they run in: the section `[streamflow]` of Airflow's configuration.

Each entry can also be given as an environment variable, such as `AIRFLOW__STREAMFLOW__COMMAND`. The defaults are right in a checkout.
"""

import shlex
from datetime import timedelta
from pathlib import Path
from typing import Final

from airflow.sdk import conf

from streamflow.contracts.orchestration import SECTION

CHECKOUT: Final = Path(__file__).resolve().parents[1]

# A task whose worker is killed must not leave its program behind: a second try would meet it in the tables.
ENDS_WITH_ITS_TASK: Final = ("setpriv", "--pdeathsig", "KILL", "--")


def command() -> list[str]:
    """Return the words that start `streamflow`, its general options included."""
    return shlex.split(conf.get(SECTION, "command", fallback=shlex.quote(str(CHECKOUT / ".venv/bin/streamflow"))))


def dbt() -> str:
    """Return the path of the program that runs dbt in dbt's own environment."""
    return str(conf.get(SECTION, "dbt", fallback=str(CHECKOUT / "orchestration/bin/dbt")))


def dbt_project() -> Path:
    """Return the folder of the dbt project."""
    return Path(conf.get(SECTION, "dbt_project", fallback=str(CHECKOUT / "warehouse")))


def dbt_manifest() -> Path:
    """Return the file that `dbt parse` wrote: the DAG's tasks are made out of it."""
    return Path(conf.get(SECTION, "dbt_manifest", fallback=str(CHECKOUT / "build/airflow/dbt/manifest.json")))


def retries() -> int:
    """Return how often a failed task is tried again."""
    return int(conf.get(SECTION, "retries", fallback="3"))


def retry_delay() -> timedelta:
    """Return the pause before the first repetition; it doubles each time."""
    return timedelta(seconds=float(conf.get(SECTION, "retry_seconds", fallback="30")))


def keep_days() -> int:
    """Return how many days bronze keeps in its tables; older ones are detached."""
    return int(conf.get(SECTION, "keep_days", fallback="400"))


def dead_letter_days() -> int:
    """Return after how many days a dead letter is deleted."""
    return int(conf.get(SECTION, "dead_letter_days", fallback="90"))
