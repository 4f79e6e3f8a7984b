"""`transactions.labels`: what commands and the simulator write, and whoever builds risk or trains reads."""

import json

import pytest
from jsonschema import Draft202012Validator

from streamflow.contracts.catalogue import LABELS
from streamflow.contracts.label import Label, decode_label, encode_label
from streamflow.contracts.record import Record
from streamflow.contracts.schemas import json_schemas
from streamflow.labels.topic import read_label
from streamflow.simulate import Plan, batches
from tests.contract.golden import golden_bytes, golden_lines
from tests.unit.labels.labels import BEGIN, label

SCHEMA = Draft202012Validator(json_schemas()["label.json"], format_checker=Draft202012Validator.FORMAT_CHECKER)
VERSION_1 = golden_bytes("label_v1.jsonl").splitlines()


def record(value: bytes | None) -> Record:
    return Record(LABELS.name, 2, 7, 0, b"cust-1", value)


def test_labels_of_version_1_still_say_what_they_said() -> None:
    fraud, honest = (read_label(record(value)) for value in VERSION_1)
    assert fraud == label(7.5, source="chargeback", scenario="card_testing", comment="bank file 17")
    assert honest == label(14, is_fraud=False, source="settlement", transaction_id="tx-2")


def test_what_is_written_has_the_golden_names_and_reads_back() -> None:
    for value, names in zip(VERSION_1, golden_lines("label_v1.jsonl"), strict=True):
        written = encode_label(decode_label(value))
        assert list(json.loads(written)) == list(names)
        assert decode_label(written) == decode_label(value)
        SCHEMA.validate(json.loads(written))


def test_a_field_that_a_later_version_adds_is_passed_over() -> None:
    assert isinstance(read_label(record(json.dumps(golden_lines("label_v1.jsonl")[0] | {"case": {"id": 7}}).encode())), Label)


def test_simulated_labels_keep_the_contract() -> None:
    for batch in batches(Plan(events=3_000, customers=100)):
        for key, value in zip(*batch.labels(), strict=True):
            SCHEMA.validate(json.loads(value))
            found = read_label(Record(LABELS.name, 0, 0, 0, key, value))
            assert isinstance(found, Label)
            assert found.customer_id.encode() == key
            assert BEGIN <= found.event_time < found.known_at


@pytest.mark.parametrize("value", [None, b"", b"{}", b"\xff\x00"])
def test_what_is_none_says_where_it_lies(value: bytes | None) -> None:
    found = read_label(record(value))
    assert not isinstance(found, Label)
    assert found.where == "transactions.labels, partition 2, offset 7"
    assert found.why.startswith("this is not a label")
