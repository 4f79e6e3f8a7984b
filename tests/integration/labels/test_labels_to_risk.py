"""Labels into a real topic, and the risk snapshot that comes out of it and becomes live."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from streamflow.contracts.catalogue import LABELS, SCORED
from streamflow.contracts.errors import BadInputError, ExitCode
from streamflow.contracts.label import Label, encode_label
from streamflow.contracts.risk import RiskDocument
from streamflow.control.publish import ensure_defaults
from streamflow.control.snapshot import read_control
from streamflow.kafka.reading import read_to_end
from streamflow.kafka.writing import TransactionalWriter
from streamflow.labels.book import LabelBook
from streamflow.labels.risk import build_risk
from streamflow.labels.topic import BATCH_LABELS, collect, read_labels, write_labels
from streamflow.simulate import Plan, batches
from streamflow.simulate.files import write_files
from tests.contract.golden import golden, golden_bytes
from tests.unit.labels.labels import days_ms, label

pytestmark = pytest.mark.stack

Config = dict[str, str]
Command = Callable[..., str]
AS_OF = "2026-01-20T00:00:00Z"
PLAN = Plan(events=3_000, customers=100, days=10)


def test_labels_of_a_file_are_in_the_topic_and_build_the_same_risk_as_the_file(
    empty_topics: Config, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "labels.csv"
    write_files(PLAN, str(tmp_path / "traffic.jsonl"), file)
    facts = json.loads(command("labels", "import", str(file), "--json"))
    assert (facts["written"], facts["refused"]) == (facts["labels"], 0)
    assert facts["labels"] == sum(len(batch.labels()[0]) for batch in batches(PLAN))
    keys = [(record.key, msgspec.json.decode(record.value or b"", type=Label)) for record in read_to_end(empty_topics, LABELS.name)]
    assert all(key == found.customer_id.encode() for key, found in keys)

    built = json.loads(command("risk", "build", "--as-of", AS_OF, "--out", str(tmp_path / "topic.json"), "--json"))
    command("risk", "build", "--as-of", AS_OF, "--labels", str(file), "--out", str(tmp_path / "file.json"))
    assert (tmp_path / "topic.json").read_bytes() == (tmp_path / "file.json").read_bytes()
    document = msgspec.json.decode((tmp_path / "topic.json").read_bytes(), type=RiskDocument)
    assert document.labels == built["labels"] == facts["labels"] - built["not_known_yet"]
    assert built["unreadable"] == 0
    assert len(document.stores) == built["stores"] > 100
    assert built["not_known_yet"] > 0, "some settle only later"

    command("labels", "import", str(file))
    command("risk", "build", "--as-of", AS_OF, "--out", str(tmp_path / "again.json"))
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "topic.json").read_bytes(), "labels that come twice change nothing"


def test_a_snapshot_becomes_live_with_the_next_generation(empty_topics: Config, command: Command, tmp_path: Path) -> None:
    ensure_defaults(empty_topics)
    write_labels(empty_topics, [label(7)])
    facts = json.loads(command("risk", "build", "--as-of", AS_OF, "--push", "--reason", "labels of January", "--json"))
    assert (facts["changed"], facts["risk"], facts["generation"]) == (True, 1, 2)
    snapshot = read_control(empty_topics)
    assert snapshot.require_current().generation.risk == 1
    assert snapshot.risks[1] == build_risk(LabelBook([label(7)]), days_ms(19))[0]
    with pytest.raises(BadInputError, match="a snapshot of the future cannot be live"):
        command("risk", "build", "--as-of", "2999-01-01T00:00:00Z", "--push")


def test_a_verdict_is_added_changed_and_shown(empty_topics: Config, command: Command) -> None:
    place = ("--customer", "cust-1", "--store", "store-1", "--event-time", "2026-01-01T00:00:00Z")
    command("labels", "add", "tx-1", "--fraud", *place, "--known-at", "2026-01-05T00:00:00Z")
    command("labels", "add", "tx-1", "--honest", *place, "--comment", "customer called")
    shown = json.loads(command("labels", "show", "tx-1", "--json"))
    assert [found["is_fraud"] for found in shown["labels"]] == [True, False]
    assert shown["verdict"]["is_fraud"] is False
    words = command("labels", "show", "tx-1")
    assert words.startswith("tx-1: honest\n")
    assert "customer called" in words
    with pytest.raises(BadInputError, match="no label of this transaction"):
        command("labels", "show", "tx-2")
    with pytest.raises(BadInputError, match="known_at lies in the future"):
        command("labels", "add", "tx-1", "--fraud", *place, "--known-at", "2999-01-01T00:00:00Z")
    command("labels", "add", "tx-1", exit_code=ExitCode.USAGE)
    command("labels", "add", "tx-1", "--fraud", "--customer", "cust-1", exit_code=ExitCode.USAGE)


def test_whose_payment_it_is_comes_from_the_decision(empty_topics: Config, command: Command) -> None:
    decision = golden("decision_v1.json")
    writer = TransactionalWriter(empty_topics, "streamflow.test.labels")
    with writer.transaction():
        writer.send(SCORED.name, b"x", golden_bytes("decision_v1.json"))
    written = json.loads(command("labels", "add", decision["transaction_id"], "--fraud", "--json"))
    assert (written["customer_id"], written["store_id"]) == (decision["customer_id"], decision["store_id"])
    with pytest.raises(BadInputError, match=r"no decision on this transaction.*\n.*--customer"):
        command("labels", "add", "tx-nobody-knows", "--fraud")


def test_a_file_with_wrong_lines_is_imported_without_them_and_says_so(empty_topics: Config, command: Command, tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_bytes(encode_label(label()) + b"\nrubbish\n" + encode_label(label(365 * 900)) + b"\n")
    tried = json.loads(command("labels", "import", str(file), "--dry-run", "--json", exit_code=ExitCode.BAD_INPUT))
    assert (tried["labels"], tried["written"], tried["refused"]) == (1, 0, 2)
    assert list(read_labels(empty_topics)) == []
    facts = json.loads(command("labels", "import", str(file), "--json", exit_code=ExitCode.BAD_INPUT))
    assert (facts["written"], [where.rpartition(", ")[2] for where, _ in facts["first_refused"]]) == (1, ["line 2", "line 3"])
    assert list(read_labels(empty_topics)) == [label()]


def test_hostile_records_in_the_topic_are_counted_and_passed_over(empty_topics: Config, command: Command, tmp_path: Path) -> None:
    writer = TransactionalWriter(empty_topics, "streamflow.test.labels")
    with writer.transaction():
        for value in (None, b"", b"\xff" * 1_000, b"{}"):
            writer.send(LABELS.name, b"cust-1", value)
    write_labels(empty_topics, [label()])
    book, faults = collect(read_labels(empty_topics))
    assert (book.in_order(), faults.count) == ([label()], 4)
    facts = json.loads(command("risk", "build", "--out", str(tmp_path / "risk.json"), "--json"))
    assert (facts["labels"], facts["unreadable"], len(facts["first_unreadable"])) == (1, 4, 4)


def test_many_labels_are_written_in_batches_and_reported(empty_topics: Config) -> None:
    reported: list[int] = []
    labels = [label(transaction_id=f"tx-{number}") for number in range(BATCH_LABELS + 1)]
    assert write_labels(empty_topics, labels, reported.append) == len(labels)
    assert reported == [BATCH_LABELS, len(labels)]
    assert len(collect(read_labels(empty_topics))[0]) == len(labels)
