"""The stack with everything that watches it."""

from collections.abc import Iterator

import pytest

from tests.integration.observe.prometheus import WatchedPrometheus
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs, running_jobs
from tests.unit.models import card_with_reference, linear_files, write_folder


@pytest.fixture(scope="package")
def session_jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarehouseJobs]:
    """Run all jobs on a stack that only this folder has.

    The canary pays at the true time: where other tests pay in January, it would close their windows.
    """
    with running_jobs(tmp_path_factory.mktemp("watched")) as jobs:
        yield jobs


@pytest.fixture(scope="package")
def watched_stack(session_jobs: WarehouseJobs, tmp_path_factory: pytest.TempPathFactory) -> WatchedPrometheus:
    """Start probe, Prometheus and Alertmanager beside all jobs, as a user does; a model that says little decides."""
    files = linear_files(0.01, feature="hour", cards={"card.json": card_with_reference()})
    model = write_folder(tmp_path_factory.mktemp("models") / "linear", files)
    session_jobs.command("model", "push", str(model), "--reason", "watched")
    session_jobs.command("up", "observability")
    return WatchedPrometheus(session_jobs.stack.endpoints().prometheus)


@pytest.fixture
def prometheus(watched_stack: WatchedPrometheus, jobs: WarehouseJobs) -> WatchedPrometheus:
    """Return Prometheus once it reads the probe and all jobs run."""
    watched_stack.wait_for('streamflow_probe_up_to_date{source="kafka"} == 1')
    return watched_stack
