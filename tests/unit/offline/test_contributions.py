"""What each feature contributed is computed again from a decision alone, whatever its outcome was."""

import math

import msgspec
import numpy as np
import pytest

from streamflow.contracts.decision import Answer, Decision
from streamflow.contracts.errors import BadInputError
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.control.shipped import shipped_model
from streamflow.offline.contributions import contributions
from streamflow.offline.explain import explain
from streamflow.score.control import ControlLog
from streamflow.score.lists import Blocklists
from streamflow.score.model import Model, read_unsigned_model
from streamflow.score.ruleset import RuleSet
from tests.unit.factories import HOUR_MS, RECIFE, SAO_PAULO, TEN_O_CLOCK_MS, Shop, place
from tests.unit.models import linear_model

MODEL = read_unsigned_model(shipped_model().files)
SHADOW = linear_model()


def decided(shadow: Model | None = None, *, suspicious: bool) -> Decision:
    """Return a decision on a customer of ten days: a payment like the others, or a large one from far away at once after it."""
    shop = Shop(control=ControlLog.fixed(RuleSet(default_rules()), Blocklists(NO_LISTS), MODEL, shadow=shadow))
    shop.pay_daily(10, **place(SAO_PAULO))
    ordinary = shop.pay(**place(SAO_PAULO))
    return shop.pay(TEN_O_CLOCK_MS + HOUR_MS // 4, amount="900.00", **place(RECIFE)) if suspicious else ordinary


@pytest.mark.parametrize(("suspicious", "outcome"), [(False, "approve"), (True, "block")])
def test_the_shares_of_any_decision_and_the_baseline_add_up_to_what_the_model_said(suspicious: bool, outcome: str) -> None:
    answer = decided(suspicious=suspicious).answer
    found = contributions(answer, MODEL)
    assert answer.outcome == outcome
    assert (found.model, found.evidence) == (answer.model_version, answer.ml_score)
    row = np.array([math.nan if value is None else value for value in answer.features])
    assert found.output == pytest.approx(MODEL.raw(row), abs=1e-9)
    assert [share.feature for share in found.shares] == [part.feature for part in MODEL.contributions(row)]
    assert all(share.factor == pytest.approx(math.exp(share.share)) for share in found.shares)


def test_the_words_of_an_alert_s_reasons_are_those_of_its_strongest_contributions() -> None:
    answer = decided(suspicious=True).answer
    told = [reason.removeprefix("model ") for reason in answer.reasons if reason.startswith("model ")]
    assert told
    assert told == [share.words for share in contributions(answer, MODEL).shares[: len(told)]]


def test_a_shadow_s_contributions_can_be_asked_for_too() -> None:
    answer = decided(SHADOW, suspicious=False).answer
    (share,) = contributions(answer, SHADOW).shares
    assert (share.feature, share.share) == ("amount_ratio", answer.shadow_ml_score and pytest.approx(1.0))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model_version": "linear-00000000"}, "took no part in the decision: expected linear-00000000"),
        ({"model_version": None, "model_absence": "no model is active"}, "expected none: no model is active"),
        ({"features": (), "model_absence": None}, "expected 40 features of set 2, got 0"),
        ({"feature_set_version": 1}, "got 40 of set 1"),
        ({"ml_score": 0.5}, "do not agree: one of them was changed: expected evidence 0.5"),
        ({"features": (math.inf,) * 40}, "do not agree|not a finite number"),
    ],
)
def test_what_does_not_belong_together_is_refused_with_the_reason(change: dict[str, object], reason: str) -> None:
    answer: Answer = msgspec.structs.replace(decided(suspicious=False).answer, **change)
    with pytest.raises(BadInputError, match=reason):
        contributions(answer, MODEL)


def test_an_explanation_says_in_words_and_numbers_how_the_model_came_to_its_evidence() -> None:
    decision = decided(SHADOW, suspicious=False)
    found = contributions(decision.answer, MODEL)
    text = explain(decision, [found])
    strongest = max(found.shares, key=lambda share: abs(share.share))
    assert f"model    {MODEL.name}: {MODEL.baseline:+.3f} before anything is known" in text
    assert f"{strongest.share:+.3f} {strongest.words}" in text
    assert f"= {found.output:.3f}, which is evidence {decision.answer.ml_score:.3f}" in text
    assert f"contributed to model {SHADOW.name} needs the model" in text


def test_an_explanation_without_the_model_says_how_to_name_it() -> None:
    assert "--model, --control or --live" in explain(decided(suspicious=True))
