"""The generator of the objectives' rules, against a rule file that was written by hand."""

from typing import Any

import pytest

from streamflow.observe.slo import Events, Invariant, Objective, Time, alerts, recording_rules

WORDS: dict[str, Any] = {"title": "It is well", "why": "So.", "impact": "Somebody.", "first_look": ("a", "b", "c")}
LATENCY = Objective(
    name="some-latency",
    objective_percent=99,
    indicator=Events(bad='sum(rate(slow_total{x="{y}"}[{window}]))', valid="sum(rate(all_total[{window}]))"),
    **WORDS,
)
UPTIME = Objective(name="uptime", objective_percent=99.5, indicator=Time(good="max(up) <= bool 60"), page=False, **WORDS)
BOOKS = Objective(name="books", indicator=Invariant(violated="max(owed) > 0", for_="10m"), **WORDS)


def test_events_become_ratios_over_every_window() -> None:
    rules = {rule["record"]: rule["expr"] for rule in recording_rules(LATENCY)}
    assert rules["slo:bad_ratio:rate5m"] == '(sum(rate(slow_total{x="{y}"}[5m]))) / (sum(rate(all_total[5m])))'
    assert [name for name in rules if "rate" in name] == [
        f"slo:bad_ratio:rate{window}" for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d")
    ]
    assert rules["slo:objective_ratio"] == "vector(0.99)"
    assert rules["slo:error_budget_remaining_ratio"] == '1 - slo:bad_ratio:rate30d{slo="some-latency"} / 0.01'
    assert all(rule["labels"] == {"slo": "some-latency"} for rule in recording_rules(LATENCY))


def test_time_becomes_the_share_of_it_that_was_not_good() -> None:
    first, second, *_ = recording_rules(UPTIME)
    assert first == {"record": "slo:good", "expr": "max(up) <= bool 60", "labels": {"slo": "uptime"}}
    assert second["expr"] == '1 - avg_over_time(slo:good{slo="uptime"}[5m])'


def test_a_budget_pages_when_it_burns_fast_and_makes_a_ticket_when_it_burns_steadily() -> None:
    fast, slow = alerts(LATENCY)
    assert (fast.name, fast.severity, slow.name, slow.severity) == ("SomeLatencyFastBurn", "page", "SomeLatencySlowBurn", "ticket")
    ratio = 'slo:bad_ratio:rate{}{{slo="some-latency"}}'
    assert fast.expression == " or ".join(
        f"({ratio.format(long)} > {limit} and {ratio.format(short)} > {limit} and {ratio.format(short)} offset {settled})"
        for long, short, limit, settled in (("1h", "5m", "0.144", "10m"), ("6h", "30m", "0.06", "1h"))
    )
    assert '> 0.03 and slo:bad_ratio:rate2h{slo="some-latency"} > 0.03' in slow.expression
    assert '> 0.01 and slo:bad_ratio:rate6h{slo="some-latency"} > 0.01' in slow.expression


def test_what_is_not_worth_a_night_has_no_page() -> None:
    assert [alert.severity for alert in alerts(UPTIME)] == ["ticket"]


def test_an_invariant_has_one_alert_and_no_budget() -> None:
    assert recording_rules(BOOKS) == []
    (alert,) = alerts(BOOKS)
    rule = alert.rule()
    assert (rule["alert"], rule["expr"], rule["for"]) == ("BooksViolated", "max(owed) > 0", "10m")
    assert rule["labels"] == {"severity": "page", "slo": "books"}
    assert rule["annotations"] == {
        "summary": "Not so: It is well",
        "impact": "Somebody.",
        "first_look": "1. a\n2. b\n3. c",
        "runbook": "docs/runbooks/books.md",
    }


@pytest.mark.parametrize("percent", [0, 100, 101, -1, None])
def test_an_objective_without_a_sensible_number_is_refused(percent: float | None) -> None:
    with pytest.raises(ValueError, match="objective_percent"):
        Objective(name="x", objective_percent=percent, indicator=UPTIME.indicator, **WORDS)


def test_an_invariant_with_a_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing else"):
        Objective(name="x", objective_percent=99, indicator=BOOKS.indicator, **WORDS)
