"""The score stage: a valid transaction and its customer's memory become evidence, and the memory learns."""

from hashlib import blake2b

import msgspec

from streamflow.contracts.decision import RuleHit
from streamflow.contracts.transaction import Transaction
from streamflow.score.baseline import learn_amount, learn_hour
from streamflow.score.combination import rules_evidence
from streamflow.score.control import Controls
from streamflow.score.features import Observation, observe
from streamflow.score.state import CustomerState
from streamflow.validate import ValidTransaction


class Score(msgspec.Struct, gc=False):
    """What the rules say of an event: hits in the order of the document, words ranked by evidence, strongest first."""

    hits: tuple[RuleHit, ...]
    reasons: tuple[str, ...]
    rules_score: float
    rate_missing: bool


_NOTHING_FOUND: tuple[RuleHit, ...] = ()


def judge(valid: ValidTransaction, state: CustomerState, controls: Controls, record_timestamp_ms: int) -> tuple[Observation, Score]:
    """Observe an event and let every rule judge it; the state is not changed.

    Parameters
    ----------
    record_timestamp_ms
        The broker's time in milliseconds, by which list entries expire.
    """
    rules = controls.rules
    rate = rules.rates.get(valid.transaction.currency)
    seen = observe(valid, state, rate, controls.lists, record_timestamp_ms)
    found = None
    for rule in rules.rules:
        finding = rule.judge(seen)
        if finding is not None:
            found = [] if found is None else found
            found.append((rule.hit(finding), finding.words))
    if found is None:
        return seen, Score(_NOTHING_FOUND, (), 0.0, rate is None)
    hits = tuple(hit for hit, _ in found)
    ranked = sorted(found, key=lambda pair: -pair[0].score)
    reasons = tuple(f"{hit.id} {words}" for hit, words in ranked if hit.state == "on")
    return seen, Score(hits, reasons, rules_evidence(hits, rules.evidence_cap), rate is None)


def learn(seen: Observation, *, late: bool) -> None:
    """Enter an observed event into its customer's state. A late event moves no place and no window backwards."""
    state, valid = seen.state, seen.valid
    if seen.amount is not None:
        learn_amount(state, seen.amount, seen.amount_deviation)
    learn_hour(state, seen.hour, seen.habit)
    transaction = valid.transaction
    if transaction.latitude is not None and transaction.longitude is not None and not late:
        state.location = (valid.event_time_ms, transaction.latitude, transaction.longitude)
    state.count_event(valid.event_time_ms)


def fingerprint(transaction: Transaction, transaction_json: bytes) -> tuple[bytes, bytes]:
    """Return a 64-bit hash of the id and a 32-bit hash of all fields, by which repeats are recognised.

    BLAKE2b (RFC 7693): a payment cannot cheaply be made to look like an approved one. Cost: about 1.5 us.
    """
    id_hash = blake2b(transaction.transaction_id.encode(), digest_size=8).digest()
    content_hash = blake2b(transaction_json, digest_size=4).digest()
    return id_hash, content_hash
