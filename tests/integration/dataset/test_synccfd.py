"""The real simulator in its real environment."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.errors import StreamFlowError
from streamflow.dataset import Progress, SynccfdPlan, make_synccfd
from streamflow.dataset.environment import HOME

RUNNER = CliRunner()
SMALL = SynccfdPlan(customers=60, terminals=120, days=20, seed=7)


def forget(plan: SynccfdPlan) -> None:
    for table in HOME.glob(f"{plan.customers}-{plan.terminals}-{plan.days}-{plan.start}-{plan.seed}-*"):
        table.unlink()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


class Stages:
    """Remembers which stages there were, and how far each came."""

    def __init__(self) -> None:
        self.reached: dict[str, tuple[int, int]] = {}

    @contextmanager
    def __call__(self, what: str, total: int) -> Iterator[Progress]:
        yield lambda done: self.reached.update({what: (done, total)})


def test_the_sample_has_the_counts_that_its_page_states(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["dataset", "synccfd", "--sample", "--out", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["transactions"] == 61_275
    assert facts["frauds_by_scenario"] == {"compromised_terminal": 867, "high_amount": 39, "stolen_card": 1266, "stolen_number": 1012}
    transactions, labels = lines(tmp_path / "transactions.jsonl"), lines(tmp_path / "labels.jsonl")
    assert len(transactions) == len(labels) == 61_275
    times = [transaction["timestamp"] for transaction in transactions]
    assert times == sorted(times)
    assert all(label["event_time"] == time for label, time in zip(labels, times, strict=True))
    assert sum(label["is_fraud"] for label in labels) == facts["frauds"] == 3184
    delays = {datetime.fromisoformat(label["known_at"]) - datetime.fromisoformat(label["event_time"]) for label in labels}
    assert delays == {timedelta(days=7)}


def test_generated_anew_it_is_the_same_bytes_and_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    forget(SMALL)
    stages = Stages()
    first, there = make_synccfd(SMALL, tmp_path / "one", stage=stages)
    assert not there
    assert stages.reached == {"generating": (80, 80), "writing": (first.transactions, first.transactions)}
    forget(SMALL)
    second, _ = make_synccfd(SMALL, tmp_path / "two")
    assert second == first

    stages = Stages()
    again, there = make_synccfd(SMALL, tmp_path / "two", stage=stages)
    assert (again, there, stages.reached) == (first, True, {})
    (tmp_path / "two" / "labels.jsonl").unlink()
    mended, there = make_synccfd(SMALL, tmp_path / "two", stage=stages)
    assert (mended, there, set(stages.reached)) == (first, False, {"writing"})


def test_another_delay_moves_the_labels_alone(tmp_path: Path) -> None:
    week, _ = make_synccfd(SMALL, tmp_path / "week")
    month, _ = make_synccfd(SMALL, tmp_path / "month", delay_days=30)
    assert month.sha256["transactions.jsonl"] == week.sha256["transactions.jsonl"]
    assert month.sha256["labels.jsonl"] != week.sha256["labels.jsonl"]


def test_an_interrupted_run_leaves_nothing_and_the_next_one_succeeds(tmp_path: Path) -> None:
    forget(SMALL)

    @contextmanager
    def interrupted(what: str, total: int) -> Iterator[Progress]:
        def stop(done: int) -> None:
            raise KeyboardInterrupt

        yield stop

    with pytest.raises(KeyboardInterrupt):
        make_synccfd(SMALL, tmp_path / "out", stage=interrupted)
    assert not (tmp_path / "out").exists()
    assert list(HOME.glob(f"{SMALL.customers}-*.part")) == []
    report, there = make_synccfd(SMALL, tmp_path / "out")
    assert not there
    assert report.transactions


def test_what_the_simulator_complains_about_reaches_the_operator(tmp_path: Path) -> None:
    with pytest.raises(StreamFlowError, match=r"(?s)the simulator failed: got .*Seed must be between"):
        make_synccfd(SynccfdPlan(customers=5, terminals=10, days=3, seed=2**32), tmp_path)
