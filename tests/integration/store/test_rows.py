"""Whatever a record holds, its decision or its dead letter can be stored, and says there what it said before."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamflow.contracts.catalogue import MAX_PREVIEW_BYTES
from streamflow.contracts.control import ListEntry, ListsDocument
from streamflow.contracts.decision import Answer, Decision, Outcome, RuleHit, Source, Thresholds, decision_id, encode_decision
from streamflow.contracts.record import Record
from streamflow.contracts.tables import DEAD_LETTERS, DECISIONS
from streamflow.contracts.transaction import Transaction
from streamflow.control.documents import default_rules, fixed_control
from streamflow.engine import Decided, Engine, EngineSettings, MemoryStates
from streamflow.offline.run import dead_letter_line
from tests.data.hostile import hostile_cases
from tests.integration.postgres import Database, Server
from tests.unit.factories import TEN_O_CLOCK_MS, payment
from tests.warehouse import dead_letter_row, decision_row, insert

pytestmark = pytest.mark.stack

END_OF_TIME_MS = 253_402_300_799_999
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUL_REASON = ListEntry("cust-listed", reason="ends\0here")
CONTROL = fixed_control(default_rules(), ListsDocument(version=1, customers=(NUL_REASON,)))

hostile_text = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\x1b'\"\\\t\n🙂\u202e\u0600\ufffe"), max_size=40)
hostile_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from([1e308, -1e308, 5e-324, 10**18, 0.1 + 0.2])
    | hostile_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile_text, inner, max_size=3),
    max_leaves=6,
)
raw_escapes = st.sampled_from([r'"\u0000"', r'"\ud83d\ude42"', r'"\ud800"', r'"\\u0000"', "1e400", "-0.0", "1" * 400, '"\\u001f"'])
times_ms = st.integers(-62_135_596_800_000, END_OF_TIME_MS) | st.sampled_from([-62_135_596_800_000, -1, 0, END_OF_TIME_MS])
amounts = st.builds("{}.{:02d}".format, st.integers(0, 999_999_999_999), st.integers(0, 99)) | st.sampled_from(["999999999999.99", "0.01"])
moments = times_ms.map(lambda ms: EPOCH + timedelta(milliseconds=ms))
scores = st.floats(allow_nan=False, allow_infinity=False)
ids = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=64)


@st.composite
def payments(draw: st.DrawFn) -> Record:
    """A payment with hostile values where the contract leaves room, and beyond."""
    fields = payment(
        transaction_id=draw(ids),
        customer_id=draw(st.sampled_from(["cust-listed", "cust-1"]) | ids),
        store_id=draw(ids),
        amount=draw(amounts),
        currency=draw(st.sampled_from(["BRL", "JPY", "KWD", "XTS"])),
        timestamp=(EPOCH + timedelta(milliseconds=draw(times_ms))).isoformat(),
        schema_version=draw(st.sampled_from([1, 1, 2, 2**62])),
        product_id=draw(st.none() | ids),
        payment_method=draw(st.none() | ids),
    ) | {f"x-{name}": value for name, value in draw(st.dictionaries(hostile_text, hostile_json, max_size=3)).items()}
    value = json.dumps(fields, ensure_ascii=draw(st.booleans()))
    if draw(st.booleans()):
        value = f'{value[:-1]}, "unknown": {draw(raw_escapes)}}}'
    arrived_ms = draw(st.sampled_from([TEN_O_CLOCK_MS, END_OF_TIME_MS]))
    key = str(fields["customer_id"]).encode(errors="replace")
    return Record("transactions.raw", 0, draw(st.integers(0, 2**62)), arrived_ms, key, value.encode(errors="surrogatepass"))


@st.composite
def decisions(draw: st.DrawFn) -> bytes:
    """Any decision that its type can hold, whether or not the engine would make it."""
    offset = draw(st.integers(0, 2**62))
    event_time = draw(moments)
    hits = st.builds(
        RuleHit,
        id=st.just("FR-005"),
        version=st.integers(1, 2**31 - 1),
        state=st.sampled_from(["on", "shadow"]),
        score=scores,
        weight=scores,
        detail=st.dictionaries(hostile_text, st.none() | scores | hostile_text, max_size=3),
    )
    versions = st.integers(0, 2**31 - 1)
    answer = Answer(
        decision_id=decision_id("transactions.raw", 0, offset),
        event_time=event_time,
        outcome=draw(st.sampled_from(Outcome)),
        score=draw(scores),
        rules_score=draw(st.none() | scores),
        ml_score=draw(st.none() | scores),
        thresholds=Thresholds(draw(scores), draw(scores)),
        rules=tuple(draw(st.lists(hits, max_size=2))),
        reasons=tuple(draw(st.lists(hostile_text, max_size=3))),
        features=tuple(draw(st.lists(st.none() | scores, max_size=4))),
        feature_set_version=draw(versions),
        ruleset_version=draw(versions),
        lists_version=draw(versions),
        model_version=draw(st.none() | ids),
        risk_version=draw(st.none() | versions),
        late=draw(st.booleans()),
        duplicate=draw(st.booleans()),
        id_reused=draw(st.booleans()),
        canary=draw(st.booleans()),
        rate_missing=draw(st.booleans()),
        state_reset=draw(st.booleans()),
        source=Source("transactions.raw", 0, offset, draw(moments)),
        model_absence=draw(st.none() | ids),
    )
    transaction = Transaction(
        schema_version=draw(st.integers(1, 2**63 - 1)),
        transaction_id=draw(ids),
        customer_id=draw(ids),
        store_id=draw(ids),
        amount=draw(amounts),
        currency="BRL",
        timestamp=event_time.isoformat(),
        latitude=draw(st.none() | st.floats(-90, 90)),
        extra=draw(st.none() | st.dictionaries(hostile_text, st.booleans() | st.integers(-(2**63), 2**63 - 1) | hostile_text, max_size=4)),
    )
    return encode_decision(answer, msgspec.json.encode(transaction))


@pytest.fixture(scope="module")
def writing(postgres_server: Server) -> Iterator["psycopg.Connection[Any]"]:
    """Return a connection of the writer to a database that all examples share: each is undone."""
    database: Database = postgres_server.create("migrated")
    with psycopg.connect(database.writer, options="-c timezone=UTC") as connection:
        yield connection
    postgres_server.drop(database)


def check_decision(connection: "psycopg.Connection[Any]", value: bytes) -> None:
    decision = Decision.from_json(value)
    with connection.transaction(force_rollback=True):
        insert(connection, DECISIONS, [decision_row(value)])
        (amount, event_time, reasons, extra, outcome, score, source_offset) = connection.execute(
            "SELECT amount, event_time, reasons, extra, outcome, score, source_offset FROM bronze.decisions"
        ).fetchall()[0]
    assert amount == Decimal(decision.transaction.amount)
    assert event_time == decision.answer.event_time
    assert reasons == [reason.replace("\0", "\\x00") for reason in decision.answer.reasons]
    assert (None if extra is None else json.loads(extra)) == decision.transaction.extra
    assert (outcome, score, source_offset) == (decision.answer.outcome, decision.answer.score, decision.answer.source.offset)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(value=decisions())
def test_every_decision_that_can_be_can_be_stored(writing: "psycopg.Connection[Any]", value: bytes) -> None:
    check_decision(writing, value)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(record=payments())
def test_whatever_a_payment_holds_its_answer_can_be_stored(writing: "psycopg.Connection[Any]", record: Record) -> None:
    check(writing, record, EngineSettings())


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(key=st.none() | st.binary(max_size=80), value=st.none() | st.binary(max_size=400), offset=st.integers(0, 2**62))
def test_whatever_bytes_come_their_dead_letter_can_be_stored(
    writing: "psycopg.Connection[Any]", key: bytes | None, value: bytes | None, offset: int
) -> None:
    check(writing, Record("transactions.raw", 0, offset, 0, key, value), EngineSettings())


def test_every_hostile_record_that_we_know_of_can_be_stored(writing: "psycopg.Connection[Any]") -> None:
    for case in hostile_cases():
        check(writing, case.record(), case.settings)


def test_a_dead_letter_of_a_megabyte_is_stored_as_its_head(writing: "psycopg.Connection[Any]") -> None:
    letter = Engine(CONTROL).process(Record("transactions.raw", 0, 1, 0, b"k", b"\x00\xff4111111111111111" * 2**16), MemoryStates())
    assert not isinstance(letter, Decided)
    row = dead_letter_row(dead_letter_line(letter), 0)
    with writing.transaction(force_rollback=True):
        insert(writing, DEAD_LETTERS, [row])
        ((preview, size),) = writing.execute("SELECT preview, value_bytes FROM bronze.dead_letters").fetchall()
    assert size == 18 * 2**16
    assert len(preview.encode()) <= MAX_PREVIEW_BYTES
    assert "4111111111111111" not in preview
    assert preview.startswith("\\x00\\xff")


def check(connection: "psycopg.Connection[Any]", record: Record, engine_settings: EngineSettings) -> None:
    result = Engine(CONTROL, engine_settings).process(record, MemoryStates())
    if isinstance(result, Decided):
        check_decision(connection, result.value)
        return
    with connection.transaction(force_rollback=True):
        insert(connection, DEAD_LETTERS, [dead_letter_row(dead_letter_line(result), 0)])
        ((code, size),) = connection.execute("SELECT code, value_bytes FROM bronze.dead_letters").fetchall()
    assert code == result.rejection.code
    assert size == (None if record.value is None else len(record.value))
