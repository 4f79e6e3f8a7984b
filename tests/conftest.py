"""What every test shares."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.integration.job.live_job import LiveJob

# The same examples on every machine; no deadline, because tests here never assert on time.
settings.register_profile("reproducible", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", deadline=None, max_examples=2_000)
settings.load_profile("reproducible")


@pytest.fixture(scope="session")
def session_job(tmp_path_factory: pytest.TempPathFactory) -> Iterator["LiveJob"]:
    """Return the fraud-detector on a broker and a cluster of its own.

    One for the whole session, because a start costs half a minute; here, because tests/integration/job and tests/chaos share it.
    """
    from tests.integration.job.live_job import running_job

    with running_job(tmp_path_factory.mktemp("job")) as job:
        yield job


@pytest.fixture
def live_job(session_job: "LiveJob") -> "LiveJob":
    """Return the same job once it runs, whatever the test before did to it."""
    from tests.integration.job.live_job import wait_until

    wait_until(session_job.runs, "the job runs")
    return session_job
