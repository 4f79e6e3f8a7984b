"""Each alert fires when it should and stays silent when it should not, as promtool evaluates it."""

from pathlib import Path

import pytest

from tests.component.observe.alert_cases import CASES
from tests.component.observe.promtool import RULES, Case, problem
from tests.component.observe.slo_cases import SLO_CASES

ALL_CASES = [*CASES, *SLO_CASES]
ALWAYS_ON = "Watchdog"


def cases_of(alert: str) -> list[Case]:
    return [case for case in ALL_CASES if case.alert == alert]


@pytest.mark.parametrize("alert", sorted(RULES))
def test_an_alert_fires_when_it_should_and_not_otherwise(alert: str, tmp_path: Path) -> None:
    assert problem(RULES[alert], cases_of(alert), tmp_path) == ""


@pytest.mark.parametrize("alert", sorted(RULES))
def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent(alert: str) -> None:
    assert {case.fires for case in cases_of(alert)} == ({True} if alert == ALWAYS_ON else {True, False})


def test_no_case_is_of_an_alert_that_is_not_there() -> None:
    assert {case.alert for case in ALL_CASES} == set(RULES)
    assert len(RULES) >= 12
