"""Where Airflow finds its configuration during the tests: in a folder of their own, never in the home of whoever runs them.

Set here, before anything imports Airflow.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from orchestration.tests.webhook import Webhook

# Runs in the main environment.
collect_ignore = ["seed.py"]
ROOT = Path(__file__).parents[2]
HOME = Path(tempfile.mkdtemp(prefix="streamflow-airflow-"))
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
os.environ |= {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "orchestration" / "dags"),
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
}


@pytest.fixture(scope="session")
def webhook() -> "Iterator[Webhook]":
    """Return a real HTTP server that keeps what it is sent."""
    from orchestration.tests.webhook import Webhook

    with Webhook() as server:
        yield server
