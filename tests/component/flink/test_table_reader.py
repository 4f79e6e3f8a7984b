"""The Java reader of rows, called record by record: whatever comes, a row comes out."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamflow.contracts.bronze import DECISIONS
from streamflow.engine import Decided, Engine, MemoryStates
from tests.component.flink.harness import Broker
from tests.unit.engine.traffic import CONTROL, mixed_records
from tests.warehouse import decision_row

pytestmark = pytest.mark.stack

NUL_ESCAPED = "\\x00"


class Reader:
    """The processor's reader of decisions."""

    def __init__(self) -> None:
        from pyflink.java_gateway import get_gateway

        from streamflow.flink.processor import FEEDS, HEAD_BYTES
        from streamflow.flink.tables import table_reader, written_columns

        feed = next(feed for feed in FEEDS if feed.table is DECISIONS)
        self._jvm = get_gateway().jvm
        self._columns = written_columns(DECISIONS)
        self._reader = table_reader(self._columns, feed.places, feed.kinds, head_bytes=HEAD_BYTES, always_with_record=False)

    def read(self, value: bytes | None) -> tuple[dict[str, Any], str | None]:
        """Return the row of a record, and what is wrong with it."""
        records = self._jvm.org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer
        found = self._jvm.java.util.ArrayList()
        collector = self._jvm.org.apache.flink.api.common.functions.util.ListCollector(found)
        self._reader.deserialize(records.ConsumerRecord("transactions.scored", 3, 42, None, value), collector)
        (row,) = found
        cells = {column.name: row.getField(place) for place, column in enumerate(self._columns)}
        return cells, row.getField(len(self._columns))


@pytest.fixture(scope="module")
def reader(running_broker: Broker) -> Reader:
    """Return the reader; the broker's fixture says where our Java classes are."""
    return Reader()


def decisions() -> list[bytes]:
    engine, states = Engine(CONTROL), MemoryStates()
    answers = [engine.process(record, states) for record in mixed_records(600)]
    return [answer.value for answer in answers if isinstance(answer, Decided)]


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose JSON is read, so that its spelling does not count."""
    return row | {name: json.loads(row[name]) for name in ("rules", "reasons", "features", "extra") if row[name] is not None}


def test_every_decision_of_the_engine_becomes_the_row_that_python_reads(reader: Reader) -> None:
    values = decisions()
    assert len(values) > 300
    for value in values:
        row, why = reader.read(value)
        assert why is None
        assert plain(row) == plain({name: decision_row(value)[name] for name in row})


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def without_nul(value: Any) -> Any:
    """Return JSON whose NULs are written as the database can hold them."""
    if isinstance(value, str):
        return value.replace("\0", NUL_ESCAPED)
    if isinstance(value, list):
        return [without_nul(item) for item in value]
    return {without_nul(name): without_nul(item) for name, item in value.items()} if isinstance(value, dict) else value


@settings(max_examples=100)
@given(content=st.dictionaries(st.text(), JSON, max_size=4), reasons=st.lists(st.text(), max_size=3), spaced=st.booleans())
def test_json_is_kept_as_it_is_where_it_is_text_and_without_nul_where_it_is_jsonb(
    reader: Reader, content: dict[str, Any], reasons: list[str], spaced: bool
) -> None:
    document = msgspec.json.decode(decisions()[0]) | {"extra": content, "rules": [content], "reasons": reasons}
    encoded = json.dumps(document, separators=(", ", " : ") if spaced else (",", ":"), ensure_ascii=spaced)
    row, why = reader.read(encoded.encode())
    assert why is None
    assert json.loads(row["extra"]) == content
    assert "\0" not in row["rules"] + row["reasons"]
    assert "\\u0000" not in json.dumps(json.loads(row["rules"])) + json.dumps(json.loads(row["reasons"]))
    assert json.loads(row["reasons"]) == without_nul(reasons)
    assert json.loads(row["rules"]) == without_nul([content])


@settings(max_examples=150)
@given(data=st.data())
def test_a_spoilt_decision_becomes_a_row_with_a_reason_and_never_an_error(reader: Reader, data: st.DataObject) -> None:
    value = decisions()[0]
    begin = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(begin, min(len(value), begin + 20)))
    row, why = reader.read(value[:begin] + data.draw(st.binary(max_size=8)) + value[end:])
    assert why is None or (why.isprintable() and why.isascii() and set(row.values()) == {None})


@pytest.mark.parametrize("value", [None, b"", b"null", b"[]", b"{", b"{}", b"\xff\xfe{\0}\0", b"1", b'{"decision_id":' + b"[" * 5_000])
def test_what_is_no_decision_says_so(reader: Reader, value: bytes | None) -> None:
    assert reader.read(value)[1]


@pytest.mark.parametrize(
    ("event_time", "kept"),
    [
        ("2026-01-31T23:59:59Z", "2026-01-31T23:59:59Z"),
        ("2026-01-31T23:59:59.123456Z", "2026-01-31T23:59:59.123456Z"),
        ("2026-01-31t23:59:59.5z", "2026-01-31T23:59:59.500Z"),
        ("2026-03-29 02:30:00+0100", "2026-03-29T01:30:00Z"),
        ("2026-01-31 23:59:59Z", "2026-01-31T23:59:59Z"),
        ("2026-01-31T23:59:59.1234567891234-23:59", "2026-02-01T23:58:59.123456789Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("2026-02-29T00:00:00Z", None),
        ("2026-01-31T24:00:00Z", None),
        ("2026-01-31T23:59:5901Z", None),
        ("2026-01-31", None),
        ("9999-12-31T23:59:59-23:59", None),
    ],
)
def test_times_are_kept_in_utc_and_what_is_none_is_refused(reader: Reader, event_time: str, kept: str | None) -> None:
    row, why = reader.read(msgspec.json.encode(msgspec.json.decode(decisions()[0]) | {"event_time": event_time}))
    assert row["event_time"] == kept
    assert (why is None) == (kept is not None)


def test_the_time_of_a_row_is_the_earlier_of_the_events_and_the_brokers(running_broker: Broker) -> None:
    from pyflink.java_gateway import get_gateway

    from streamflow.flink.gateway import bridge

    jvm = get_gateway().jvm
    time = bridge().RowTime.watermarks(0, 1, 60_000, 1_000).createTimestampAssigner(None)

    def row(event_ms: int | None, broker_ms: int | None) -> Any:
        found = jvm.org.apache.flink.types.Row(2)
        found.setField(0, event_ms)
        found.setField(1, broker_ms)
        return found

    # Large enough that they cross to Java as the 64 bits that they are there.
    early, late = 2**40, 2**41
    assert [time.extractTimestamp(row(*times), 7) for times in ((early, late), (late, early))] == [early, early]
    assert time.extractTimestamp(row(None, None), 7) == -(2**63)
