"""FR-005."""

import msgspec
import pytest

from streamflow.contracts.control import ListEntry, ListsDocument
from streamflow.score.lists import Blocklists
from tests.unit.factories import HOUR_MS, TEN_O_CLOCK_MS, Shop, fired, rules_with

EXPIRES_MS = TEN_O_CLOCK_MS
LISTED_CUSTOMER = ListsDocument(version=4, customers=(ListEntry("cust-1", "chargebacks"),))
LISTED_STORE = ListsDocument(version=4, stores=(ListEntry("store-1"),))
EXPIRING = ListsDocument(version=4, customers=(ListEntry("cust-1", expires_at_ms=EXPIRES_MS),))


def test_a_listed_customer_is_blocked_at_the_first_payment_and_the_reason_is_told() -> None:
    answer = Shop(lists=LISTED_CUSTOMER).pay().answer
    assert (answer.outcome, answer.lists_version) == ("block", 4)
    assert answer.rules[0].detail == {"listed": "customer", "reason": "chargebacks"}
    assert answer.reasons == (
        "FR-005 demands block at least, whatever the score",
        "FR-005 blocklist: the customer cust-1 is listed: chargebacks",
    )
    assert answer.score == 0.2


def test_a_listed_store_blocks_whoever_buys_there_and_nobody_elsewhere() -> None:
    shop = Shop(lists=LISTED_STORE)
    assert shop.pay(customer_id="cust-2").answer.outcome == "block"
    assert shop.pay(customer_id="cust-2", store_id="store-2").answer.outcome == "approve"


def test_the_name_of_a_listed_store_is_no_listed_customer() -> None:
    lists = ListsDocument(version=1, stores=(ListEntry("cust-1"),), customers=(ListEntry("store-1"),))
    assert fired(Shop(lists=lists).pay()) == []


@pytest.mark.parametrize("name", ["CUST-1", "cust-1 ", "cust-10", "cust"])
def test_an_entry_lists_exactly_its_id(name: str) -> None:
    assert fired(Shop(lists=ListsDocument(version=1, customers=(ListEntry(name),))).pay()) == []


@pytest.mark.parametrize(("arrived_ms", "listed"), [(EXPIRES_MS - 1, True), (EXPIRES_MS, False)])
def test_an_entry_expires_by_the_brokers_time_at_its_very_moment(arrived_ms: int, listed: bool) -> None:
    assert (fired(Shop(lists=EXPIRING).pay(TEN_O_CLOCK_MS - HOUR_MS, arrived_ms=arrived_ms)) == ["FR-005"]) is listed


def test_the_time_of_the_event_does_not_keep_an_expired_entry_alive() -> None:
    shop = Shop(lists=EXPIRING)
    assert fired(shop.pay(EXPIRES_MS - 10 * HOUR_MS, arrived_ms=EXPIRES_MS + HOUR_MS)) == []


def test_a_listed_store_is_found_behind_a_customers_expired_entry() -> None:
    lists = msgspec.structs.replace(EXPIRING, stores=(ListEntry("store-1", "skimmer"),))
    found = Blocklists(lists).find("cust-1", "store-1", EXPIRES_MS)
    assert found is not None
    assert (found.kind, found.entry.reason) == ("store", "skimmer")


def test_the_customer_is_named_where_both_are_listed() -> None:
    lists = msgspec.structs.replace(LISTED_CUSTOMER, stores=LISTED_STORE.stores)
    answer = Shop(lists=lists).pay().answer
    assert [hit.detail["listed"] for hit in answer.rules] == ["customer"]
    assert answer.features[4] == 1.0


def test_a_shadowed_blocklist_is_recorded_and_blocks_nobody() -> None:
    answer = Shop(rules_with("FR-005", state="shadow"), LISTED_CUSTOMER).pay().answer
    assert (answer.outcome, answer.score, answer.reasons) == ("approve", 0.0, ())
    assert [(hit.id, hit.state) for hit in answer.rules] == [("FR-005", "shadow")]


def test_a_blocklist_that_is_off_leaves_no_trace_but_the_feature() -> None:
    answer = Shop(rules_with("FR-005", state="off"), LISTED_CUSTOMER).pay().answer
    assert (answer.outcome, answer.rules, answer.features[4]) == ("approve", (), 1.0)


def test_without_a_floor_a_listing_alone_is_weak_evidence() -> None:
    assert Shop(rules_with("FR-005", outcome_at_least=None), LISTED_CUSTOMER).pay().answer.outcome == "approve"
