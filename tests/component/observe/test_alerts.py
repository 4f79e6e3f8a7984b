"""Each alert fires when it should and stays silent when it should not, as promtool evaluates it."""

from pathlib import Path

import pytest

from scripts.reference.observability import objectives
from streamflow.observe.slo import alerts
from tests.component.observe.alert_cases import CASES
from tests.component.observe.burn_cases import burn_cases
from tests.component.observe.drift_cases import DRIFT_CASES
from tests.component.observe.promtool import RULES, Case, problems
from tests.component.observe.slo_cases import SLO_CASES

ALL_CASES = [*CASES, *SLO_CASES, *DRIFT_CASES]
ALWAYS_ON = "Watchdog"
BUDGETS = {alert.name: objective for objective in objectives() if objective.budget for alert in alerts(objective)}


def cases_of(alert: str) -> list[Case]:
    return [case for case in ALL_CASES if case.alert == alert]


def test_every_alert_fires_when_it_should_and_not_otherwise(tmp_path: Path) -> None:
    assert problems({alert: (rules, cases_of(alert)) for alert, rules in RULES.items()}, tmp_path) == {}


def test_budgets_burn_by_the_ratios_of_their_windows(tmp_path: Path) -> None:
    tried = {alert: (RULES[alert][-1:], burn_cases(objective, alert)) for alert, objective in BUDGETS.items()}
    assert len(tried) > 8
    assert problems(tried, tmp_path) == {}


@pytest.mark.parametrize("alert", sorted(RULES))
def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent(alert: str) -> None:
    assert {case.fires for case in cases_of(alert)} == ({True} if alert == ALWAYS_ON else {True, False})


def test_no_case_is_of_an_alert_that_is_not_there() -> None:
    assert {case.alert for case in ALL_CASES} == set(RULES)
    assert len(RULES) >= 12
