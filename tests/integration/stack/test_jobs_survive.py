"""Jobs outlive their cluster: a JobManager killed with -9, and a stack that was stopped in order."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streamflow.contracts.errors import StreamFlowError
from streamflow.jobs import FlinkRest
from streamflow.stack import Stack, StackSettings

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(StackSettings(directory=str(tmp_path_factory.mktemp("stack")), ready_timeout_seconds=400))
    try:
        stack.up(["flink"])
        job = Path(__file__).with_name("endless_job.py")
        command = [f"{stack.flink_home}/bin/flink", "run", "-d", "-pyclientexec", sys.executable, "-py", str(job)]
        subprocess.run(command, env=stack.flink_environment(), check=True, capture_output=True)
        yield stack
    finally:
        stack.down()


def running(stack: Stack) -> list[str]:
    try:
        return [job.job_id for job in FlinkRest(stack.endpoints().flink_rest).jobs() if job.runs]
    except StreamFlowError:
        return []


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_killed_jobmanager_comes_back_with_its_jobs(stack: Stack) -> None:
    until(lambda: len(running(stack)) == 1)
    before = running(stack)
    killed = stack.kill("jobmanager")
    until(lambda: stack.supervisor.processes()["jobmanager"].pid not in (None, killed))
    until(lambda: running(stack) == before)


def test_a_job_goes_on_after_down_and_up(stack: Stack) -> None:
    until(lambda: len(running(stack)) == 1)
    before = running(stack)
    stack.down()
    stack.up(["flink"])
    until(lambda: running(stack) == before)
