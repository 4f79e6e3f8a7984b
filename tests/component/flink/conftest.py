"""A real broker, and Flink inside the process of the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streamflow.stack import Stack, StackSettings
from streamflow.stack.flink import JobManager
from streamflow.stack.state import StackState
from tests.component.flink.harness import Broker, Job


@pytest.fixture(scope="session")
def running_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Start a broker of our own, and point PyFlink to a Flink home with our jars."""
    stack = Stack(StackSettings(directory=str(tmp_path_factory.mktemp("stack"))))
    with pytest.MonkeyPatch.context() as patch:
        try:
            endpoints = stack.up(["kafka"])
            home = JobManager(stack.layout, StackState.load(stack.layout)).home
            home.prepare()
            for name, value in home.environment().items():
                patch.setenv(name, value)
            yield Broker(endpoints.kafka_bootstrap)
        finally:
            stack.down()


@pytest.fixture
def broker(running_broker: Broker) -> Broker:
    """Return the broker with empty topics and the package's rules in the control topic."""
    running_broker.renew_topics()
    running_broker.push_default_controls()
    return running_broker


@pytest.fixture
def job(broker: Broker, tmp_path: Path) -> Job:
    """Return a runner of the job on this broker."""
    return Job(broker, tmp_path / "checkpoints")
