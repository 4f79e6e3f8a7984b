"""What to train, and which part of a history serves for what."""

from typing import Final, NamedTuple

import msgspec
import numpy as np

from streamflow.contracts.errors import BadInputError
from streamflow.ml.evaluate import Integers
from streamflow.ml.rarity import HEARD_FEATURES
from streamflow.ml.table import DAY_MS, FeatureTable
from streamflow.score.features import FEATURE_NAMES
from streamflow.score.model import Kind

LATER_DAYS: Final = 14.0
LATER_RATIO: Final = 0.3
"""The later part is the last 14 days, or the last 30 % of a history that is short."""


class TrainingPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides a model, apart from the history and its labels.

    Parameters
    ----------
    kind : {"anomaly", "supervised", "linear"}
        Isolation Forest without labels, LightGBM or logistic regression on labels.
    until_ms : int
        When the training happens, milliseconds since the epoch: nothing that happened or became known later is looked at.
    delay_days : float
        Payments younger than this are not learnt from; older ones without a label count as honest.
    budget : float
        Without labels: the share of the traffic that may become alerts.
    precision : float, optional
        With labels: the wanted share of frauds among the alerts; by default the threshold of the best F1.
    seed : int
        Decides everything that is drawn.
    features : tuple of str
        What the model may look at; by default `streamflow.ml.rarity.HEARD_FEATURES` without labels, all with labels. What a history never
        knows is left out.
    resamples : int
        Of the bootstrap behind each interval; 0 leaves the intervals out.
    """

    kind: Kind
    until_ms: int
    delay_days: float = 7.0
    budget: float = 0.01
    precision: float | None = None
    seed: int = 0
    features: tuple[str, ...] = ()
    resamples: int = 200

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        _require("delay_days", self.delay_days, 0 <= self.delay_days <= 365, "0 to 365")
        _require("budget", self.budget, 0 < self.budget < 0.5, "above 0, below 0.5")
        _require("precision", self.precision, self.precision is None or 0 < self.precision <= 1, "above 0, at most 1")
        _require("seed", self.seed, 0 <= self.seed < 2**31, "0 to 2147483647")
        unknown = sorted(set(self.features) - set(FEATURE_NAMES))
        _require("features", ", ".join(unknown), not unknown, "names of the feature set")

    @property
    def wants_labels(self) -> bool:
        """Whether the kind is one that learns from labels."""
        return self.kind != "anomaly"

    def candidates(self) -> tuple[str, ...]:
        """Return the names of the features that the model may look at, in the order of the feature set."""
        wanted = self.features or (FEATURE_NAMES if self.wants_labels else HEARD_FEATURES)
        return tuple(name for name in FEATURE_NAMES if name in wanted)


class Split(NamedTuple):
    """Rows of a table by what they serve for, each in order of time.

    Parameters
    ----------
    first : array of int
        To learn from, before anything is measured.
    later : array of int
        To calibrate, to choose the threshold and to measure: all of it after all of `first`.
    whole : array of int
        Both, and what lies between them.
    gap_days : float
        Between the two; as long as the delay where the history allows it, since labels of the days just before are not known yet.
    """

    first: Integers
    later: Integers
    whole: Integers
    gap_days: float


def split(table: FeatureTable, plan: TrainingPlan) -> Split:
    """Split the rows that are old enough by time.

    Raises
    ------
    BadInputError
        If the history is too short.
    """
    old_ms = plan.until_ms - (round(plan.delay_days * DAY_MS) if plan.wants_labels else 0)
    order = np.argsort(table.event_time_ms, kind="stable")
    times_ms = table.event_time_ms[order]
    order = order[: int(np.searchsorted(times_ms, old_ms))]
    times_ms = times_ms[: len(order)]
    if len(order) < 2 or times_ms[0] == times_ms[-1]:
        raise BadInputError(
            "the history is too short to learn from",
            expected=f"payments older than {plan.delay_days:g} days" if plan.wants_labels else "payments before the training time",
            got=f"{len(order)} of {len(table)}",
            fix="give more history, a later --until or a smaller --delay-days",
        )
    length_ms = int(times_ms[-1] - times_ms[0])
    later_ms = min(LATER_DAYS * DAY_MS, LATER_RATIO * length_ms)
    begin_ms = int(times_ms[-1] - later_ms)
    # A gap may cost a quarter of what is left to learn from: beyond that, fresher labels are worth more than a strict measure.
    gap_ms = min(plan.delay_days * DAY_MS, (length_ms - later_ms) / 4) if plan.wants_labels else 0.0
    cut, start = np.searchsorted(times_ms, [begin_ms - gap_ms, begin_ms])
    return Split(order[:cut], order[start:], order, gap_ms / DAY_MS)


def _require(name: str, got: object, holds: bool, expected: str) -> None:
    if not holds:
        raise BadInputError(f"{name} is out of range", expected=expected, got=str(got))
