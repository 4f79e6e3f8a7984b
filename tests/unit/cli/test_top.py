"""The screen of `streamflow top`, and what it says where there is nothing to ask."""

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.cli.top_screen import screen
from streamflow.contracts.errors import NotReadyError
from streamflow.observe.snapshot import BudgetView, FiringView, JobView, Snapshot

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
EMPTY = Snapshot(
    at=NOW,
    payments_per_second=None,
    decisions_per_second={},
    dead_letters_per_second=None,
    wait_p50_seconds=None,
    wait_p99_seconds=None,
    oldest_waiting_seconds=None,
    unaccounted_payments=None,
    jobs=[],
    budgets=[],
    firing=[],
)
FULL = Snapshot(
    at=NOW,
    payments_per_second=1234.5,
    decisions_per_second={"approve": 1200.0, "block": 4.5},
    dead_letters_per_second=30.0,
    wait_p50_seconds=0.0174,
    wait_p99_seconds=0.086,
    oldest_waiting_seconds=0.0,
    unaccounted_payments=0.0,
    jobs=[JobView(name="fraud-detector", running_seconds=7_500.0, lag_records=12_345.0, state_bytes=2.5 * 2**20)],
    budgets=[BudgetView(name="freshness", kept_ratio=0.9999, left_ratio=-0.2, burn_rate=15.0)],
    firing=[FiringView(name="JobNotRunning", severity="page", since="2026-11-25T12:29:00Z", summary="It does not run.", runbook="")],
)
FRAUD = {"event_time": NOW, "outcome": "block", "score": 0.97, "transaction_id": "[red]tx-1", "reasons": ("five payments in a minute",)}


def shown(snapshot: Snapshot, frauds: list[dict[str, Any]]) -> str:
    console = Console(width=140, record=True, force_terminal=False)
    with console.capture() as captured:
        console.print(screen(snapshot, frauds))
    return captured.get()


def test_a_system_of_which_nothing_is_known_has_a_screen() -> None:
    text = shown(EMPTY, [])
    assert "Newest frauds: none" in text
    assert "not even the watchdog" in text


def test_the_screen_says_everything_in_units_that_one_can_read() -> None:
    text = shown(FULL, [FRAUD])
    for words in (
        "1 234/s",
        "4.5/s",
        "17 ms",
        "86 ms",
        "2.1 h",
        "12 345",
        "2.5 MiB",
        "99.990 %",
        "-20 %",
        "15.0 x",
        "JobNotRunning",
        "12:29:00",
    ):
        assert words in text, words


def test_what_a_shop_wrote_is_shown_as_text() -> None:
    assert "[red]tx-1" in shown(EMPTY, [FRAUD])


def test_without_a_prometheus_it_says_how_to_start_one() -> None:
    result = CliRunner().invoke(app, ["top", "--once"], env={"STREAMFLOW_STACK_DIRECTORY": "/nonexistent/stack"})
    assert isinstance(result.exception, NotReadyError)
    assert "up --with observability" in str(result.exception.fix)


def test_a_prometheus_that_does_not_answer_is_named() -> None:
    result = CliRunner().invoke(app, ["top", "--once", "--prometheus", "http://127.0.0.1:9"])
    assert isinstance(result.exception, NotReadyError)
    assert "127.0.0.1:9" in str(result.exception)
