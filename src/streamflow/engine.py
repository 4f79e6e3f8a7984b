"""The engine: one record and its customer's state in, one decision or dead letter out.

Stream, command line and tests all call this and nothing else, so they agree to the bit. It is pure: the answer depends on the
record, the customer's state and the control log; the caller keeps the states.
"""

import hashlib
import traceback
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

import msgspec

from streamflow.contracts.catalogue import Stage
from streamflow.contracts.decision import OUTCOMES, Answer, Outcome, Source, decision_id, encode_decision
from streamflow.contracts.record import Record
from streamflow.contracts.rejection import Code, Rejection
from streamflow.route import SEVERITY, DeadLetter, outcome_of, raise_to_floor
from streamflow.score.combination import blend
from streamflow.score.control import ControlLog, Controls
from streamflow.score.features import FEATURE_SET_VERSION, Repeat, observe
from streamflow.score.scorer import Score, all_reasons, fingerprint, judge
from streamflow.score.state import NEW_STATE, StateError
from streamflow.validate import Validator, ValidTransaction

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLIONTHS = 1_000_000
_REMEMBERED = Score(hits=(), reasons=(), rules_score=0.0, rate_missing=False)
"""In the place of a repeat's score, which is not computed."""
_encode = msgspec.json.Encoder().encode


class EngineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the engine is told apart from the control log; runs that shall agree must be given the same.

    Parameters
    ----------
    key_source : {"key", "payload"}
        Where the customer id is taken from; with "payload" neither order nor parity is promised.
    pan_check : {"reject", "off"}
        Whether card numbers in the place of ids are refused.
    canary_customer_id : str
        The customer whose decisions are marked `canary`.
    trusted_model_keys : tuple of str
        Public keys, each as 64 hexadecimal digits: models of the control topic that are signed with another one are refused.
    """

    key_source: Literal["key", "payload"] = "key"
    pan_check: Literal["reject", "off"] = "reject"
    canary_customer_id: str = "streamflow-canary"
    trusted_model_keys: tuple[str, ...] = ()


class States(Protocol):
    """Where the caller keeps the customers' states."""

    def get(self, customer_id: str) -> bytes | None:
        """Return the stored state, or None for a new customer."""

    def put(self, customer_id: str, blob: bytes) -> None:
        """Store a customer's state."""


class Decided(msgspec.Struct, frozen=True, gc=False):
    """A decision as it leaves: the customer's id as key, JSON as value; whether it is an alert too, and what was encoded."""

    key: bytes
    value: bytes
    is_alert: bool
    answer: Answer


class Engine:
    """Decides records.

    Parameters
    ----------
    control : ControlLog
        Rules and lists by time; it may grow while the engine runs.
    settings : EngineSettings
        See there.

    Examples
    --------
    >>> engine = Engine(ControlLog())
    >>> engine.process(Record("transactions.raw", 0, 0, 0, b"cust-1", b"not json"), MemoryStates()).rejection.code
    <Code.NOT_JSON: 'NOT_JSON'>
    """

    def __init__(self, control: ControlLog, settings: EngineSettings | None = None) -> None:
        settings = settings or EngineSettings()
        self.control = control
        self._validator = Validator(settings.key_source, settings.pan_check)
        self._canary_customer_id = settings.canary_customer_id

    def process(self, record: Record, states: States) -> Decided | DeadLetter:
        """Decide one record and store its customer's new state.

        A failure of the engine itself is a dead letter `INTERNAL_ERROR`, and the state stays as it was; a failure of `states`
        is the caller's and is raised.
        """
        valid = self.validate(record)
        return DeadLetter(record, valid) if isinstance(valid, Rejection) else self.decide(record, valid, states)

    def validate(self, record: Record) -> ValidTransaction | Rejection:
        """Validate one record, as `process` does first."""
        try:
            return self._validator.validate(record)
        except Exception as error:
            return _internal_error(error, "validate")

    def decide(self, record: Record, valid: ValidTransaction, states: States) -> Decided | DeadLetter:
        """Decide a record that was found valid, as `process` does."""
        customer_id = valid.transaction.customer_id
        blob = states.get(customer_id)
        controls = self.control.active_at(record.timestamp_ms)
        try:
            decided, new_blob = self._decide(record, valid, blob, controls)
        except Exception as error:
            return DeadLetter(record, _internal_error(error, "score"))
        if new_blob is not None:
            states.put(customer_id, new_blob)
        return decided

    def _decide(self, record: Record, valid: ValidTransaction, blob: bytes | None, controls: Controls) -> tuple[Decided, bytes | None]:
        try:
            return self._decide_by(record, valid, NEW_STATE if blob is None else blob, controls, state_reset=False)
        except StateError:
            return self._decide_by(record, valid, NEW_STATE, controls, state_reset=True)

    def _decide_by(
        self, record: Record, valid: ValidTransaction, state: bytes, controls: Controls, *, state_reset: bool
    ) -> tuple[Decided, bytes | None]:
        transaction_json = _encode(valid.transaction)
        hashes = fingerprint(valid.transaction, transaction_json)
        rate = controls.rules.rates.get(valid.transaction.currency)
        seen = observe(valid, state, hashes, rate, controls.lists, controls.risk, record.timestamp_ms)
        if isinstance(seen, Repeat):
            return _decided(valid, self._repeated(record, valid, controls, seen), transaction_json), None
        score = judge(seen, controls)
        total = blend(score.rules_score, score.ml_score, controls.rules.alpha)
        outcome, reasons = outcome_of(total, controls.rules.thresholds), score.reasons
        if outcome is not Outcome.APPROVE:
            reasons = all_reasons(score, seen, controls)
        if score.hits and controls.rules.floors:
            outcome, floor_reason = raise_to_floor(outcome, score.hits, controls.rules.floors)
            reasons = reasons if floor_reason is None else (floor_reason, *reasons)
        late, id_reused = seen.late == 1.0, seen.id_reused == 1.0
        answer = self._answer(record, valid, controls, outcome, total, reasons, late, score, seen.features, id_reused, state_reset)
        return _decided(valid, answer, transaction_json), seen.learnt(SEVERITY[outcome], round(total * _MILLIONTHS))

    def _repeated(self, record: Record, valid: ValidTransaction, controls: Controls, repeat: Repeat) -> Answer:
        outcome = OUTCOMES[repeat.outcome_code]
        reasons = (f"repeat of a transaction that was decided before: {outcome}",)
        return self._answer(record, valid, controls, outcome, repeat.score_millionths / _MILLIONTHS, reasons, repeat.late)

    def _answer(
        self,
        record: Record,
        valid: ValidTransaction,
        controls: Controls,
        outcome: Outcome,
        total: float,
        reasons: tuple[str, ...],
        late: bool,
        score: Score | None = None,
        features: tuple[float, ...] = (),
        id_reused: bool = False,
        state_reset: bool = False,
    ) -> Answer:
        """Answer a record; without a score it is a repeat."""
        topic, partition, offset, timestamp_ms = record[:4]
        said = score or _REMEMBERED
        rules, model, shadow, risk = controls.rules, controls.model, controls.shadow, controls.risk
        return Answer(  # by position: names would cost a microsecond
            decision_id(topic, partition, offset),
            valid.event_time,
            outcome,
            total,
            None if score is None else score.rules_score,
            said.ml_score,
            rules.thresholds,
            said.hits,
            reasons,
            features,
            FEATURE_SET_VERSION,
            rules.version,
            controls.lists.version,
            None if said.ml_score is None or model is None else model.name,
            None if risk is None else risk.version,
            late,
            score is None,
            id_reused,
            valid.transaction.customer_id == self._canary_customer_id,
            said.rate_missing,
            state_reset,
            Source(topic, partition, offset, _EPOCH + timedelta(0, 0, timestamp_ms * 1000)),
            said.model_absence,
            None if said.shadow_ml_score is None or shadow is None else shadow.name,
            said.shadow_ml_score,
        )


def _decided(valid: ValidTransaction, answer: Answer, transaction_json: bytes) -> Decided:
    is_alert = answer.outcome is not Outcome.APPROVE and not answer.duplicate
    key, value = valid.transaction.customer_id.encode(), encode_decision(answer, transaction_json)
    return Decided(key, value, is_alert, answer)


class MemoryStates(dict[str, bytes]):
    """States in memory, for the command line, benchmarks and tests."""

    def put(self, customer_id: str, blob: bytes) -> None:
        """Store a customer's state."""
        self[customer_id] = blob


def _internal_error(error: Exception, stage: Stage) -> Rejection:
    """Make a rejection of a bug: the same bug has the same digest, whatever record it met."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.name}:{frame.lineno}" for frame in frames]
    digest = hashlib.sha256("|".join([type(error).__name__, *places]).encode()).hexdigest()[:12]
    at = places[-1] if places else "?"
    # Not the error's own text: it may hold the payload.
    return Rejection(Code.INTERNAL_ERROR, f"{type(error).__name__} at {at}, stack {digest}", stage)
