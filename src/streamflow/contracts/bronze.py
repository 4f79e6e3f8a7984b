"""The tables of bronze: what Kafka and the reference files hold, row for record."""

from typing import Final

from streamflow.contracts.catalogue import ALERTS, DLQ, HEADER_MEANING, LABELS, MAX_PREVIEW_BYTES, SCORED, Header
from streamflow.contracts.decision import Answer
from streamflow.contracts.label import Label
from streamflow.contracts.schemas import parameters
from streamflow.contracts.table import SPLIT_COLUMN, Column, Table, loaded_at, source_columns
from streamflow.contracts.transaction import Transaction

_DECISION: Final = parameters(Transaction.__doc__ or "") | parameters(Answer.__doc__ or "")
_LABEL: Final = parameters(Label.__doc__ or "")
_ANSWERED: Final = source_columns("the record that is answered")
_SCORE: Final = "double precision"


def _fields(words: dict[str, str], names: str, column_type: str, *, null: bool = False) -> tuple[Column, ...]:
    """Return columns that mean what the contract says of its fields."""
    return tuple(Column(name, column_type, words[name], null) for name in names.split())


DECISIONS: Final = Table(
    schema="bronze",
    name="decisions",
    what=f"One decision for every valid transaction: {SCORED.name}.",
    columns=(
        *_fields(_DECISION, "decision_id", "uuid"),
        *_ANSWERED,
        *_fields(_DECISION, "transaction_id customer_id store_id", "text"),
        *_fields(_DECISION, "product_id", "text", null=True),
        Column("amount", "numeric(14,2)", "In major units of the currency, greater than 0."),
        *_fields(_DECISION, "currency", "text"),
        *_fields(_DECISION, "payment_method", "text", null=True),
        *_fields(_DECISION, "latitude longitude", "double precision", null=True),
        Column("event_time", "timestamptz", "The transaction's time, as the shop says; it may lie in any year."),
        *_fields(_DECISION, "schema_version", "bigint"),
        *_fields(_DECISION, "outcome", "text"),
        *_fields(_DECISION, "score", _SCORE),
        *_fields(_DECISION, "rules_score ml_score", _SCORE, null=True),
        Column("review_threshold", _SCORE, "Score from which the outcome was review when this was decided."),
        Column("block_threshold", _SCORE, "Score from which the outcome was block when this was decided."),
        *_fields(_DECISION, "rules reasons features", "jsonb"),
        *_fields(_DECISION, "feature_set_version ruleset_version lists_version", "integer"),
        *_fields(_DECISION, "model_version", "text", null=True),
        *_fields(_DECISION, "risk_version", "integer", null=True),
        *_fields(_DECISION, "model_absence", "text", null=True),
        *_fields(_DECISION, "shadow_model_version", "text", null=True),
        *_fields(_DECISION, "shadow_ml_score", _SCORE, null=True),
        *_fields(_DECISION, "late duplicate id_reused canary rate_missing state_reset", "boolean"),
        Column(
            "extra",
            "text",
            "Fields that the contract does not know, as JSON text. Not jsonb, which cannot hold all of JSON: cast it with care.",
            null=True,
        ),
        loaded_at(),
    ),
    key=("decision_id", SPLIT_COLUMN),
    by_day=True,
)

ALERTS_TABLE: Final = Table(
    schema="bronze",
    name="alerts",
    what=f"One row for every alert: {ALERTS.name}. The rest of it stands in bronze.decisions under the same id.",
    columns=(
        *_fields(_DECISION, "decision_id", "uuid"),
        *_ANSWERED,
        *_fields(_DECISION, "transaction_id customer_id store_id", "text"),
        Column("outcome", "text", "review or block."),
        *_fields(_DECISION, "score", _SCORE),
        Column("event_time", "timestamptz", "The transaction's time, as the shop says."),
        loaded_at(),
    ),
    key=("decision_id", SPLIT_COLUMN),
    by_day=True,
)

DEAD_LETTERS: Final = Table(
    schema="bronze",
    name="dead_letters",
    what=f"One row for every record that could not be read: {DLQ.name}. The original bytes stay there.",
    columns=(
        *source_columns("the record that died"),
        Column("code", "text", HEADER_MEANING[Header.CODE]),
        Column("message", "text", HEADER_MEANING[Header.MESSAGE]),
        Column("stage", "text", HEADER_MEANING[Header.STAGE]),
        Column("schema_version", "bigint", HEADER_MEANING[Header.SCHEMA_VERSION], null=True),
        Column("record_key", "text", "Its key, made safe to show; empty where it had none.", null=True),
        Column(
            "preview",
            "text",
            f"The head of its value, at most {MAX_PREVIEW_BYTES} bytes: what cannot be printed escaped, card numbers masked.",
            null=True,
        ),
        Column("value_bytes", "integer", "How long the value is; empty where there is none.", null=True),
        Column("dlq_partition", "integer", "Partition of the dead letter that was seen last."),
        Column("dlq_offset", "bigint", "Its offset: where the original bytes lie."),
        Column("dlq_timestamp", "timestamptz", "When it was written."),
        loaded_at(),
    ),
    key=("source_topic", "source_partition", "source_offset", SPLIT_COLUMN),
    by_day=True,
)

LABELS_TABLE: Final = Table(
    schema="bronze",
    name="labels",
    what=f"One row for every record of {LABELS.name}: verdicts on transactions. The one that became known last holds, once it is known.",
    columns=(
        Column("label_partition", "integer", f"Partition of {LABELS.name}."),
        Column("label_offset", "bigint", "Its offset there."),
        Column("label_timestamp", "timestamptz", "When it was written there."),
        *_fields(_LABEL, "transaction_id customer_id store_id", "text"),
        *_fields(_LABEL, "is_fraud", "boolean"),
        *_fields(_LABEL, "source", "text"),
        *_fields(_LABEL, "known_at event_time", "timestamptz"),
        *_fields(_LABEL, "scenario comment", "text", null=True),
        loaded_at(),
    ),
    key=("label_partition", "label_offset"),
)

_VALIDITY: Final = (
    Column("valid_from", "timestamptz", "From when on this version holds."),
    Column("valid_to", "timestamptz", "Until just before when; empty: it still holds.", null=True),
)

CUSTOMERS: Final = Table(
    schema="bronze",
    name="customers",
    what="What the shop knows about its customers: one row for every version, filled by `streamflow reference import`.",
    columns=(
        Column("customer_id", "text", "As transactions name the customer."),
        Column("home_city", "text", "City of the home address.", null=True),
        Column("state", "text", "Its state.", null=True),
        Column("segment", "text", "The shop's own word for the kind of customer.", null=True),
        *_VALIDITY,
        loaded_at(),
    ),
    key=("customer_id", "valid_from"),
)

STORES: Final = Table(
    schema="bronze",
    name="stores",
    what="What the shop knows about its stores: one row for every version, filled by `streamflow reference import`.",
    columns=(
        Column("store_id", "text", "As transactions name the store."),
        Column("channel", "text", "store or online.", null=True),
        Column("city", "text", "Where it stands; empty for an online store.", null=True),
        Column("state", "text", "Its state.", null=True),
        Column("latitude", "double precision", "Degrees (WGS 84).", null=True),
        Column("longitude", "double precision", "Degrees (WGS 84).", null=True),
        Column("category", "text", "What it sells.", null=True),
        Column("terminal", "text", "How cards are read there.", null=True),
        *_VALIDITY,
        loaded_at(),
    ),
    key=("store_id", "valid_from"),
)

UNREADABLE: Final = Table(
    schema="bronze",
    name="unreadable",
    what="Records of the topics behind bronze that are not what their contract says: kept here, so that none blocks the others.",
    columns=(
        Column("topic", "text", "Topic of the record."),
        Column("topic_partition", "integer", "Its partition."),
        Column("topic_offset", "bigint", "Its offset."),
        Column("record_timestamp", "timestamptz", "Its time in Kafka."),
        Column("why", "text", "What is wrong with it."),
        Column("record_key", "text", "Its key, made safe to show; empty where it has none.", null=True),
        Column("preview", "text", "The head of its value, made safe to show.", null=True),
        Column("value_bytes", "integer", "How long the value is; empty where there is none.", null=True),
        loaded_at(),
    ),
    key=("topic", "topic_partition", "topic_offset"),
)

BRONZE: Final = (DECISIONS, ALERTS_TABLE, DEAD_LETTERS, LABELS_TABLE, CUSTOMERS, STORES, UNREADABLE)
