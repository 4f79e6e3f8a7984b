"""The stack with everything that watches it."""

from collections.abc import Iterator

import pytest

from tests.integration.observe.prometheus import WatchedPrometheus
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs


@pytest.fixture(scope="module")
def watched_stack(session_jobs: WarehouseJobs) -> Iterator[WatchedPrometheus]:
    """Start probe, Prometheus and Alertmanager beside all jobs, as a user does; other tests go without the canary."""
    session_jobs.command("up", "observability")
    yield WatchedPrometheus(session_jobs.stack.endpoints().prometheus)
    session_jobs.stack.down(["observability"])


@pytest.fixture
def prometheus(watched_stack: WatchedPrometheus, jobs: WarehouseJobs) -> WatchedPrometheus:
    """Return Prometheus once it reads the probe and all jobs run."""
    watched_stack.wait_for('streamflow_probe_up_to_date{source="kafka"} == 1')
    return watched_stack
