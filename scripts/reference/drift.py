"""`docs/reference/drift.md`: what drift says when payments change, as measured."""

from pathlib import Path

from benchmarks import results
from benchmarks.results import RESULTS
from scripts.drift_scenarios import HISTORY_DAYS, NAME
from scripts.reference.markdown import page, table


def drift_pages(folder: Path = RESULTS) -> dict[str, str]:
    """Return the page by its path in the checkout; none where nothing was measured."""
    if not (folder / f"{NAME}.json").exists():
        return {}
    found = results.read(NAME, folder)
    rows = [
        (
            row["scenario"],
            _day(row["features_alert_day"]),
            _day(row["evidence_alert_day"]),
            _indices(row["after_a_week"]),
            _indices(row["evidence_after_a_week"]),
            f"{row['greatest']:g}",
            f"{row['greatest_of_single_days']:g}",
        )
        for row in found.figures["scenarios"]
    ]
    text = page(
        "Drift, measured",
        f"{found.parameters['events']:,} simulated payments of {found.parameters['customers']:,} customers in {found.parameters['days']:g} "
        f"days. A supervised model is made on the first {HISTORY_DAYS}; then payments go on, as they were or changed. "
        f"Each day's last week is held against the model's card. `python -m scripts.drift_scenarios`, {found.date[:10]}.",
        table(
            (
                "what happens",
                "features alert at the end of day",
                "evidence alerts at the end of day",
                "furthest features after a week",
                "evidence after a week",
                "largest index in two weeks",
                "largest, of single days",
            ),
            rows,
        ),
        "An alert is due from 0.2 on; the days of a week that is not over yet are those before. [What it means](../drift.md).",
    )
    return {"docs/reference/drift.md": text}


def _day(day: int | None) -> str:
    return "never" if day is None else f"{day}"


def _indices(indices: dict[str, float]) -> str:
    return ", ".join(f"`{name}` {index:g}" for name, index in indices.items())
