"""The stack with everything that watches it."""

from collections.abc import Iterator

import pytest

from tests.integration.observe.prometheus import WatchedPrometheus
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs
from tests.unit.models import card_with_reference, linear_files, write_folder


@pytest.fixture(scope="module")
def watched_stack(session_jobs: WarehouseJobs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedPrometheus]:
    """Start probe, Prometheus and Alertmanager beside all jobs, as a user does; a model that says little decides.

    Other tests go without the canary.
    """
    files = linear_files(0.01, feature="hour", cards={"card.json": card_with_reference()})
    model = write_folder(tmp_path_factory.mktemp("models") / "linear", files)
    session_jobs.command("model", "push", str(model), "--rollback", "--reason", "watched")
    session_jobs.command("up", "observability")
    yield WatchedPrometheus(session_jobs.stack.endpoints().prometheus)
    session_jobs.stack.down(["observability"])
    session_jobs.command("model", "off", "--reason", "watched no more")


@pytest.fixture
def prometheus(watched_stack: WatchedPrometheus, jobs: WarehouseJobs) -> WatchedPrometheus:
    """Return Prometheus once it reads the probe and all jobs run."""
    watched_stack.wait_for('streamflow_probe_up_to_date{source="kafka"} == 1')
    return watched_stack
