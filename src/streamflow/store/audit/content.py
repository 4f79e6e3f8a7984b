"""What a record and the row made of it must both say: one row of plain values, and a digest of it.

The values are those of bronze's columns in one form, whichever side they come from: times in milliseconds, amounts in hundredths, JSON
as what it means. What a table keeps of its own (`loaded_at`) is not among them.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

import msgspec

from streamflow.contracts.catalogue import RAW, Header
from streamflow.contracts.decision import Answer, Decision, RuleHit
from streamflow.contracts.json_errors import UNREADABLE_JSON
from streamflow.contracts.preview import preview
from streamflow.contracts.record import Record
from streamflow.kafka.headers import added_from, last
from streamflow.store.audit.entries import Entry

Row = dict[str, Any]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS: Final = 86_400_000
_MAX_PARTITION: Final = 1 << 31
_MAX_OFFSET: Final = 1 << 63
_MAX_CENTS: Final = 1 << 63
_LENGTH_BYTES: Final = 8
_WHOLE_NUMBER: Final = re.compile(r"-?\d{1,18}", re.ASCII)
_encode = msgspec.json.Encoder(order="sorted").encode


class Unreadable(Exception):  # noqa: N818 - it tells what a record is, nothing has gone wrong
    """A record or a row that says nothing about any source record."""


class Told(NamedTuple):
    """What a record or row tells: of which source record, and what."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    row: Row
    is_alert: bool = False

    def entry(self, place: int = -1, *, owed: bool = True) -> Entry:
        """Return what the audit keeps of it."""
        if self.topic != RAW.name or not (_is_number(self.partition, _MAX_PARTITION) and _is_number(self.offset, _MAX_OFFSET)):
            raise Unreadable(f"it names no place in {RAW.name}")
        cents = self.row.get("amount")
        if not (isinstance(cents, int) and -_MAX_CENTS <= cents < _MAX_CENTS):
            cents = 0  # no amount, or none that is money: the digest holds it
        currency = str(self.row.get("currency", "")).encode()[:3]
        return Entry(self.partition, self.offset, self.timestamp_ms, place, cents, currency, owed, digest(self.row))


def _is_number(value: object, end: int) -> bool:
    return isinstance(value, int) and 0 <= value < end


def digest(row: Row) -> int:
    """Return 64 bits that stand for a row's values."""
    packed = _encode(list(row.values()))
    return int.from_bytes(hashlib.blake2b(packed, digest_size=_LENGTH_BYTES).digest(), "little")


def milliseconds(moment: datetime) -> int:
    """Return a time in milliseconds since the epoch, cut off below.

    Examples
    --------
    >>> milliseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
    -1
    """
    since = moment - _EPOCH
    return since.days * _DAY_MS + since.seconds * 1000 + since.microseconds // 1000


def hundredths(amount: str) -> int | str:
    """Return an amount of money in hundredths; what has none stays as it is, and so differs from every amount.

    Examples
    --------
    >>> hundredths("12.3"), hundredths("12"), hundredths("12.345"), hundredths("NaN")
    (1230, 1200, '12.345', 'NaN')
    """
    try:
        cents = Decimal(amount).scaleb(2)
        return int(cents) if cents == cents.to_integral_value() else amount
    except (InvalidOperation, ValueError, OverflowError):
        return amount


def decision_of(record: Record) -> Told:
    """Return what a decision tells, as `bronze.decisions` holds it.

    Raises
    ------
    Unreadable
        The record holds no decision.
    """
    answer, transaction = _decision(record)
    return _told(answer, decision_row(Decision(answer, transaction)))


def alert_of(record: Record) -> Told:
    """Return what an alert tells, as `bronze.alerts` holds it."""
    decision = _decision(record)
    row = decision_row(decision)
    return _told(decision.answer, {name: row[name] for name in ALERT_COLUMNS})


def _decision(record: Record) -> Decision:
    try:
        return Decision.from_json(record.value or b"")
    except UNREADABLE_JSON as error:
        raise Unreadable(str(error)) from error


def _told(answer: Answer, row: Row) -> Told:
    source = answer.source
    return Told(source.topic, source.partition, source.offset, milliseconds(source.timestamp), row, answer.is_alert)


def decision_row(decision: Decision) -> Row:
    """Return a decision under the names of `bronze.decisions`."""
    answer, transaction = decision
    source = answer.source
    return {
        "decision_id": answer.decision_id,
        "source_topic": source.topic,
        "source_partition": source.partition,
        "source_offset": source.offset,
        "source_timestamp": milliseconds(source.timestamp),
        "transaction_id": transaction.transaction_id,
        "customer_id": transaction.customer_id,
        "store_id": transaction.store_id,
        "product_id": transaction.product_id,
        "amount": hundredths(transaction.amount),
        "currency": transaction.currency,
        "payment_method": transaction.payment_method,
        "latitude": transaction.latitude,
        "longitude": transaction.longitude,
        "event_time": milliseconds(answer.event_time),
        "schema_version": transaction.schema_version,
        "outcome": answer.outcome,
        "score": answer.score,
        "rules_score": answer.rules_score,
        "ml_score": answer.ml_score,
        "review_threshold": answer.thresholds.review,
        "block_threshold": answer.thresholds.block,
        "rules": answer.rules,
        "reasons": answer.reasons,
        "features": answer.features,
        "feature_set_version": answer.feature_set_version,
        "ruleset_version": answer.ruleset_version,
        "lists_version": answer.lists_version,
        "model_version": answer.model_version,
        "risk_version": answer.risk_version,
        "model_absence": answer.model_absence,
        "shadow_model_version": answer.shadow_model_version,
        "shadow_ml_score": answer.shadow_ml_score,
        "late": answer.late,
        "duplicate": answer.duplicate,
        "id_reused": answer.id_reused,
        "canary": answer.canary,
        "rate_missing": answer.rate_missing,
        "state_reset": answer.state_reset,
        "extra": transaction.extra,
    }


ALERT_COLUMNS: Final = (
    "decision_id",
    "source_topic",
    "source_partition",
    "source_offset",
    "source_timestamp",
    "transaction_id",
    "customer_id",
    "store_id",
    "outcome",
    "score",
    "event_time",
)


def letter_of(record: Record) -> Told:
    """Return what a dead letter tells, as `bronze.dead_letters` holds it; where it lies itself is its entry's place.

    Raises
    ------
    Unreadable
        The record does not say where it came from: StreamFlow did not write it.
    """
    _, added = added_from(record.headers, Header.CODE)
    topic, partition, offset, timestamp = (
        last(added, name) for name in (Header.TOPIC, Header.PARTITION, Header.OFFSET, Header.TIMESTAMP_MS)
    )
    numbers = [_number(text) for text in (partition, offset, timestamp)]
    if not topic or not all(isinstance(number, int) for number in numbers):
        raise Unreadable("it does not say where it came from")
    row: Row = {
        "source_topic": topic,
        **dict(zip(("source_partition", "source_offset", "source_timestamp"), numbers, strict=True)),
        "code": last(added, Header.CODE),
        "message": preview(last(added, Header.MESSAGE) or ""),
        "stage": last(added, Header.STAGE) or "",
        "schema_version": _number(last(added, Header.SCHEMA_VERSION)),
        "record_key": None if record.key is None else preview(record.key),
        "preview": None if record.value is None else preview(record.value),
        "value_bytes": None if record.value is None else len(record.value),
    }
    return Told(topic, row["source_partition"], row["source_offset"], row["source_timestamp"], row)


def _number(text: str | None) -> int | str | None:
    return int(text) if text is not None and _WHOLE_NUMBER.fullmatch(text) else text


_rules = msgspec.json.Decoder(tuple[RuleHit, ...]).decode
_reasons = msgspec.json.Decoder(tuple[str, ...]).decode
_features = msgspec.json.Decoder(tuple[float | None, ...]).decode
_extra = msgspec.json.Decoder(dict[str, Any]).decode
_MEANING: Final[dict[str, Callable[[Any], Any]]] = {
    "message": preview,
    "amount": hundredths,
    "rules": _rules,
    "reasons": _reasons,
    "features": _features,
    "extra": _extra,
}


def meant(column: str, value: Any) -> Any:
    """Return what a column's text means, in the form of the rows above; text that means nothing stays text."""
    read = _MEANING.get(column)
    if read is None or value is None:
        return value
    try:
        return read(value)
    except (msgspec.MsgspecError, RecursionError):
        return value
