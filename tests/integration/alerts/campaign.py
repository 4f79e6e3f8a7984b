"""Ten faults on a running stack, and which alerts say so, in a world where an hour is a minute.

`make chaos-alerts` runs it on a stack of its own and keeps the result in benchmarks/results/alert_matrix.json.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from scripts.reference.alert_matrix import RESULT, Matrix, Row
from streamflow.stack.config import versions
from tests.integration.alerts.faults import FAULTS, USUAL_RATE, Fault, System, Traffic, small_checkpoint_disk
from tests.integration.alerts.scaled import SCALE, ScaledWatch
from tests.integration.job.live_job import wait_until
from tests.integration.store_jobs.warehouse_jobs import running_jobs
from tests.unit.models import linear_files, write_folder

ALWAYS: Final = {"Watchdog"}
SETTLED_SECONDS: Final = 90.0
"""Every rule of a scaled hour has a past by then."""
QUIET_SECONDS: Final = 420.0


def run(system: System, fault: Fault) -> Row:
    """Make a fault, watch what fires, mend it, and wait until all is quiet."""
    began = time.monotonic()
    heard: dict[str, float] = {}
    severities: dict[str, str] = {}

    def look() -> None:
        severities.update(system.watch.firing())
        for name in system.watch.heard() - ALWAYS:
            heard.setdefault(name, round(time.monotonic() - began, 1))

    with fault.happens(system):
        while fault.expected and fault.expected not in heard and time.monotonic() - began < 2 * fault.bound_s:
            look()
            time.sleep(0.5)
        until = time.monotonic() + fault.watched_s
        while time.monotonic() < until:
            look()
            time.sleep(0.5)
    pages = sorted(name for name in heard if severities.get(name) == "page")
    return Row(
        fault=fault.name,
        expected=fault.expected,
        bound_s=fault.bound_s,
        fired_after_s=heard.get(fault.expected),
        heard=dict(sorted(heard.items(), key=lambda entry: entry[1])),
        pages=pages,
        wrong_pages=[name for name in pages if name != fault.expected and name not in fault.also],
        quiet_after_s=quiet(system.watch),
    )


def quiet(watch: ScaledWatch) -> float | None:
    """Return after how many seconds nothing fires any more; None: it still does."""
    began = time.monotonic()
    while watch.firing().keys() != ALWAYS:
        if time.monotonic() - began > QUIET_SECONDS:
            return None
        time.sleep(0.5)
    return round(time.monotonic() - began, 1)


@contextmanager
def running_system(folder: Path) -> Iterator[System]:
    """Start all jobs, four TaskManagers for three of them, and everything that watches; a model decides, and payments come."""
    checkpoints = folder / "stack" / "flink" / "checkpoints"
    with small_checkpoint_disk(checkpoints), running_jobs(folder / "stack") as jobs:
        assert jobs.stack.layout.data("flink") / "checkpoints" == checkpoints
        jobs.command("up", "observability", "--taskmanagers", "4")
        model = write_folder(folder / "model", linear_files(0.5, trained_until_ms=1))
        jobs.command("model", "push", str(model), "--reason", "the campaign")
        watch = ScaledWatch(jobs.stack, folder / "watch")
        traffic = Traffic(jobs)
        system = System(jobs, watch, traffic, checkpoints, model)
        watch.start("alertmanager")
        watch.start("prometheus")
        traffic.start(USUAL_RATE)
        try:
            time.sleep(SETTLED_SECONDS)
            wait_until(lambda: watch.firing().keys() == ALWAYS, f"a healthy system is quiet: {watch.firing()}", QUIET_SECONDS)
            yield system
        finally:
            traffic.stop()
            watch.close()


def main(chosen: list[str]) -> int:
    """Run all faults, or those whose names have one of the words, and keep the result of a whole run."""
    faults = [fault for fault in FAULTS if not chosen or any(word in fault.name for word in chosen)]
    rows = []
    with tempfile.TemporaryDirectory(prefix="alerts-") as folder, running_system(Path(folder)) as system:
        found = versions(system.jobs.stack.layout)
        for fault in faults:
            row = run(system, fault)
            rows.append(row)
            sys.stdout.write(f"{'right' if row.is_right else 'WRONG'}  {msgspec.json.encode(row).decode()}\n")
            sys.stdout.flush()
    if len(faults) == len(FAULTS):
        matrix = Matrix(date=time.strftime("%Y-%m-%d"), scale=SCALE, versions=found, rows=rows)
        RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(matrix), indent=2) + b"\n")
    return 0 if all(row.is_right for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
