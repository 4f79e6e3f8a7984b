"""Metrics of the fraud-detector's operator `score`, each with one label of few values.

They count work, with what is done again after a failure; business numbers are counted by decision id.
"""

from typing import Final, NamedTuple

from streamflow.contracts.decision import OUTCOMES
from streamflow.contracts.rejection import Code


class Labelled(NamedTuple):
    """A metric, and the value of its one label."""

    name: str
    label: str
    value: str


class JobMetric(NamedTuple):
    """A metric: its name, its one label with the values that this may have, and what it says."""

    name: str
    label: str
    values: tuple[str, ...]
    what: str

    def of(self, value: str) -> Labelled:
        """Return the metric with a value of its label.

        Examples
        --------
        >>> DECISIONS.of("approve")
        Labelled(name='decisions', label='outcome', value='approve')
        """
        return Labelled(self.name, self.label, value)


NONE_ACTIVE: Final = "none_active"
REFUSED: Final = "refused"
FAILED: Final = "failed"

DECISIONS: Final = JobMetric("decisions", "outcome", OUTCOMES, "Counter: decisions, repeats among them.")
DEAD_LETTERS: Final = JobMetric("dead_letters", "code", tuple(Code), "Counter: dead letters; those too large for a batch never come here.")
WITHOUT_MODEL: Final = JobMetric(
    "decisions_without_model",
    "reason",
    (NONE_ACTIVE, REFUSED, FAILED),
    "Counter: decisions by rules alone, because no model is active, the active one is refused, or it gave no number for this payment.",
)
CONTROL_REFUSED: Final = JobMetric(
    "control_refused",
    "document",
    ("rules", "lists", "risk", "model", "generation", "unknown"),
    "Counter: records of the control topic that are not followed, and documents that a generation is followed without. "
    "Counted by each parallel operator, and again whenever it starts.",
)
LATE_GENERATIONS: Final = JobMetric(
    "control_generations",
    "state",
    ("late",),
    "Counter: generations that were to be active before they came, so that events may have missed them.",
)
ACTIVE: Final = JobMetric(
    "control_active",
    "document",
    ("generation", "rules", "lists", "risk", "model", "shadow"),
    "Gauge: numbers by which the newest batch was judged, as `streamflow model list` and the like show them; 0 where there is none.",
)

JOB_METRICS: Final = (DECISIONS, DEAD_LETTERS, WITHOUT_MODEL, CONTROL_REFUSED, LATE_GENERATIONS, ACTIVE)
