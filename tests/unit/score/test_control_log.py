"""Which rules and lists hold for an event."""

import msgspec
import pytest

from streamflow.contracts.control import Generation, ListEntry, ListsDocument, control_key
from streamflow.contracts.errors import StreamFlowError
from streamflow.control.documents import default_rules, fixed_control
from streamflow.score.control import ControlLog, Controls, Refusal

HOUR_MS = 3_600_000


class Topic:
    """Writes to a control log as the topic would."""

    def __init__(self) -> None:
        self.log = ControlLog()
        self.offset = -1

    def write(self, key: bytes | None, value: bytes | None, at_ms: int = 0) -> Refusal | Controls | None:
        self.offset += 1
        return self.log.add(key, value, offset=self.offset, timestamp_ms=at_ms)

    def documents(self, version: int) -> None:
        self.write(control_key("rules", version), msgspec.json.encode(msgspec.structs.replace(default_rules(), version=version)))
        self.write(control_key("lists", version), msgspec.json.encode(ListsDocument(version=version)))

    def generation(self, number: int, at_ms: int, *, rules: int | None = None, lists: int | None = None) -> Refusal | Controls | None:
        value = msgspec.json.encode(Generation(number, rules or number, lists or number))
        return self.write(control_key("generation", number), value, at_ms)

    def rules_at(self, timestamp_ms: int) -> int:
        return self.log.active_at(timestamp_ms).rules.version


def two_generations(first_ms: int = 1000, second_ms: int = HOUR_MS) -> Topic:
    topic = Topic()
    for version, at_ms in ((1, first_ms), (2, second_ms)):
        topic.documents(version)
        assert isinstance(topic.generation(version, at_ms), Controls)
    return topic


@pytest.mark.parametrize(("after_ms", "version"), [(0, 1), (999, 1), (1000, 2), (1001, 2)])
def test_a_generation_is_active_one_second_after_its_brokers_time(after_ms: int, version: int) -> None:
    assert two_generations().rules_at(HOUR_MS + after_ms) == version


def test_an_event_from_before_the_first_generation_is_judged_by_it() -> None:
    assert two_generations(first_ms=HOUR_MS, second_ms=2 * HOUR_MS).rules_at(0) == 1


def test_rules_and_lists_of_a_generation_belong_together() -> None:
    topic = two_generations()
    topic.documents(3)
    topic.generation(3, 2 * HOUR_MS, rules=1, lists=3)
    controls = topic.log.active_at(3 * HOUR_MS)
    assert (controls.rules.version, controls.lists.version) == (1, 3)


def test_documents_without_a_generation_change_nothing() -> None:
    topic = two_generations()
    topic.documents(3)
    assert topic.rules_at(10 * HOUR_MS) == 2


def test_where_the_brokers_clock_steps_back_the_later_generation_wins_from_its_own_time_on() -> None:
    topic = two_generations(1000, 10 * HOUR_MS)
    topic.documents(3)
    topic.generation(3, 5 * HOUR_MS)
    assert [topic.rules_at(hour * HOUR_MS) for hour in (4, 6, 11)] == [1, 3, 3]
    assert topic.log.newest is topic.log.active_at(6 * HOUR_MS)


def test_of_two_generations_at_the_same_time_the_later_one_holds() -> None:
    topic = two_generations(HOUR_MS, HOUR_MS)
    assert topic.rules_at(HOUR_MS + 1000) == 2


def test_what_is_read_again_after_a_restart_is_passed_over() -> None:
    topic = two_generations()
    value = msgspec.json.encode(Generation(1, 1, 1))
    assert topic.log.add(b"generation/1", value, offset=2, timestamp_ms=99 * HOUR_MS) is None
    assert (topic.rules_at(100 * HOUR_MS), len(topic.log), topic.log.refusals) == (2, 2, [])


def test_a_growing_log_answers_for_the_past_as_it_did_before() -> None:
    topic = two_generations()
    before = [topic.rules_at(at_ms) for at_ms in range(0, 2 * HOUR_MS, 60_000)]
    topic.documents(3)
    topic.generation(3, 5 * HOUR_MS)
    assert [topic.rules_at(at_ms) for at_ms in range(0, 2 * HOUR_MS, 60_000)] == before


RULES_3 = msgspec.json.encode(msgspec.structs.replace(default_rules(), version=3))
WRONG: dict[str, tuple[bytes | None, bytes | None]] = {
    "expected rules/N, lists/N, risk/N, model/N/I or generation/N": (b"model/1", b"{}"),
    "got b'rules/007'": (b"rules/007", RULES_3),
    "got b''": (None, b"{}"),
    "unknown control key": (b"\xff\xfe", b"{}"),
    "a control document was deleted": (b"rules/1", None),
    "a control document was rewritten: expected a new version, got rules/2": (b"rules/2", b"{}"),
    "expected a new version, got lists/2": (b"lists/2", msgspec.json.encode(ListsDocument(version=2))),
    "expected 4, got 3": (b"rules/4", RULES_3),
    "expected 5, got 1": (b"lists/5", b'{"version": 1}'),
    "truncated": (b"rules/3", b"{"),
    "this is not a rules document": (b"rules/3", b"[]"),
    "Expected `object`": (b"lists/3", b"[]"),
    "unknown field `color`": (b"lists/3", b'{"version": 3, "color": 1}'),
    "`$.customers[0].id`": (b"lists/3", b'{"version": 3, "customers": [{"id": ""}]}'),
    "FR-9": (b"rules/3", RULES_3.replace(b"FR-003", b"FR-9")),
    "names a document that is not there or was refused: got rules/9": (
        b"generation/3",
        b'{"generation": 3, "rules": 9, "lists": 1}',
    ),
    "got lists/9": (b"generation/3", b'{"generation": 3, "rules": 1, "lists": 9}'),
    "expected number 3, after 2, got 4": (b"generation/3", b'{"generation": 4, "rules": 1, "lists": 1}'),
    "expected number 2, after 2": (b"generation/2", b'{"generation": 2, "rules": 1, "lists": 1}'),
    "missing required field `lists`": (b"generation/3", b'{"generation": 3, "rules": 1}'),
}


@pytest.mark.parametrize(("said", "record"), WRONG.items(), ids=WRONG)
def test_a_wrong_record_is_refused_with_its_reason_and_has_no_effect(said: str, record: tuple[bytes | None, bytes | None]) -> None:
    topic = two_generations()
    before = topic.log.newest
    refusal = topic.write(*record, 2 * HOUR_MS)
    assert isinstance(refusal, Refusal)
    assert said in refusal.reason
    assert (refusal.offset, topic.log.refusals) == (topic.offset, [refusal])
    assert topic.log.newest is before
    topic.documents(6)
    assert isinstance(topic.generation(6, 3 * HOUR_MS), Controls), "the log goes on after it"


@pytest.mark.parametrize(
    "value", [b"\xff", b'"' + b"\xff" * 9 + b'"', b"[" * 100_000, b"1" * 5000, b'{"version": 3, "customers": "\\ud800"}']
)
@pytest.mark.parametrize("key", [b"rules/3", b"lists/3", b"risk/3", b"generation/3"])
def test_no_bytes_stop_the_log(key: bytes, value: bytes) -> None:
    assert isinstance(two_generations().write(key, value), Refusal)


def test_a_document_that_was_refused_may_be_written_right_under_a_later_offset() -> None:
    topic = two_generations()
    assert isinstance(topic.write(b"rules/3", b"{}"), Refusal)
    assert topic.write(b"rules/3", RULES_3) is None
    assert isinstance(topic.generation(3, 2 * HOUR_MS, lists=1), Controls)


def test_an_empty_log_says_what_to_do() -> None:
    log = ControlLog()
    assert (len(log), log.newest) == (0, None)
    with pytest.raises(StreamFlowError, match="streamflow rules push"):
        log.active_at(0)


def test_a_fixed_log_holds_at_any_time() -> None:
    log = fixed_control(lists=ListsDocument(version=3, customers=(ListEntry("cust-1"),)))
    assert log.active_at(0) is log.active_at(2**62)
    assert log.active_at(0).lists.version == 3
