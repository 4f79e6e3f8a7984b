"""A small world to audit: real topics with what the job would write, and bronze and gold with what comes of it."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg

from streamflow.contracts.catalogue import ALERTS, DLQ, MAX_BATCHED_RECORD_BYTES, RAW, SCORED, Header
from streamflow.contracts.preview import preview
from streamflow.contracts.record import HeaderList, Record, decode_headers
from streamflow.contracts.tables import ALERTS_TABLE, DEAD_LETTERS, DECISIONS, TRANSFORMER
from streamflow.control.documents import fixed_control
from streamflow.deadletters.letter import parse_letter
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.kafka.reading import read_to_end
from streamflow.kafka.writing import TransactionalWriter
from streamflow.route import DeadLetter
from streamflow.simulate import FraudRatios, Plan, traffic
from streamflow.simulate.malformed import KIND_NAMES
from tests.integration.postgres import Database
from tests.warehouse import alert_row, decision_row, insert

Sent = tuple[bytes | None, bytes | None, HeaderList]
Answer = Decided | DeadLetter
PLAN = Plan(
    events=240,
    customers=12,
    fraud=FraudRatios().scaled(0.1),
    malformed_ratio=0.1,
    repeated_ratio=0.05,
    late_ratio=0.05,
    malformed_kinds=KIND_NAMES,
    seed=3,
)
FACTS = (
    "CREATE TABLE gold.fct_transactions AS SELECT decision_id, source_partition, source_offset, source_timestamp, transaction_id,"
    " amount, currency, outcome, score::numeric(20, 6) AS score, loaded_at AS decision_loaded_at FROM bronze.decisions"
)


class World:
    """Everything that an audit compares, in order until a test spoils it.

    Parameters
    ----------
    config
        Of a broker whose topics are empty.
    database
        Migrated and empty.
    """

    def __init__(self, config: dict[str, str], database: Database) -> None:
        self.config, self.database = config, database
        self.answers: list[Answer] = []

    def fill(self, spoil: Callable[[list[Answer]], list[Answer]] = list) -> None:
        """Write the traffic, its answers as `spoil` leaves them, and bronze and gold out of the topics."""
        self.send_raw([(event.key, event.value, []) for event in traffic(PLAN)])
        self.send_raw([(b"cust-large", b"x" * (MAX_BATCHED_RECORD_BYTES + 1), [])])
        # What `streamflow dlq replay` sends again dies again, under an offset of its own.
        self.send_raw([(b"cust-1", b"{}", [(Header.REPLAY_OF, b"0:0")])])
        engine, states = Engine(fixed_control()), MemoryStates()
        self.answers = [engine.process(record, states) for record in read_to_end(self.config, RAW.name)]
        self.write_answers(spoil(self.answers))
        # At least once: after a recovery the job writes some answers again.
        self.write_answers(spoil(self.answers)[:40])
        self.load_bronze()
        self.build_gold()

    def send_raw(self, records: Iterable[Sent]) -> None:
        self._send((RAW.name, *record) for record in records)

    def write_answers(self, answers: Iterable[Answer]) -> None:
        """Write answers as the job does."""
        self._send(sent for answer in answers for sent in _written(answer))

    def _send(self, records: Iterable[tuple[str, bytes | None, bytes | None, HeaderList]]) -> None:
        """Write records in transactions, each with an aborted one of the same records before it."""
        listed = list(records)
        for commits in (False, True):
            writer = TransactionalWriter(self.config, "streamflow.test.audit")
            with suppress(InterruptedError), writer.transaction():
                for topic, key, value, headers in listed:
                    writer.send(topic, key, value, headers)
                if not commits:
                    # What has not reached the broker yet would never lie in the topic.
                    writer._producer.flush(60)
                    raise InterruptedError

    def load_bronze(self) -> None:
        """Write what the topics hold to bronze, as the transaction-processor does."""
        rows = [decision_row(record.value or b"") for record in read_to_end(self.config, SCORED.name)]
        rows = list({row["decision_id"]: row for row in rows}.values())
        alerts = [decision_row(record.value or b"") for record in read_to_end(self.config, ALERTS.name)]
        letters = [letter_row(record) for record in read_to_end(self.config, DLQ.name)]
        letters = list({(row["source_partition"], row["source_offset"]): row for row in letters}.values())
        with psycopg.connect(self.database.writer, options="-c timezone=UTC") as connection:
            insert(connection, DECISIONS, rows)
            insert(connection, ALERTS_TABLE, (alert_row(row) for row in {row["decision_id"]: row for row in alerts}.values()))
            insert(connection, DEAD_LETTERS, letters)

    def build_gold(self) -> None:
        """Build what dbt would, in place of what is there."""
        with self.database.connect(TRANSFORMER) as connection:
            connection.execute("DROP TABLE IF EXISTS gold.fct_transactions")
            connection.execute(FACTS)

    def change(self, statement: str, *parameters: Any) -> int:
        """Do to the database what nobody may, and return how many rows it concerned."""
        with psycopg.connect(self.database.superuser, autocommit=True) as connection:
            return connection.execute(statement, parameters).rowcount

    def change_at(self, where: tuple[int, int], statement: str) -> int:
        """Do so to the rows about one source record."""
        return self.change(f"{statement} WHERE (source_partition, source_offset) = (%s, %s)", *where)

    def decided(self, *, alert: bool | None = None) -> list[Decided]:
        """Return the decisions, or only those that are alerts or are none."""
        return [answer for answer in self.answers if isinstance(answer, Decided) and alert in (None, answer.is_alert)]


def _written(answer: Answer) -> list[tuple[str, bytes | None, bytes | None, HeaderList]]:
    if isinstance(answer, DeadLetter):
        record = answer.record
        return [(DLQ.name, record.key, record.value, [*decode_headers(record.headers), *answer.headers()])]
    topics = (SCORED.name, ALERTS.name) if answer.is_alert else (SCORED.name,)
    return [(topic, answer.key, answer.value, []) for topic in topics]


def letter_row(record: Record) -> dict[str, Any]:
    """Return the row of bronze.dead_letters for a record of the topic."""
    letter = parse_letter(record)
    assert letter.source is not None
    arrived, died = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment) for moment in (letter.time_ms, record.timestamp_ms))
    return {
        "source_topic": letter.source.topic,
        "source_partition": letter.source.partition,
        "source_offset": letter.source.offset,
        "source_timestamp": arrived,
        "code": letter.code,
        "message": letter.message,
        "stage": letter.stage,
        "schema_version": letter.schema_version,
        "record_key": None if record.key is None else preview(record.key),
        "preview": None if record.value is None else preview(record.value),
        "value_bytes": None if record.value is None else len(record.value),
        "dlq_partition": record.partition,
        "dlq_offset": record.offset,
        "dlq_timestamp": died,
    }


def place(answer: Answer) -> tuple[int, int]:
    """Return the offset that an answer is about."""
    if isinstance(answer, DeadLetter):
        return answer.record.partition, answer.record.offset
    source = msgspec.json.decode(answer.value)["source"]
    return source["partition"], source["offset"]


def with_fields(answer: Decided, **changes: Any) -> Decided:
    """Return a decision that says something else."""
    return msgspec.structs.replace(answer, value=msgspec.json.encode(msgspec.json.decode(answer.value) | changes))
