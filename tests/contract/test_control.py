"""`streamflow.control`: what the commands write, and the engine and the commands read."""

import json
from typing import Any

import msgspec
import pytest

from streamflow.contracts.catalogue import CONTROL
from streamflow.contracts.control import Generation, ListEntry, ListsDocument
from streamflow.contracts.record import Record
from streamflow.control.compose import Draft, compose
from streamflow.control.documents import default_rules
from streamflow.control.snapshot import ControlSnapshot
from streamflow.score.control import ControlLog, Controls, Refusal
from tests.contract.golden import golden_lines
from tests.unit.factories import TEN_O_CLOCK_MS

VERSION_1 = golden_lines("control_v1.jsonl")


def log_of(lines: list[Any]) -> tuple[ControlLog, list[Refusal | Controls | None]]:
    log = ControlLog()
    answers = [
        log.add(line["key"].encode(), msgspec.json.encode(line["value"]), offset=offset, timestamp_ms=TEN_O_CLOCK_MS)
        for offset, line in enumerate(lines)
    ]
    return log, answers


def test_documents_of_version_1_are_followed_as_they_always_were() -> None:
    log, answers = log_of(VERSION_1)
    assert log.refusals == []
    assert isinstance(answers[-1], Controls)
    controls = log.active_at(TEN_O_CLOCK_MS + 1000)
    assert [rule.document.id for rule in controls.rules.rules] == ["FR-001", "FR-002", "FR-003", "FR-004", "FR-005"]
    assert controls.rules.floors == {"FR-005": "block"}
    listing = controls.lists.find("cust-1", "store-9", TEN_O_CLOCK_MS)
    assert listing is not None
    assert listing.entry == ListEntry("cust-1", "chargebacks", 1_795_428_000_000, 1_798_020_000_000)
    assert controls.lists.find("cust-2", "store-9", TEN_O_CLOCK_MS) is not None


def test_the_commands_read_version_1_as_well_as_the_engine() -> None:
    records = [
        Record(CONTROL.name, 0, offset, TEN_O_CLOCK_MS, line["key"].encode(), msgspec.json.encode(line["value"]))
        for offset, line in enumerate(VERSION_1)
    ]
    snapshot = ControlSnapshot(records)
    assert snapshot.require_current().generation == Generation(1, 1, 1, reason="defaults of the package")
    assert json.loads(msgspec.json.encode(snapshot.rules[1])) == VERSION_1[0]["value"]


def test_what_a_push_writes_the_engine_follows() -> None:
    snapshot = ControlSnapshot([])
    lists = ListsDocument(version=1, customers=(ListEntry("cust-1", "why", 1, 2),), stores=(ListEntry("store-1"),))
    written = compose(snapshot, Draft(None, rules=default_rules(), lists=lists), "first")
    log = ControlLog()
    for offset, (key, value) in enumerate(written):
        assert not isinstance(log.add(key, value, offset=offset, timestamp_ms=5000), Refusal)
    controls = log.active_at(6000)
    assert controls.active_from_ms == 6000
    assert controls.rules.document == default_rules()
    assert controls.lists.find("cust-1", "", 1) is not None


@pytest.mark.parametrize("place", range(3))
def test_a_field_that_a_later_version_adds_is_refused_and_the_generation_before_stays(place: int) -> None:
    """A rule that is half understood must not decide: unlike transactions, control documents are read whole or not at all."""
    later = [{"key": line["key"].replace("/1", "/2"), "value": dict(line["value"])} for line in VERSION_1]
    for line in later:
        line["value"] |= {name: 2 for name in ("version", "generation", "rules", "lists") if isinstance(line["value"].get(name), int)}
    log, answers = log_of([*VERSION_1, *later])
    assert isinstance(answers[-1], Controls), "without the field it is followed"
    later[place]["value"]["colour"] = "red"
    log, answers = log_of([*VERSION_1, *later])
    refusal = answers[len(VERSION_1) + place]
    assert isinstance(refusal, Refusal)
    assert "unknown field `colour`" in refusal.reason
    assert log.active_at(TEN_O_CLOCK_MS + 9000).rules.version == 1


def test_optional_fields_may_be_missing_because_older_writers_do_not_know_them() -> None:
    generation = {"generation": 1, "rules": 1, "lists": 1}
    log, answers = log_of([VERSION_1[0], {"key": "lists/1", "value": {"version": 1}}, {"key": "generation/1", "value": generation}])
    assert isinstance(answers[-1], Controls)
    assert not log.active_at(0).lists
