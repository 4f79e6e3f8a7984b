"""The counts over windows are those of the decisions themselves, each counted once."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from streamflow.contracts.catalogue import REALTIME_AGGREGATOR
from streamflow.contracts.metric import DIMENSIONS, NO_VALUE, WINDOW_SECONDS
from streamflow.contracts.tables import DECISIONS, LATE_EVENTS, REALTIME
from tests.integration.job.live_job import wait_until
from tests.integration.store_jobs.warehouse_jobs import LATENESS_MS, WarehouseJobs, key_of

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]

LATENESS = timedelta(milliseconds=LATENESS_MS)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def row_time(decision: dict[str, Any]) -> datetime:
    times: tuple[datetime, datetime] = decision["event_time"], decision["source_timestamp"]
    return min(times)


def floor(moment: datetime, seconds: int) -> datetime:
    past: timedelta = (moment - EPOCH) % timedelta(seconds=seconds)
    return moment - past


def windows_of(decisions: Iterable[dict[str, Any]]) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """Return the decisions of each window, dimension, value and currency."""
    found = defaultdict(list)
    for decision in decisions:
        values = {name: "all" if name == "all" else decision[name] or NO_VALUE for name in DIMENSIONS}
        for size, slide in WINDOW_SECONDS.items():
            last = floor(row_time(decision), slide)
            for back in range(size // slide):
                begin = last - timedelta(seconds=slide * back)
                for dimension, value in values.items():
                    found[begin, size, dimension, value, decision["currency"]].append(decision)
    return found


def counted(decisions: list[dict[str, Any]]) -> dict[str, Any]:
    alerts = sum(decision["outcome"] != "approve" for decision in decisions)
    return {
        "transactions": len(decisions),
        "amount": sum((decision["amount"] for decision in decisions), Decimal(0)),
        "alerts": alerts,
        "alert_rate": pytest.approx(alerts / len(decisions)),
        "customers": len({decision["customer_id"] for decision in decisions}),
    }


def close_windows(jobs: WarehouseJobs, moment: datetime) -> None:
    """Let the watermark pass a moment: a payment at it and some lateness later, in as many partitions as it takes."""
    later = (moment + LATENESS).isoformat()
    jobs.decide(*(jobs.payment(f"cust-closing-{number}", timestamp=later) for number in range(8)))


def test_windows_count_what_bronze_holds_after_kills(jobs: WarehouseJobs) -> None:
    jobs.decide(*(jobs.payment("cust-window", payment_method=method) for method in ("pix", "credit_card", None)))
    jobs.await_stored()
    decisions = [row for row in jobs.table(DECISIONS) if not row["canary"] and not row["duplicate"]]
    end = max(map(row_time, decisions)) + timedelta(minutes=6)
    close_windows(jobs, end)
    wait_until(lambda: bool(jobs.table(REALTIME, f"window_start >= '{end - timedelta(minutes=8)}'")), "the last windows close")
    late = {row["decision_id"] for row in jobs.table(LATE_EVENTS)}
    wanted = windows_of(decision for decision in decisions if decision["decision_id"] not in late)
    assert wanted

    def stored() -> dict[tuple[Any, ...], dict[str, Any]]:
        return {key_of(row): row for row in jobs.table(REALTIME, f"window_end <= '{end}'")}

    wait_until(lambda: stored().keys() >= wanted.keys(), "every window is stored")
    rows = stored()
    assert rows.keys() == wanted.keys()
    for key, row in rows.items():
        expected = counted(wanted[key])
        assert {name: row[name] for name in expected} == expected, key
        scores = sorted(decision["score"] for decision in wanted[key])
        assert scores[0] <= row["score_p50"] <= row["score_p95"] <= row["score_p99"] <= scores[-1]
        assert row["window_end"] - row["window_start"] == timedelta(seconds=row["window_seconds"])
    times = ("window_start", "window_end")

    def told() -> dict[tuple[Any, ...], dict[str, Any]]:
        return {
            (datetime.fromisoformat(key[0]), *key[1:]): {**row, **{name: datetime.fromisoformat(row[name]) for name in times}}
            for key, row in jobs.metrics().items()
        }

    # The topic and the table are written each in its own time.
    wait_until(lambda: told().keys() >= rows.keys(), "every window is told")
    assert {key: row | {"amount": Decimal(row["amount"])} for key, row in told().items() if key in rows} == rows


def test_a_stopped_aggregator_goes_on_with_its_open_windows(jobs: WarehouseJobs) -> None:
    moment = floor(max(map(row_time, jobs.table(DECISIONS))), 300) + timedelta(hours=1)

    def pay(numbers: range) -> None:
        jobs.decide(*(jobs.payment(f"cust-open-{number}", timestamp=moment.isoformat(), currency="CHF") for number in numbers))

    pay(range(3))
    (stopped,) = jobs.command("job", "stop", REALTIME_AGGREGATOR.name)["savepoints"]
    (submitted,) = jobs.command("job", "submit", REALTIME_AGGREGATOR.name)["submitted"]
    assert submitted["restored_from"] == stopped["path"]
    pay(range(3, 6))
    close_windows(jobs, moment + timedelta(minutes=6))
    where = f"window_start = '{moment}' AND window_seconds = 60 AND dimension = 'all' AND currency = 'CHF'"
    wait_until(lambda: bool(jobs.table(REALTIME, where)), "the window closes")
    (row,) = jobs.table(REALTIME, where)
    assert (row["transactions"], row["customers"], row["amount"]) == (6, 6, Decimal("300.00"))


def test_an_event_that_comes_too_late_is_kept_aside_with_its_window(jobs: WarehouseJobs) -> None:
    jobs.decide(jobs.payment("cust-punctual"))
    jobs.await_stored()
    newest = max(map(row_time, jobs.table(DECISIONS)))
    close_windows(jobs, newest)
    late = newest - LATENESS
    (decision,) = jobs.decide(jobs.payment("cust-late", timestamp=late.isoformat()))
    where = f"decision_id = '{decision['decision_id']}'"
    wait_until(lambda: bool(jobs.table(LATE_EVENTS, where)), "the late event is kept")
    (row,) = jobs.table(LATE_EVENTS, where)
    assert (row["event_time"], row["window_start"]) == (late, floor(late, 60))
    assert row["late_by_ms"] >= 0


def test_an_event_ahead_of_its_time_makes_no_neighbour_late(jobs: WarehouseJobs) -> None:
    """The last of its kind here: from now on the stream's time is the broker's."""

    def pay(moment: datetime) -> str:
        (decision,) = jobs.decide(jobs.payment("cust-ahead", timestamp=moment.isoformat()))
        return str(decision["decision_id"])

    now = datetime.now(UTC)
    # By the time of the one that is ahead, the second would be a minute too late for its window.
    punctual = [pay(now + timedelta(minutes=4)), pay(now - LATENESS + timedelta(minutes=2)), pay(now)]
    late = pay(now - LATENESS - timedelta(hours=1))
    # The same customer, so the same partition: once the last one has been looked at, all have been.
    wait_until(lambda: bool(jobs.table(LATE_EVENTS, f"decision_id = '{late}'")), "the late event is kept")
    kept = {str(row["decision_id"]) for row in jobs.table(LATE_EVENTS)}
    assert kept.isdisjoint(punctual)
