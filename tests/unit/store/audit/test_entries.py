"""Entries in files: what lies in the scope comes back, what lies nowhere is kept apart, the rest is left out."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from streamflow.store.audit.entries import BUCKET_OFFSETS, Entry, Scope, Side, Span, Spill, pack, place_of, split, split_place

SCOPE = Scope({0: Span(10, 20, 1_000, 2_000), 1: Span(0, 5, 1_500, 3_000)}, frozenset({0, 1, 2}))


def test_an_entry_of_the_scope_has_its_place_and_its_time() -> None:
    inside, astray = split(pack([Entry(0, 10, 1_000), Entry(0, 19, 2_000), Entry(1, 4, 3_000)]), SCOPE)
    assert (inside["offset"].tolist(), len(astray)) == ([10, 19, 4], 0)


def test_a_place_that_no_record_has_at_that_time_is_astray() -> None:
    entries = [Entry(0, 20, 1_500), Entry(0, 9, 1_500), Entry(7, 3, 2_500)]
    inside, astray = split(pack(entries), SCOPE)
    assert (len(inside), astray["offset"].tolist()) == (0, [20, 9, 3])


def test_younger_and_older_records_and_partitions_that_nobody_asked_for_are_left_out() -> None:
    entries = [
        Entry(0, 20, 2_000),  # the next record, of the same millisecond
        Entry(0, 25, 2_500),
        Entry(0, 9, 1_000),
        Entry(0, 15, 500),  # of a topic that had this name before
        Entry(2, 15, 1_500),  # a partition that is there and not asked for
        Entry(9, 15, 10_000),
    ]
    inside, astray = split(pack(entries), SCOPE)
    assert (len(inside), len(astray)) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3 * BUCKET_OFFSETS)), max_size=40))
def test_what_is_spilled_comes_back_bucket_by_bucket_in_its_order(tmp_path_factory: object, places: list[tuple[int, int]]) -> None:
    folder: Path = tmp_path_factory.mktemp("spill")  # type: ignore[attr-defined]
    partitions = range(4)
    spill = Spill(folder, Scope({partition: Span(0, 1 << 40, 0, 10) for partition in partitions}, frozenset(partitions)))
    for number, (partition, offset) in enumerate(places):
        spill.add(Side.SCORED, Entry(partition, offset, 5, digest=number))
        if number == 7:
            spill.flush()
    spill.flush()
    found = [
        (entry["partition"], entry["offset"], entry["digest"])
        for bucket in spill.buckets()
        for entry in spill.load(Side.SCORED, *bucket).tolist()
        for entry in [
            dict(zip(("partition", "offset", "timestamp_ms", "place", "cents", "currency", "owed", "digest"), entry, strict=True))
        ]
    ]
    expected = [(partition, offset, number) for number, (partition, offset) in enumerate(places)]
    assert found == sorted(expected, key=lambda entry: (entry[0], entry[1] // BUCKET_OFFSETS, entry[2]))
    assert len(spill.astray(Side.SCORED)) == len(spill.load(Side.RAW, 0, 0)) == 0


@given(st.integers(0, 2**15 - 1), st.integers(0, 2**48 - 1))
def test_a_place_is_one_number_and_back(partition: int, offset: int) -> None:
    assert split_place(place_of(partition, offset)) == (partition, offset)
