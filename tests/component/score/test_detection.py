"""How well the five rules alone find the simulated frauds; the figures that README and docs quote are checked here."""

from collections import Counter

import pytest

from streamflow.contracts.record import Record
from streamflow.control.documents import fixed_control
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.simulate import Plan, traffic
from streamflow.simulate.reference import blocklists

HONEST = "honest"


class Tally:
    """Transactions and alerts by scenario."""

    def __init__(self) -> None:
        self.transactions: Counter[str] = Counter()
        self.alerts: Counter[str] = Counter()

    def recall(self, scenario: str) -> float:
        return self.alerts[scenario] / self.transactions[scenario]

    @property
    def frauds(self) -> int:
        return self.transactions.total() - self.transactions[HONEST]

    @property
    def frauds_found(self) -> int:
        return self.alerts.total() - self.alerts[HONEST]


@pytest.fixture(scope="module")
def tally() -> Tally:
    plan = Plan()
    engine, states, tally = Engine(fixed_control(lists=blocklists(plan))), MemoryStates(), Tally()
    for offset, event in enumerate(traffic(plan)):
        result = engine.process(Record("transactions.raw", 0, offset, event.timestamp_ms, event.key, event.value), states)
        assert isinstance(result, Decided)
        assert event.label is not None
        scenario = event.label.scenario or HONEST
        tally.transactions[scenario] += 1
        tally.alerts[scenario] += result.is_alert
    return tally


def test_at_most_one_in_a_hundred_honest_transactions_reaches_the_alert_threshold(tally: Tally) -> None:
    assert tally.recall(HONEST) <= 0.01


def test_more_than_half_of_the_fraudulent_transactions_reach_the_alert_threshold(tally: Tally) -> None:
    assert tally.frauds_found / tally.frauds > 0.5


def test_four_of_five_alerts_are_frauds(tally: Tally) -> None:
    assert tally.frauds_found / tally.alerts.total() > 0.8


def test_every_listed_customer_and_store_is_stopped(tally: Tally) -> None:
    assert tally.recall("listed_customer") == tally.recall("listed_store") == 1.0


def test_frauds_that_break_no_rule_are_not_claimed_to_be_found(tally: Tally) -> None:
    """A compromised store looks like its honest customers: rules do not see it, and the docs say so."""
    assert tally.recall("compromised_store") < 0.2
