"""All three jobs on a broker, a cluster and a PostgreSQL of their own."""

from collections.abc import Iterator

import pytest

from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs, running_jobs


@pytest.fixture(scope="session")
def session_jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarehouseJobs]:
    """Return the jobs; one stack for the whole session, because a start costs most of a minute."""
    with running_jobs(tmp_path_factory.mktemp("warehouse-jobs")) as jobs:
        yield jobs


@pytest.fixture
def jobs(session_jobs: WarehouseJobs) -> WarehouseJobs:
    """Return the same jobs once all of them run, whatever the test before did to them."""
    session_jobs.await_running()
    return session_jobs
