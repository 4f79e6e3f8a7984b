"""A backtest's results as tables for a terminal."""

from collections.abc import Sequence

import typer

from streamflow.backtest.results import AtThreshold, Comparison, ConfigurationResult, Report
from streamflow.cli.moments import iso
from streamflow.cli.output import print_facts, print_table

_THRESHOLDS_SHOWN = 12


def print_report(report: Report) -> None:
    """Print all of a report that fits a terminal."""
    history = report.history
    print_facts(
        {
            "payments": history.payments,
            "from": iso(history.first_ms),
            "until": iso(history.last_ms),
            "measured": history.measured,
            "frauds": history.frauds,
            "fraud_percent": percent(history.frauds / history.measured if history.measured else None),
            "compromised_cards": history.compromised_cards,
            "without_label": history.unlabelled,
            "repeats": history.repeats,
            "dead_letters": history.dead_letters or 0,
            "risk_snapshots": report.risk_snapshots,
            "seconds": history.seconds,
            "payments_per_second": round(history.payments_per_second),
        },
        as_json=False,
    )
    for warning in report.warnings:
        typer.secho(f"\n{warning}", fg="yellow", err=True)
    columns = ("", *(one.name for one in report.configurations))
    print_table(columns, _alert_rows(report.configurations), title="\nAlerts (money in the reference currency)")
    for one in report.configurations:
        _print_configuration(one, one.name if len(report.configurations) > 1 else "")
    if report.trainings:
        rows = [(iso(one.at_ms)[:10], one.model or f"kept: {one.refusal}", one.learnt, one.frauds) for one in report.trainings]
        print_table(("at", "model", "learnt from", "known frauds"), rows, title="Trainings on the way")
    if report.comparison is not None:
        _print_comparison(report.comparison)


def percent(ratio: float | None) -> str:
    """Return a share as people read it.

    Examples
    --------
    >>> percent(0.12345), percent(None)
    ('12.35 %', '-')
    """
    return "-" if ratio is None else f"{100 * ratio:.2f} %"


def money(amount: float | None) -> str:
    """Return an amount as people read it.

    Examples
    --------
    >>> money(1234567.8)
    '1 234 568'
    """
    return "-" if amount is None else f"{amount:,.0f}".replace(",", " ")


def _decimals(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _alert_rows(configurations: Sequence[ConfigurationResult]) -> list[tuple[str, ...]]:
    every = [one.alerts for one in configurations]
    rows: dict[str, list[str]] = {
        "alerts": [money(one.alerts) for one in every],
        "  of them block": [money(one.block) for one in every],
        "alerts a day, mean (most)": [f"{one.alerts_a_day:.1f} ({one.most_alerts_a_day})" for one in every],
        "precision": [percent(one.precision) for one in every],
        "recall": [percent(one.recall) for one in every],
        "frauds caught": [money(one.caught) for one in every],
        "frauds missed": [money(one.missed) for one in every],
        "false alerts per 1 000 honest": [_decimals(one.false_alerts_per_1000_honest) for one in every],
        "compromised cards caught": [percent(one.cards_caught) for one in every],
        "money caught": [money(one.caught_amount) for one in every],
        "money missed": [money(one.missed_amount) for one in every],
        "price of false alerts": [money(one.price_of_false_alerts) for one in every],
        "gain": [money(one.gain) for one in every],
    }
    return [(name, *cells) for name, cells in rows.items()]


def _print_configuration(one: ConfigurationResult, name: str) -> None:
    before = f"{name}: " if name else ""
    columns: tuple[str, ...] = (
        "ranking by",
        "payments",
        "AUC",
        "average precision",
        "card precision@100",
        "precision",
        "recall",
        "best F1",
    )
    rows: list[tuple[object, ...]] = [
        (
            found.scores,
            found.payments,
            _decimals(found.auc),
            _decimals(found.average_precision),
            _decimals(found.card_precision_at_100),
            percent(found.precision),
            percent(found.recall),
            _decimals(found.best_f1),
        )
        for found in one.detection
    ]
    print_table(columns, rows, title=f"{before}Detection (precision and recall from {one.review_threshold:g} on)")
    rows = [(rule.id, rule.state, rule.fired, rule.frauds, percent(rule.precision), percent(rule.recall), rule.alone) for rule in one.rules]
    print_table(("rule", "state", "fired", "on frauds", "precision", "of all frauds", "alone in alerts"), rows, title=f"{before}Rules")
    rows = [(found.name, found.frauds, percent(found.recall), money(found.amount), money(found.caught_amount)) for found in one.scenarios]
    print_table(("scenario", "frauds", "caught", "money", "money caught"), rows, title=f"{before}Scenarios")
    rows = [
        (f"{found.low:.1f} to {found.high:.1f}" if found.high > 1e-3 else "0", found.payments, found.frauds, percent(found.fraud_ratio))
        for found in one.calibration
        if found.payments
    ]
    print_table(("score", "payments", "frauds", "share of frauds"), rows, title=f"{before}What a score meant")
    rows = [
        (
            f"{point.threshold:.4f}",
            f"{point.alerts_a_day:.1f}",
            percent(point.precision),
            percent(point.recall),
            money(point.caught_amount),
            money(point.missed_amount),
            money(point.gain),
            "best gain" if point == one.best_threshold else "",
        )
        for point in _chosen(one.thresholds, one.best_threshold)
    ]
    columns = ("threshold", "alerts a day", "precision", "recall", "money caught", "money missed", "gain", "")
    print_table(columns, rows, title=f"{before}What other thresholds would give")
    rows = [
        (
            f"{found.alpha:.1f}{' (now)' if found.alpha == one.alpha else ''}",
            _decimals(found.auc),
            _decimals(found.average_precision),
            found.alerts,
            percent(found.precision),
            percent(found.recall),
            money(found.gain),
        )
        for found in one.alphas
    ]
    if rows:
        columns = ("alpha", "AUC", "average precision", "alerts", "precision", "recall", "gain")
        print_table(columns, rows, title=f"{before}What another share of the model would give")


def _chosen(points: Sequence[AtThreshold], best: AtThreshold | None) -> list[AtThreshold]:
    step = max(1, len(points) // _THRESHOLDS_SHOWN)
    return [point for place, point in enumerate(points) if place % step == 0 or point == best]


def _print_comparison(found: Comparison) -> None:
    facts = {
        "payments_answered_differently": found.differing,
        "outcomes": found.outcomes,
        "alerts_gained_and_lost": f"+{found.alerts_gained} -{found.alerts_lost}",
        "frauds_gained_and_lost": f"+{found.frauds_gained} -{found.frauds_lost}",
        "money_of_frauds_gained_and_lost": f"+{money(found.amount_gained)} -{money(found.amount_lost)}",
    }
    typer.echo("Comparison")
    print_facts(facts, as_json=False)
    rows = [
        (
            one.transaction_id,
            one.customer_id,
            one.store_id,
            iso(one.event_time_ms),
            money(one.amount),
            one.truth,
            *one.answers,
        )
        for one in found.transactions
    ]
    print_table(
        ("transaction", "customer", "store", "time", "amount", "truth", "first", "second"), rows, title="\nHighest amounts among them"
    )
