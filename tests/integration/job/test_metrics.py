"""What the running job counts, read as an operator's tools read it: through Flink's REST interface."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamflow.contracts.instruments import Labelled
from streamflow.contracts.job_metrics import ACTIVE, CONTROL_REFUSED, DEAD_LETTERS, DECISIONS, WITHOUT_MODEL
from tests.integration.job.live_job import LiveJob, wait_until
from tests.integration.job.test_live_models import force, name_of, tampered
from tests.integration.job.test_live_rules import decide_until
from tests.unit.models import linear_files, write_folder

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


class Metrics:
    """The operator's metrics, of all its parallel parts together."""

    def __init__(self, job: LiveJob) -> None:
        self._job = job

    def read(self, name: Labelled, aggregate: str = "sum") -> float:
        """Return a metric's value; 0 as long as it does not exist."""
        job_id = self._job.flink.the_living().job_id
        vertices = self._job.flink.ask(f"/jobs/{job_id}")["vertices"]
        (vertex,) = (vertex["id"] for vertex in vertices if "score" in vertex["name"])
        ((label, value),) = name.labels
        metric = f"score.{label}.{value}.{name.name}"
        found: list[dict[str, Any]] = self._job.flink.ask(f"/jobs/{job_id}/vertices/{vertex}/subtasks/metrics?get={metric}&agg={aggregate}")
        return float(found[0][aggregate]) if found else 0.0


@pytest.fixture
def reaches(live_job: LiveJob) -> Callable[[Labelled, float], None]:
    """Return a function that waits for a counter: Flink collects them every ten seconds."""
    metrics = Metrics(live_job)

    def wait(name: Labelled, least: float) -> None:
        wait_until(lambda: metrics.read(name) >= least, f"{name} of {least}")

    return wait


def test_decisions_and_dead_letters_are_counted(live_job: LiveJob, reaches: Callable[[Labelled, float], None]) -> None:
    metrics = Metrics(live_job)
    decided, dead = metrics.read(DECISIONS.of("approve")), metrics.read(DEAD_LETTERS.of("NOT_JSON"))
    live_job.decide(*(live_job.payment("cust-counted") for _ in range(3)))
    live_job.await_answers(live_job.send([(b"cust-counted", b"no JSON", [])]))
    reaches(DECISIONS.of("approve"), decided + 3)
    reaches(DEAD_LETTERS.of("NOT_JSON"), dead + 1)


def test_an_absent_and_a_refused_model_are_counted_and_the_number_of_the_active_one_is_shown(
    live_job: LiveJob, tmp_path: Path, reaches: Callable[[Labelled, float], None]
) -> None:
    metrics = Metrics(live_job)
    absent = metrics.read(WITHOUT_MODEL.of("none_active"))
    live_job.decide(live_job.payment("cust-alone"))
    reaches(WITHOUT_MODEL.of("none_active"), absent + 1)
    files = linear_files(0.3, trained_until_ms=20)
    pushed = live_job.command("model", "push", str(write_folder(tmp_path / "model", files)), "--rollback")
    decide_until(live_job, "cust-metrics", lambda decision: decision["model_version"] == name_of(files))
    wait_until(lambda: metrics.read(ACTIVE.of("model"), "max") == pushed["model"], "the active model's number")
    refusals, by_rules = metrics.read(CONTROL_REFUSED.of("model")), metrics.read(WITHOUT_MODEL.of("refused"))
    force(live_job, 900_200, tampered(0.7))
    decide_until(live_job, "cust-metrics", lambda decision: "is refused" in (decision["model_absence"] or ""))
    reaches(CONTROL_REFUSED.of("model"), refusals + 1)
    reaches(WITHOUT_MODEL.of("refused"), by_rules + 1)
    live_job.command("model", "off")
