"""The layer on prometheus-client, read back as Prometheus reads it."""

import random
import threading

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from streamflow.contracts.instruments import Instrument, Label
from streamflow.contracts.probe_metrics import PROBE_METRICS
from streamflow.probe.meters import Meters

SHOPS = tuple(f"shop-{number}" for number in range(200))
SALES = Instrument(name="sales_total", kind="counter", what="Sales.", labels=(Label(name="shop", values=SHOPS),))
STOCK = Instrument(name="stock", kind="gauge", what="Stock.")
WAITS = Instrument(name="waits_seconds", kind="histogram", what="Waits.", bounds=(0.1, 1.0, 10.0))


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def meters(registry: CollectorRegistry) -> Meters:
    return Meters([SALES, STOCK, WAITS], registry)


def samples(registry: CollectorRegistry) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return what a scrape holds, by name and labels."""
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {(sample.name, tuple(sample.labels.values())): sample.value for family in families for sample in family.samples}


def test_a_hundred_thousand_increments_from_four_threads_on_many_labels_are_exact(meters: Meters, registry: CollectorRegistry) -> None:
    def sell(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - test data
        for _ in range(25_000):
            meters.add(SALES, 1, chance.choice(SHOPS))

    threads = [threading.Thread(target=sell, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = samples(registry)
    expected = dict.fromkeys(SHOPS, 0)
    for seed in range(4):
        chance = random.Random(seed)  # noqa: S311 - test data
        for _ in range(25_000):
            expected[chance.choice(SHOPS)] += 1
    assert {shop: found["sales_total", (shop,)] for shop in SHOPS} == expected


def test_ten_thousand_observations_fall_into_the_right_buckets(meters: Meters, registry: CollectorRegistry) -> None:
    chance = random.Random(1)  # noqa: S311 - test data
    values = [0.1, 1.0, 10.0, *(chance.expovariate(1) for _ in range(10_000))]
    for value in values:
        meters.observe(WAITS, value)
    found = samples(registry)
    for bound in ("0.1", "1.0", "10.0", "+Inf"):
        assert found["waits_seconds_bucket", (bound,)] == sum(value <= float(bound) for value in values)
    assert found["waits_seconds_count", ()] == len(values)
    assert found["waits_seconds_sum", ()] == pytest.approx(sum(values))


def test_the_last_of_many_rapid_values_is_shown(meters: Meters, registry: CollectorRegistry) -> None:
    for value in range(10_000):
        meters.show(STOCK, value)
    assert samples(registry)["stock", ()] == 9_999


def test_a_timer_enters_how_long_its_block_took_also_where_it_fails(meters: Meters, registry: CollectorRegistry) -> None:
    with meters.timer(WAITS):
        pass
    with pytest.raises(KeyError), meters.timer(WAITS):
        raise KeyError
    found = samples(registry)
    assert found["waits_seconds_count", ()] == 2
    assert 0 < found["waits_seconds_sum", ()] < 1


def test_what_can_be_known_before_is_shown_as_0_from_the_start(registry: CollectorRegistry, meters: Meters) -> None:
    found = samples(registry)
    assert {found["sales_total", (shop,)] for shop in SHOPS} == {0}
    assert found["waits_seconds_bucket", ("+Inf",)] == 0


def test_wrong_labels_are_refused(meters: Meters) -> None:
    with pytest.raises(ValueError, match="label"):
        meters.add(SALES, 1, "shop-1", "card")


@pytest.mark.parametrize("instrument", PROBE_METRICS, ids=lambda instrument: instrument.name)
def test_names_follow_prometheus_conventions_and_series_are_bounded(instrument: Instrument) -> None:
    assert instrument.name.startswith("streamflow_")
    assert instrument.name.endswith("_total") == (instrument.kind == "counter")
    if instrument.kind == "histogram":
        assert instrument.name.endswith("_seconds")
    assert 1 <= instrument.most_series <= 1_000


def test_no_label_can_hold_a_customer_a_store_or_free_text() -> None:
    open_labels = {label.name for instrument in PROBE_METRICS for label in instrument.labels if not label.values}
    # A number is one of the features, ml_score or rules_score.
    assert open_labels == {"number", "partition", "topic", "version"}
