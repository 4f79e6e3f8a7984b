"""docs/quality.md and its plots, from the results and nothing else."""

from pathlib import Path
from typing import Any, Final

from benchmarks.results import Result
from scripts.quality.plots import day_plot, precision_recall_plot, scenario_plot
from scripts.quality.situations import RESAMPLES
from scripts.quality.words import WORDS, Situation, count, decimals, why
from streamflow.backtest.results import Report
from streamflow.contracts.catalogue import DAY_MS

_MOST_MICROSECONDS: Final = 10
_TARGETS: Final = "Targets are those that the project set itself from published figures and a probe; rows that fall short say so."


def write_page(result: Result, docs: Path) -> list[Path]:
    """Write the page and its plots, and return their paths."""
    figures = result.figures
    two = Situation(figures["two_months"])
    plots = {
        "quality-precision-recall.svg": precision_recall_plot(
            {"day zero": Situation(figures["day_zero"]).one, "two months of labels": two.one}
        ),
        "quality-days.svg": day_plot(two.one),
        "quality-scenarios.svg": scenario_plot(two.one),
    }
    for name, text in plots.items():
        (docs / "images" / name).write_text(text, encoding="utf-8")
    (docs / "quality.md").write_text(page(result), encoding="utf-8")
    return [docs / "quality.md", *(docs / "images" / name for name in plots)]


def page(result: Result) -> str:
    """Return the page."""
    figures, parameters = result.figures, result.parameters
    dataset, zero, week, two = figures["dataset"], *(Situation(figures[name]) for name in ("day_zero", "one_week", "two_months"))
    return WORDS.format(
        minutes=max(1, round(parameters["seconds"] / 60)),
        transactions=count(dataset["transactions"]),
        customers=count(dataset["customers"]),
        stores=count(dataset["stores"]),
        days=dataset["parameters"]["days"],
        frauds=count(dataset["frauds"]),
        fraud_percent=100 * dataset["frauds"] / dataset["transactions"],
        delay=parameters["delay_days"],
        risk_hours=24 * parameters["risk_every_days"],
        unlabelled=parameters["unlabelled_days"],
        first=round(parameters["labelled_days"] + parameters["delay_days"]),
        retrain=parameters["retrain_every_days"],
        alpha=two.one.alpha,
        resamples=RESAMPLES,
        targets=_TARGETS,
        table=_targets(zero, two, figures["leak"]),
        why=why(zero, two, figures["leak"]),
        rankings=_rankings(
            {
                "day zero": zero,
                "one week of labels": week,
                "two months of labels": two,
                "the same, a risk snapshot a day": Situation(figures["two_months_seldom"]),
            }
        ),
        alphas=_alphas(zero, two),
        trainings=_trainings(two.report),
        date=result.date[:10],
        cores=result.machine.cores,
        cpu=result.machine.cpu,
        commit=result.versions["commit"],
        anew=_anew(parameters),
        sha256=dataset["sha256"]["transactions.jsonl"][:12],
    )


def _anew(parameters: dict[str, Any]) -> str:
    """Say which situations were measured later than the rest."""
    anew = parameters.get("anew", {})
    return "".join(f" {name.replace('_', ' ').capitalize()}: {one['date']}, commit {one['commit']}." for name, one in anew.items())


def _targets(zero: Situation, two: Situation, leak: dict[str, Any]) -> str:
    model, score, alerts = two.detection["model"], two.detection["score"], two.one.alerts
    day_zero = zero.detection["score"].average_precision
    rows = [
        ("day zero, 1 % alert budget", "average precision, score", ".52", zero.average_precision("score"), day_zero, 0.52),
        ("", "average precision, model alone", "", zero.average_precision("model"), None, None),
        ("two months of labels", "average precision, model", ".85", two.average_precision("model"), model.average_precision, 0.85),
        ("", "average precision, score", "", two.average_precision("score"), None, None),
        ("", "precision, model at its threshold", ".94", decimals(model.precision), model.precision, 0.94),
        ("", "recall, model at its threshold", ".80", decimals(model.recall), model.recall, 0.80),
        ("", "precision, alerts", "", decimals(alerts.precision), None, None),
        ("", "recall, alerts", "", decimals(alerts.recall), None, None),
        ("", "cards caught, model at its threshold", ".78", decimals(model.cards_caught), model.cards_caught, 0.78),
        ("", "cards caught, alerts", "", decimals(score.cards_caught), None, None),
    ]
    lines = ["| situation | metric | target | measured | |", "|---|---|---|---|---|"]
    for situation, metric, target, shown, value, wanted in rows:
        lines.append(f"| {situation} | {metric} | {target and f'>= {target}'} | {shown} | {_met(value, wanted)} |")
    microseconds = two.scorer_microseconds
    fast = "" if microseconds is None else "reached" if microseconds <= _MOST_MICROSECONDS else "**falls short**"
    lines.append(f"| the scorer alone | us of CPU an event | <= {_MOST_MICROSECONDS} | {microseconds} | {fast} |")
    flipped = f"{leak['rows_changed']} of {count(leak['rows'])}"
    verdict = "reached" if leak["rows_changed"] == 0 else "**falls short**"
    lines.append(
        f"| leak check | feature rows changed when {count(leak['labels_flipped'])} labels are flipped | 0 | {flipped} | {verdict} |"
    )
    return "\n".join(lines)


def _rankings(situations: dict[str, Situation]) -> str:
    lines = [
        "| situation | ranked by | AUC | average precision | card precision@100 | precision | recall | cards caught |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, situation in situations.items():
        for place, found in enumerate(situation.one.detection):
            cells = (
                "" if place else name,
                found.scores,
                decimals(found.auc),
                decimals(found.average_precision),
                decimals(found.card_precision_at_100),
                decimals(found.precision),
                decimals(found.recall),
                decimals(found.cards_caught),
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _alphas(zero: Situation, two: Situation) -> str:
    lines = [
        "| alpha | day zero: average precision | precision | recall | two months: average precision | precision | recall |",
        "|---|---|---|---|---|---|---|",
    ]
    for early, late in zip(zero.one.alphas, two.one.alphas, strict=True):
        now = " (now)" if late.alpha == two.one.alpha else ""
        figures = [(point.average_precision, point.precision, point.recall) for point in (early, late)]
        cells = (f"{late.alpha:.1f}{now}", *(decimals(figure) for one in figures for figure in one))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _trainings(report: Report) -> str:
    lines = ["| day | model | learnt from | known frauds |", "|---|---|---|---|"]
    first_ms = report.history.first_ms or 0
    for one in report.trainings:
        day = round((one.at_ms - first_ms) / DAY_MS)
        lines.append(f"| {day} | {one.model or one.refusal} | {count(one.learnt)} | {count(one.frauds)} |")
    return "\n".join(lines)


def _met(value: float | None, wanted: float | None) -> str:
    if wanted is None or value is None:
        return ""
    return "reached" if value >= wanted else f"**falls short** by {decimals(wanted - value)}"
