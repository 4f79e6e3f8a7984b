"""Processes killed with -9 under load: nothing is lost, nothing is doubled by id, and every answer is the offline engine's."""

import os
import signal
from pathlib import Path
from typing import Final

import pytest

from tests.integration.job.campaign import compare
from tests.integration.job.live_job import PATIENCE_SECONDS, LiveJob, disordered_traffic, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

EVENTS: Final = 6_000
RATE: Final = 2_000.0
ATTEMPTS: Final = 5


def assert_nothing_is_lost_or_doubled(job: LiveJob, folder: Path) -> None:
    parity = compare(job, folder)
    assert (parity.missing, parity.invented, parity.doubled, parity.different) == (0, 0, 0, 0)
    assert parity.scored + parity.dead == parity.events


def kill_in_a_checkpoint(job: LiveJob) -> bool:
    """Begin a checkpoint, kill a TaskManager as soon as Flink says IN_PROGRESS, and tell whether the checkpoint died of it."""
    detector, victim = job.flink.the_living().job_id, job.stack.pid("taskmanager-1")
    trigger = job.flink.ask(f"/jobs/{detector}/checkpoints", "POST", {"checkpointType": "CONFIGURED"})["request-id"]
    address = f"/jobs/{detector}/checkpoints/{trigger}"
    if job.flink.ask(address)["status"]["id"] != "IN_PROGRESS":
        return False
    os.kill(victim, signal.SIGKILL)
    return "failureCause" in job.flink.await_operation(address, PATIENCE_SECONDS, "the checkpoint")


def test_a_taskmanager_killed_in_the_middle_of_a_checkpoint_loses_nothing(live_job: LiveJob, tmp_path: Path) -> None:
    start = len(live_job.answers())
    with live_job.load(disordered_traffic(EVENTS, seed=11), RATE):
        live_job.await_answered(start + EVENTS // 4)
        for _ in range(ATTEMPTS):
            wait_until(live_job.runs, "the job runs")
            live_job.stack.wait_ready(["taskmanager"])
            if kill_in_a_checkpoint(live_job):
                break
        else:
            pytest.fail("no kill fell into a checkpoint")
    assert_nothing_is_lost_or_doubled(live_job, tmp_path)


def test_a_killed_jobmanager_comes_back_with_the_job_and_loses_nothing(live_job: LiveJob, tmp_path: Path) -> None:
    start, job_id = len(live_job.answers()), live_job.flink.the_living().job_id
    with live_job.load(disordered_traffic(EVENTS, seed=12), RATE):
        live_job.await_answered(start + EVENTS // 4)
        killed = live_job.stack.kill("jobmanager")
    wait_until(lambda: live_job.stack.supervisor.processes()["jobmanager"].pid not in (None, killed), "the JobManager is started again")
    wait_until(live_job.runs, "the job runs again")
    assert live_job.flink.the_living().job_id == job_id
    assert_nothing_is_lost_or_doubled(live_job, tmp_path)


def test_a_killed_broker_comes_back_and_the_job_goes_on_without_a_loss(live_job: LiveJob, tmp_path: Path) -> None:
    start, job_id = len(live_job.answers()), live_job.flink.the_living().job_id
    with live_job.load(disordered_traffic(EVENTS, seed=13), RATE):
        live_job.await_answered(start + EVENTS // 4)
        killed = live_job.stack.kill("kafka")
        wait_until(lambda: live_job.stack.supervisor.processes()["kafka"].pid not in (None, killed), "the broker is started again")
        live_job.stack.wait_ready(["kafka"])
    assert_nothing_is_lost_or_doubled(live_job, tmp_path)
    wait_until(live_job.runs, "the job runs")
    assert live_job.flink.the_living().job_id == job_id
