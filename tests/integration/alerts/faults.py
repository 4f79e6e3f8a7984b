"""The faults: how each is made and mended, and which alert must say so."""

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Final, NamedTuple

from streamflow.contracts.record import HeaderList
from streamflow.simulate import Plan, batches
from streamflow.simulate.topic import TopicWriter
from tests.integration.alerts.scaled import ScaledWatch
from tests.integration.store_jobs.warehouse_jobs import WarehouseJobs

USUAL_RATE: Final = 20.0
CHECKPOINTS_MEBIBYTES: Final = 96

_Record = tuple[bytes, bytes, HeaderList]


class System(NamedTuple):
    """What faults act on."""

    jobs: WarehouseJobs
    watch: ScaledWatch
    traffic: "Traffic"
    checkpoints: Path
    model: Path


class Fault(NamedTuple):
    """One fault.

    Parameters
    ----------
    name : str
        In words.
    happens : callable
        A context in which it is there.
    expected : str
        The alert that must fire; empty: none, for it is no fault to anybody.
    bound_s : int
        Within how many seconds.
    also : frozenset of str
        Pages that somebody may hear of beside it, since they say the same or follow from it.
    watched_s : int
        For how long it stays, after the alert or without one.
    """

    name: str
    happens: Callable[[System], AbstractContextManager[None]]
    expected: str
    bound_s: int
    also: frozenset[str] = frozenset()
    watched_s: int = 15


class Traffic:
    """Payments at a rate, as long as they are wanted, of the simulator."""

    def __init__(self, jobs: WarehouseJobs) -> None:
        self._jobs = jobs
        self._seed = 100
        self._running: list[tuple[threading.Event, threading.Thread]] = []

    def start(self, rate: float) -> None:
        """Let payments come, beside those that come already."""
        self._seed += 1
        done = threading.Event()
        thread = threading.Thread(target=self._send, args=(Plan(events=100_000, customers=500, seed=self._seed), rate, done))
        thread.start()
        self._running.append((done, thread))

    def stop(self) -> None:
        """Let the newest ones end."""
        done, thread = self._running.pop()
        done.set()
        thread.join()

    def _send(self, plan: Plan, rate: float, done: threading.Event) -> None:
        # Batches of a second or less, so that it ends soon.
        traffic = batches(plan, batch_events=max(1, int(rate)))
        TopicWriter(self._jobs.config, labels_topic=None, rate=rate).send(takewhile(lambda _: not done.is_set(), traffic))


@contextmanager
def repeated(system: System, make: Callable[[], list[_Record]], every_s: float) -> Iterator[None]:
    """Send records again and again while the body runs."""
    done = threading.Event()

    def send() -> None:
        while not done.wait(every_s):
            system.jobs.send(make())

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def lost_taskmanager(system: System) -> Iterator[None]:
    """A TaskManager is gone for good; there are slots enough without it."""
    victim = "taskmanager-1"
    system.jobs.stack.supervisor.stop_process(victim)
    yield
    system.jobs.stack.supervisor.start_process(victim)


@contextmanager
def stopped_job(system: System) -> Iterator[None]:
    """Somebody stops the fraud-detector."""
    system.jobs.command("job", "stop", "fraud-detector")
    yield
    system.jobs.command("job", "submit", "fraud-detector")


@contextmanager
def full_checkpoint_disk(system: System) -> Iterator[None]:
    """There is no room for checkpoints."""
    filler = system.checkpoints / "filler"
    with filler.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(1 << 16))
    yield
    filler.unlink()
    system.jobs.await_running()


@contextmanager
def stopped_postgres(system: System) -> Iterator[None]:
    """PostgreSQL is away."""
    system.jobs.stack.supervisor.stop_process("postgres")
    yield
    system.jobs.stack.supervisor.start_process("postgres")
    system.jobs.stack.wait_ready(["postgres"])


@contextmanager
def poison(system: System) -> Iterator[None]:
    """A shop sends what nobody can read, a hundred records a second."""
    with repeated(system, lambda: [(b"cust-poison", b'{"amount": ', [])] * 20, 0.2):
        yield


@contextmanager
def removed_model(system: System) -> Iterator[None]:
    """Somebody switches the model off."""
    system.jobs.command("model", "off", "--reason", "the campaign")
    yield
    system.jobs.command("model", "rollback", "--reason", "the campaign")


@contextmanager
def clock_ahead(system: System) -> Iterator[None]:
    """The clock of a shop is an hour ahead."""

    def early() -> list[_Record]:
        timestamp = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        return [system.jobs.payment("cust-early", timestamp=timestamp) for _ in range(2)]

    with repeated(system, early, 0.5):
        yield


@contextmanager
def night(system: System) -> Iterator[None]:
    """Nobody pays."""
    system.traffic.stop()
    yield
    system.traffic.start(USUAL_RATE)


@contextmanager
def surge(system: System) -> Iterator[None]:
    """Ten times as many pay."""
    system.traffic.start(9 * USUAL_RATE)
    yield
    system.traffic.stop()


@contextmanager
def restarted_prometheus(system: System) -> Iterator[None]:
    """Prometheus itself is started again."""
    system.watch.stop("prometheus")
    system.watch.start("prometheus")
    yield


@contextmanager
def small_checkpoint_disk(folder: Path) -> Iterator[None]:
    """Mount a small disk where checkpoints will lie."""
    assert os.geteuid() == 0, "to mount a small disk takes root"
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={CHECKPOINTS_MEBIBYTES}m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


# Where an hour is a minute, the ten seconds of a restart are ten minutes, in which many payments wait too long indeed.
_WAITED: Final = frozenset({"DecisionLatencyFastBurn", "DecisionLatencyTailFastBurn"})
_NO_JOB: Final = _WAITED | {"CanaryUnanswered", "FreshnessFastBurn", "AlertCompletenessViolated", "JobNotRunning"}

FAULTS: Final = (
    Fault("no traffic at night", night, "", 0, watched_s=60),
    Fault("traffic ten times up", surge, "TrafficSurge", 30),
    Fault("flood of poison messages", poison, "DeadLetterFlood", 30),
    Fault("clock of a producer an hour ahead", clock_ahead, "ProducerClockAhead", 30),
    Fault("model removed", removed_model, "ModelRemoved", 30),
    Fault("PostgreSQL stopped", stopped_postgres, "PostgresUnreachable", 45),
    Fault("Prometheus restarted", restarted_prometheus, "", 0, watched_s=30),
    Fault("a TaskManager lost for good", lost_taskmanager, "TaskManagerLost", 90, _WAITED),
    Fault("the disk of checkpoints full", full_checkpoint_disk, "CheckpointTooOld", 60, watched_s=30),
    Fault("fraud-detector stopped", stopped_job, "JobNotRunning", 45, _NO_JOB),
)
