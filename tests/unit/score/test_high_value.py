"""FR-001."""

from typing import Any

import pytest

from streamflow.control.documents import default_rules
from tests.unit.factories import TEN_O_CLOCK_MS, Shop, fired, rules_with

AVERAGE = "100.00"


def regular(purchases: int = 5, **changes: Any) -> Shop:
    """Return a shop whose customer has paid 100.00 so many times."""
    shop = Shop()
    shop.pay_daily(purchases, amount=AVERAGE, **changes)
    return shop


@pytest.mark.parametrize(("amount", "fires"), [("300.00", False), ("300.01", True), ("100.00", False), ("0.01", False)])
def test_an_amount_is_high_above_three_times_the_average_and_not_at_it(amount: str, fires: bool) -> None:
    assert ("FR-001" in fired(regular().pay(amount=amount))) is fires


@pytest.mark.parametrize(("purchases", "fires"), [(0, False), (4, False), (5, True)])
def test_the_average_counts_after_five_transactions(purchases: int, fires: bool) -> None:
    assert ("FR-001" in fired(regular(purchases).pay(amount="900.00"))) is fires


def test_a_rule_that_asks_for_more_history_waits_for_it() -> None:
    shop = Shop(rules_with("FR-001", parameters={"min_transactions": 8}))
    shop.pay_daily(7)
    assert fired(shop.pay(amount="900.00")) == []
    shop.pay_daily(1, until_ms=TEN_O_CLOCK_MS)
    assert fired(shop.pay(amount="900.00")) == ["FR-001"]


@pytest.mark.parametrize(("amount", "outcome"), [("377.00", "approve"), ("378.00", "review")])
def test_alone_it_alerts_from_3_8_times_the_average(amount: str, outcome: str) -> None:
    """2 ^ (1 / 3) times the threshold: 3.7798 times the average."""
    decision = regular().pay(amount=amount)
    assert fired(decision) == ["FR-001"]
    assert decision.answer.outcome == outcome


def test_the_detail_names_ratio_and_average_and_the_reason_says_them_in_words() -> None:
    answer = regular().pay(amount="450.00").answer
    assert answer.rules[0].detail == {"amount_ratio": 4.5, "amount_mean": 100.0}
    assert answer.reasons == ("FR-001 high value: BRL 450.00 is 4.5 times the customer's average",)


def test_amounts_are_compared_in_the_reference_currency() -> None:
    """60 USD are 324 BRL at the shipped rate of 5.4, 55 are 297."""
    assert default_rules().rates["USD"] == 5.4
    assert fired(regular().pay(amount="60.00", currency="USD")) == ["FR-001"]
    assert fired(regular().pay(amount="55.00", currency="USD")) == []


def test_an_average_of_dollars_judges_reais() -> None:
    shop = regular(currency="USD")
    assert fired(shop.pay(amount="1620.00")) == []
    assert fired(shop.pay(amount="1700.00")) == ["FR-001"]


def test_without_a_rate_the_rule_does_not_apply_the_amount_is_not_learned_and_the_decision_says_so() -> None:
    shop = regular()
    decision = shop.pay(amount="900.00", currency="CHF")
    assert fired(decision) == []
    assert decision.answer.rate_missing
    assert decision.answer.features[0] is decision.answer.features[5] is None
    assert (shop.state().amount_count, shop.state().event_count, shop.state().amount_mean) == (5, 6, 100.0)


def test_events_without_a_rate_do_not_count_for_the_five_transactions() -> None:
    shop = regular(5, currency="CHF")
    assert fired(shop.pay(amount="900.00")) == []
    shop = regular()
    assert not shop.pay().answer.rate_missing
