"""Dead letters as bad as they come: empty, huge, of any script, nested without end; read, counted, shown and patched all the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.catalogue import DLQ, MAX_PREVIEW_BYTES, MAX_RECORD_BYTES, RAW, Header
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.preview import preview
from streamflow.contracts.record import HeaderList, Record, decode_headers, encode_headers
from streamflow.contracts.rejection import Code, Rejection
from streamflow.control.documents import fixed_control
from streamflow.deadletters.letter import Letter, parse_letter
from streamflow.deadletters.patch import apply_patch
from streamflow.deadletters.reading import Replays, overview
from streamflow.engine import Engine, MemoryStates
from streamflow.kafka.dump import dump_line, parse_dump_line
from streamflow.route import DeadLetter

DEEP = 100_000
MILLION = 1_000_000
CARD = b"4111 1111 1111 1111"

VALUES: dict[str, bytes | None] = {
    "null": None,
    "empty": b"",
    "white space": b" \t\r\n" * 1_000,
    "as large as the broker takes": b"x" * (MAX_RECORD_BYTES - 200),
    "every byte": bytes(range(256)) * 200,
    "NUL bytes": bytes(MILLION),
    "half a character at the end of the preview": "é".encode() * MILLION,
    "characters of four bytes": "🙂".encode() * MILLION,
    "right to left": "\u202e\u2066evil\u2069".encode() * 10_000,
    "combining marks without end": b"a" + "\u0301".encode() * MILLION,
    "terminal escapes": b"\x1b]0;owned\x07\x1b[2J" * 10_000,
    "lone surrogates": b"\xed\xa0\x80" * 10_000,
    "overlong UTF-8": b"\xc0\xaf" * 10_000,
    "a byte order mark": b"\xef\xbb\xbf{}",
    "arrays in arrays": b"[" * DEEP + b"]" * DEEP,
    "objects in objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "never closed": b'{"a":[' * DEEP,
    "a number without end": b'{"amount":' + b"9" * MILLION + b"}",
    "a name without end": b'{"' + b"n" * MILLION + b'":1}',
    "a field twice": b'{"a":1,"a":2}',
    "many fields": json.dumps({str(number): number for number in range(50_000)}).encode(),
    "not a number": b'{"amount":NaN,"b":Infinity,"c":-Infinity}',
    "card numbers at the edge of the preview": b"-" * (MAX_PREVIEW_BYTES - 10) + CARD,
    "card numbers all over": CARD.replace(b" ", b"") + (b"," + CARD.replace(b" ", b"")) * 10_000,
}
PATCHABLE = ("a name without end", "many fields")
HEADERS: HeaderList = [
    ("", None),
    ("", b""),
    ("trace", b"1"),
    ("trace", None),
    ("\u202ename\x00", b"\xff" * 70_000),
    ("n" * 60_000, b""),
    (Header.CODE, b"\xff\xfe"),
    (Header.OFFSET, b"-1"),
    (Header.OFFSET, None),
]


def buried(value: bytes | None, headers: HeaderList, key: bytes | None = b"cust-1") -> Record:
    """Return a record as it lies in the dead-letter topic after the engine refused it."""
    record = Record(RAW.name, 3, 42, 1_000, key, value, encode_headers(headers))
    letter = Engine(fixed_control()).process(record, MemoryStates())
    assert isinstance(letter, DeadLetter)
    return Record(DLQ.name, 0, 7, 1_005, key, value, record.headers + encode_headers(letter.headers()))


@pytest.mark.parametrize("name", VALUES)
def test_a_pathological_value_dies_once_with_a_code_and_comes_back_byte_for_byte(name: str) -> None:
    record = buried(VALUES[name], HEADERS)
    letter = parse_letter(record)
    assert letter.code in set(Code) - {Code.INTERNAL_ERROR}
    assert (letter.record.value, letter.headers) == (VALUES[name], HEADERS)
    assert str(letter.source) == f"{RAW.name}/3/42"
    assert len(letter.message) < 500
    assert letter.message.isprintable()
    assert parse_dump_line(dump_line(record)) == record


@pytest.mark.parametrize("name", VALUES)
def test_its_preview_is_bounded_printable_and_shows_no_card_number(name: str) -> None:
    text = preview(VALUES[name])
    assert len(text) <= MAX_PREVIEW_BYTES + len("…")
    assert text.isprintable()
    assert "4111111111111111" not in text
    assert CARD.decode() not in text
    value = VALUES[name]
    assert value is None or len(value) <= MAX_PREVIEW_BYTES or text.endswith("…"), "what is cut says so"


@pytest.mark.parametrize("name", VALUES)
def test_a_patch_mends_it_or_says_why_not(name: str) -> None:
    if name in PATCHABLE:
        assert json.loads(apply_patch(VALUES[name], {"currency": "BRL"}))["currency"] == "BRL"
        return
    with pytest.raises(BadInputError) as raised:
        apply_patch(VALUES[name], {"currency": "BRL"})
    assert len(str(raised.value)) < 1_000


def test_letters_of_every_kind_are_counted_together() -> None:
    letters = [parse_letter(buried(value, HEADERS)._replace(offset=number)) for number, value in enumerate(VALUES.values())]
    foreign = parse_letter(Record(DLQ.name, 1, 0, 0, None, None, encode_headers(HEADERS)))
    found = overview([*letters, foreign], Replays({}))
    # All but the foreign one name the same source: copies of one letter.
    assert (found.total, found.copies) == (2, len(VALUES) - 1)


names = st.sampled_from(
    [Header.CODE, Header.TOPIC, Header.PARTITION, Header.OFFSET, Header.TIMESTAMP_MS, Header.SCHEMA_VERSION, "trace", ""]
)
headers = st.lists(st.tuples(names, st.none() | st.binary(max_size=30)), max_size=12)


@given(headers, st.none() | st.binary(max_size=50), st.none() | st.binary(max_size=50))
def test_any_headers_at_all_are_a_letter_that_can_be_named_and_shown(pairs: HeaderList, key: bytes | None, value: bytes | None) -> None:
    letter: Letter = parse_letter(Record(DLQ.name, 0, 7, 5, key, value, encode_headers(pairs)))
    assert letter.name
    assert preview(letter.code).isprintable()
    assert preview(letter.message).isprintable()
    assert overview([letter], Replays({})).total == 1


@given(headers, st.sampled_from(list(Code)))
def test_whatever_headers_a_record_brought_the_added_ones_are_told_apart(pairs: HeaderList, code: Code) -> None:
    record = Record(RAW.name, 1, 99, 1_000, b"k", b"v", encode_headers(pairs))
    added = DeadLetter(record, Rejection(code, "expected, got")).headers()
    letter = parse_letter(Record(DLQ.name, 0, 0, 1_001, b"k", b"v", record.headers + encode_headers(added)))
    assert letter.headers == pairs == list(decode_headers(record.headers))
    assert (letter.code, letter.source, letter.time_ms) == (code, (RAW.name, 1, 99), 1_000)
