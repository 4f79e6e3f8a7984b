"""`transactions.raw`: what shops send and StreamFlow reads."""

from typing import Any

import msgspec
import pytest

from streamflow.contracts.record import Record
from streamflow.simulate import Plan, traffic
from streamflow.validate import Validator, ValidTransaction
from tests.contract.golden import golden
from tests.unit.factories import TEN_O_CLOCK_MS, payment, record_of

VERSION_1 = golden("transaction_v1.json")


def read(value: bytes) -> ValidTransaction:
    answer = Validator().validate(record_of(value, timestamp_ms=TEN_O_CLOCK_MS))
    assert isinstance(answer, ValidTransaction), answer
    return answer


@pytest.mark.parametrize("case", VERSION_1, ids=lambda case: case["name"])
def test_a_document_of_version_1_reads_as_it_always_did(case: dict[str, Any]) -> None:
    valid = read(case["value"].encode())
    assert msgspec.structs.asdict(valid.transaction) == case["fields"]
    assert valid.event_time_ms == case["event_time_ms"]


def test_the_golden_documents_name_every_field_so_that_a_new_one_is_thought_about() -> None:
    assert set(VERSION_1[0]["fields"]) == set(read(VERSION_1[0]["value"].encode()).transaction.__struct_fields__)


@pytest.mark.parametrize("name", sorted(payment()))
def test_each_required_field_is_required(name: str) -> None:
    fields = payment()
    del fields[name]
    answer = Validator().validate(record_of(msgspec.json.encode(fields)))
    assert not isinstance(answer, ValidTransaction)
    assert (answer.code, answer.message.split(",")[0]) == ("MISSING_FIELD", f"expected {name}")


def test_a_field_that_a_later_minor_version_adds_is_kept_for_the_consumers_that_know_it() -> None:
    assert read(msgspec.json.encode(payment(loyalty={"level": 3}))).transaction.extra == {"loyalty": {"level": 3}}


def test_a_later_version_with_the_same_required_fields_is_read_and_its_number_is_kept() -> None:
    assert read(msgspec.json.encode(payment(schema_version=2))).transaction.schema_version == 2


def test_what_the_simulator_writes_is_valid() -> None:
    validator = Validator()
    for offset, event in enumerate(traffic(Plan(events=300, customers=20))):
        answer = validator.validate(Record("transactions.raw", 0, offset, event.timestamp_ms, event.key, event.value))
        assert isinstance(answer, ValidTransaction), answer
        assert answer.transaction.extra is None, "a label would give the fraud away"
