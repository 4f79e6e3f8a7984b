"""What the page on capacity reckons, from round figures."""

import pytest

from scripts.reference.capacity import BUSY_RATIO, RATES, Measured, measured, need

ROUND = Measured(
    detector_us=50.0,
    model_us=10.0,
    broker_us=10.0,
    writer_us=30.0,
    postgres_us=30.0,
    raw_bytes=250.0,
    decision_bytes=1_000.0,
    alert_ratio=0.01,
    state_bytes=400.0,
    row_bytes=2_000.0,
)


def test_cores_are_for_the_busiest_time_with_room_to_spare() -> None:
    assert need(10_000, ROUND).detectors == 1  # 0.6 busy cores
    assert need(10_001, ROUND).detectors == 2
    assert need(100_000, ROUND).detectors == 10
    assert need(100_000, ROUND).postgres_cores == pytest.approx(3.0)
    assert pytest.approx(0.6) == BUSY_RATIO


def test_three_replicas_want_three_brokers_at_least() -> None:
    assert need(1, ROUND).brokers == 3
    assert need(1_000_000, ROUND).brokers == 13  # 30 busy cores are 50, of which a broker has four


def test_disks_are_for_the_mean_rate_and_the_retention_of_the_topics() -> None:
    # 1 200 a second at the busiest time are 400 on average: 34 560 000 payments a day.
    found = need(1_200, ROUND)
    assert found.topic_bytes == pytest.approx(34_560_000 * (250 * 7 + 1_000 * 7 + 10 * 30) * 3)
    assert found.warehouse_bytes == pytest.approx(34_560_000 * 90 * 2_000)
    assert found.checkpoint_bytes == pytest.approx(34_560_000 / 2 * 400 * 3)


def test_more_payments_never_take_less_and_what_is_beyond_is_said() -> None:
    found = [need(rate, measured()) for rate in RATES]
    for place in range(len(found[0]) - 1):
        column = [row[place] for row in found]
        assert column == sorted(column)
    assert found[0].beyond == "-"
    assert "PostgreSQL" in found[-1].beyond
