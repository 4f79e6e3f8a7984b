"""Every kind of fraud has its own signature, and its share."""

from collections import defaultdict
from dataclasses import fields

import msgspec
import pytest

from streamflow.contracts.transaction import Transaction
from streamflow.simulate import FraudRatios, Plan, traffic
from streamflow.simulate.plan import SCENARIOS

PLAN = Plan(events=200_000, customers=4_000, days=30, seed=11)
Payment = tuple[int, Transaction]


@pytest.fixture(scope="module")
def frauds() -> dict[str, list[Payment]]:
    found: dict[str, list[Payment]] = defaultdict(list)
    for event in traffic(PLAN):
        if event.label is not None and event.label.scenario is not None:
            found[event.label.scenario].append((event.timestamp_ms, msgspec.json.decode(event.value or b"", type=Transaction)))
    return found


@pytest.mark.parametrize("scenario", SCENARIOS[1:])
def test_every_scenario_has_the_share_that_the_plan_says(scenario: str, frauds: dict[str, list[Payment]]) -> None:
    wanted = PLAN.events * getattr(PLAN.fraud, scenario)
    assert wanted - 30 <= len(frauds[scenario]) <= wanted


def test_a_scenario_can_be_left_out_and_another_be_raised() -> None:
    ratios = FraudRatios(**{item.name: 0.0 for item in fields(FraudRatios)} | {"high_value": 0.1})
    scenarios = {event.label.scenario for event in traffic(Plan(events=5_000, fraud=ratios)) if event.label}
    assert scenarios == {None, "high_value"}


def test_card_testing_comes_in_bursts_of_small_amounts_within_ten_minutes(frauds: dict[str, list[Payment]]) -> None:
    bursts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for time_ms, payment in frauds["card_testing"]:
        assert float(payment.amount) < 15
        assert payment.latitude is None
        bursts[payment.customer_id, payment.store_id].append(time_ms)
    alone = [times for times in bursts.values() if len(times) <= 25]
    assert len(alone) > 0.9 * len(bursts)
    for times in alone:
        assert len(times) >= 10
        assert max(times) - min(times) < 600_000


def test_impossible_travel_is_seen_far_from_home_and_never_online(frauds: dict[str, list[Payment]]) -> None:
    assert all(payment.latitude is not None for _, payment in frauds["impossible_travel"])


def test_a_takeover_is_several_purchases_of_one_account_online(frauds: dict[str, list[Payment]]) -> None:
    accounts: dict[str, int] = defaultdict(int)
    for _, payment in frauds["account_takeover"]:
        assert payment.latitude is None
        accounts[payment.customer_id] += 1
    assert min(accounts.values()) >= 3


def test_listed_frauds_use_listed_customers_and_stores_only(frauds: dict[str, list[Payment]]) -> None:
    assert {payment.customer_id for _, payment in frauds["listed_customer"]} <= {f"cust-{number:06d}" for number in range(3_993, 4_001)}
    assert {payment.store_id for _, payment in frauds["listed_store"]} == {"store-198", "store-199", "store-200"}


def test_a_compromised_store_hits_many_customers_of_few_stores(frauds: dict[str, list[Payment]]) -> None:
    payments = [payment for _, payment in frauds["compromised_store"]]
    assert len({payment.store_id for payment in payments}) <= 20
    assert len({payment.customer_id for payment in payments}) > 0.7 * len(payments)


def test_frauds_never_lie_after_the_end_of_the_history(frauds: dict[str, list[Payment]]) -> None:
    assert max(time_ms for payments in frauds.values() for time_ms, _ in payments) < PLAN.end_ms
