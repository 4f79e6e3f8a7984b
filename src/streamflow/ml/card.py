"""The model card: what a model was made of, how good it was on later data, and what it must not be taken for (Mitchell et al. 2019)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from streamflow.ml.evaluate import Interval
from streamflow.ml.measure import Group
from streamflow.score.drift import Reference
from streamflow.score.features import FEATURES
from streamflow.score.model import Kind

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = {feature.name: feature.unit for feature in FEATURES}
_KINDS: Final = {
    "anomaly": "An Isolation Forest, and the rarity of single features beside it: how unusual a payment is; it has seen no labels",
    "supervised": "Gradient-boosted trees (LightGBM) on labels",
    "linear": "Logistic regression on labels",
}
_METRICS: Final = {
    "average_precision": "average precision",
    "roc_auc": "area under the ROC curve",
    "precision": "precision where the evidence is enough (0.7)",
    "recall": "recall where the evidence is enough (0.7)",
    "precision_alone": "precision where the model alone alerts (evidence 2.33)",
    "recall_alone": "recall where the model alone alerts (evidence 2.33)",
    "card_precision_at_100": "compromised among the 100 most suspicious cards of a day",
    "rules_average_precision": "for comparison: average precision of the rules alone",
}


class Part(msgspec.Struct, frozen=True):
    """A part of a history: from its first to its last payment; `frauds` is null without labels."""

    first: str
    last: str
    payments: int
    customers: int
    stores: int
    frauds: int | None


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said of a model; `card.json` as it stands, `card.md` in words.

    Parameters
    ----------
    model, kind : str
        The model's name and kind.
    feature_set_version : int
        Of its features.
    data_sha256 : str
        Of everything that it could have learnt from: ids, times, features and verdicts up to `until`.
    until, delay_days, seed, threshold
        When the training happened, how old a payment had to be, what decided the draws, how the threshold was chosen.
    calibration : tuple
        The evidence map: raw scores and evidence.
    learnt, later : Part
        What the model learnt from, and what it was calibrated and measured on before it learnt from that too.
    features : dict
        Mean absolute contribution to the raw score on later payments, by feature, the largest first.
    parameters : dict
        What the training library was told.
    alert_ratio : float
        Share of the later payments with enough evidence.
    metrics : dict
        Estimate and interval by name, on the later part; empty without labels.
    calibration_error : float or None
        Mean distance between calibrated probability and what came true, on the later part.
    regions, amounts : list of Group
        How the alerts fall.
    limits : list of str
        What the numbers do not show.
    reference : Reference
        How the model's features and the evidence were spread in the later part, which drift is measured against.
    """

    model: str
    kind: Kind
    feature_set_version: int
    data_sha256: str
    until: str
    delay_days: float
    seed: int
    threshold: str
    calibration: tuple[tuple[float, ...], tuple[float, ...]]
    learnt: Part
    later: Part
    features: dict[str, float]
    parameters: dict[str, Any]
    alert_ratio: float
    metrics: dict[str, Interval]
    calibration_error: float | None
    regions: list[Group]
    amounts: list[Group]
    limits: list[str]
    reference: Reference

    def to_json(self) -> bytes:
        """Return `card.json`; a metric that is not defined is null."""
        metrics = {name: interval._asdict() for name, interval in self.metrics.items()}
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return msgspec.json.format(msgspec.json.encode(fields | {"metrics": metrics}), indent=2) + b"\n"

    def to_markdown(self) -> bytes:
        """Return `card.md`."""
        parts = [
            f"# Model {self.model}\n",
            f"{_KINDS[self.kind]}. Trained as of {self.until}, seed {self.seed}, feature set {self.feature_set_version}. "
            f"Threshold: {self.threshold}.\n",
            "## Data\n",
            _table(
                ("part", "first payment", "last payment", "payments", "customers", "stores", "frauds"),
                [_part_row("learnt from", self.learnt), _part_row("measured on", self.later)],
            ),
            f"SHA-256 of the data: `{self.data_sha256}`. Payments younger than {self.delay_days:g} days were not learnt from.\n"
            if self.kind != "anomaly"
            else f"SHA-256 of the data: `{self.data_sha256}`.\n",
            "## How good it was on later payments\n",
            f"{100 * self.alert_ratio:.2f} % of the later payments had enough evidence for an alert.\n",
        ]
        if self.metrics:
            rows = [(_METRICS.get(name, name), *_cells(interval)) for name, interval in self.metrics.items()]
            parts += [_table(("metric", "estimate", "95 % interval"), rows)]
        if self.calibration_error is not None:
            parts.append(f"Calibrated probabilities were off by {100 * self.calibration_error:.2f} percentage points on average.\n")
        parts += ["## On whom the alerts fall\n", _groups("region", self.regions), _groups("amount", self.amounts)]
        parts.append("## What it looks at\n")
        features = [(name, _UNITS[name], f"{share:.4f}") for name, share in self.features.items()]
        parts.append(_table(("feature", "unit", "mean contribution"), features))
        parts += ["## Limits\n", "\n".join(f"- {limit}" for limit in self.limits) + "\n"]
        parts += ["## Parameters\n", _table(("parameter", "value"), [(name, f"{value}") for name, value in self.parameters.items()])]
        return "\n".join(parts).encode()


def iso(time_ms: int) -> str:
    """Return a time as ISO 8601 in UTC, to the second.

    Examples
    --------
    >>> iso(1_767_225_600_123)
    '2026-01-01T00:00:00Z'
    """
    return (_EPOCH + timedelta(milliseconds=time_ms)).isoformat(timespec="seconds").replace("+00:00", "Z")


def _part_row(name: str, part: Part) -> tuple[str, ...]:
    counts = (part.payments, part.customers, part.stores)
    return (name, part.first, part.last, *(f"{count}" for count in counts), "unknown" if part.frauds is None else f"{part.frauds}")


def _cells(interval: Interval) -> tuple[str, str]:
    known = interval.low == interval.low
    return _number(interval.estimate), f"{interval.low:.3f} to {interval.high:.3f}" if known else "-"


def _groups(title: str, groups: list[Group]) -> str:
    columns = (title, "payments", "alerts", "alerted", "honest alerted", "precision", "recall")
    rows = [
        (
            group.name,
            f"{group.payments}",
            f"{group.alerts}",
            *(_percent(ratio) for ratio in (group.alert_ratio, group.honest_alert_ratio, group.precision, group.recall)),
        )
        for group in groups
    ]
    return _table(columns, rows)


def _number(value: float) -> str:
    return f"{value:.3f}" if value == value else "-"


def _percent(ratio: float | None) -> str:
    return "-" if ratio is None else f"{100 * ratio:.2f} %"


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    # A region's name comes from the data, so it may hold anything.
    lines = [" | ".join(cell.replace("|", "/").replace("\n", " ") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in (" | ".join(columns), " | ".join(["---"] * len(columns)), *lines)) + "\n"
