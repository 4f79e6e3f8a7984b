"""The situations of the protocol, each a backtest of a labelled data set."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from streamflow.backtest.columns import Measured
from streamflow.backtest.measure import measure
from streamflow.backtest.plan import Configuration, Plan, Retraining
from streamflow.backtest.run import Run, run
from streamflow.backtest.truth import Truth
from streamflow.contracts.catalogue import DAY_MS
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.engine import EngineSettings
from streamflow.ml.calibrate import ENOUGH
from streamflow.ml.evaluate import Booleans, Floats, Integers, Interval, Ranking, bootstrap
from streamflow.ml.fitting import fit
from streamflow.ml.plan import TrainingPlan
from streamflow.ml.rarity import HEARD_FEATURES
from streamflow.ml.table import FeatureTable
from streamflow.ml.thresholds import at_threshold, budget_threshold
from streamflow.offline.inputs import read_lines
from streamflow.score.features import FEATURE_NAMES, MISSION_FEATURES
from streamflow.score.model import Model
from streamflow.score.risk import RISK_FEATURES

DELAY_DAYS: Final = 7.0
UNLABELLED_DAYS: Final = 14
WEEK_DAYS: Final = 7
LABELLED_DAYS: Final = 60
RETRAIN_DAYS: Final = 14.0
RISK_EVERY_DAYS: Final = 0.125
SELDOM_DAYS: Final = 1.0
BUDGET: Final = 0.01
RESAMPLES: Final = 100
RECENT_DAYS: Final = 14
TIMED_ROWS: Final = 50_000
_END_OF_TIME_MS: Final = 253_402_300_799_999

Say = Callable[[str], None]


def day_zero(transactions: Path, truth: Truth, begin_ms: int, say: Say) -> dict[str, Any]:
    """Rules and an anomaly model that learnt from the first days; nobody has told it anything, labels only measure."""
    plan = Plan(
        risk_every_days=0,
        retraining=Retraining(every_days=UNLABELLED_DAYS, kind="anomaly", most=1, budget=BUDGET),
        from_ms=begin_ms + UNLABELLED_DAYS * DAY_MS,
    )
    return _measured(transactions, truth, plan, say)


def one_week(transactions: Path, truth: Truth, begin_ms: int, say: Say) -> dict[str, Any]:
    """Seven days to learn from, seven days until their labels are known, seven days to measure, as in the Handbook."""
    learnt_ms = begin_ms + round((WEEK_DAYS + DELAY_DAYS) * DAY_MS)
    plan = Plan(
        risk_every_days=RISK_EVERY_DAYS,
        retraining=Retraining(every_days=WEEK_DAYS + DELAY_DAYS, delay_days=DELAY_DAYS, most=1),
        from_ms=learnt_ms,
        until_ms=learnt_ms + WEEK_DAYS * DAY_MS,
    )
    return _measured(transactions, truth, plan, say, until_ms=learnt_ms + WEEK_DAYS * DAY_MS)


def two_months(transactions: Path, truth: Truth, begin_ms: int, say: Say, risk_every_days: float = RISK_EVERY_DAYS) -> dict[str, Any]:
    """Two months of known labels, then every later payment measured, with a new model every fortnight."""
    first_days = LABELLED_DAYS + DELAY_DAYS
    plan = Plan(
        risk_every_days=risk_every_days,
        retraining=Retraining(every_days=RETRAIN_DAYS, delay_days=DELAY_DAYS, first_after_days=first_days),
        from_ms=begin_ms + round(first_days * DAY_MS),
    )
    return _measured(transactions, truth, plan, say)


def _measured(transactions: Path, truth: Truth, plan: Plan, say: Say, until_ms: int | None = None) -> dict[str, Any]:
    configurations = (Configuration.of("backtest", default_rules(), NO_LISTS),)
    done = backtest(transactions, truth, plan, configurations, say, until_ms)
    say("measuring")
    columns = Measured(done.payments, done.answers[0], plan.from_ms, plan.until_ms)
    _, cards = np.unique(columns.customers, return_inverse=True)
    kinds = {"score": columns.score, "model": columns.ml_score, "rules": columns.rules_sum}
    found: dict[str, Any] = {
        "report": msgspec.to_builtins(measure(done, configurations, truth, plan)),
        "budget": {name: _at_budget(scores, columns.frauds) for name, scores in kinds.items() if not np.isnan(scores).any()},
        "average_precision_intervals": {
            name: _interval(scores, columns.frauds, cards.astype(np.int64))
            for name, scores in kinds.items()
            if name != "rules" and not np.isnan(scores).any()
        },
    }
    if done.table is not None:
        inside = np.array([plan.measures(time_ms) for time_ms in done.payments.time_ms], np.bool_)
        table = done.table.table()
        found["known_stores"] = _known_stores(table.column("store_days_since_fraud")[inside], columns, truth)
        found["mission_features"] = {name: _alone(table.column(name)[inside], columns.frauds) for name in MISSION_FEATURES}
        if plan.retraining is not None and plan.retraining.kind == "anomaly":
            say("what labels would have made of the same features")
            found["told"] = _told(table, inside, columns)
    model = configurations[0].control.active_at(_END_OF_TIME_MS).model
    if model is not None and done.table is not None:
        found["scorer_microseconds"] = _microseconds(model, done.table.table().matrix[-TIMED_ROWS:])
    return found


def _known_stores(days_since_fraud: Floats, columns: Measured, truth: Truth) -> dict[str, dict[str, int]]:
    """Count frauds, and those that the model catches, at stores with a fraud known of the last weeks and at all others, by scenario."""
    caught = columns.ml_score >= ENOUGH
    known = days_since_fraud <= RECENT_DAYS
    return {
        name: {
            "known": int((rows & known).sum()),
            "known_caught": int((rows & known & caught).sum()),
            "unknown": int((rows & ~known).sum()),
            "unknown_caught": int((rows & ~known & caught).sum()),
        }
        for name, rows in ((name, columns.scenario == code) for code, name in enumerate(truth.scenarios, 1))
    }


def _told(table: FeatureTable, inside: Booleans, columns: Measured) -> dict[str, float | None]:
    """Return average precisions on the second half of the measured payments.

    Those of trees that learnt the first half's labels at once, from several sets of features, and those of score and model.
    """
    rows = np.flatnonzero(inside)
    half = len(rows) // 2
    sets = {
        "six": MISSION_FEATURES,
        "heard": HEARD_FEATURES,
        "unlabelled": tuple(name for name in FEATURE_NAMES if name not in RISK_FEATURES),
    }
    found = {"score": _alone(columns.score[half:], columns.frauds[half:]), "model": _alone(columns.ml_score[half:], columns.frauds[half:])}
    for name, names in sets.items():
        matrix = table.matrix[rows][:, [FEATURE_NAMES.index(one) for one in names]]
        trees = fit(matrix[:half], columns.frauds[:half], TrainingPlan(kind="supervised", until_ms=0), names)
        found[name] = _alone(trees.raw(matrix[half:]), columns.frauds[half:])
    return found


def _alone(values: Floats, frauds: Booleans) -> float | None:
    """Return the average precision of one feature as a score; what is not known comes last."""
    precision = Ranking(np.nan_to_num(values, nan=-np.inf, neginf=-np.inf), frauds).average_precision()
    return None if np.isnan(precision) else round(precision, 4)


def _microseconds(model: Model, rows: Floats) -> float:
    """Return the CPU time of scoring one row, one after the other."""
    begin = time.process_time()
    for row in rows:
        model.evidence(row)
    return round(1e6 * (time.process_time() - begin) / len(rows), 2)


def backtest(
    transactions: Path, truth: Truth, plan: Plan, configurations: tuple[Configuration, ...], say: Say, until_ms: int | None = None
) -> Run:
    """Run one backtest, of the payments before a time."""
    with transactions.open("rb") as stream:
        lines = read_lines(stream)
        if until_ms is not None:
            last = _seconds(until_ms)
            # The data set's own lines, ascending in time, each to the second in UTC.
            lines = (record for record in lines if (record.value or b"").partition(b'"timestamp":"')[2][:19] < last)
        settings = EngineSettings(key_source="payload")
        return run(configurations, lines, truth, plan, settings=settings, event_time_is_record_time=True, say=say)


def _seconds(time_ms: int) -> bytes:
    return str(np.datetime64(time_ms, "ms").astype("datetime64[s]")).encode()


def _at_budget(scores: Floats, frauds: Booleans) -> dict[str, float | None]:
    found = at_threshold(scores, frauds, budget_threshold(scores, BUDGET))
    figures = {"threshold": found.threshold, "alerts": found.alerts, "precision": found.precision, "recall": found.recall}
    return {name: None if np.isnan(figure) else round(figure, 6) for name, figure in figures.items()}


def _interval(scores: Floats, frauds: Booleans, cards: Integers) -> dict[str, float]:
    found: Interval = bootstrap(Ranking(scores, frauds).average_precision, cards, resamples=RESAMPLES)
    return {name: round(value, 4) for name, value in found._asdict().items()}
