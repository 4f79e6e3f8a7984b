"""What the page says: its text, and how figures are written."""

from typing import Any, Final

import msgspec

from scripts.quality.situations import RECENT_DAYS
from streamflow.backtest.results import Detection, Report

WORDS: Final = """\
# Quality of detection

`make quality` measures and writes `benchmarks/results/quality.json`; this page is written from it, and nothing here by hand. It takes
{minutes} minutes of one core.

**Simulated data flatters.** On real cards the best published figures (Worldline, XGBoost) are AUC .928, average precision .095 and card
precision@100 .235. What stands below says that the parts work together, and how StreamFlow compares on the same public data; it does not
say what it will find in your traffic. For that there is `streamflow backtest` ([backtest.md](backtest.md)) and your own history.

## Protocol

- **Data**: synccfd 0.1.0, {transactions} payments of {customers} cards at {stores} stores in {days} days, {frauds} frauds
  ({fraud_percent:.2f} %): `streamflow dataset synccfd` ([dataset.md](dataset.md)).
- **Time**: payments are decided one after the other, in event time, by the engine of the stream. Every label becomes known {delay:g} days
  after its payment and is used for nothing before: every {risk_hours:g} hours a risk snapshot is built of what is known then, and a
  training sees what a training at that moment would have seen.
- **Day zero**: nobody knows a label. Rules, and an anomaly model ([train.md](train.md)) that learnt from the first {unlabelled} days; all
  later payments are measured.
- **One week of labels**: 7 days to learn from, 7 until they are known, 7 to measure.
- **Two months of labels**: LightGBM, first trained after {first} days, then every {retrain:g} days; every payment from then on is measured.
- **Measured**: *model* is the model's evidence alone, *score* what decides: the blend with the rules (alpha {alpha:g}). Precision and
  recall at the threshold that the training chose on labelled days before (evidence .7), or at which the score alerts. A card is caught
  where one of its frauds is alerted. Intervals: 95 %, {resamples} bootstraps over cards.

## Results

{targets}

{table}

{why}

## Ranking by each of the three

{rankings}

## Another share of the model in the score

On the same evidence:

{alphas}

## Two months of labels

![Precision and recall](images/quality-precision-recall.svg)

![Alerts a day](images/quality-days.svg)

![Frauds by scenario](images/quality-scenarios.svg)

Trainings on the way:

{trainings}

Measured {date} on {cores} cores of {cpu}, commit {commit}; data set {sha256}.{anew}
"""


class Situation:
    """One situation's results, ready to be looked up."""

    def __init__(self, figures: dict[str, Any]) -> None:
        self.figures = figures
        self.report = msgspec.convert(figures["report"], Report)
        self.one = self.report.configurations[0]
        self.scorer_microseconds: float | None = figures.get("scorer_microseconds")
        self.budget: dict[str, Any] = figures["budget"]
        self.intervals: dict[str, Any] = figures["average_precision_intervals"]
        self.detection: dict[str, Detection] = {found.scores: found for found in self.one.detection}

    def average_precision(self, name: str) -> str:
        """Return the average precision of one kind of score, with its interval."""
        found = self.intervals.get(name)
        value = decimals(self.detection[name].average_precision)
        return value if found is None else f"{value} ({decimals(found['low'])} to {decimals(found['high'])})"


def why(zero: Situation, two: Situation, leak: dict[str, Any]) -> str:
    """Return what the table does not say: what stands behind the gaps, and what was not measured."""
    budget, features, told = zero.budget.get("score", {}), zero.figures["mission_features"], zero.figures["told"]
    best = max(features, key=lambda name: features[name] or 0.0)
    higher = max(zero.one.alphas, key=lambda point: point.average_precision or 0.0)
    terminals = two.figures["known_stores"].get("compromised_terminal", {})
    unknown = terminals.get("unknown", 0) - terminals.get("unknown_caught", 0)
    changed = count(leak["rows_changed_by_known_labels"])
    paragraphs = (
        f"**Day zero.** The 1 % of the payments with the highest score hold {percent(budget.get('recall'))} of the frauds; "
        f"{percent(budget.get('precision'))} of them are frauds. Labels would not have made much more of these features: trees that learn "
        f"every label of the first half of the measured payments rank the second half with an average precision of {decimals(told['six'])} "
        f"by the mission's six features, {decimals(told['heard'])} by those that the anomaly model looks at, and "
        f"{decimals(told['unlabelled'])} by all that need no label to be known. Without a label the model has {decimals(told['model'])} "
        f"there, the score {decimals(told['score'])}, and `{best}` alone has {decimals(features[best])} on the whole. The score loses "
        f"because at an alpha of {zero.one.alpha:g} a rule that fires without reason outweighs much that the model finds unusual; with an "
        f"alpha of {higher.alpha:g} it has {decimals(higher.average_precision)} (below).",
        "**How day zero was chosen.** Features, witnesses and weights of the anomaly model were compared on the simulator's traffic and on "
        "this data set, whose labels the choice therefore knows; ADR 17 has both columns. The model itself learns from no label.",
        f"**Two months of labels.** {count(unknown)} of the {count(two.report.history.frauds)} frauds are missed payments of a usual kind "
        f"at a compromised store of which no fraud of the last {RECENT_DAYS} days was known yet: no label says anything about them. Of the "
        f"{count(terminals.get('known', 0))} at stores of which one was known, {count(terminals.get('known_caught', 0))} are caught.",
        f"**Leak check.** Flipped are the labels of all payments that are younger than the delay at the end of {leak['days']} days, and "
        f"of later ones. When those that became known in the last {leak['days'] // 2} days are flipped too, {changed} rows change: the "
        "check sees what it looks for.",
        "**Not measured.** The Fraud Detection Handbook's own data, which no registry has (`streamflow dataset handbook DIR` imports it), "
        "so the targets that are set on it alone (one week of labels: AUC .875, average precision .72, card precision@100 .305). *Labels "
        "flowing, no trained model* (target there: average precision .40): risk snapshots reach models, and the rules do not look at them.",
    )
    return "\n\n".join(paragraphs)


def decimals(value: float | None) -> str:
    """Return a figure with three decimals, as QUALITY tables write it."""
    return "-" if value is None else f"{value:.3f}".removeprefix("0")


def percent(value: float | None) -> str:
    """Return a share in percent."""
    return "-" if value is None else f"{100 * value:.1f} %"


def count(number: int) -> str:
    """Return a number with its thousands apart."""
    return f"{number:,}".replace(",", " ")
