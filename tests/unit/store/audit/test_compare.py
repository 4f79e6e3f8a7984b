"""Comparing entries: each fault has one name, and the arrays agree with a comparison in plain Python."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from streamflow.store.audit.compare import Difference, amounts, answers, collapse, copies, topics
from streamflow.store.audit.entries import Entries, Entry, pack

Told = tuple[int, int]
"""An offset and the digest of what is said of it."""

told = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=12)


def entries(said: list[Told]) -> Entries:
    return pack(Entry(0, offset, 1_000 + offset, place=place, digest=digest) for place, (offset, digest) in enumerate(said))


def faults(difference: Difference) -> dict[str, list[int]]:
    """Return the offsets of each kind that was found at all."""
    return {kind.value: sorted(found["offset"].tolist()) for kind, found in difference.faults.items() if len(found)}


def test_two_sides_that_say_the_same_have_no_fault() -> None:
    same = entries([(0, 1), (1, 2)])
    difference = copies(same, same)
    assert (difference.expected, difference.found, difference.repeats, faults(difference)) == (2, 2, 0, {})


def test_what_only_the_topic_has_is_a_gap_and_what_only_the_table_has_is_an_orphan() -> None:
    assert faults(copies(entries([(0, 1), (1, 1)]), entries([(1, 1), (2, 1)]))) == {"gap": [0], "orphan": [2]}


def test_another_content_in_the_table_is_a_change_and_a_second_row_is_a_double() -> None:
    assert faults(copies(entries([(0, 1), (1, 1)]), entries([(0, 2), (1, 1), (1, 1)]))) == {"changed": [0], "double": [1]}


def test_the_topic_may_repeat_a_record_but_not_contradict_itself() -> None:
    table = entries([(0, 1)])
    repeated = copies(entries([(0, 1), (0, 1)]), table)
    assert (faults(repeated), repeated.repeats) == ({}, 1)
    raw = entries([(0, 0)])
    said_twice = answers(raw, entries([(0, 1), (0, 1)]), entries([]))
    assert (faults(said_twice), said_twice.repeats) == ({}, 1)
    contradicting = answers(raw, entries([(0, 1), (0, 2)]), entries([]))
    assert (faults(contradicting), contradicting.repeats) == ({"double": [0]}, 0)


def test_a_table_that_holds_either_content_of_a_contradiction_is_no_further_fault() -> None:
    topic = entries([(0, 1), (0, 2)])
    assert faults(copies(topic, entries([(0, 1)]))) == faults(copies(topic, entries([(0, 2)]))) == {}


def test_a_record_is_answered_once_by_a_decision_or_by_a_dead_letter() -> None:
    raw = entries([(offset, 0) for offset in range(4)])
    difference = answers(raw, entries([(0, 1), (2, 1)]), entries([(1, 1), (2, 1), (9, 1)]))
    assert faults(difference) == {"gap": [3], "orphan": [9], "double": [2]}
    assert (difference.expected, difference.found) == (4, 4)


def test_an_answer_that_names_another_time_than_its_record_is_changed() -> None:
    raw, scored = entries([(0, 0)]), pack([Entry(0, 0, 999, digest=1)])
    assert faults(answers(raw, scored, entries([]))) == {"changed": [0]}


def test_a_row_must_name_the_place_of_one_of_the_letters_it_stands_for() -> None:
    topic = pack([Entry(0, 5, 0, place=7, digest=1), Entry(0, 5, 0, place=9, digest=1), Entry(0, 6, 0, place=8, digest=1)])
    for place, expected in ((7, {}), (9, {}), (8, {"changed": [5]})):
        table = pack([Entry(0, 5, 0, place=place, digest=1), Entry(0, 6, 0, place=8, digest=1)])
        assert faults(copies(topic, table, places=True)) == expected
    both_wrong = pack([Entry(0, 5, 0, place=1, digest=2), Entry(0, 6, 0, place=8, digest=1)])
    assert faults(copies(topic, both_wrong, places=True)) == {"changed": [5]}


def test_what_is_not_owed_yet_is_no_gap_but_is_compared_where_it_is_there() -> None:
    earlier = pack([Entry(0, 0, 0, digest=1, owed=False), Entry(0, 1, 0, digest=1, owed=False), Entry(0, 2, 0, digest=1)])
    assert faults(copies(earlier, entries([(1, 2)]))) == {"changed": [1], "gap": [2]}
    assert copies(earlier, entries([(1, 2)])).expected == 2


@given(told, told)
def test_copies_agree_with_plain_python(topic: list[Told], table: list[Told]) -> None:
    contents: dict[int, set[int]] = {}
    for offset, digest in topic:
        contents.setdefault(offset, set()).add(digest)
    rows = Counter(offset for offset, _ in table)
    first_rows = dict(reversed(table))
    expected = {
        "gap": sorted(contents.keys() - rows.keys()),
        "orphan": sorted(rows.keys() - contents.keys()),
        "double": sorted(Counter({offset: count - 1 for offset, count in rows.items()}).elements()),
        "changed": sorted(
            offset for offset in contents.keys() & rows.keys() if len(contents[offset]) == 1 and first_rows[offset] not in contents[offset]
        ),
    }
    difference = copies(entries(topic), entries(table))
    assert faults(difference) == {kind: offsets for kind, offsets in expected.items() if offsets}
    assert (difference.expected, difference.found) == (len(contents), len(table))


@given(st.sets(st.integers(0, 6)), told, told)
def test_answers_agree_with_plain_python(raw: set[int], scored: list[Told], dead: list[Told]) -> None:
    decided, died = {offset for offset, _ in scored}, {offset for offset, _ in dead}
    first = {side: dict(reversed(said)) for side, said in (("scored", scored), ("dead", dead))}
    contradictions = [
        offset for side, said in (("scored", scored), ("dead", dead)) for offset, digest in said if digest != first[side][offset]
    ]
    expected = {
        "gap": sorted(raw - decided - died),
        "orphan": sorted((decided | died) - raw),
        "double": sorted([*(decided & died), *contradictions]),
    }
    difference = answers(entries([(offset, 0) for offset in sorted(raw)]), entries(scored), entries(dead))
    assert faults(difference) == {kind: offsets for kind, offsets in expected.items() if offsets}
    assert difference.repeats == len(scored) - len(decided) + len(dead) - len(died) - len(contradictions)


@given(told, st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter(said: list[Told], random: "object") -> None:
    unique = list({offset: digest for offset, digest in said}.items())
    shuffled = [*unique, *unique]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    difference = topics(entries(unique), entries(shuffled))
    assert (faults(difference), difference.repeats) == ({}, len(unique))
    assert len(collapse(entries(shuffled)).entries) == len(unique)


@given(st.lists(st.tuples(st.sampled_from(["BRL", "JPY", "USD"]), st.integers(0, 99_999_999_999_999)), max_size=50))
def test_sums_are_exact(payments: list[tuple[str, int]]) -> None:
    found = amounts(pack(Entry(0, 0, 0, cents=cents, currency=currency.encode()) for currency, cents in payments))
    expected: Counter[str] = Counter()
    for currency, cents in payments:
        expected[currency] += cents
    assert found == {currency: expected[currency] for currency in {currency for currency, _ in payments}}


def test_a_million_greatest_amounts_do_not_overflow() -> None:
    greatest = Decimal("999999999999.99")
    many = pack([Entry(0, 0, 0, cents=int(greatest * 100), currency=b"BRL")]).repeat(1_000_000)
    assert Decimal(amounts(many)["BRL"]).scaleb(-2) == greatest * 1_000_000
