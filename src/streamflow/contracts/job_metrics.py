"""Metrics of the fraud-detector's operator `score`.

They count work, with what is done again after a failure; business numbers are counted by record, from outside
(`streamflow.contracts.probe_metrics`).
"""

from typing import Final

from streamflow.contracts.decision import OUTCOMES
from streamflow.contracts.instruments import LATENCY_BOUNDS_SECONDS, Instrument, Label
from streamflow.contracts.rejection import Code

NONE_ACTIVE: Final = "none_active"
REFUSED: Final = "refused"
FAILED: Final = "failed"
RULE_STATES: Final = ("on", "shadow")
MOST_RULE_VERSIONS: Final = 32
"""Of all rules together, as long as a process lives, for its counters do not go away; further ones are counted as `other`."""

DECISIONS: Final = Instrument(
    name="decisions", kind="counter", what="Decisions, repeats among them.", labels=(Label(name="outcome", values=OUTCOMES),)
)
DEAD_LETTERS: Final = Instrument(
    name="dead_letters",
    kind="counter",
    what="Dead letters; those too large for a batch never come here.",
    labels=(Label(name="code", values=tuple(Code)),),
)
WITHOUT_MODEL: Final = Instrument(
    name="decisions_without_model",
    kind="counter",
    what="Decisions by rules alone, because no model is active, the active one is refused, or it gave no number for this payment.",
    labels=(Label(name="reason", values=(NONE_ACTIVE, REFUSED, FAILED)),),
)
RULE_HITS: Final = Instrument(
    name="rule_hits",
    kind="counter",
    what="Rules that fired: on (they count) or shadow (they are only recorded).",
    labels=(
        Label(name="rule"),
        Label(name="version"),
        Label(name="state", values=RULE_STATES),
    ),
    most=MOST_RULE_VERSIONS + len(RULE_STATES),
)
MARKED: Final = Instrument(
    name="marked",
    kind="counter",
    what="Decisions that carry a mark.",
    labels=(Label(name="mark", values=("late", "duplicate", "id_reused", "canary", "rate_missing", "state_reset")),),
)
SCORE: Final = Instrument(
    name="score", kind="histogram", what="Scores of the decisions.", bounds=(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
)
EVENT_LATENCY: Final = Instrument(
    name="event_latency_seconds",
    kind="histogram",
    what="From the broker's time of a record to the end of its batch in the engine, by the TaskManager's clock; before it is committed.",
    bounds=LATENCY_BOUNDS_SECONDS,
)
BATCH_RECORDS: Final = Instrument(
    name="batch_records", kind="histogram", what="Records of a batch.", bounds=(1, 3, 10, 30, 100, 300, 1_000, 3_000)
)
ENGINE_SECONDS: Final = Instrument(
    name="engine_seconds",
    kind="histogram",
    what="Time that the engine took for a batch, the customers' states read and written.",
    bounds=(0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
)
CONTROL_REFUSED: Final = Instrument(
    name="control_refused",
    kind="counter",
    what="Records of the control topic that are not followed, and documents that a generation is followed without. "
    "Counted by each parallel operator, and again whenever it starts.",
    labels=(Label(name="document", values=("rules", "lists", "risk", "model", "generation", "unknown")),),
)
LATE_GENERATIONS: Final = Instrument(
    name="control_generations",
    kind="counter",
    what="Generations that were to be active before they came, so that events may have missed them.",
    labels=(Label(name="state", values=("late",)),),
)
ACTIVE: Final = Instrument(
    name="control_active",
    kind="gauge",
    what="Numbers by which the newest batch was judged, as `streamflow model list` and the like show them; 0 where there is none.",
    labels=(Label(name="document", values=("generation", "rules", "lists", "risk", "model", "shadow")),),
)

JOB_METRICS: Final = (
    DECISIONS,
    DEAD_LETTERS,
    WITHOUT_MODEL,
    RULE_HITS,
    MARKED,
    SCORE,
    EVENT_LATENCY,
    BATCH_RECORDS,
    ENGINE_SECONDS,
    CONTROL_REFUSED,
    LATE_GENERATIONS,
    ACTIVE,
)
