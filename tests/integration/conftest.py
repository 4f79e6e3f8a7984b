"""What several folders share: a real broker for the tests that read and write topics, and all jobs on a stack of their own."""

import time
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka.admin import AdminClient

from streamflow.contracts.catalogue import CONTROL, DLQ, LABELS, RAW, REPLAYS, Topic
from streamflow.stack import Stack, StackSettings
from streamflow.stack.topics import ensure_topics
from tests.integration.postgres import empty_database, postgres_server, warehouse
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs, running_jobs

__all__ = ["empty_database", "postgres_server", "warehouse"]

ClientConfig = dict[str, str]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientConfig]:
    """Return the client properties of a broker with the catalogue's topics; other tests write to it too."""
    stack = Stack(StackSettings(directory=str(tmp_path_factory.mktemp("broker")), kafka_heap_mib=256))
    try:
        yield {"bootstrap.servers": stack.up(["kafka"]).kafka_bootstrap}
    finally:
        stack.down()


@pytest.fixture
def empty_topics(broker: ClientConfig) -> ClientConfig:
    """Return the same properties, with empty topics for transactions, dead letters, replays, control and labels."""
    make_anew(broker, RAW, DLQ, REPLAYS, CONTROL, LABELS)
    return broker


def make_anew(broker: ClientConfig, *topics: Topic) -> None:
    """Delete topics and create them again."""
    names = {topic.name for topic in topics}
    admin = AdminClient({**broker})
    for deleted in admin.delete_topics(list(names), operation_timeout=20.0).values():
        deleted.result(20.0)
    # The broker forgets and learns topics a moment after it has promised to.
    while names & set(admin.list_topics(timeout=20.0).topics):
        time.sleep(0.02)
    assert set(ensure_topics(broker, topics).created) == names


@pytest.fixture
def command(broker: ClientConfig, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that runs `streamflow ARGUMENTS` against the broker and returns what it printed.

    Errors for the operator are raised as they are.
    """
    from typer.testing import CliRunner

    from streamflow.cli.main import app

    monkeypatch.setenv("STREAMFLOW_KAFKA_BOOTSTRAP_SERVERS", broker["bootstrap.servers"])

    def run(*arguments: str, exit_code: int = 0) -> str:
        result = CliRunner().invoke(app, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == exit_code, result.output
        return result.stdout

    return run


@pytest.fixture(scope="session")
def session_jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarehouseJobs]:
    """Return all three jobs; one stack for the whole session, because a start costs most of a minute."""
    with running_jobs(tmp_path_factory.mktemp("warehouse-jobs")) as jobs:
        yield jobs


@pytest.fixture
def jobs(session_jobs: WarehouseJobs) -> WarehouseJobs:
    """Return the same jobs once all of them run, whatever the test before did to them."""
    session_jobs.await_running()
    return session_jobs
