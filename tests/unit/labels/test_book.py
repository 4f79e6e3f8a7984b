"""Which verdict holds when: the newest that was known, whatever order the labels came in."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.label import Label
from streamflow.labels.book import LabelBook, moment_order
from tests.unit.labels.labels import days_ms, histories, label


def test_a_verdict_holds_from_the_moment_it_is_known_and_not_a_millisecond_before() -> None:
    book = LabelBook([label(7)])
    assert book.verdict("tx-1", days_ms(7) - 1) is None
    assert book.verdict("tx-1", days_ms(7)) == label(7)


def test_the_newest_verdict_holds_and_the_older_one_held_before_it() -> None:
    book = LabelBook([label(9, is_fraud=True), label(3, is_fraud=False)])
    assert [book.verdict("tx-1", days_ms(day)) for day in (2, 3, 8.9)] == [None, label(3, is_fraud=False), label(3, is_fraud=False)]
    assert book.verdict("tx-1", days_ms(9)) == book.verdict("tx-1") == label(9)


def test_of_two_verdicts_of_one_moment_the_one_that_says_fraud_holds_whichever_came_first() -> None:
    for labels in ([label(3, is_fraud=False), label(3)], [label(3), label(3, is_fraud=False)]):
        assert LabelBook(labels).verdict("tx-1") == label(3)


def test_the_same_label_twice_is_one() -> None:
    book = LabelBook()
    assert [book.add(label()), book.add(label())] == [True, False]
    assert len(book) == len(book.in_order()) == 1


def test_a_transaction_that_nobody_spoke_of_has_no_verdict() -> None:
    book = LabelBook([label()])
    assert book.verdict("tx-2") is None
    assert book.history("tx-2") == ()
    assert list(book.verdicts(days_ms(6))) == []


@given(histories, st.randoms(use_true_random=False), st.integers(0, 20))
def test_the_order_in_which_labels_come_changes_nothing(labels: list[Label], random: Random, day: int) -> None:
    shuffled = [*labels, *labels[:5]]
    random.shuffle(shuffled)
    book, other = LabelBook(labels), LabelBook(shuffled)
    assert book.in_order() == other.in_order() == sorted(set(labels), key=moment_order)
    assert sorted(book.verdicts(days_ms(day)), key=moment_order) == sorted(other.verdicts(days_ms(day)), key=moment_order)
