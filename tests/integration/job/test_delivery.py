"""Decisions under both guarantees, with a TaskManager killed under load."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import pytest

from streamflow.contracts.catalogue import SCORED
from streamflow.contracts.decision import Decision
from streamflow.contracts.record import Record
from streamflow.kafka.reading import read_to_end
from tests.integration.job.accounting import Accounts
from tests.integration.job.campaign import kill_under_load
from tests.integration.job.live_job import LiveJob, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

EVENTS = 12_000
RATE = 2_000.0
"""Slow enough for several checkpoints: each makes the decisions before it visible."""

ATTEMPTS = 3
"""A kill just after a checkpoint leaves nothing to be written again, and shows nothing."""


@pytest.fixture
def exactly_once(live_job: LiveJob) -> Iterator[LiveJob]:
    """Return the job with transactional decisions, gone on from its savepoint; afterwards it is as it was."""
    live_job.command("job", "stop")
    live_job.submit(changes=["flink.scored_guarantee=exactly_once"])
    yield live_job
    wait_until(live_job.runs, "the job runs")
    live_job.command("job", "stop")
    live_job.submit()


def ids(records: Iterable[Record]) -> Counter[str]:
    return Counter(Decision.from_json(record.value or b"").answer.decision_id for record in records)


def test_exactly_once_shows_no_id_twice_though_a_taskmanager_is_killed_under_load(exactly_once: LiveJob) -> None:
    before = ids(exactly_once.scored.records)
    for attempt in range(ATTEMPTS):
        kill_under_load(exactly_once, events=EVENTS, kills=1, seed=40 + attempt, rate=RATE)
        assert exactly_once.accounts() == Accounts([], [], [])
        aborted = ids(read_to_end(exactly_once.config, SCORED.name, isolation="read_uncommitted")) - ids(exactly_once.scored.records)
        if aborted:
            break
    assert aborted, "every kill fell between two transactions"
    visible = ids(exactly_once.scored.records) - before
    assert len(visible) > EVENTS / 2
    assert set(visible.values()) == {1}


def test_at_least_once_repeats_after_a_kill_only_the_same_bytes(live_job: LiveJob) -> None:
    before = len(live_job.scored.records)
    for attempt in range(ATTEMPTS):
        kill_under_load(live_job, events=EVENTS // 2, kills=1, seed=50 + attempt, rate=RATE)
        assert live_job.accounts() == Accounts([], [], [])
        values: dict[str, list[bytes]] = defaultdict(list)
        for record in live_job.scored.records[before:]:
            value = record.value or b""
            values[Decision.from_json(value).answer.decision_id].append(value)
        assert {len(set(same)) for same in values.values()} == {1}
        if any(len(same) > 1 for same in values.values()):
            return
    pytest.fail("no kill made the job write anything again")
