"""The stream against the offline engine."""

from pathlib import Path

import pytest

from tests.integration.job.campaign import compare, kill_under_load
from tests.integration.job.live_job import LiveJob

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

EVENTS = 20_000


def test_the_stream_equals_the_offline_engine_to_the_byte_though_a_taskmanager_is_killed_under_load(
    live_job: LiveJob, tmp_path: Path
) -> None:
    before = len(live_job.inputs())
    kill_under_load(live_job, events=EVENTS, kills=1, seed=20)
    parity = compare(live_job, tmp_path)
    assert parity.events == before + EVENTS
    assert parity.scored + parity.dead == parity.events
    assert (parity.missing, parity.invented, parity.doubled, parity.different) == (0, 0, 0, 0)
