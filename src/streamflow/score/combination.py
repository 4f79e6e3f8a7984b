"""How evidence becomes a score.

**Evidence sum.** Every rule that fires gives evidence: its weight times (what it says at its threshold + what each doubling beyond
the threshold adds). The rules' evidence is the sum. 0 is none; the review threshold means "enough for an alert"; a sum may exceed
1. Doublings are logarithms of the excess, so the sum is of the kind of a sum of -log10 p over independent witnesses (Fisher 1932),
with weights in the place of calibrated tails. Nothing is averaged: a further rule can only add, and where one rule fires alone,
its weight decides.

**Blend.** With a model, ``score = min(1, alpha x model + (1 - alpha) x rules)``; both sides are capped at 1 / min(alpha, 1 - alpha), so
overwhelming evidence of either side alone reaches the top. Without one, ``score = min(1, rules)``.
"""

from collections.abc import Iterable

from streamflow.contracts.decision import RuleHit
from streamflow.score.rounding import six_decimals


def evidence_cap(alpha: float) -> float:
    """Return the most evidence that one side can bring: 1 / min(alpha, 1 - alpha), or 1 where a side has no share.

    Examples
    --------
    >>> round(evidence_cap(0.3), 3), evidence_cap(1.0)
    (3.333, 1.0)
    """
    least = min(alpha, 1 - alpha)
    return 1 / least if least > 0 else 1.0


def rules_evidence(hits: Iterable[RuleHit], cap: float) -> float:
    """Sum the evidence of the rules that fired and are on.

    Examples
    --------
    >>> hit = RuleHit("FR-001", 1, "on", 0.6, 0.3, {})
    >>> rules_evidence([hit, RuleHit("FR-004", 1, "shadow", 0.4, 0.15, {})], 3.3)
    0.6
    """
    total = sum(hit.score for hit in hits if hit.state == "on")
    return six_decimals(total) if total < cap else six_decimals(cap)


def blend(rules_score: float, ml_score: float | None, alpha: float) -> float:
    """Return the score, 0 to 1, rounded to 6 decimals.

    Examples
    --------
    >>> blend(0.8, None, 0.3), blend(0.8, 0.5, 0.3), blend(3.3, 0.0, 0.3)
    (0.8, 0.71, 1.0)
    """
    score = rules_score if ml_score is None else alpha * min(ml_score, evidence_cap(alpha)) + (1 - alpha) * rules_score
    return six_decimals(score) if score < 1.0 else 1.0
