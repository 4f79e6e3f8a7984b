"""From a run's columns to what it means."""

from typing import Final

import numpy as np

from streamflow.backtest import curves
from streamflow.backtest.columns import Answers, Measured
from streamflow.backtest.curves import defined, money, ratio
from streamflow.backtest.plan import CARDS_A_DAY, Configuration, Plan
from streamflow.backtest.results import (
    Alerts,
    Comparison,
    ConfigurationResult,
    Detection,
    Group,
    History,
    Number,
    Report,
    RuleResult,
)
from streamflow.backtest.run import Run
from streamflow.backtest.truth import Truth
from streamflow.backtest.warnings import warnings
from streamflow.contracts.decision import OUTCOMES
from streamflow.ml.evaluate import Booleans, Floats, Integers, Ranking, card_precision_at_k

_OUTCOMES: Final = tuple(outcome.value for outcome in OUTCOMES)


def measure(run: Run, configurations: tuple[Configuration, ...], truth: Truth, plan: Plan) -> Report:
    """Return everything that a backtest says of a run."""
    columns = [Measured(run.payments, answers, plan.from_ms, plan.until_ms) for answers in run.answers]
    return Report(
        warnings=tuple(dict.fromkeys(warnings(run, configurations, columns[0], truth))),
        history=_history(run, columns[0], truth),
        price_of_alert=plan.price_of_alert,
        saved_share=plan.saved_share,
        risk_snapshots=run.evolution.snapshots,
        trainings=tuple(run.evolution.trainings),
        configurations=tuple(
            _configuration(one, answers, measured, truth, plan)
            for one, answers, measured in zip(configurations, run.answers, columns, strict=True)
        ),
        comparison=_comparison(run, columns[0], columns[1]) if len(columns) > 1 else None,
    )


def _history(run: Run, measured: Measured, truth: Truth) -> History:
    times_ms = run.payments.time_ms
    return History(
        records=run.records,
        dead_letters=run.codes,
        repeats=run.duplicates,
        behind=run.behind,
        payments=len(times_ms),
        first_ms=min(times_ms, default=None),
        last_ms=max(times_ms, default=None),
        measured=len(measured),
        frauds=int(measured.frauds.sum()),
        unlabelled=measured.unlabelled,
        days=measured.day_count,
        customers=len(np.unique(measured.customers)),
        compromised_cards=len(np.unique(measured.customers[measured.frauds])),
        fraud_amount=money(measured.amounts[measured.frauds]),
        labels=len(truth.labels),
        unreadable_labels=truth.faults.count,
        first_unreadable_labels=tuple(f"{fault.where}: {fault.why}" for fault in truth.faults.first),
        seconds=round(run.seconds, 3),
        payments_per_second=round(run.records / run.seconds, 1) if run.seconds else 0.0,
    )


def _configuration(configuration: Configuration, answers: Answers, measured: Measured, truth: Truth, plan: Plan) -> ConfigurationResult:
    newest = configuration.control.newest
    assert newest is not None  # noqa: S101 - without one, no payment could have been decided
    rules, review = newest.rules, newest.rules.thresholds.review
    curve = curves.thresholds(measured, plan)
    return ConfigurationResult(
        name=configuration.name,
        ruleset_version=rules.version,
        alpha=rules.alpha,
        review_threshold=review,
        block_threshold=rules.thresholds.block,
        models=answers.models,
        alerts=_alerts(measured, plan),
        detection=_detections(measured, review),
        rules=_rules(measured, answers),
        scenarios=_scenarios(measured, truth),
        calibration=curves.calibration(measured),
        thresholds=curve,
        best_threshold=max(curve, key=lambda point: point.gain, default=None),
        alphas=curves.alphas(measured, review, plan),
        days=curves.days(measured),
        score_counts=curves.score_counts(measured),
        precision_recall=curves.precision_recall(measured),
    )


def _alerts(measured: Measured, plan: Plan) -> Alerts:
    alerts, frauds, amounts = measured.alerts, measured.frauds, measured.amounts
    caught = alerts & frauds
    alerted, hits, total = int(alerts.sum()), int(caught.sum()), int(frauds.sum())
    false_alerts, honest = alerted - hits, len(measured) - total
    _, a_day = np.unique(measured.days[alerts], return_counts=True)
    saved = plan.saved_share * money(amounts[caught])
    return Alerts(
        alerts=alerted,
        review=int((measured.outcome == 1).sum()),
        block=int((measured.outcome == 2).sum()),
        caught=hits,
        missed=total - hits,
        false_alerts=false_alerts,
        precision=ratio(hits, alerted),
        recall=ratio(hits, total),
        f1=ratio(2 * hits, alerted + total),
        alerts_a_day=round(alerted / measured.day_count, 2),
        most_alerts_a_day=int(a_day.max(initial=0)),
        false_alerts_per_1000_honest=ratio(1000 * false_alerts, honest),
        cards_caught=_cards_caught(measured.customers, frauds, alerts),
        caught_amount=money(amounts[caught]),
        missed_amount=money(amounts[frauds & ~alerts]),
        saved_amount=round(saved, 2),
        price_of_false_alerts=round(plan.price_of_alert * false_alerts, 2),
        gain=round(saved - plan.price_of_alert * false_alerts, 2),
    )


def _detections(measured: Measured, review: float) -> tuple[Detection, ...]:
    every = np.ones(len(measured), np.bool_)
    scored = ~np.isnan(measured.ml_score)
    found = [_detection("score", measured.score, every, measured, review, measured.ranking)]
    if scored.any():
        found.append(_detection("model", measured.ml_score, scored, measured, review))
    found.append(_detection("rules", measured.rules_sum, every, measured, review))
    return tuple(found)


def _detection(
    name: str, scores: Floats, rows: Booleans, measured: Measured, threshold: float, ranking: Ranking | None = None
) -> Detection:
    scores, frauds = scores[rows], measured.frauds[rows]
    ranking = ranking or Ranking(scores, frauds)
    hits, misses = ranking.caught()
    best = None
    if len(hits) and hits[-1] > 0:
        f1 = 2 * hits / (hits + misses + hits[-1])
        place = int(np.argmax(f1))
        best = float(f1[place]), float(ranking.thresholds[place])
    alerts = scores >= threshold
    caught = int((alerts & frauds).sum())
    customers = measured.customers[rows]
    cards = card_precision_at_k(scores, frauds, measured.days[rows], customers, CARDS_A_DAY)
    return Detection(
        scores=name,
        payments=len(scores),
        auc=defined(ranking.roc_auc()),
        average_precision=defined(ranking.average_precision()),
        card_precision_at_100=defined(cards),
        threshold=threshold,
        alerts=int(alerts.sum()),
        precision=ratio(caught, int(alerts.sum())),
        recall=ratio(caught, int(frauds.sum())),
        cards_caught=_cards_caught(customers, frauds, alerts),
        best_f1=None if best is None else round(best[0], 6),
        best_f1_threshold=None if best is None else best[1],
    )


def _cards_caught(customers: Integers, frauds: Booleans, alerts: Booleans) -> Number:
    """Return the share of the cards with a fraud of which at least one fraud is alerted."""
    return ratio(len(np.unique(customers[frauds & alerts])), len(np.unique(customers[frauds])))


def _rules(measured: Measured, answers: Answers) -> tuple[RuleResult, ...]:
    total = int(measured.frauds.sum())
    on = np.uint64(sum(bit for name, bit in answers.fired_rules().items() if answers.rule_states[name] == "on"))
    found = []
    for name, bit in answers.fired_rules().items():
        fired = (measured.fired & np.uint64(bit)) > 0
        alone = fired & measured.alerts & ((measured.fired & on) == bit)
        frauds = int((fired & measured.frauds).sum())
        found.append(
            RuleResult(
                id=name,
                state=answers.rule_states[name],
                fired=int(fired.sum()),
                frauds=frauds,
                precision=ratio(frauds, int(fired.sum())),
                recall=ratio(frauds, total),
                alone=int(alone.sum()),
                alone_precision=ratio(int((alone & measured.frauds).sum()), int(alone.sum())),
            )
        )
    return tuple(found)


def _scenarios(measured: Measured, truth: Truth) -> tuple[Group, ...]:
    found = []
    for code, name in enumerate(truth.scenarios, 1):
        rows = measured.scenario == code
        caught = rows & measured.alerts
        frauds, hits = int(rows.sum()), int(caught.sum())
        if frauds:
            amounts = money(measured.amounts[rows]), money(measured.amounts[caught])
            found.append(
                Group(name=name, frauds=frauds, caught=hits, recall=ratio(hits, frauds), amount=amounts[0], caught_amount=amounts[1])
            )
    return tuple(sorted(found, key=lambda group: (-group.frauds, group.name)))


def _comparison(run: Run, first: Measured, second: Measured) -> Comparison:
    pairs = first.outcome.astype(np.int64) * len(_OUTCOMES) + second.outcome
    counts = np.bincount(pairs, minlength=len(_OUTCOMES) ** 2).tolist()
    named = {f"{_OUTCOMES[pair // 3]} > {_OUTCOMES[pair % 3]}": count for pair, count in enumerate(counts) if pair // 3 != pair % 3}
    gained, lost = second.alerts & ~first.alerts, first.alerts & ~second.alerts
    return Comparison(
        outcomes={name: count for name, count in named.items() if count},
        differing=sum(named.values()),
        alerts_gained=int(gained.sum()),
        alerts_lost=int(lost.sum()),
        frauds_gained=int((gained & first.frauds).sum()),
        frauds_lost=int((lost & first.frauds).sum()),
        amount_gained=money(first.amounts[gained & first.frauds]),
        amount_lost=money(first.amounts[lost & first.frauds]),
        transactions=tuple(run.differences),
    )
