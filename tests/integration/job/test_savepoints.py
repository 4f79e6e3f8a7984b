"""The job is stopped, saved and taken back, and remembers its customers."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from streamflow.jobs import cancel
from tests.integration.job.accounting import Accounts
from tests.integration.job.campaign import compare
from tests.integration.job.live_job import LiveJob, disordered_traffic, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


def fired(decision: dict[str, Any]) -> list[str]:
    return [hit["id"] for hit in decision["rules"]]


def test_a_stopped_job_goes_on_with_its_memory_from_where_it_stood(live_job: LiveJob, tmp_path: Path) -> None:
    habit = live_job.decide(*(live_job.payment("cust-memory", timestamp=f"2026-02-0{day}T10:00:00Z") for day in range(1, 7)))
    burst = live_job.decide(*(live_job.payment("cust-burst", timestamp=f"2026-02-01T10:00:0{second}Z") for second in range(5)))
    repeated = live_job.payment("cust-memory", timestamp="2026-02-07T10:00:00Z", transaction_id="tx-before-the-stop")
    live_job.decide(repeated)
    assert all(fired(decision) == [] for decision in habit + burst)

    (stopped,) = live_job.command("job", "stop")["savepoints"]
    assert not live_job.flink.living()
    points = live_job.command("job", "list")["restore_points"]
    assert points[0] == stopped
    waiting = live_job.send(
        [
            live_job.payment("cust-memory", timestamp="2026-02-08T10:00:00Z", amount="5000.00"),
            live_job.payment("cust-burst", timestamp="2026-02-01T10:00:06Z"),
            repeated,
        ]
    )
    assert live_job.submit()["restored_from"] == stopped["path"]

    answers = live_job.await_answers(waiting)
    high, fast, again = (_decision(answers[place].content[1]) for place in waiting)
    assert fired(high) == ["FR-001"]
    assert fired(fast) == ["FR-002"]
    assert again["duplicate"]
    assert compare(live_job, tmp_path).wrong == 0


def test_the_newest_checkpoint_is_found_when_no_jobmanager_remembers_the_job(live_job: LiveJob) -> None:
    live_job.decide(*(live_job.payment("cust-forgotten", timestamp=f"2026-03-01T10:00:0{second}Z") for second in range(5)))
    job_id = live_job.flink.the_living().job_id
    wait_until(lambda: live_job.flink.ask(f"/jobs/{job_id}/checkpoints")["latest"]["completed"] is not None, "a checkpoint")
    cancelled = cancel(live_job.settings)
    killed = live_job.stack.kill("jobmanager")
    wait_until(lambda: live_job.stack.supervisor.processes()["jobmanager"].pid not in (None, killed), "the JobManager is started again")
    live_job.stack.wait_ready(["jobmanager", "taskmanager"])
    # Killed before it had tidied up, a JobManager comes back with the job's end, and with nothing else of it.
    remembered = live_job.flink.job(cancelled)
    assert remembered is None or remembered.state == "CANCELED"
    newest = live_job.command("job", "list")["restore_points"][0]
    assert newest["kind"] == "checkpoint"
    assert cancelled in newest["path"]
    assert live_job.submit()["restored_from"] == newest["path"]
    (sixth,) = live_job.decide(live_job.payment("cust-forgotten", timestamp="2026-03-01T10:00:06Z"))
    assert fired(sixth) == ["FR-002"]


def test_a_restored_job_decides_again_what_came_since_with_the_same_bytes(live_job: LiveJob) -> None:
    live_job.decide(*(live_job.payment("cust-restored") for _ in range(3)))
    saved = live_job.command("job", "savepoint")["savepoints"][0]["path"]
    assert live_job.runs()
    places = live_job.send(live_job.payment("cust-restored") for _ in range(4))
    before = live_job.await_answers(places)
    count = len(live_job.answers())
    assert live_job.command("job", "restore", saved)["submitted"][0]["restored_from"] == saved
    live_job.await_answered(count + len(places))
    assert {place: live_job.await_answers(places)[place] for place in places} == {place: before[place] for place in places}
    assert live_job.accounts() == Accounts([], [], [])


def test_a_job_that_is_rescaled_down_and_up_remembers_every_customer(live_job: LiveJob, tmp_path: Path) -> None:
    for number, parallelism in enumerate((None, "1", "2")):
        if parallelism is not None:
            live_job.command("job", "stop")
            live_job.command("job", "submit", "fraud-detector", "--parallelism", parallelism)
        # The same customers each time, so that each run needs what the one before remembered.
        with live_job.load(disordered_traffic(1_500, seed=41 + number)):
            pass
        live_job.await_answers()
    assert compare(live_job, tmp_path).wrong == 0


def test_old_state_is_deleted_and_the_job_and_the_newest_state_stay(live_job: LiveJob) -> None:
    job_id = live_job.flink.the_living().job_id
    wait_until(lambda: live_job.flink.ask(f"/jobs/{job_id}/checkpoints")["latest"]["completed"] is not None, "a checkpoint of its own")
    saved = [live_job.command("job", "savepoint")["savepoints"][0]["path"] for _ in range(2)]
    before = live_job.command("job", "list")["restore_points"]
    assert [point["path"] for point in before[:2]] == saved[::-1]
    promised = live_job.command("job", "prune", "--keep", "1", "--dry-run")
    assert live_job.command("job", "list")["restore_points"] == before
    done = live_job.command("job", "prune", "--keep", "1")
    assert done["deleted"] == promised["would_delete"]
    assert saved[0] in {entry["path"] for entry in done["deleted"]}
    assert all(entry["size_bytes"] > 0 for entry in done["deleted"] if "/savepoint-" in entry["path"])
    assert live_job.command("job", "list")["restore_points"] == before[:1]
    # The run goes on, and so does one that is started from what stayed.
    assert live_job.command("job", "restore", saved[1])["submitted"][0]["restored_from"] == saved[1]
    assert len(live_job.decide(live_job.payment("cust-pruned"))) == 1
    assert Path(saved[1]).exists()


def test_a_second_job_and_a_savepoint_that_is_not_there_are_refused_and_the_job_lives_on(live_job: LiveJob, tmp_path: Path) -> None:
    job_id = live_job.flink.the_living().job_id
    second = live_job.cli("job", "submit")
    assert second.returncode != 0
    assert job_id in second.stderr
    nowhere = live_job.cli("job", "restore", str(tmp_path))
    assert nowhere.returncode != 0
    assert "this is no savepoint" in nowhere.stderr
    assert [(job.job_id, job.runs) for job in live_job.flink.living()] == [(job_id, True)]


def _decision(value: bytes | None) -> dict[str, Any]:
    decision: dict[str, Any] = msgspec.json.decode(value or b"null")
    return decision
