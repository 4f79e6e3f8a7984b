"""Thresholds and floors: from a score to approve, review or block."""

from collections.abc import Iterable, Mapping

from streamflow.contracts.decision import OUTCOMES, Outcome, RuleHit, Thresholds

SEVERITY = {outcome: place for place, outcome in enumerate(OUTCOMES)}


def outcome_of(score: float, thresholds: Thresholds) -> Outcome:
    """Return the outcome of a score; a score that equals a threshold has the severer outcome.

    Examples
    --------
    >>> outcome_of(0.7, Thresholds(review=0.7, block=0.9)).value
    'review'
    """
    if score >= thresholds.block:
        return Outcome.BLOCK
    return Outcome.REVIEW if score >= thresholds.review else Outcome.APPROVE


def raise_to_floor(outcome: Outcome, hits: Iterable[RuleHit], floors: Mapping[str, Outcome]) -> tuple[Outcome, str | None]:
    """Raise an outcome to the severest floor (`outcome_at_least`) of the rules that fired and are on.

    Returns
    -------
    tuple of (Outcome, str or None)
        The outcome, and a reason that names the rule where a floor and not the score decided.

    Examples
    --------
    >>> raise_to_floor(Outcome.APPROVE, [RuleHit("FR-005", 1, "on", 0.2, 0.1, {})], {"FR-005": Outcome.BLOCK})[0].value
    'block'
    """
    reason = None
    for hit in hits:
        floor = floors.get(hit.id)
        if floor is not None and hit.state == "on" and SEVERITY[floor] > SEVERITY[outcome]:
            outcome = floor
            reason = f"{hit.id} demands {floor} at least, whatever the score"
    return outcome, reason
