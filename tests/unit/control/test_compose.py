"""What a push would write, and what it refuses to."""

import msgspec
import pytest

from streamflow.contracts.control import Generation, ListEntry, ListsDocument, RuleDocument, RulesDocument
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.record import Record
from streamflow.control.compose import MAX_DOCUMENT_BYTES, Draft, compose
from streamflow.control.documents import default_rules
from streamflow.control.snapshot import ControlSnapshot

Written = list[tuple[bytes, bytes]]


def topic(*records: tuple[bytes, bytes | None]) -> ControlSnapshot:
    return ControlSnapshot(Record("streamflow.control", 0, offset, 1000 * offset, *record) for offset, record in enumerate(records))


def defaults() -> Written:
    return compose(topic(), Draft(base=None), "")


def current(snapshot: ControlSnapshot) -> Generation:
    return snapshot.require_current().generation


def with_rule(place: int, **changes: object) -> RulesDocument:
    rules = list(default_rules().rules)
    rules[place] = msgspec.structs.replace(rules[place], **changes)
    return msgspec.structs.replace(default_rules(), rules=tuple(rules))


def test_an_empty_topic_gets_rules_lists_and_then_the_generation_that_names_them() -> None:
    assert [key for key, _ in defaults()] == [b"rules/1", b"lists/1", b"generation/1"]
    snapshot = topic(*defaults())
    assert current(snapshot) == Generation(1, 1, 1)
    assert snapshot.rules[1] == default_rules()


def test_new_lists_keep_the_rules_that_hold() -> None:
    snapshot = topic(*defaults())
    lists = ListsDocument(version=99, customers=(ListEntry("cust-1"),))
    written = compose(snapshot, Draft(current(snapshot), lists=lists), "stolen")
    assert [key for key, _ in written] == [b"lists/2", b"generation/2"]
    after = topic(*defaults(), *written)
    assert current(after) == Generation(2, 1, 2, reason="stolen")
    assert after.lists[2].customers == lists.customers


@pytest.mark.parametrize(
    "changes",
    [{"parameters": {"ratio": 4.0, "min_transactions": 5}}, {"weight": 0.5}, {"outcome_at_least": "review"}],
)
def test_a_rule_that_changed_under_its_old_version_is_refused_with_the_next_version(changes: dict[str, object]) -> None:
    snapshot = topic(*defaults())
    with pytest.raises(BadInputError, match="FR-001 changed but its version did not: expected version 2, got version 1"):
        compose(snapshot, Draft(current(snapshot), rules=with_rule(0, **changes)), "")


def test_a_version_that_an_older_document_used_for_something_else_is_refused_too() -> None:
    written = defaults()
    for weight, version in ((0.5, 2), (0.6, 3)):
        snapshot = topic(*written)
        written += compose(snapshot, Draft(current(snapshot), rules=with_rule(0, weight=weight, version=version)), "")
    snapshot = topic(*written)
    with pytest.raises(BadInputError, match=r"expected version 4, got version 2, which has another content in rules/2"):
        compose(snapshot, Draft(current(snapshot), rules=with_rule(0, weight=0.7, version=2)), "")


def test_switching_a_rule_off_needs_no_new_version() -> None:
    snapshot = topic(*defaults())
    written = compose(snapshot, Draft(current(snapshot), rules=with_rule(0, state="off")), "")
    assert [key for key, _ in written] == [b"rules/2", b"generation/2"]


def test_a_rule_that_is_not_known_is_refused_before_anything_is_written() -> None:
    rules = msgspec.structs.replace(default_rules(), rules=(RuleDocument("FR-9", 1, "on", 0.1),))
    with pytest.raises(BadInputError, match="FR-9"):
        compose(topic(), Draft(None, rules=rules), "")


def test_lists_above_the_topics_limit_are_refused_with_both_sizes() -> None:
    lists = ListsDocument(version=1, customers=tuple(ListEntry(f"cust-{number:050}", reason="r" * 150) for number in range(50_000)))
    with pytest.raises(BadInputError, match=f"at most {MAX_DOCUMENT_BYTES} bytes"):
        compose(topic(), Draft(None, lists=lists), "")


def test_lists_of_nine_megabytes_are_taken() -> None:
    lists = ListsDocument(version=1, customers=tuple(ListEntry(f"cust-{number:050}", reason="r" * 150) for number in range(41_000)))
    assert 9_000_000 < len(compose(topic(), Draft(None, lists=lists), "")[1][1]) < MAX_DOCUMENT_BYTES


def test_a_reason_that_the_reader_would_refuse_is_refused() -> None:
    with pytest.raises(BadInputError, match="at most 200 characters, got 201"):
        compose(topic(), Draft(None), "x" * 201)


def test_a_key_that_was_refused_is_never_written_again() -> None:
    snapshot = topic(*defaults(), (b"rules/2", b"{}"), (b"generation/2", b"{}"), (b"lists/9", None))
    assert [refusal.key for refusal in snapshot.refusals] == ["rules/2", "generation/2", "lists/9"]
    assert (snapshot.next_version("rules"), snapshot.next_version("generation"), snapshot.next_version("lists")) == (3, 3, 2)
    written = compose(snapshot, Draft(current(snapshot), rules=with_rule(0, weight=0.5, version=2)), "")
    assert [key for key, _ in written] == [b"rules/3", b"generation/3"]


def test_a_huge_number_written_by_somebody_else_does_not_use_up_the_versions() -> None:
    snapshot = topic(*defaults(), (b"rules/999999999", b"{}"))
    assert snapshot.next_version("rules") == 2


def test_a_generation_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(BadInputError, match="expected one of 1, got 7"):
        topic(*defaults()).find(7)
