"""Stretches that a table must hold: no offset is left out, none is in two of them."""

from hypothesis import given
from hypothesis import strategies as st

from streamflow.observe.closed import DECISION, LETTER, NONE, AnswerLog


def log(grace_ms: int = 10) -> AnswerLog:
    return AnswerLog(partition=3, start=7, since_ms=1_000, grace_ms=grace_ms, skew_ms=100)


@given(st.lists(st.tuples(st.sampled_from([NONE, DECISION, LETTER]), st.integers(0, 20)), max_size=80))
def test_stretches_follow_one_another_and_hold_every_answer_once(answers: list[tuple[int, int]]) -> None:
    book, now_ms, stretches = log(), 1_000, []
    for number, (kind, step_ms) in enumerate(answers):
        if kind != NONE:
            book.mark(7 + number, kind)
        now_ms += step_ms
        stretches.append(book.cut(8 + number, now_ms))
    stretches.append(book.cut(7 + len(answers), now_ms + 10))
    stretches.append(book.cut(7 + len(answers), now_ms + 20))
    found = [stretch for stretch in stretches if stretch is not None]
    ends = [7, *(stretch.end for stretch in found)]
    assert [stretch.start for stretch in found] == ends[:-1]
    assert ends[-1] == 7 + len(answers)
    kinds = [kind for kind, _ in answers]
    assert sum(stretch.decisions for stretch in found) == kinds.count(DECISION)
    assert sum(stretch.letters for stretch in found) == kinds.count(LETTER)


def test_nothing_is_cut_before_its_grace_is_over() -> None:
    book = log(grace_ms=60)
    book.mark(7, DECISION)
    assert book.cut(8, 2_000) is None
    assert book.cut(8, 2_059) is None
    stretch = book.cut(8, 2_060)
    assert stretch is not None
    assert (stretch.end, stretch.since_ms, stretch.until_ms) == (8, 900, 2_100)


def test_answers_to_what_was_cut_already_are_passed_over() -> None:
    book = log(grace_ms=0)
    book.mark(7, DECISION)
    assert book.cut(8, 2_000) is not None
    book.mark(7, LETTER)
    book.mark(3, LETTER)
    book.mark(8, DECISION)
    stretch = book.cut(9, 2_001)
    assert stretch is not None
    assert (stretch.start, stretch.decisions, stretch.letters) == (8, 1, 0)
