"""One decision in words, for an analyst."""

from collections.abc import Sequence
from typing import Final

from streamflow.contracts.decision import Decision
from streamflow.contracts.preview import preview
from streamflow.offline.contributions import Contributions, evidence_by_model
from streamflow.score.features import FEATURE_NAMES, FEATURE_SET_VERSION, MISSION_FEATURES

_MARKS = {
    "late": "came late: earlier than the customer's last event",
    "duplicate": "repeats a transaction that was decided before; its answer was remembered, nothing was counted again",
    "id_reused": "uses the id of another transaction again",
    "canary": "comes from StreamFlow's own probe",
    "rate_missing": "in a currency without a rate: the rules about amounts did not apply",
    "state_reset": "the customer's stored history could not be read and was begun anew",
}


_SHOWN: Final = 10
"""So many of a model's contributions are shown one by one; the others as their sum."""


def explain(decision: Decision, contributions: Sequence[Contributions] = ()) -> str:
    """Return a few lines that say what was decided, by what, and on which numbers; with what each feature contributed, where given."""
    answer, transaction = decision
    thresholds = answer.thresholds
    place = "" if transaction.latitude is None else f" at {transaction.latitude:.4f}, {transaction.longitude:.4f}"
    lines = [
        f"{answer.outcome.upper()}  score {answer.score:.3f} (review from {thresholds.review}, block from {thresholds.block})",
        f"  {transaction.currency} {transaction.amount} by {preview(transaction.customer_id)} in {preview(transaction.store_id)}{place}",
        f"  event time {answer.event_time:%Y-%m-%d %H:%M:%S} UTC, transaction {preview(transaction.transaction_id)}",
    ]
    lines += [f"  because  {preview(reason)}" for reason in answer.reasons] or ["  because  no rule fired"]
    lines += [
        f"  rule     {hit.id} version {hit.version} {'(shadow, without effect) ' if hit.state == 'shadow' else ''}"
        f"evidence {hit.score:.3f} at weight {hit.weight}: {_numbers(hit.detail)}"
        for hit in answer.rules
    ]
    lines += _feature_lines(answer.features, answer.feature_set_version)
    lines += [f"  note     the transaction {text}" for name, text in _MARKS.items() if getattr(answer, name)]
    model = f"model {answer.model_version} (evidence {answer.ml_score:.3f})" if answer.model_version else "rules only"
    why_not = f": {preview(answer.model_absence)}" if answer.model_absence else ""
    risk = f", risk snapshot {answer.risk_version}" if answer.risk_version else ""
    lines.append(f"  judged by rules {answer.ruleset_version}, lists {answer.lists_version}{risk}, {model}{why_not}")
    if answer.shadow_model_version:
        lines.append(f"  watched  by model {answer.shadow_model_version}: evidence {answer.shadow_ml_score:.3f}, without effect")
    for found in contributions:
        lines += _contribution_lines(found)
    lines += [
        f"  note     what each feature contributed to model {name} needs the model: --model, --control or --live"
        for name in evidence_by_model(answer)
        if answer.features and name not in {found.model for found in contributions}
    ]
    source = answer.source
    lines.append(f"  source   {source.topic}/{source.partition}/{source.offset}, decision {answer.decision_id}")
    return "\n".join(lines)


def _feature_lines(features: tuple[float | None, ...], version: int) -> list[str]:
    if version != FEATURE_SET_VERSION:
        return [f"  features are of set {version}; this StreamFlow knows the names of set {FEATURE_SET_VERSION}"] if features else []
    known = {name: f"{name} {value:g}" for name, value in zip(FEATURE_NAMES, features, strict=False) if value is not None}
    groups = {
        "features": [known[name] for name in MISSION_FEATURES if name in known],
        "profile": [text for name, text in known.items() if name not in MISSION_FEATURES],
    }
    return [f"  {title:8} {', '.join(texts)}" for title, texts in groups.items() if texts]


def _contribution_lines(found: Contributions) -> list[str]:
    """Return a model's contributions, the largest first, and that they add up."""
    ranked = sorted(found.shares, key=lambda share: -abs(share.share))
    others = ranked[_SHOWN:]
    lines = [f"  model    {found.model}: {found.baseline:+.3f} before anything is known of a payment"]
    lines += [f"           {share.share:+.3f} {share.words}" for share in ranked[:_SHOWN]]
    if others:
        lines.append(f"           {sum(share.share for share in others):+.3f} by {len(others)} other features together")
    return [*lines, f"           = {found.output:.3f}, which is evidence {found.evidence:.3f}"]


def _numbers(detail: dict[str, float | str | None]) -> str:
    return ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {preview(str(value))}" for name, value in detail.items())
