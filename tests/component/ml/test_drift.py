"""Drift through simulator, engine and training: it speaks when payments change, and not when they do not."""

import pytest

from scripts.drift_scenarios import SCENARIOS, Day, alerted_on, days_of
from streamflow.score.drift import LARGE
from streamflow.simulate import Plan

PLAN = Plan(events=60_000, customers=600, days=56, seed=9)


@pytest.fixture(scope="module")
def said() -> dict[str, list[Day]]:
    wanted = ("nothing changes", "weekends", "prices double", "the place")
    return {word: days_of(scenario, PLAN) for scenario in SCENARIOS for word in wanted if word in scenario.name}


@pytest.mark.parametrize("scenario", ["nothing changes", "weekends"])
def test_it_is_silent_while_payments_are_as_they_were(said: dict[str, list[Day]], scenario: str) -> None:
    assert len(said[scenario]) == 14
    assert max(max(day.indices.values()) for day in said[scenario]) < LARGE


@pytest.mark.parametrize(("scenario", "feature"), [("prices double", "amount_ratio"), ("the place", "distance_km")])
def test_a_change_is_said_within_the_week_and_by_the_right_number(said: dict[str, list[Day]], scenario: str, feature: str) -> None:
    day = alerted_on(said[scenario], evidence=False)
    assert day is not None
    assert day <= 7
    assert said[scenario][6].features[feature] > 4 * LARGE


def test_amounts_are_watched_and_what_memory_gathers_is_not(said: dict[str, list[Day]]) -> None:
    numbers = said["nothing changes"][0].indices
    assert {"amount", "amount_ratio", "hour", "velocity_count", "ml_score", "rules_score"} <= numbers.keys()
    assert not {"days_known", "event_count"} & numbers.keys()
