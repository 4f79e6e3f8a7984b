"""What StreamFlow answers: one decision for every valid transaction."""

import hashlib
import uuid
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, NamedTuple

import msgspec

from streamflow.contracts.transaction import Transaction

DECISION_NAMESPACE: Final = uuid.UUID("6f0c0f4e-6d2b-5d0a-9a55-5f1e8f0b7a31")
_NAMESPACE: Final = hashlib.sha1(DECISION_NAMESPACE.bytes, usedforsecurity=False)
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_encode = msgspec.json.Encoder().encode


class Outcome(StrEnum):
    """The answer, from mild to severe."""

    APPROVE = "approve"
    REVIEW = "review"
    BLOCK = "block"

    __hash__ = str.__hash__  # Enum's own is Python code that hashes the name, some ten times slower


OUTCOMES: Final = (Outcome.APPROVE, Outcome.REVIEW, Outcome.BLOCK)
"""Ordered by severity; the index is the outcome's code in the customer's state."""

RuleState = Literal["on", "shadow", "off"]


class Source(msgspec.Struct, frozen=True):
    """The record that a decision answers.

    Parameters
    ----------
    topic, partition, offset
        Where it lies in Kafka.
    timestamp : datetime
        The broker's time (UTC).
    """

    topic: str
    partition: int
    offset: int
    timestamp: datetime


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Scores from which an outcome holds.

    Parameters
    ----------
    review, block : float
        A score that equals a threshold has its outcome.
    """

    review: float
    block: float


class RuleHit(msgspec.Struct, frozen=True):
    """A rule that fired: on (it counts) or shadow (it is only recorded).

    Parameters
    ----------
    id : str
        Of the rule, such as FR-001.
    version : int
        Of the rule.
    state : str
        on or shadow.
    score : float
        The rule's evidence, its weight included.
    weight : float
        The rule's weight.
    detail : dict
        The numbers that it judged by, units in the names.
    """

    id: str
    version: int
    state: RuleState
    score: float
    weight: float
    detail: dict[str, float | str | None]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """All that a decision says beyond the transaction's own fields.

    Parameters
    ----------
    decision_id : str
        uuid5 of topic, partition and offset: a record that is decided again has the same.
    event_time : datetime
        The transaction's time, as UTC.
    outcome : Outcome
        approve, review or block.
    score : float
        0 to 1, with 6 decimals; for a repeat the score of its first.
    rules_score : float or None
        Evidence of the rules that are on; null for a repeat, whose answer is remembered and not computed.
    ml_score : float or None
        Evidence of the model; null where no model is active.
    thresholds : Thresholds
        Scores from which the outcome is review or block.
    rules : tuple of RuleHit
        The rules that fired, on or shadow, in the order of the rules document.
    reasons : tuple of str
        In words, the weightiest first; where a rule demands an outcome whatever the score, that stands before them.
    features : tuple of float or None
        Of the feature set, in its order; null where the customer's history says nothing; empty for a repeat.
    feature_set_version : int
        Which features these are.
    ruleset_version, lists_version : int
        Versions of the rules and of the lists that were active at the broker's time of the record.
    model_version : str or None
        Name of the model that gave `ml_score`; null where none did.
    risk_version : int or None
        Version of the risk snapshot; null where none is active.
    late : bool
        The event is earlier than the customer's last one.
    duplicate : bool
        Same id and content as one of the customer's last events: no second alert, and the state is unchanged.
    id_reused : bool
        Same id as one of the customer's last events, other content: decided as new.
    canary : bool
        The customer is the one whom tests in production use.
    rate_missing : bool
        The rules about amounts did not apply: the rules document has no exchange rate for the currency.
    state_reset : bool
        The customer's stored state could not be read and was begun anew.
    source : Source
        The record that is answered.
    model_absence : str or None
        Why there is no `ml_score`: no model is active, it is refused, or it failed on this event; null where there is one, and for a
        repeat.
    shadow_model_version, shadow_ml_score
        Name and evidence of a model that only watches; null where none does.
    """

    decision_id: str
    event_time: datetime
    outcome: Outcome
    score: float
    rules_score: float | None
    ml_score: float | None
    thresholds: Thresholds
    rules: tuple[RuleHit, ...]
    reasons: tuple[str, ...]
    features: tuple[float | None, ...]
    feature_set_version: int
    ruleset_version: int
    lists_version: int
    model_version: str | None
    risk_version: int | None
    late: bool
    duplicate: bool
    id_reused: bool
    canary: bool
    rate_missing: bool
    state_reset: bool
    source: Source
    model_absence: str | None = None
    shadow_model_version: str | None = None
    shadow_ml_score: float | None = None

    @property
    def is_alert(self) -> bool:
        """Whether it is an alert too: review or block, and no duplicate."""
        return self.outcome is not Outcome.APPROVE and not self.duplicate


class Decision(NamedTuple):
    """An answer and its transaction: the value of `transactions.scored` and, where it is an alert, of `fraud.alerts`.

    As JSON it is one flat object: the fields of the answer, then those of the transaction.
    """

    answer: Answer
    transaction: Transaction

    @classmethod
    def from_json(cls, value: bytes) -> "Decision":
        """Read a decision; fields that this version does not know are passed over."""
        return cls(_decode_answer(value), _decode_transaction(value))


def encode_decision(answer: Answer, transaction_json: bytes) -> bytes:
    """Return the JSON of a decision from its answer and the JSON of its transaction, which the engine has anyway."""
    return b"%b,%b" % (_encode(answer)[:-1], transaction_json[1:])


def decision_id(topic: str, partition: int, offset: int) -> str:
    """Return the id of the decision on a record: uuid5 of topic, partition and offset.

    The same as :func:`uuid.uuid5` (RFC 9562, section 5.5) at a third of its cost.

    Examples
    --------
    >>> decision_id("transactions.raw", 3, 42) == str(uuid.uuid5(DECISION_NAMESPACE, "transactions.raw|3|42"))
    True
    """
    hashed = _NAMESPACE.copy()
    hashed.update(f"{topic}|{partition}|{offset}".encode())
    text = hashed.hexdigest()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"


_decode_answer = msgspec.json.Decoder(Answer).decode
_decode_transaction = msgspec.json.Decoder(Transaction).decode
