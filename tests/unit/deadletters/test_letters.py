"""Dead letters read back, selected and counted."""

from collections.abc import Sequence

import pytest

from streamflow.contracts.catalogue import DLQ, RAW, Header
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.record import HeaderList, Record, encode_headers
from streamflow.contracts.rejection import Code, Rejection
from streamflow.contracts.replay_marker import ReplayMarker
from streamflow.deadletters.letter import UNKNOWN_CODE, Letter, Place, Source, parse_id, parse_letter
from streamflow.deadletters.reading import Replays, overview
from streamflow.deadletters.selection import Selection, parse_codes, split_ids
from streamflow.route import DeadLetter


def letter(offset: int, *, code: Code = Code.NOT_JSON, source: int = 0, time_ms: int = 1000, headers: HeaderList | None = None) -> Letter:
    original = encode_headers(headers or [])
    died = Record(RAW.name, 1, source, time_ms, b"cust-1", b"?", original)
    added = DeadLetter(died, Rejection(code, "expected, got", schema_version=1)).headers()
    return parse_letter(Record(DLQ.name, 0, offset, time_ms + 5, died.key, died.value, original + encode_headers(added)))


def foreign(offset: int, headers: Sequence[tuple[str, bytes | None]] = ()) -> Letter:
    return parse_letter(Record(DLQ.name, 0, offset, 77, None, None, encode_headers(headers)))


def test_the_original_headers_come_back_even_where_they_look_like_ours() -> None:
    original: HeaderList = [
        (Header.REPLAY_OF, b"0:3"),
        (Header.CODE, b"WRONG_TYPE"),
        (Header.OFFSET, b"999"),
        ("trace", None),
        ("trace", b""),
    ]
    read = letter(0, source=42, headers=original)
    assert read.headers == original
    assert (read.code, read.source, read.schema_version) == ("NOT_JSON", Source(RAW.name, 1, 42), "1")


def test_a_record_that_streamflow_did_not_write_has_no_code_and_no_source() -> None:
    read = foreign(3, [("trace", b"1"), (Header.OFFSET, b"9")])
    assert (read.code, read.source, read.name, read.time_ms) == (UNKNOWN_CODE, None, "0:3", 77)
    assert read.headers == [("trace", b"1"), (Header.OFFSET, b"9")]


@pytest.mark.parametrize("offset", [b"-1", b"1e3", b"", None, b"9" * 30, "٣".encode()])
def test_a_source_that_cannot_be_read_is_no_source(offset: bytes | None) -> None:
    added = [(Header.CODE, b"NOT_JSON"), (Header.TOPIC, b"t"), (Header.PARTITION, b"0"), (Header.OFFSET, offset)]
    assert foreign(0, added).source is None


@pytest.mark.parametrize("text", ["", "transactions.raw", "transactions.raw/1", "transactions.raw/1/x", "1:2:3", "-1:2", "a b/1/2", "٣:1"])
def test_what_names_no_dead_letter_is_refused_with_the_two_forms(text: str) -> None:
    with pytest.raises(BadInputError, match="TOPIC/PARTITION/OFFSET"):
        parse_id(text)


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        (Selection(), [0, 1, 2, 3]),
        (Selection(codes=frozenset(["WRONG_TYPE"])), [1]),
        (Selection(codes=frozenset([UNKNOWN_CODE])), [3]),
        (Selection(since_ms=2000), [1, 2]),
        (Selection(since_ms=2000, until_ms=3000), [1]),
        (Selection(topic=RAW.name), [0, 1, 2]),
        (Selection(topic="other"), []),
        (Selection(partition=1), [0, 1, 2]),
        (Selection(partition=0), []),
        (Selection(sources=frozenset([Source(RAW.name, 1, 20)])), [2]),
        (Selection(sources=frozenset([Source(RAW.name, 1, 20)]), places=frozenset([Place(0, 3)])), [2, 3]),
    ],
)
def test_a_selection_chooses_by_code_time_source_and_name(selection: Selection, chosen: list[int]) -> None:
    letters = [
        letter(0, source=0),
        letter(1, source=10, code=Code.WRONG_TYPE, time_ms=2000),
        letter(2, source=20, time_ms=3000),
        foreign(3),
    ]
    assert [one.place.offset for one in letters if selection.matches(one)] == chosen


def test_codes_may_be_written_small_and_must_exist() -> None:
    assert parse_codes(["not_json", UNKNOWN_CODE]) == {"NOT_JSON", UNKNOWN_CODE}
    with pytest.raises(BadInputError, match="got NO_JSON"):
        parse_codes(["NO_JSON"])


def test_names_of_both_forms_are_told_apart() -> None:
    assert split_ids(["t/0/1", "0:7"]) == (frozenset([Source("t", 0, 1)]), frozenset([Place(0, 7)]))


def test_a_record_that_died_twice_is_counted_once_and_the_newest_come_first() -> None:
    letters = [letter(0, source=0), letter(1, source=1, time_ms=9000), letter(2, source=0), letter(3, source=2, code=Code.WRONG_TYPE)]
    found = overview(letters, Replays({str(letters[1].source): ReplayMarker(9000, "0:1")}), limit=2)
    assert (found.total, found.copies, found.replayed) == (3, 1, 1)
    assert found.counts == {"NOT_JSON": 2, "WRONG_TYPE": 1}
    assert [(headline.id, headline.replayed) for headline in found.newest] == [(f"{RAW.name}/1/1", True), (f"{RAW.name}/1/2", False)]


def test_without_a_limit_above_zero_only_the_counts_are_kept() -> None:
    assert overview([letter(0)], Replays({}), limit=0).newest == []


def test_a_marker_of_a_topic_that_was_made_anew_does_not_count() -> None:
    replays = Replays({f"{RAW.name}/1/0": ReplayMarker(1000, "0:0")})
    assert letter(0, time_ms=1000) in replays
    assert letter(0, time_ms=2000) not in replays
    assert foreign(0) not in replays
