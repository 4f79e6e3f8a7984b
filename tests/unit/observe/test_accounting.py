"""What is owed and what came, against a list that remembers everything."""

from hypothesis import given
from hypothesis import strategies as st

from streamflow.observe.accounting import OpenBook, PartitionAccount, Settled, Waiting

START = 100


class Remembered:
    """The same account as plain sets: slow, unbounded and evident."""

    def __init__(self) -> None:
        self.since: dict[int, int] = {}
        self.answered: set[int] = set()

    def settle(self, offset: int) -> Settled:
        if offset < START:
            return Settled.BEFORE
        if offset in self.answered:
            return Settled.AGAIN
        if offset in self.since or offset > max(self.since, default=START - 1):
            self.answered.add(offset)
            return Settled.FIRST if offset in self.since else Settled.EARLY
        return Settled.AGAIN  # a gap: an offset that holds no record

    def waiting(self) -> list[Waiting]:
        return [Waiting(offset, since_ms) for offset, since_ms in sorted(self.since.items()) if offset not in self.answered]


steps = st.lists(st.tuples(st.sampled_from(["enter", "answer"]), st.integers(0, 30)), max_size=200)


@given(steps)
def test_records_and_answers_in_any_order_are_accounted_for_as_by_one_who_forgets_nothing(steps: list[tuple[str, int]]) -> None:
    account, remembered, offset, now_ms = PartitionAccount(START), Remembered(), START, 0
    for kind, number in steps:
        now_ms += number
        if kind == "enter":
            offset += number % 3 == 0  # now and then a gap
            account.enter(offset, now_ms)
            remembered.since[offset] = now_ms
            offset += 1
        else:
            asked = START - 3 + (offset - START + 6) * number // 30
            assert account.settle(asked) is remembered.settle(asked)
        waiting = remembered.waiting()
        assert account.waiting == len(waiting)
        assert account.oldest() == (waiting[0] if waiting else None)
        assert account.overdue(now_ms) == sum(entry.since_ms < now_ms for entry in waiting)


def test_a_record_that_is_read_twice_counts_once() -> None:
    account = PartitionAccount(0)
    for _ in range(2):
        account.enter(0, 5)
        account.enter(1, 6)
    assert account.waiting == 2
    account.settle(0)
    account.enter(0, 5)
    assert account.oldest() == Waiting(1, 6)


def test_what_is_settled_is_forgotten_however_long_it_goes_on() -> None:
    account = PartitionAccount(0)
    for offset in range(200_000):
        account.enter(offset, offset)
        if offset >= 50:
            account.settle(offset - 50)
            account.oldest()
    assert account.waiting == 50
    assert len(account._since) < 20_000
    assert account.settle(3) is Settled.AGAIN


def test_an_alert_that_comes_before_its_decision_is_not_owed() -> None:
    book = OpenBook(remembered=10)
    assert book.settle("early") is Settled.EARLY
    book.owe("early", 1)
    book.owe("late", 2)
    assert (book.overdue(3), book.settle("late"), book.overdue(3)) == (1, Settled.FIRST, 0)
    book.owe("late", 4)
    assert book.overdue(5) == 0


def test_a_book_remembers_no_more_than_it_may() -> None:
    book = OpenBook(remembered=3)
    assert [book.settle(key) for key in (1, 2, 3, 4, 4, 1)] == [
        Settled.EARLY,
        Settled.EARLY,
        Settled.EARLY,
        Settled.EARLY,
        Settled.AGAIN,
        Settled.EARLY,
    ]
