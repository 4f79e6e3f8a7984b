"""What a decision says about itself."""

import msgspec
import pytest

from streamflow.contracts.decision import decision_id
from streamflow.control.documents import default_rules
from streamflow.engine import Decided, EngineSettings
from streamflow.route import DeadLetter
from streamflow.score.features import FEATURE_NAMES
from tests.unit.factories import HOUR_MS, TEN_O_CLOCK_MS, Fields, Shop, record


def test_a_first_payment_is_approved_with_nothing_known_about_it() -> None:
    answer = Shop().pay(arrived_ms=TEN_O_CLOCK_MS + 7).answer
    assert (answer.outcome, answer.score, answer.rules_score, answer.ml_score) == ("approve", 0.0, 0.0, None)
    assert answer.features[:6] == (None, 1.0, None, None, 0.0, None)
    assert len(answer.features) == len(FEATURE_NAMES)
    assert (answer.rules, answer.reasons) == ((), ())
    assert (answer.ruleset_version, answer.lists_version, answer.model_version, answer.risk_version) == (1, 1, None, None)
    assert answer.model_absence == "no model is active"
    assert not any((answer.late, answer.duplicate, answer.id_reused, answer.canary, answer.rate_missing, answer.state_reset))
    assert msgspec.to_builtins(answer.thresholds) == {"review": 0.7, "block": 0.9}
    assert answer.event_time.isoformat() == "2026-11-23T10:00:00+00:00"
    assert answer.source.timestamp.isoformat() == "2026-11-23T10:00:00.007000+00:00"


def test_the_id_is_that_of_topic_partition_and_offset() -> None:
    shop = Shop()
    shop.pay()
    answer = shop.pay(TEN_O_CLOCK_MS + HOUR_MS).answer
    assert answer.decision_id == decision_id("transactions.raw", 0, 1)
    assert (answer.source.topic, answer.source.partition, answer.source.offset) == ("transactions.raw", 0, 1)


def test_the_features_stand_in_their_documented_order() -> None:
    """amount_zscore, velocity_count, time_deviation, geo_speed_kmh, is_blacklisted, amount_ratio, and those of the profile."""
    shop = Shop()
    shop.pay_daily(5, latitude=0.0, longitude=0.0)
    features = shop.pay(TEN_O_CLOCK_MS + HOUR_MS, amount="150.00", latitude=0.0, longitude=0.0).answer.features
    assert features[:7] == pytest.approx((5.0, 1.0, 1.0, 0.0, 0.0, 1.5, 150.0))
    assert features[FEATURE_NAMES.index("event_count")] == 5.0


def test_only_the_canary_is_marked() -> None:
    shop = Shop(settings=EngineSettings(canary_customer_id="bird"))
    assert shop.pay(customer_id="bird").answer.canary
    assert not shop.pay(customer_id="streamflow-canary").answer.canary


@pytest.mark.parametrize(("review", "block", "outcome"), [(0.5, 0.6, "block"), (0.6, 0.7, "review"), (0.601, 0.7, "approve")])
def test_a_score_that_equals_a_threshold_has_the_severer_outcome_and_alerts(review: float, block: float, outcome: str) -> None:
    """FR-004 at 12 deviations gives its most: 0.6."""
    rules = default_rules()
    shop = Shop(msgspec.structs.replace(rules, thresholds=msgspec.structs.replace(rules.thresholds, review=review, block=block)))
    shop.pay_daily(5)
    result = shop.process(TEN_O_CLOCK_MS + 12 * HOUR_MS)
    assert isinstance(result, Decided)
    assert (result.answer.outcome, result.is_alert) == (outcome, outcome != "approve")
    assert b'"score":0.6,' in result.value


def test_the_key_of_a_decision_is_the_customer_even_where_the_record_was_keyed_otherwise() -> None:
    shop = Shop(settings=EngineSettings(key_source="payload"))
    result = shop.send(record(customer_id="cust-7")._replace(key=b"store-1"))
    assert isinstance(result, Decided)
    assert (result.key, list(shop.states)) == (b"cust-7", ["cust-7"])


def test_card_numbers_are_refused_or_not_as_the_setting_says() -> None:
    card: Fields = {"customer_id": "4111111111111111"}
    assert isinstance(Shop().process(**card), DeadLetter)
    assert isinstance(Shop(settings=EngineSettings(pan_check="off")).process(**card), Decided)


def test_a_decision_takes_about_a_kilobyte_and_a_quarter() -> None:
    shop = Shop()
    shop.pay_daily(5)
    result = shop.process(amount="900.00", latitude=1.0, longitude=2.0, product_id="p-1", payment_method="card")
    assert isinstance(result, Decided)
    assert 1000 < len(result.value) < 1400
