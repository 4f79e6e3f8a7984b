"""The engine with a model: one blend, one version a decision, a shadow without effect, and rules alone where the model says nothing."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from streamflow.contracts.decision import Decision
from streamflow.contracts.risk import RiskDocument, StoreRisk
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.engine import Decided
from streamflow.score.combination import blend
from streamflow.score.control import ControlLog
from streamflow.score.features import FEATURE_NAMES
from streamflow.score.lists import Blocklists
from streamflow.score.model import Model
from streamflow.score.risk import RiskSnapshot
from streamflow.score.ruleset import RuleSet
from tests.unit.factories import DAY_MS, HOUR_MS, TEN_O_CLOCK_MS, Shop
from tests.unit.models import linear_model

ALPHA = default_rules().alpha
RISK = RiskSnapshot(RiskDocument(version=5, as_of_ms=TEN_O_CLOCK_MS, stores={"store-1": StoreRisk(1.0, 1.0, 2.0, 8.0, 3.0, 30.0, 0, 0.3)}))


def shop_with(model: Model | None = None, shadow: Model | None = None, risk: RiskSnapshot | None = None) -> Shop:
    return Shop(control=ControlLog.fixed(RuleSet(default_rules()), Blocklists(NO_LISTS), model, risk, shadow))


def test_the_score_is_the_blend_of_both_and_the_decision_names_the_model() -> None:
    model = linear_model()
    shop = shop_with(model)
    shop.pay_daily(5)
    answer = shop.pay(amount="350.00").answer
    assert answer.rules_score is not None
    assert (answer.model_version, answer.ml_score, answer.model_absence) == (model.name, 3.45, None)
    assert answer.score == blend(answer.rules_score, 3.45, ALPHA)


def test_overwhelming_evidence_of_the_model_alone_reaches_the_alert_threshold() -> None:
    shop = shop_with(linear_model(weight=2.0, feature="amount_ratio"))
    shop.pay_daily(5)
    answer = shop.pay(amount="180.00").answer
    assert (answer.rules, answer.outcome, answer.rules_score) == ((), "block", 0.0)
    assert answer.reasons[0].startswith("model ")


def test_the_reasons_of_the_heavier_side_stand_first() -> None:
    shop = shop_with(linear_model(weight=0.08))
    shop.pay_daily(5)
    light = shop.pay(amount="900.00").answer
    assert light.reasons[0].startswith("FR-001")
    assert any(reason.startswith("model ") for reason in light.reasons)


def test_a_shadow_scores_in_the_same_pass_and_changes_nothing_else() -> None:
    with_shadow, without = shop_with(linear_model(), shadow=linear_model(9.0)), shop_with(linear_model())
    answers = []
    for shop in (with_shadow, without):
        shop.pay_daily(5)
        answers.append(json.loads(msgspec.json.encode(shop.pay(amount="250.00").answer)))
    seen, plain = answers
    assert seen.pop("shadow_ml_score") > 4
    assert seen.pop("shadow_model_version") == linear_model(9.0).name
    assert plain.pop("shadow_ml_score") is plain.pop("shadow_model_version") is None
    assert seen == plain
    assert with_shadow.states == without.states


def test_without_a_model_every_decision_says_so() -> None:
    answer = shop_with().pay().answer
    assert (answer.model_version, answer.ml_score, answer.model_absence) == (None, None, "no model is active")


def test_a_model_that_gives_no_number_leaves_the_rules_alone_and_says_why() -> None:
    """A weight so large that it overflows on a large amount: every check at load passes, because no golden row is that large."""
    model = linear_model(weight=1e307, feature="amount")
    shop = shop_with(model)
    shop.pay_daily(5, amount="0.01")
    answer = shop.pay(amount="900.00").answer
    assert (answer.model_version, answer.ml_score) == (None, None)
    assert answer.model_absence is not None
    assert "not a finite number" in answer.model_absence
    assert answer.score == 1.0
    assert answer.rules_score is not None
    assert answer.rules_score > 1.0
    assert answer.outcome == "block"


def test_the_risk_snapshot_gives_its_features_and_its_version() -> None:
    answer = shop_with(risk=RISK).pay().answer
    features = dict(zip(FEATURE_NAMES, answer.features, strict=True))
    assert answer.risk_version == 5
    assert features["store_settled_30d"] == 30.0
    assert features["customer_fraud_known"] == 0.0
    assert features["store_days_since_fraud"] == pytest.approx(TEN_O_CLOCK_MS / DAY_MS, abs=1e-3)


def test_nothing_that_labels_say_enters_a_customers_state() -> None:
    one, other = shop_with(risk=RISK), shop_with()
    for shop in (one, other):
        shop.pay_daily(5)
    assert one.states == other.states


def test_a_repeat_has_the_first_answer_and_asks_no_model() -> None:
    shop = shop_with(linear_model())
    shop.pay_daily(5)
    first = shop.pay(TEN_O_CLOCK_MS, transaction_id="same", amount="350.00").answer
    again = shop.pay(TEN_O_CLOCK_MS, transaction_id="same", amount="350.00").answer
    assert (again.duplicate, again.outcome, again.score) == (True, first.outcome, first.score)
    assert (again.model_version, again.ml_score, again.model_absence) == (None, None, None)


def test_the_features_in_a_decision_are_enough_to_compute_its_ml_score_again() -> None:
    model = linear_model()
    shop = shop_with(model)
    for hour in range(40):
        result = shop.process(TEN_O_CLOCK_MS + hour * HOUR_MS, amount=f"{80 + hour * 7 % 31}.00")
        assert isinstance(result, Decided)
        answer = Decision.from_json(result.value).answer
        row = np.array([np.nan if value is None else value for value in answer.features])
        assert model.evidence(row) == answer.ml_score


def test_the_engine_imports_no_library_that_trains() -> None:
    program = "import sys, streamflow.engine; print(sorted({'sklearn', 'lightgbm', 'pandas', 'matplotlib'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert ran.stdout.strip() == "[]"
