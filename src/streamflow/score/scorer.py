"""The score stage: a valid transaction and its customer's memory become evidence."""

import struct
from hashlib import blake2b

import msgspec

from streamflow.contracts.decision import RuleHit
from streamflow.contracts.transaction import Transaction
from streamflow.score.combination import rules_evidence
from streamflow.score.control import Controls
from streamflow.score.features import Observation
from streamflow.score.model import Model, ModelOutputError


class Score(msgspec.Struct, gc=False):
    """What rules and model say of an event: hits in the order of the document, the rules' words ranked by evidence, strongest first.

    `ml_score` is None where no model gave one, and `model_absence` then says why.
    """

    hits: tuple[RuleHit, ...]
    reasons: tuple[str, ...]
    rules_score: float
    rate_missing: bool
    ml_score: float | None = None
    model_absence: str | None = None
    shadow_ml_score: float | None = None


_NOTHING_FOUND: tuple[RuleHit, ...] = ()
_HASHES = struct.Struct("<QI")


def judge(seen: Observation, controls: Controls) -> Score:
    """Let every rule and the models judge an observation."""
    rules = controls.rules
    found = None
    for rule in rules.rules:
        finding = rule.judge(seen)
        if finding is not None:
            found = [] if found is None else found
            found.append((rule.hit(finding), finding.words))
    ml_score, model_absence = (None, controls.model_absence) if controls.model is None else _evidence(controls.model, seen)
    shadow_ml_score = None if controls.shadow is None else _evidence(controls.shadow, seen)[0]
    if found is None:
        return Score(_NOTHING_FOUND, (), 0.0, seen.rate_missing, ml_score, model_absence, shadow_ml_score)
    hits = tuple(hit for hit, _ in found)
    ranked = sorted(found, key=lambda pair: -pair[0].score)
    reasons = tuple(f"{hit.id} {words}" for hit, words in ranked if hit.state == "on")
    evidence = rules_evidence(hits, rules.evidence_cap)
    return Score(hits, reasons, evidence, seen.rate_missing, ml_score, model_absence, shadow_ml_score)


def _evidence(model: Model, seen: Observation) -> tuple[float | None, str | None]:
    try:
        return model.evidence(seen.row), None
    except ModelOutputError as failure:
        return None, f"model {model.name} failed: {failure}"


def all_reasons(score: Score, seen: Observation, controls: Controls) -> tuple[str, ...]:
    """Return why an event is suspicious, in words: the rules' reasons and the model's, those of the heavier side of the blend first.

    Cost: some 30 us where a model speaks, so for alerts only.
    """
    model, alpha = controls.model, controls.rules.alpha
    if model is None or not score.ml_score:
        return score.reasons
    words = tuple(f"model {word}" for word in model.reasons(seen.row))
    return (*words, *score.reasons) if alpha * score.ml_score > (1 - alpha) * score.rules_score else (*score.reasons, *words)


def fingerprint(transaction: Transaction, transaction_json: bytes) -> tuple[int, int]:
    """Return a 64-bit hash of the id and a 32-bit hash of all fields, by which repeats are recognised.

    BLAKE2b (RFC 7693): a payment cannot cheaply be made to look like an approved one. Cost: about 1.5 us.
    """
    id_hash = blake2b(transaction.transaction_id.encode(), digest_size=8).digest()
    id_number, content_number = _HASHES.unpack(id_hash + blake2b(transaction_json, digest_size=4).digest())
    return id_number, content_number
