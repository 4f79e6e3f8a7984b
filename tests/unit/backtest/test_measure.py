"""What a backtest measures is what its decisions say."""

from collections import Counter

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.backtest.curves import blended
from streamflow.backtest.plan import Plan, Retraining
from streamflow.backtest.results import Report
from streamflow.backtest.truth import Truth
from streamflow.contracts.decision import Outcome
from streamflow.labels.faults import Fault
from streamflow.score.combination import blend, evidence_cap
from streamflow.score.model import Model
from streamflow.score.rounding import six_decimals
from tests.unit.backtest.histories import BEGIN_MS, DAY_MS, Tried, configuration, history, rules, tried

LEARNING = Plan(retraining=Retraining(every_days=8, delay_days=1, most=1))


@pytest.fixture(scope="module")
def found() -> Tried:
    return tried(plan=LEARNING)


def test_alerts_are_counted_as_the_decisions_say(found: Tried) -> None:
    decisions = [one for one in found.parsed() if not one.answer.duplicate]
    outcomes = Counter(one.answer.outcome for one in decisions)
    alerts = found.report.configurations[0].alerts
    assert (alerts.review, alerts.block) == (outcomes[Outcome.REVIEW], outcomes[Outcome.BLOCK])
    assert alerts.caught + alerts.false_alerts == alerts.alerts
    assert alerts.caught + alerts.missed == found.report.history.frauds
    assert alerts.caught_amount + alerts.missed_amount == pytest.approx(found.report.history.fraud_amount)
    assert alerts.gain == pytest.approx(alerts.caught_amount - 5 * alerts.false_alerts)


def test_rules_are_counted_as_the_decisions_say(found: Tried) -> None:
    fired = Counter(hit.id for one in found.parsed() for hit in one.answer.rules)
    assert {rule.id: rule.fired for rule in found.report.configurations[0].rules} == fired


def configuration_model(found: Tried) -> Model:
    model = found.configuration.control.active_at(BEGIN_MS + 9 * DAY_MS).model
    assert model is not None
    return model


def test_days_scenarios_and_scores_add_up(found: Tried) -> None:
    one, history = found.report.configurations[0], found.report.history
    assert sum(day.payments for day in one.days) == history.measured
    assert sum(day.caught for day in one.days) == sum(group.caught for group in one.scenarios) == one.alerts.caught
    assert sum(group.frauds for group in one.scenarios) == history.frauds
    assert sum(map(sum, one.score_counts)) == sum(found.payments for found in one.calibration) == history.measured
    assert one.best_threshold is not None
    assert one.best_threshold.gain >= one.alerts.gain * 0.99


def test_the_curve_of_alpha_says_what_a_run_with_that_alpha_gives(found: Tried) -> None:
    learnt = found.run.evolution.trainings[0].model
    for alpha in (0.0, 0.6, 1.0):
        document = rules(alpha=alpha)
        free = tuple(msgspec.structs.replace(rule, outcome_at_least=None) for rule in document.rules)
        other = tried(configuration(alpha=alpha, rules=free), plan=LEARNING)
        assert other.run.evolution.trainings[0].model == learnt
        said = next(point for point in found.report.configurations[0].alphas if point.alpha == alpha)
        score, alerts = other.report.configurations[0].detection[0], other.report.configurations[0].alerts
        assert said.average_precision == pytest.approx(score.average_precision, abs=1e-4)
        assert (said.alerts, said.recall) == (alerts.alerts, alerts.recall)


evidences = st.floats(0, 12).map(six_decimals)


@given(evidences, st.none() | evidences, st.floats(0, 1).map(lambda share: round(share, 2)))
def test_blended_columns_are_blended_numbers(evidence: float, ml_score: float | None, alpha: float) -> None:
    capped = six_decimals(min(evidence, evidence_cap(alpha)))
    column = blended(np.array([evidence]), np.array([np.nan if ml_score is None else ml_score]), alpha)
    assert column[0] == pytest.approx(blend(capped, ml_score, alpha), abs=1.1e-6)


def test_only_the_period_is_measured() -> None:
    plan = Plan(from_ms=BEGIN_MS + 5 * DAY_MS, until_ms=BEGIN_MS + 8 * DAY_MS)
    found = tried(plan=plan)
    days = found.report.configurations[0].days
    assert [day.day_ms for day in days] == [BEGIN_MS + day * DAY_MS for day in (5, 6, 7)]
    assert found.report.history.payments > found.report.history.measured > 0


def test_a_comparison_counts_what_differs_and_names_the_dearest() -> None:
    found = tried(configuration("kind"), configuration("strict", thresholds=msgspec.structs.replace(rules().thresholds, review=0.3)))
    one, two = (side.alerts for side in found.report.configurations)
    comparison = found.report.comparison
    assert comparison is not None
    assert comparison.alerts_gained - comparison.alerts_lost == two.alerts - one.alerts > 0
    assert comparison.frauds_gained - comparison.frauds_lost == two.caught - one.caught
    assert comparison.differing == sum(comparison.outcomes.values()) >= len(comparison.transactions) == 20
    amounts = [one.amount for one in comparison.transactions]
    assert amounts == sorted(amounts, reverse=True)
    assert all(one.outcomes[0] != one.outcomes[1] for one in comparison.transactions)


@pytest.mark.parametrize("transactions", [b"", b"not json"])
def test_of_nothing_nothing_is_defined(transactions: bytes) -> None:
    found = tried(transactions=transactions, truth=Truth())
    one = found.report.configurations[0]
    assert (found.report.history.payments, one.alerts.precision, one.detection[0].average_precision, one.alphas) == (0, None, None, ())


def test_without_labels_only_alerts_are_counted() -> None:
    found = tried(truth=Truth()).report.configurations[0]
    assert found.alerts.alerts > 0
    assert (found.alerts.precision, found.alerts.recall, found.detection[0].auc) == (0, None, None)


def test_labels_that_cannot_be_read_and_a_period_without_fraud_are_warned_of() -> None:
    labels = history().truth().labels
    honest = Truth([Fault("labels, line 1", "no label"), *(label for label in labels if not label.is_fraud)])
    first, second = tried(truth=honest).report.warnings
    assert first == "No measured payment is a fraud."
    assert second == "1 lines of labels hold none, such as labels, line 1: no label."


def test_a_model_that_knows_the_measured_payments_is_warned_of(found: Tried) -> None:
    model = configuration_model(found)
    words = f"{model.name} has learnt from payments up to"
    assert [text[: len(words)] for text in tried(configuration(model=model)).report.warnings] == [words]
    assert tried(configuration(model=model), plan=Plan(from_ms=BEGIN_MS + 9 * DAY_MS)).report.warnings == ()
    assert found.report.warnings == ()


def test_the_json_holds_the_whole_report(found: Tried) -> None:
    assert msgspec.json.decode(msgspec.json.encode(found.report), type=Report) == found.report
