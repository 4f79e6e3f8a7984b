"""Labels in the topic `transactions.labels`: written whole or not at all, read whatever lies there."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from streamflow.contracts.catalogue import LABELS, SCORED
from streamflow.contracts.decision import Decision
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Label, decode_label, encode_label
from streamflow.contracts.record import Record
from streamflow.kafka.client import ClientConfig
from streamflow.kafka.reading import read_to_end
from streamflow.kafka.writing import TransactionalWriter
from streamflow.labels.book import LabelBook
from streamflow.labels.faults import Fault, Faults

WRITER: Final = "streamflow.labels"
"""`transactional.id` of who writes labels begins so; each has a name of its own, because no label depends on what lies in the topic."""

BATCH_LABELS: Final = 10_000


def write_labels(config: ClientConfig, labels: Iterable[Label], report: Callable[[int], None] = lambda written: None) -> int:
    """Write labels, and return how many: each batch is one transaction, of which readers see all or nothing.

    Writing the same labels again changes nothing for those who read them, so what was cut off is simply run again.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    labels : iterable of Label
        Written in their order, by the key of their customer.
    report : callable
        Gets the number written so far after every batch.

    Raises
    ------
    NotReadyError
        The broker does not answer.
    """
    iterator, written = iter(labels), 0
    writer = TransactionalWriter(config, f"{WRITER}.{uuid.uuid4().hex}")
    while batch := list(islice(iterator, BATCH_LABELS)):
        with writer.transaction():
            for label in batch:
                writer.send(LABELS.name, label.customer_id.encode(), encode_label(label))
        written += len(batch)
        report(written)
    return written


def read_label(record: Record) -> Label | Fault:
    """Return the label that a record of the topic holds, or why it holds none."""
    where = f"{record.topic}, partition {record.partition}, offset {record.offset}"
    try:
        return decode_label(record.value)
    except BadInputError as error:
        return Fault(where, str(error))


def read_labels(config: ClientConfig) -> Iterator[Label | Fault]:
    """Return the topic's labels from the first to the last one that is there now.

    Raises
    ------
    NotReadyError
        The broker does not answer, or the topic is not there.
    """
    return map(read_label, read_to_end(config, LABELS.name))


def collect(labels: Iterable[Label | Fault]) -> tuple[LabelBook, Faults]:
    """Return all labels as a book, and what could not be read."""
    book, faults = LabelBook(), Faults()
    for label in labels:
        if isinstance(label, Fault):
            faults.add(label)
        else:
            book.add(label)
    return book, faults


def find_decision(config: ClientConfig, transaction_id: str) -> Decision:
    """Return the last decision on a transaction that the topic of decisions still holds. Reads all of them.

    Raises
    ------
    BadInputError
        If there is none.
    """
    found = None
    quoted = msgspec.json.encode(transaction_id)
    for record in read_to_end(config, SCORED.name):
        if record.value is not None and quoted in record.value:
            decision = Decision.from_json(record.value)
            if decision.transaction.transaction_id == transaction_id and not decision.answer.duplicate:
                found = decision
    if found is None:
        raise BadInputError(
            "no decision on this transaction",
            expected=f"one of the last {SCORED.retention_days} days in {SCORED.name}",
            got=transaction_id,
            fix="give --customer, --store and --event-time",
        )
    return found
