"""Every offset of the raw topic ends in exactly one place."""

from collections import defaultdict

import msgspec
import pytest

from streamflow.contracts.catalogue import RAW
from streamflow.contracts.decision import Decision, Outcome
from streamflow.contracts.rejection import Code
from streamflow.simulate import traffic
from tests.integration.job.accounting import Accounts, place_of_decision
from tests.integration.job.live_job import LiveJob, disordered_traffic

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

PLAN = disordered_traffic(6_000, seed=6)


@pytest.fixture
def job(live_job: LiveJob) -> LiveJob:
    """Return the job after traffic with malformed, late and repeated records, all of it answered."""
    with live_job.load(PLAN):
        pass
    live_job.await_answers()
    return live_job


def test_every_offset_is_a_decision_or_a_dead_letter_and_never_both(job: LiveJob) -> None:
    assert job.accounts() == Accounts([], [], [])
    answers = job.await_answers()
    expected = {event.code for event in traffic(PLAN) if event.code is not None}
    assert len(expected) > 20
    codes = {Code(answer.content[0].decode()) for answer in answers.values() if answer.what == "dead letter" and answer.content[0]}
    assert expected <= codes
    assert Code.INTERNAL_ERROR not in codes


def test_decisions_of_a_customer_leave_in_the_order_in_which_its_records_came(job: LiveJob) -> None:
    answered: dict[bytes | None, dict[tuple[int, int], None]] = defaultdict(dict)
    partitions = defaultdict(set)
    for record in sorted(job.scored.records, key=lambda record: (record.partition, record.offset)):
        # The first time that an offset is answered: a recovery may answer it again.
        answered[record.key].setdefault(place_of_decision(record.value))
        partitions[record.key].add(record.partition)
    assert all(list(places) == sorted(places) for places in answered.values())
    assert {len(found) for found in partitions.values()} == {1}
    assert max(map(len, answered.values())) > 20


def test_an_alert_is_a_decision_to_review_or_block_that_is_no_repeat(job: LiveJob) -> None:
    expected = set()
    for record in job.scored.records:
        answer = Decision.from_json(record.value or b"").answer
        if answer.outcome is not Outcome.APPROVE and not answer.duplicate:
            expected.add((record.key, record.value))
    job.alerts.poll()
    assert {(record.key, record.value) for record in job.alerts.records} == expected
    assert len(expected) > 50


def test_a_record_that_names_another_topics_place_is_still_answered_once(live_job: LiveJob) -> None:
    key, value, _ = live_job.payment("cust-forger")
    forged = msgspec.json.encode(msgspec.json.decode(value) | {"source": {"topic": RAW.name, "partition": 0, "offset": 0}})
    (place,) = live_job.send([(key, forged, [])])
    (decision,) = [msgspec.json.decode(live_job.await_answers([place])[place].content[1] or b"")]
    assert (decision["source"]["partition"], decision["source"]["offset"]) == place
    assert live_job.accounts() == Accounts([], [], [])
