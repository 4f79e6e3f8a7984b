"""What the snapshot in force says of an event's store and customer."""

from math import exp, isnan, nan

import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.risk import RiskDocument, StoreRisk
from streamflow.score.features import FEATURE_NAMES
from streamflow.score.risk import NO_RISK, PRIOR_FRAUD_RATIO, PRIOR_PAYMENTS, RISK_FEATURES, RiskSnapshot
from tests.unit.factories import DAY_MS, TEN_O_CLOCK_MS

STORE = StoreRisk(1.0, 3.0, 2.0, 10.0, 4.0, 50.0, TEN_O_CLOCK_MS - 2 * DAY_MS, 0.25)


def snapshot(store: StoreRisk = STORE, as_of_ms: int = TEN_O_CLOCK_MS) -> RiskSnapshot:
    return RiskSnapshot(RiskDocument(version=7, as_of_ms=as_of_ms, stores={"store-1": store}, customers=("cust-1",)))


def features(risk: RiskSnapshot, store: str = "store-1", customer: str = "cust-2", at_ms: int = TEN_O_CLOCK_MS) -> dict[str, float]:
    return dict(zip(RISK_FEATURES, risk.of(store, customer, at_ms), strict=True))


def test_the_names_are_the_last_of_the_feature_set() -> None:
    assert FEATURE_NAMES[-len(RISK_FEATURES) :] == RISK_FEATURES


def test_without_a_snapshot_nothing_is_known() -> None:
    assert len(NO_RISK) == len(RISK_FEATURES)
    assert all(map(isnan, NO_RISK))


def test_ratios_are_smoothed_so_that_one_fraud_of_one_payment_is_not_certainty() -> None:
    found = features(snapshot())
    assert found["store_fraud_ratio_1d"] == pytest.approx((1 + PRIOR_PAYMENTS * PRIOR_FRAUD_RATIO) / (4 + PRIOR_PAYMENTS))
    assert found["store_fraud_ratio_30d"] == pytest.approx((4 + PRIOR_PAYMENTS * PRIOR_FRAUD_RATIO) / (54 + PRIOR_PAYMENTS))
    assert [found[f"store_settled_{days}d"] for days in (1, 7, 30)] == [3, 10, 50]
    nothing = features(snapshot(StoreRisk(0, 0, 0, 0, 0, 0, None, PRIOR_FRAUD_RATIO)))
    assert nothing["store_fraud_ratio_1d"] == nothing["store_fraud_average"] == PRIOR_FRAUD_RATIO


def test_counts_of_an_earlier_moment_are_decayed_to_that_of_the_document() -> None:
    found = features(snapshot(STORE._replace(counted_at_ms=TEN_O_CLOCK_MS - DAY_MS)))
    assert [found[f"store_settled_{days}d"] for days in (1, 7, 30)] == pytest.approx([3 * exp(-1), 10 * exp(-1 / 7), 50 * exp(-1 / 30)])


def test_days_since_the_last_fraud_go_on_with_the_event_and_never_below_zero() -> None:
    risk = snapshot()
    days = [features(risk, at_ms=TEN_O_CLOCK_MS + after_ms)["store_days_since_fraud"] for after_ms in (0, DAY_MS // 2, -10 * DAY_MS)]
    assert days == [2.0, 2.5, 0.0]
    assert isnan(features(snapshot(STORE._replace(last_fraud_ms=None)))["store_days_since_fraud"])


def test_of_an_unknown_store_nothing_is_known_but_the_customer_may_be() -> None:
    for customer, known in (("cust-1", 1.0), ("cust-2", 0.0)):
        *store, found = snapshot().of("store-2", customer, TEN_O_CLOCK_MS)
        assert repr(store) == repr([nan] * (len(RISK_FEATURES) - 1))
        assert found == known
    assert features(snapshot(), customer="cust-1")["customer_fraud_known"] == 1.0


def test_a_snapshot_says_which_it_is() -> None:
    assert (snapshot().version, snapshot().as_of_ms) == (7, TEN_O_CLOCK_MS)


@pytest.mark.parametrize(
    "store",
    [STORE._replace(counted_at_ms=TEN_O_CLOCK_MS + 1), STORE._replace(last_fraud_ms=TEN_O_CLOCK_MS + DAY_MS)],
    ids=["counts", "fraud"],
)
def test_a_document_that_knows_the_future_is_refused(store: StoreRisk) -> None:
    with pytest.raises(BadInputError, match=r"knows what comes after it.*store-1"):
        snapshot(store)
