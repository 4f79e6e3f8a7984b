"""Follows a transaction from the topic where it came in to everything that was made of it."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from itertools import islice
from typing import Final

import msgspec

from streamflow.contracts.catalogue import ALERTS, DLQ, RAW, SCORED, Topic
from streamflow.contracts.decision import Answer, Decision
from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.json_errors import UNREADABLE_JSON
from streamflow.contracts.record import Record, decode_headers
from streamflow.contracts.tables import DECISIONS
from streamflow.contracts.trace_context import TRACE_PARENT, carried
from streamflow.deadletters.letter import Source, parse_letter
from streamflow.kafka.client import ClientConfig
from streamflow.kafka.reading import Reader, read_at
from streamflow.store.connection import connect

MOST_PAYMENTS: Final = 20
_ROWS: Final = f"""
    SELECT source_topic, source_partition, source_offset, loaded_at FROM {DECISIONS.full_name}
    WHERE transaction_id = %s ORDER BY source_timestamp LIMIT {MOST_PAYMENTS}
"""  # noqa: S608 - the table's name is the catalogue's


class Stage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place on the way.

    Parameters
    ----------
    stage : {"paid", "in", "decided", "alert", "dead letter", "stored"}
        Which.
    time_ms : int
        When, in milliseconds since the epoch: the shop's clock for `paid`, the broker's for records, PostgreSQL's for the row.
    where : str
        topic/partition/offset, or the table.
    facts : dict of str to str
        What one wants to know there; never the payment itself.
    """

    stage: str
    time_ms: int
    where: str = ""
    facts: dict[str, str] = {}


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One record's way: a transaction that was sent again has another one."""

    source: str
    trace_parent: str | None
    stages: list[Stage]


class _Named(msgspec.Struct):
    transaction_id: str
    timestamp: str = ""


_decode_named: Final = msgspec.json.Decoder(_Named).decode


def ways(config: ClientConfig, dsn: str, transaction_id: str, since_ms: int) -> list[Way]:
    """Return the ways of all records with this transaction id.

    PostgreSQL knows where it came in, if a row is there; otherwise the topic is read from `since_ms` on, some 100 000 records a
    second. What was made of it is looked for behind the moment at which it came in.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    dsn : str
        PostgreSQL's; empty where there is none.
    transaction_id : str
        As the shop wrote it.
    since_ms : int
        Milliseconds since the epoch.

    Raises
    ------
    NotReadyError
        The broker does not answer.
    """
    rows = _rows(dsn, transaction_id) if dsn else {}
    records = [record for source in rows if (record := read_at(config, *source)) is not None]
    if not records:
        records = list(islice(_search(config, RAW, since_ms, lambda record: _is(record, transaction_id)), MOST_PAYMENTS))
    return [_way(config, record, rows) for record in records]


def _rows(dsn: str, transaction_id: str) -> dict[Source, datetime]:
    try:
        with closing(connect(dsn, autocommit=True)) as connection:
            return {Source(*place): loaded for *place, loaded in connection.execute(_ROWS, (transaction_id,))}
    except NotReadyError:
        return {}


def _is(record: Record, transaction_id: str) -> bool:
    # The letters first: decoding each record would take ten times as long.
    if record.value is None or transaction_id.encode() not in record.value:
        return False
    try:
        return _decode_named(record.value).transaction_id == transaction_id
    except UNREADABLE_JSON:
        return False


def _search(config: ClientConfig, topic: Topic, since_ms: int, wanted: Callable[[Record], bool]) -> Iterator[Record]:
    with closing(Reader(config, topic.name)) as reader:
        yield from filter(wanted, reader.read_since(since_ms))


def _way(config: ClientConfig, record: Record, rows: dict[Source, datetime]) -> Way:
    source = _place(record)
    stages = [*_paid(record), Stage(stage="in", time_ms=record.timestamp_ms, where=str(source))]
    decision = _answer(config, SCORED, record.timestamp_ms, source)
    if decision is not None:
        found, answer = decision
        stages.append(_stage("decided", found, _facts(answer)))
        alert = _answer(config, ALERTS, record.timestamp_ms, source) if answer.is_alert else None
        stages += [_stage("alert", alert[0], {})] if alert is not None else []
    else:
        letter = next(_search(config, DLQ, record.timestamp_ms, lambda found: parse_letter(found).source == source), None)
        stages += [_stage("dead letter", letter, {"code": parse_letter(letter).code})] if letter is not None else []
    if source in rows:
        stages.append(Stage(stage="stored", time_ms=round(rows[source].timestamp() * 1000), where=DECISIONS.full_name))
    parents = [value for name, value in decode_headers(carried(record.headers)) if name == TRACE_PARENT]
    return Way(source=str(source), trace_parent=parents[0].decode() if parents and parents[0] else None, stages=stages)


def _paid(record: Record) -> Iterator[Stage]:
    try:
        said = datetime.fromisoformat(_decode_named(record.value or b"").timestamp)
    except (*UNREADABLE_JSON, ValueError):
        return
    if said.tzinfo is not None:
        yield Stage(stage="paid", time_ms=round(said.timestamp() * 1000))


def _answer(config: ClientConfig, topic: Topic, since_ms: int, source: Source) -> tuple[Record, Answer] | None:
    """Return the first record of a topic of decisions that answers a source, and what it says; what is no decision is passed over."""
    # The letters first: decoding each record would take ten times as long.
    named = re.compile(rb'"offset":\s?%d\b' % source.offset)
    for record in _search(config, topic, since_ms, lambda found: named.search(found.value or b"") is not None):
        with suppress(*UNREADABLE_JSON):
            answer = Decision.from_json(record.value or b"").answer
            if (answer.source.topic, answer.source.partition, answer.source.offset) == source:
                return record, answer
    return None


def _facts(said: Answer) -> dict[str, str]:
    marks = [name for name in ("duplicate", "canary") if getattr(said, name)]
    return {
        "decision_id": said.decision_id,
        "outcome": said.outcome,
        "score": f"{said.score:g}",
        "rules": str(said.ruleset_version),
        "model": said.model_version or "none",
        **({"marks": ", ".join(marks)} if marks else {}),
    }


def _stage(name: str, record: Record, facts: dict[str, str]) -> Stage:
    return Stage(stage=name, time_ms=record.timestamp_ms, where=str(_place(record)), facts=facts)


def _place(record: Record) -> Source:
    return Source(record.topic, record.partition, record.offset)
