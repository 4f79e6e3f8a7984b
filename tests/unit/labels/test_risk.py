"""Risk snapshots: what labels that were known say, decayed; and nothing else."""

from math import exp

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Label
from streamflow.contracts.risk import MAX_RISK_CUSTOMERS, RiskDocument
from streamflow.labels.book import LabelBook, moment_order
from streamflow.labels.risk import AVERAGE_WEIGHT, RiskBuilder, build_risk
from streamflow.score.risk import PRIOR_FRAUD_RATIO, RISK_FEATURES, RiskSnapshot
from tests.unit.labels.labels import DAY_MS, days_ms, histories, label


def built(labels: list[Label], day: float) -> RiskDocument:
    return build_risk(LabelBook(labels), days_ms(day))[0]


def counts(document: RiskDocument, store: str = "store-1") -> tuple[float, ...]:
    """Return a store's counts at the moment of the document."""
    risk = document.stores[store]
    age_ms = document.as_of_ms - (document.as_of_ms if risk.counted_at_ms is None else risk.counted_at_ms)
    return tuple(count * exp(-age_ms / (days * DAY_MS)) for count, days in zip(risk[:6], (1, 1, 7, 7, 30, 30), strict=True))


def test_a_label_counts_from_the_moment_it_is_known_and_fades_from_then_on() -> None:
    assert counts(built([label(7)], 7)) == (1, 0, 1, 0, 1, 0)
    faded = counts(built([label(7)], 8))
    assert faded == pytest.approx((exp(-1), 0, exp(-1 / 7), 0, exp(-1 / 30), 0))


def test_honest_labels_count_apart() -> None:
    labels = [label(7, transaction_id=f"tx-{number}", is_fraud=number == 0) for number in range(5)]
    assert counts(built(labels, 7)) == (1, 4, 1, 4, 1, 4)


def test_before_it_is_known_a_label_leaves_no_trace_but_in_the_summary() -> None:
    document, summary = build_risk(LabelBook([label(7)]), days_ms(7) - 1)
    assert (document.stores, document.customers, document.labels) == ({}, (), 0)
    assert (summary.labels, summary.not_known_yet) == (0, 1)


def test_a_verdict_that_changes_takes_the_older_one_back_and_enters_at_its_own_moment() -> None:
    document, summary = build_risk(LabelBook([label(3, is_fraud=False), label(9)]), days_ms(9))
    assert counts(document) == pytest.approx((1, 0, 1, 0, 1, 0), abs=1e-12)
    assert document.customers == ("cust-1",)
    assert summary.changed_verdicts == 1
    assert counts(built([label(3, is_fraud=False), label(9)], 8.9))[1] > 0, "until then it was honest"


def test_a_fraud_that_is_taken_back_leaves_neither_the_store_nor_the_customer_marked() -> None:
    labels = [label(3), label(3, transaction_id="tx-2", customer_id="cust-2", event_day=1), label(9, is_fraud=False)]
    document = built(labels, 9)
    assert document.customers == ("cust-2",)
    assert document.stores["store-1"].last_fraud_ms == days_ms(1)
    retracted = built([*labels, label(10, transaction_id="tx-2", customer_id="cust-2", event_day=1, is_fraud=False)], 10)
    assert retracted.customers == ()
    assert retracted.stores["store-1"].last_fraud_ms is None
    assert all(count >= 0 for count in counts(retracted))


def test_a_verdict_that_names_another_store_moves_there() -> None:
    document = built([label(3), label(9, store_id="store-2")], 9)
    assert counts(document) == pytest.approx((0, 0, 0, 0, 0, 0), abs=1e-12)
    assert counts(document, "store-2") == (1, 0, 1, 0, 1, 0)
    assert document.stores["store-1"].last_fraud_ms is None


def test_a_verdict_that_is_confirmed_counts_from_its_confirmation_and_once_in_the_average() -> None:
    once, twice = built([label(3)], 9), built([label(3), label(9, source="chargeback")], 9)
    assert counts(twice) == pytest.approx((1, 0, 1, 0, 1, 0))
    assert twice.stores["store-1"].fraud_average == once.stores["store-1"].fraud_average


def test_the_moving_average_follows_the_verdicts() -> None:
    labels = [label(day, transaction_id=f"tx-{day}", is_fraud=day > 3) for day in range(1, 6)]
    average = PRIOR_FRAUD_RATIO
    for is_fraud in (0, 0, 0, 1, 1):
        average += AVERAGE_WEIGHT * (is_fraud - average)
    assert built(labels, 9).stores["store-1"].fraud_average == pytest.approx(average)


def test_the_last_fraud_is_the_last_payment_not_the_last_label() -> None:
    labels = [label(9, event_day=1), label(5, event_day=4, transaction_id="tx-2")]
    assert built(labels, 9).stores["store-1"].last_fraud_ms == days_ms(4)


def test_customers_are_kept_by_the_newest_fraud_and_no_more_than_fit() -> None:
    builder = RiskBuilder()
    for number in range(MAX_RISK_CUSTOMERS + 5):
        builder.add(label(7 + number / 1e6, transaction_id=f"tx-{number}", customer_id=f"cust-{number}"))
    customers = builder.document(days_ms(8)).customers
    assert len(customers) == MAX_RISK_CUSTOMERS
    assert (customers[0], customers[-1]) == (f"cust-{MAX_RISK_CUSTOMERS + 4}", "cust-5")


@given(histories, st.integers(0, 17))
def test_the_same_labels_in_any_order_and_twice_make_the_same_document(labels: list[Label], day: int) -> None:
    assert built(labels, day) == built([*reversed(labels), *labels[:7]], day)


@given(histories, st.integers(0, 17), st.integers(0, 17))
def test_going_on_from_a_document_with_the_newer_labels_equals_a_build_from_nothing_to_the_bit(
    labels: list[Label], first: int, second: int
) -> None:
    book = LabelBook(labels)
    earlier, later = sorted((days_ms(first), days_ms(second)))
    whole, summary = build_risk(book, later, version=2)
    stored = msgspec.json.decode(msgspec.json.encode(build_risk(book, earlier)[0]), type=RiskDocument)
    continued, other = build_risk(book, later, version=2, previous=stored)
    assert msgspec.json.encode(continued) == msgspec.json.encode(whole)
    assert (other.labels, other.not_known_yet, other.frauds) == (summary.labels, summary.not_known_yet, summary.frauds)
    builder = RiskBuilder.resume(stored, book.verdicts(earlier))
    for item in book.in_order():
        if earlier < item.known_at_ms <= later:
            builder.add(item)
    assert builder.document(later, 2) == whole


@given(histories, st.integers(0, 17))
def test_documents_on_the_way_change_nothing(labels: list[Label], day: int) -> None:
    builder = RiskBuilder()
    for item in LabelBook(labels).in_order():
        if item.known_at_ms <= days_ms(day):
            builder.add(item)
            builder.document(item.known_at_ms)
    assert builder.document(days_ms(day)) == built(labels, day)


@given(histories, st.integers(0, 17))
def test_counts_are_those_of_the_verdicts_that_hold(labels: list[Label], day: int) -> None:
    """Against the definition: the sum over the verdicts that hold at the moment."""
    document = built(labels, day)
    expected = {name: [0.0] * 6 for name in document.stores}
    for verdict in LabelBook(labels).verdicts(days_ms(day)):
        for place, days in enumerate((1, 7, 30)):
            age_ms = days_ms(day) - verdict.known_at_ms
            expected[verdict.store_id][2 * place + (not verdict.is_fraud)] += exp(-age_ms / (days * DAY_MS))
    for name in document.stores:
        assert counts(document, name) == pytest.approx(expected[name], rel=1e-9, abs=1e-9)


@given(histories, st.integers(0, 17), st.data())
def test_flipping_every_label_that_is_not_known_yet_changes_no_document_and_no_feature(
    labels: list[Label], day: int, data: st.DataObject
) -> None:
    as_of_ms = days_ms(day)
    flipped = [
        msgspec.structs.replace(item, is_fraud=not item.is_fraud, store_id=data.draw(st.sampled_from(["store-1", "store-9"])))
        if item.known_at_ms > as_of_ms
        else item
        for item in labels
    ]
    assume(flipped != labels)
    before, after = built(labels, day), built(flipped, day)
    assert msgspec.json.encode(before) == msgspec.json.encode(after)
    for store in ("store-1", "store-2", "store-9"):
        rows = [RiskSnapshot(document).of(store, "cust-1", as_of_ms + DAY_MS) for document in (before, after)]
        assert repr(rows[0]) == repr(rows[1])


@given(histories, st.integers(0, 17))
def test_any_document_is_one_that_the_engine_takes(labels: list[Label], day: int) -> None:
    document = msgspec.json.decode(msgspec.json.encode(built(labels, day)), type=RiskDocument)
    assert len(RiskSnapshot(document).of("store-1", "cust-1", days_ms(day))) == len(RISK_FEATURES)
    assert all(count >= 0 for store in document.stores.values() for count in store[:6])


def test_labels_that_came_late_for_a_document_are_noticed() -> None:
    previous = built([label(7)], 9)
    late = label(8, transaction_id="tx-2")
    with pytest.raises(BadInputError, match=r"built of other labels.*expected the 1 labels.*got 2 labels"):
        build_risk(LabelBook([label(7), late]), days_ms(10), previous=previous)
    with pytest.raises(BadInputError, match="known later"):
        RiskBuilder.resume(previous, [label(7)]).add(late)


@pytest.mark.parametrize(
    "verdicts",
    [[], [label(7, customer_id="cust-2")], [label(7, store_id="store-2")], [label(10)]],
    ids=["none", "customer", "store", "later"],
)
def test_a_document_goes_on_with_its_own_verdicts_only(verdicts: list[Label]) -> None:
    with pytest.raises(BadInputError, match="built of other labels"):
        RiskBuilder.resume(built([label(7)], 9), verdicts)


def test_moments_go_forward_only() -> None:
    builder = RiskBuilder()
    builder.add(label(7))
    builder.add(label(7))
    with pytest.raises(BadInputError, match="known later"):
        builder.add(label(6, transaction_id="tx-2"))
    with pytest.raises(BadInputError, match="after the document's moment"):
        builder.document(days_ms(6))
    with pytest.raises(BadInputError, match="of a later moment"):
        build_risk(LabelBook([label(7)]), days_ms(8), previous=builder.document(days_ms(9)))


def test_labels_are_sorted_by_the_millisecond_in_which_they_are_surely_known() -> None:
    assert moment_order(label(7 + 0.4 / DAY_MS))[0] == days_ms(7) + 1
