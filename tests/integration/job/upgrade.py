"""An upgrade as a user makes it: a StreamFlow of before decides and takes a savepoint, and this one goes on with its customers' memory.

The one of before is a commit whose states are of version 1, set up and started as a whole. `make campaign-upgrade` runs it and keeps the
result in benchmarks/results/upgrade.json.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import msgspec

from streamflow.score.statistics import STATE_VERSION
from streamflow.stack.config import CHECKOUT, versions
from tests.integration.job.accounting import Answer
from tests.integration.job.live_job import LiveJob
from tests.integration.job.small_stack import TASK_MANAGERS, settings_for

RESULT: Final = CHECKOUT / "benchmarks" / "results" / "upgrade.json"
BEFORE: Final = "76a55d3"
"""The last commit that wrote states of version 1."""
STATE_VERSION_BEFORE: Final = 1
TRAFFIC: Final = ("--customers", "500", "--seed", "5", "--rate", "4000")
EVENTS: Final = 20_000
SAME: Final = ("rules", "rules_score", "score", "outcome", "late", "duplicate", "id_reused")
"""What both must say; what they did not know yet, such as the features of later, begins with the upgrade."""


class Upgrade(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `missing`, `resets` and `different` must be 0.

    `different` are answers whose rules, score or outcome are not those of this version's offline engine, which read every payment from the
    first one on. `rules_fired_after` says that there was something to remember: rules need a history.
    """

    commit_before: str
    state_version_before: int
    state_version_after: int
    decided_before: int
    decided_after: int
    rules_fired_after: int
    missing: int
    resets: int
    different: int
    versions: dict[str, str]


def before(folder: Path, stack: Path) -> int:
    """Let the StreamFlow of before decide until it is stopped with a savepoint, and return how many decisions it wrote."""
    subprocess.run(["git", "clone", "--quiet", str(CHECKOUT), str(folder)], check=True)
    subprocess.run(["git", "checkout", "--quiet", BEFORE], cwd=folder, check=True)
    subprocess.run(["make", "setup"], cwd=folder, check=True)

    def streamflow(*arguments: str) -> str:
        command = [str(folder / ".venv" / "bin" / "streamflow"), "--set", f"stack.directory={stack}", *arguments]
        return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout

    try:
        streamflow("up", "kafka", "flink")
        streamflow("job", "submit")
        streamflow("simulate", "--topic", "--events", str(EVENTS), *TRAFFIC)
        streamflow("job", "stop")
        scored = folder / "scored.jsonl"
        streamflow("topic", "dump", "transactions.scored", "--out", str(scored))
    finally:
        streamflow("down")
    return len(scored.read_bytes().splitlines())


def after(stack: Path, folder: Path, decided_before: int) -> Upgrade:
    """Go on with this version, as many payments again, and hold all answers against the offline engine."""
    settings = settings_for(stack)
    local = settings.local_stack()
    try:
        local.up(["kafka", "flink"], taskmanagers=TASK_MANAGERS)
        job = LiveJob(settings)
        assert job.submit()["restored_from"], "nothing was restored"
        job.command("simulate", "--topic", "--events", str(EVENTS), *TRAFFIC, "--start", "2026-02-15")
        answers = job.await_answers()
        offline = job.offline_answers(folder)
        missing = len(job.inputs() - answers.keys())
        job.close()
    finally:
        local.down()
    said = [(_read(answers[place]), _read(offline[place])) for place in answers]
    later = [decision for decision, _ in said if "model_absence" in decision]
    return Upgrade(
        commit_before=BEFORE,
        state_version_before=STATE_VERSION_BEFORE,
        state_version_after=STATE_VERSION,
        decided_before=decided_before,
        decided_after=len(later),
        rules_fired_after=sum(bool(decision["rules"]) for decision in later),
        missing=missing,
        resets=sum(decision["state_reset"] for decision, _ in said),
        different=sum(any(decision[name] != again[name] for name in SAME) for decision, again in said),
        versions=versions(settings.local_stack().layout),
    )


def _read(answer: Answer) -> dict[str, Any]:
    decision: dict[str, Any] = msgspec.json.decode(answer.content[1] or b"null")
    return decision


def main() -> int:
    """Run it and write the result."""
    with tempfile.TemporaryDirectory(prefix="streamflow-upgrade-") as name:
        folder = Path(name)
        found = after(folder / "stack", folder, before(folder / "before", folder / "stack"))
    RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    sys.stdout.write(RESULT.read_text())
    # A job that had forgotten where it was would have decided everything again.
    once = found.decided_before > 0 and found.decided_before + found.decided_after == 2 * EVENTS
    return 0 if once and found.rules_fired_after and not (found.missing or found.resets or found.different) else 1


if __name__ == "__main__":
    sys.exit(main())
