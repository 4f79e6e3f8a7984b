"""Traffic with everything wrong in it, a TaskManager killed in between, and the stream held against the offline engine.

The tests run it small. `make campaign` runs it long, on a stack of its own, and keeps the result in benchmarks/results/parity.json.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from streamflow.stack.config import CHECKOUT, versions
from tests.integration.job.accounting import account, differences
from tests.integration.job.live_job import LiveJob, disordered_traffic, running_job
from tests.integration.job.small_stack import TASK_MANAGERS

RESULT: Final = CHECKOUT / "benchmarks" / "results" / "parity.json"
EVENTS: Final = 200_000
KILLS: Final = 3
RATE: Final = 4_000.0
"""Events a second: slow enough that every kill falls into the traffic."""


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign found; `events` are the offsets of the raw topic.

    `missing`, `invented`, `doubled` and `different` must be 0: offsets without an answer, answers without an offset, offsets with two
    answers, and answers that are not the offline engine's to the byte. `repeated` are identical answers that a recovery wrote again,
    which at-least-once delivery allows.
    """

    events: int
    scored: int
    dead: int
    missing: int
    invented: int
    doubled: int
    different: int
    repeated: int
    kills: int
    versions: dict[str, str] = {}

    @property
    def wrong(self) -> int:
        """How many offsets are wrong in any way."""
        return self.missing + self.invented + self.doubled + self.different


def kill_under_load(
    job: LiveJob, *, events: int, kills: int, seed: int, rate: float = RATE, meanwhile: Callable[[], object] = lambda: None
) -> None:
    """Send traffic and kill TaskManagers with -9 when even shares of its first half are answered, one after another.

    `meanwhile` is called after the last kill, while traffic flows.
    """
    start = len(job.answers())
    with job.load(disordered_traffic(events, seed), rate):
        for kill in range(1, kills + 1):
            job.await_answered(start + events // 2 * kill // kills)
            job.stack.wait_ready(["taskmanager"])
            job.stack.kill(f"taskmanager-{1 + kill % TASK_MANAGERS}")
        meanwhile()


def compare(job: LiveJob, folder: Path, *, kills: int = 0) -> Parity:
    """Wait for every answer, and hold all that the topics ever got against the offline engine."""
    got = job.await_answers()
    inputs, answers = job.inputs(), list(job.answers())
    accounts = account(inputs, answers)
    kinds = Counter(answer.what for answer in got.values())
    different = differences(job.offline_answers(folder), got)
    for place, offline, stream in different[:5]:
        print(f"{place}: offline {offline}, stream {stream}", file=sys.stderr)  # noqa: T201 - what a person needs first
    return Parity(
        events=len(inputs),
        scored=kinds["decision"],
        dead=kinds["dead letter"],
        missing=len(accounts.missing),
        invented=len(accounts.invented),
        doubled=len(accounts.doubled),
        different=len(different),
        repeated=len(answers) - len(got),
        kills=kills,
        versions=versions(job.stack.layout),
    )


def main() -> int:
    """Run the long campaign and write its result."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="streamflow-campaign-") as folder, running_job(Path(folder, "stack")) as job:
        kill_under_load(job, events=EVENTS, kills=KILLS, seed=1)
        parity = compare(job, Path(folder), kills=KILLS)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(parity), indent=2) + b"\n")
    print(f"{RESULT.read_text()}{RESULT} after {time.monotonic() - began:.0f} s")  # noqa: T201
    return 1 if parity.wrong or parity.events != EVENTS or parity.scored + parity.dead != EVENTS else 0


if __name__ == "__main__":
    sys.exit(main())
