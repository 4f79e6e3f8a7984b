"""Would a person believe these customers?"""

from collections import defaultdict

import numpy as np
import pytest

from streamflow.simulate import FraudRatios, Plan, batches

NO_FRAUD = FraudRatios(**dict.fromkeys(FraudRatios().__dataclass_fields__, 0.0))
TEN_MINUTES_MS = 600_000


@pytest.fixture(scope="module")
def payments() -> dict[str, list[tuple[int, float, str]]]:
    """Time, amount and store of every payment, by customer."""
    found: dict[str, list[tuple[int, float, str]]] = defaultdict(list)
    for batch in batches(Plan(events=60_000, customers=1_000, days=30, seed=5, fraud=NO_FRAUD)):
        columns = batch.columns()
        for customer, time_ms, amount, store in zip(
            columns.customer_id, batch.timestamps_ms(), columns.amount, columns.store_id, strict=True
        ):
            found[customer].append((time_ms, float(amount), store))
    return found


def test_honest_customers_hardly_ever_pay_six_times_in_ten_minutes(payments: dict[str, list[tuple[int, float, str]]]) -> None:
    bursts = 0
    for history in payments.values():
        times = np.array([time_ms for time_ms, _, _ in history])
        bursts += int((times[5:] - times[:-5] <= TEN_MINUTES_MS).sum())
    assert bursts <= 2


def test_each_customer_keeps_to_personal_amounts(payments: dict[str, list[tuple[int, float, str]]]) -> None:
    spreads = [np.log([amount for _, amount, _ in history]).std() for history in payments.values() if len(history) > 30]
    medians = [np.log(np.median([amount for _, amount, _ in history])) for history in payments.values() if len(history) > 30]
    assert 0.4 < float(np.median(spreads)) < 0.5
    assert float(np.std(medians)) > 0.6, "customers must differ from each other"


def test_each_customer_keeps_to_a_time_of_day(payments: dict[str, list[tuple[int, float, str]]]) -> None:
    lengths = []
    for history in payments.values():
        angle = np.array([time_ms for time_ms, _, _ in history]) % 86_400_000 / 86_400_000 * 2 * np.pi
        if len(angle) > 30:
            lengths.append(float(np.hypot(np.cos(angle).mean(), np.sin(angle).mean())))
    assert 0.6 < float(np.median(lengths)) < 0.9


def test_nights_are_quiet(payments: dict[str, list[tuple[int, float, str]]]) -> None:
    hours = np.array([time_ms // 3_600_000 % 24 for history in payments.values() for time_ms, _, _ in history])
    local = (hours - 3) % 24
    assert np.sum((local >= 2) & (local < 5)) < 0.2 * np.sum((local >= 12) & (local < 15))


def test_a_customer_has_habitual_stores(payments: dict[str, list[tuple[int, float, str]]]) -> None:
    shares = []
    for history in payments.values():
        stores = [store for _, _, store in history if int(store[-3:]) <= 180]
        if len(stores) > 20:
            counts = sorted((stores.count(store) for store in set(stores)), reverse=True)
            shares.append(sum(counts[:3]) / len(stores))
    assert float(np.median(shares)) > 0.7


def test_amounts_are_at_least_one_real_and_nobody_honest_pays_at_a_listed_store(
    payments: dict[str, list[tuple[int, float, str]]],
) -> None:
    everything = [payment for history in payments.values() for payment in history]
    assert min(amount for _, amount, _ in everything) >= 1.0
    assert not {store for _, _, store in everything} & {"store-198", "store-199", "store-200"}
