"""Metrics of `streamflow probe`: what a shop and an analyst get, counted from outside, each record once.

Objectives and business numbers stand on these: the job's own counters count work that is done again after a failure.
"""

from typing import Final

from streamflow.contracts.catalogue import ALERTS, DLQ, JOBS, RAW, SCORED
from streamflow.contracts.decision import OUTCOMES, Outcome
from streamflow.contracts.instruments import LATENCY_BOUNDS_SECONDS, Instrument, Label
from streamflow.contracts.rejection import Code

MOST_PARTITIONS: Final = 256
"""Of a topic: `streamflow topic create` makes no more."""

DECIDED: Final = "decided"
WITHOUT_MODEL: Final = "without_model"
REJECTED: Final = "rejected"
FAILED: Final = "internal_error"

RIGHT: Final = "right"
WRONG: Final = "wrong"
MISSING: Final = "missing"

_PARTITION: Final = Label(name="partition")

RECORDS: Final = Instrument(
    name="streamflow_records_total",
    kind="counter",
    what="Committed records that the probe has read since it began, repeated answers among them, by topic.",
    labels=(Label(name="topic", values=(RAW.name, SCORED.name, ALERTS.name, DLQ.name)),),
)
ANSWERS: Final = Instrument(
    name="streamflow_answers_total",
    kind="counter",
    what="Records of the raw topic that were answered, each once: decided with all that was active; decided by rules alone because the "
    "active model is refused or failed; rejected as unreadable; dead by an error of ours.",
    labels=(Label(name="answer", values=(DECIDED, WITHOUT_MODEL, REJECTED, FAILED)),),
)
OUTCOMES_TOTAL: Final = Instrument(
    name="streamflow_decisions_total",
    kind="counter",
    what="Decisions, each once, without repeats of a transaction and without the canary.",
    labels=(Label(name="outcome", values=OUTCOMES),),
)
ALERTS_TOTAL: Final = Instrument(
    name="streamflow_alerts_total",
    kind="counter",
    what="Decisions that are alerts, each once, without the canary.",
    labels=(Label(name="outcome", values=(Outcome.REVIEW, Outcome.BLOCK)),),
)
DEAD_LETTERS_TOTAL: Final = Instrument(
    name="streamflow_dead_letters_total",
    kind="counter",
    what="Dead letters, each once.",
    labels=(Label(name="code", values=tuple(Code)),),
)
VISIBLE_LATENCY: Final = Instrument(
    name="streamflow_visible_latency_seconds",
    kind="histogram",
    what="From the broker's time of a record to the moment at which a reader of committed records had its answer.",
    bounds=LATENCY_BOUNDS_SECONDS,
)
FRESHNESS: Final = Instrument(
    name="streamflow_freshness_seconds",
    kind="gauge",
    what="Age of the first record of a partition that has no answer yet; 0 where none waits.",
    labels=(_PARTITION,),
    most=MOST_PARTITIONS,
)
UNACCOUNTED: Final = Instrument(
    name="streamflow_unaccounted_offsets",
    kind="gauge",
    what="Records of a partition that have had no answer for longer than `probe.grace_ms`.",
    labels=(_PARTITION,),
    most=MOST_PARTITIONS,
)
MISSING_ALERTS: Final = Instrument(
    name="streamflow_missing_alerts",
    kind="gauge",
    what="Decisions that are alerts and are not in fraud.alerts after `probe.grace_ms`.",
)
REPEATED_ANSWERS: Final = Instrument(
    name="streamflow_repeated_answers_total",
    kind="counter",
    what="Answers to records that were answered before: decided again after a failure, with the same decision id.",
    labels=(Label(name="topic", values=(SCORED.name, ALERTS.name, DLQ.name)),),
)
UNREADABLE_ANSWERS: Final = Instrument(
    name="streamflow_unreadable_answers_total",
    kind="counter",
    what="Records of the topics of answers that are none.",
    labels=(Label(name="topic", values=(SCORED.name, ALERTS.name, DLQ.name)),),
)
CONSUMER_LAG: Final = Instrument(
    name="streamflow_consumer_lag_records",
    kind="gauge",
    what="Offsets between what a job has committed and the end of a partition; a job commits with its checkpoints.",
    labels=(Label(name="job_name", values=tuple(job.name for job in JOBS)), Label(name="topic"), _PARTITION),
    most=len(JOBS) * MOST_PARTITIONS,
)
STORE_MISSING: Final = Instrument(
    name="streamflow_store_missing_rows",
    kind="gauge",
    what="Rows that bronze lacks of the newest answers that are older than `probe.store_grace_ms`; negative where it has too many.",
    labels=(Label(name="table", values=("decisions", "dead_letters")),),
)
CANARY_SENT: Final = Instrument(name="streamflow_canary_sent_total", kind="counter", what="Payments that the canary made.")
CANARY_ANSWERS: Final = Instrument(
    name="streamflow_canary_answers_total",
    kind="counter",
    what="What became of the canary's payments: a decision that says what was sent, one that does not, or none in time.",
    labels=(Label(name="result", values=(RIGHT, WRONG, MISSING)),),
)
CANARY_LATENCY: Final = Instrument(
    name="streamflow_canary_latency_seconds",
    kind="histogram",
    what="From sending a canary's payment to reading its decision, by one clock.",
    bounds=LATENCY_BOUNDS_SECONDS,
)
DRIFT: Final = Instrument(
    name="streamflow_drift_index",
    kind="gauge",
    what="Population stability index of the payments of the last `probe.drift_days` against those that the deciding model was measured on; "
    "of its features, `ml_score` and `rules_score`; settled are those that stood still when the model was made. Nothing where no model "
    "decides, or its card has no reference.",
    labels=(Label(name="number"), Label(name="settled", values=("yes", "no"))),
    most=64,
)
DRIFT_PAYMENTS: Final = Instrument(
    name="streamflow_drift_payments", kind="gauge", what="How many payments the sample for `streamflow_drift_index` has."
)
DRIFT_SECONDS: Final = Instrument(
    name="streamflow_drift_seconds", kind="gauge", what="From the first to the last payment of that sample; less than a week says little."
)
UP_TO_DATE: Final = Instrument(
    name="streamflow_probe_up_to_date",
    kind="gauge",
    what="Whether the probe's last reading of a source worked; 0 where it is blind.",
    labels=(Label(name="source", values=("kafka", "postgres")),),
)
BUILD: Final = Instrument(
    name="streamflow_probe_build_info", kind="gauge", what="Always 1; the version of the probe.", labels=(Label(name="version"),), most=1
)

PROBE_METRICS: Final = (
    RECORDS,
    ANSWERS,
    OUTCOMES_TOTAL,
    ALERTS_TOTAL,
    DEAD_LETTERS_TOTAL,
    VISIBLE_LATENCY,
    FRESHNESS,
    UNACCOUNTED,
    MISSING_ALERTS,
    REPEATED_ANSWERS,
    UNREADABLE_ANSWERS,
    CONSUMER_LAG,
    STORE_MISSING,
    CANARY_SENT,
    CANARY_ANSWERS,
    CANARY_LATENCY,
    DRIFT,
    DRIFT_PAYMENTS,
    DRIFT_SECONDS,
    UP_TO_DATE,
    BUILD,
)
