"""Whether anything that was not known yet reaches a feature: flip it, and see what changes."""

from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from scripts.quality.situations import RISK_EVERY_DAYS, Say, backtest
from streamflow.backtest.plan import Configuration, Plan, Retraining
from streamflow.backtest.truth import Truth
from streamflow.contracts.catalogue import DAY_MS
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.ml.evaluate import Floats

CHECKED_DAYS: Final = 40
_NEVER_DAYS: Final = 100_000


def leak_check(transactions: Path, truth: Truth, begin_ms: int, say: Say, days: int = CHECKED_DAYS) -> dict[str, Any]:
    """Compare the features of some days with those after every label that is not known at their end was flipped.

    To show that the comparison sees anything, it is made once more with those after earlier labels were flipped too.
    """
    end_ms, half_ms = begin_ms + days * DAY_MS, begin_ms + days // 2 * DAY_MS
    say(f"features of {days} days")
    rows = _features(transactions, truth, end_ms, say)
    say("the same, every label that is not known yet flipped")
    unknown, flipped = _flipped(truth, end_ms)
    changed = _changed(rows, _features(transactions, flipped, end_ms, say))
    say("the same, labels that are known flipped too")
    _, earlier = _flipped(truth, half_ms)
    return {
        "days": days,
        "rows": len(rows),
        "labels_flipped": unknown,
        "rows_changed": changed,
        "rows_changed_by_known_labels": _changed(rows, _features(transactions, earlier, end_ms, say)),
    }


def _flipped(truth: Truth, after_ms: int) -> tuple[int, Truth]:
    """Flip the labels that became known after a time."""
    later = [label.known_at_ms > after_ms for label in truth.labels]
    labels = (
        msgspec.structs.replace(label, is_fraud=not label.is_fraud, scenario=None) if flip else label
        for label, flip in zip(truth.labels, later, strict=True)
    )
    return sum(later), Truth(labels)


def _features(transactions: Path, truth: Truth, end_ms: int, say: Say) -> Floats:
    # A training that never comes: the table that it would learn from holds the features.
    plan = Plan(risk_every_days=RISK_EVERY_DAYS, retraining=Retraining(every_days=_NEVER_DAYS))
    configurations = (Configuration.of("backtest", default_rules(), NO_LISTS),)
    done = backtest(transactions, truth, plan, configurations, say, end_ms)
    assert done.table is not None  # noqa: S101 - a retraining is planned
    return done.table.table().matrix


def _changed(before: Floats, after: Floats) -> int:
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    return int((~same.all(axis=1)).sum())
