"""The helper that the integration and fault tests trust must itself see what is wrong."""

from tests.integration.job.accounting import Accounts, Answer, Place, account, differences

INPUTS = [Place(0, 0), Place(0, 1), Place(1, 0)]
ANSWERS = [(place, Answer("decision", (b"key", str(place).encode()))) for place in INPUTS]


def test_one_answer_for_each_offset_is_in_order() -> None:
    assert account(INPUTS, ANSWERS) == Accounts([], [], [])


def test_a_missing_offset_is_found() -> None:
    assert account(INPUTS, ANSWERS[:1] + ANSWERS[2:]).missing == [Place(0, 1)]


def test_an_answer_to_an_offset_that_never_was_is_found() -> None:
    assert account(INPUTS[:2], ANSWERS).invented == [Place(1, 0)]


def test_the_same_answer_twice_is_a_repeat_and_wrong_only_where_delivery_is_exactly_once() -> None:
    assert account(INPUTS, [*ANSWERS, ANSWERS[0]]).doubled == []
    assert account(INPUTS, [*ANSWERS, ANSWERS[0]], repeats_allowed=False).doubled == [Place(0, 0)]


def test_two_different_answers_to_one_offset_are_found() -> None:
    other = (Place(0, 1), Answer("decision", (b"key", b"another score")))
    assert account(INPUTS, [*ANSWERS, other]).doubled == [Place(0, 1)]


def test_an_offset_that_is_decided_and_dead_is_found() -> None:
    dead = (Place(0, 1), Answer("dead letter", (b"NOT_JSON", b"validate", b"key", b"?")))
    assert account(INPUTS, [*ANSWERS, dead]).doubled == [Place(0, 1)]


def test_one_byte_of_difference_to_the_offline_engine_is_found() -> None:
    changed = {**dict(ANSWERS), Place(0, 1): Answer("decision", (b"key", b"Place(partition=0, offset=2)"))}
    assert [place for place, *_ in differences(dict(ANSWERS), changed)] == [Place(0, 1)]
    assert differences(dict(ANSWERS), dict(ANSWERS)) == []
