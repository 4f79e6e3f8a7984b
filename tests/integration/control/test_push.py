"""Rules and lists pushed to a real control topic, and read by the log that the job reads it with."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer

from streamflow.contracts.catalogue import CONTROL
from streamflow.contracts.control import ACTIVATION_DELAY_MS, ListEntry, ListsDocument, RulesDocument
from streamflow.contracts.errors import BadInputError, ExitCode, StreamFlowError
from streamflow.control.compose import Draft
from streamflow.control.documents import default_rules, parse_yaml
from streamflow.control.publish import ensure_defaults, publish, push_lists, push_rules, roll_back
from streamflow.control.snapshot import ControlSnapshot, read_control
from streamflow.kafka.reading import read_to_end
from streamflow.kafka.writing import FencedError
from streamflow.score.control import ControlLog
from streamflow.score.ruleset import read_rules

pytestmark = pytest.mark.stack

Config = dict[str, str]
Command = Callable[..., str]


def stricter(version: int = 2) -> RulesDocument:
    rules = list(default_rules().rules)
    rules[0] = msgspec.structs.replace(rules[0], version=version, parameters={"ratio": 3.0 + version, "min_transactions": 5})
    return msgspec.structs.replace(default_rules(), rules=tuple(rules))


def listing(customer_id: str) -> Callable[[ListsDocument], ListsDocument]:
    return lambda lists: msgspec.structs.replace(lists, customers=(*lists.customers, ListEntry(customer_id)))


def versions(config: Config) -> list[tuple[int, int, int]]:
    generations = [published.generation for published in read_control(config).generations]
    return [(generation.generation, generation.rules, generation.lists) for generation in generations]


def test_defaults_go_into_an_empty_topic_and_never_into_another(empty_topics: Config) -> None:
    assert ensure_defaults(empty_topics) is not None
    assert ensure_defaults(empty_topics) is None
    assert versions(empty_topics) == [(1, 1, 1)]


def test_a_pushed_generation_is_active_one_second_after_the_brokers_time(empty_topics: Config) -> None:
    published = push_rules(empty_topics, stricter())
    assert published is not None
    assert published.active_from_ms == published.written_at_ms + ACTIVATION_DELAY_MS
    log = ControlLog()
    for record in read_to_end(empty_topics, CONTROL.name):
        log.add(record.key, record.value, offset=record.offset, timestamp_ms=record.timestamp_ms)
    assert log.active_at(published.active_from_ms).rules.document.rules == stricter().rules
    assert log.refusals == []


def test_rules_lists_and_rollback_keep_one_another(empty_topics: Config) -> None:
    ensure_defaults(empty_topics)
    push_rules(empty_topics, stricter())
    push_lists(empty_topics, listing("cust-1"))
    roll_back(empty_topics)
    push_lists(empty_topics, listing("cust-2"))
    roll_back(empty_topics, 2, everything=True)
    assert versions(empty_topics) == [(1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 1, 2), (5, 1, 3), (6, 2, 1)]


def test_what_is_live_already_is_not_written_again(empty_topics: Config) -> None:
    ensure_defaults(empty_topics)
    assert push_rules(empty_topics, default_rules()) is None
    assert push_lists(empty_topics, lambda lists: lists) is None
    assert roll_back(empty_topics, 1) is None
    assert roll_back(empty_topics) is None
    assert versions(empty_topics) == [(1, 1, 1)]


def test_a_refused_document_leaves_the_topic_as_it_was(empty_topics: Config) -> None:
    ensure_defaults(empty_topics)
    before = list(read_to_end(empty_topics, CONTROL.name))
    changed = msgspec.structs.replace(stricter(version=1))
    with pytest.raises(BadInputError, match="FR-001 changed but its version did not"):
        push_rules(empty_topics, changed)
    assert list(read_to_end(empty_topics, CONTROL.name)) == before


def test_a_push_into_which_another_one_comes_writes_nothing_and_says_so(empty_topics: Config) -> None:
    ensure_defaults(empty_topics)

    def while_another_pushes(snapshot: ControlSnapshot) -> Draft:
        push_lists(empty_topics, listing("of the other"))
        return Draft(snapshot.require_current().generation, rules=stricter())

    with pytest.raises(FencedError, match="took over"):
        publish(empty_topics, while_another_pushes, "lost")
    assert versions(empty_topics) == [(1, 1, 1), (2, 1, 2)]
    assert push_rules(empty_topics, stricter()) is not None
    assert versions(empty_topics)[-1] == (3, 2, 2)
    assert read_control(empty_topics).refusals == []


def test_a_push_that_a_foreign_program_got_ahead_of_is_reported(empty_topics: Config) -> None:
    ensure_defaults(empty_topics)

    def while_a_foreign_program_writes(snapshot: ControlSnapshot) -> Draft:
        producer = Producer({**empty_topics})
        producer.produce(CONTROL.name, b'{"generation": 2, "rules": 1, "lists": 1}', b"generation/2")
        producer.flush()
        return Draft(snapshot.require_current().generation, rules=stricter())

    with pytest.raises(StreamFlowError, match="written by another program"):
        publish(empty_topics, while_a_foreign_program_writes, "late")


def test_a_bad_document_in_the_topic_is_shown_and_passed_over(empty_topics: Config, command: Command) -> None:
    ensure_defaults(empty_topics)
    producer = Producer({**empty_topics})
    producer.produce(CONTROL.name, b"\x1b[31mnot json", b"rules/2")
    producer.flush()
    shown = msgspec.json.decode(command("rules", "history", "--json"))
    assert [refused["key"] for refused in shown["refused"]] == ["rules/2"]
    assert push_rules(empty_topics, stricter()) is not None
    assert versions(empty_topics) == [(1, 1, 1), (2, 3, 1)]


def test_lists_of_nine_megabytes_go_through_the_broker(empty_topics: Config) -> None:
    entries = tuple(ListEntry(f"cust-{number:050}", reason="r" * 150) for number in range(41_000))
    assert push_lists(empty_topics, lambda lists: msgspec.structs.replace(lists, customers=entries)) is not None
    snapshot = read_control(empty_topics)
    assert snapshot.lists[snapshot.require_current().generation.lists].customers == entries


def test_rules_are_shown_edited_and_pushed_by_commands(empty_topics: Config, command: Command, tmp_path: Path) -> None:
    ensure_defaults(empty_topics)
    text = command("rules", "show", "--yaml")
    assert read_rules(parse_yaml(text, "shown"), "shown") == default_rules()
    file = tmp_path / "rules.yaml"
    file.write_text(text.replace("block: 0.9", "block: 0.8"))
    assert msgspec.json.decode(command("rules", "validate", str(file), "--json"))["valid"]
    pushed = msgspec.json.decode(command("rules", "push", str(file), "--reason", "more blocks", "--json"))
    assert (pushed["changed"], pushed["generation"], pushed["rules"], pushed["reason"]) == (True, 2, 2, "more blocks")
    assert "block from 0.8" in command("rules", "show")
    assert msgspec.json.decode(command("rules", "show", "--version", "1", "--json"))["thresholds"]["block"] == 0.9
    assert "nothing was written" in command("rules", "push", str(file))
    assert msgspec.json.decode(command("rules", "rollback", "1", "--json"))["rules"] == 1
    history = msgspec.json.decode(command("rules", "history", "--limit", "2", "--json"))
    assert [facts["generation"] for facts in history["generations"]] == [3, 2]
    assert "more blocks" in command("rules", "history")


def test_lists_are_changed_by_commands(empty_topics: Config, command: Command, tmp_path: Path) -> None:
    file = tmp_path / "lists.json"
    file.write_text('{"customers": ["cust-7"], "stores": [{"id": "store-9", "reason": "skimmer"}]}')
    command("lists", "add", "--file", str(file), "--customer", "cust-1", "--expires", "7d")
    lists = msgspec.json.decode(command("lists", "show", "--json"), type=ListsDocument)
    assert [entry.id for entry in lists.customers] == ["cust-7", "cust-1"]
    assert [(entry.id, entry.reason) for entry in lists.stores] == [("store-9", "skimmer")]
    assert all(entry.added_at_ms and entry.expires_at_ms == lists.customers[0].expires_at_ms for entry in (*lists.customers, *lists.stores))
    command("lists", "remove", "--customer", "cust-1", "--store", "store-9")
    assert "cust-7" in command("lists", "show")
    assert "nothing was written" in command("lists", "remove", "--expired")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("rules", "show", "--version", "9"), "one of 1, got 9"),
        (("rules", "rollback", "9"), "one of 1, got 9"),
        (("lists", "remove", "--store", "store-1"), "not on the list of stores"),
        (("lists", "add", "--store", "4111111111111111"), "card number"),
        (("lists", "add", "--store", "store-1", "--expires", "soon"), "--expires"),
        (("lists", "add", "--store", "store-1", "--expires", "2001-01-01T00:00:00Z"), "in the past"),
        (("lists", "add", "--file", "/nonexistent.json"), "No such file"),
        (("rules", "push", "/nonexistent.yaml"), "cannot be read"),
    ],
)
def test_wrong_input_is_refused_with_the_place(empty_topics: Config, command: Command, arguments: tuple[str, ...], named: str) -> None:
    ensure_defaults(empty_topics)
    with pytest.raises(BadInputError) as raised:
        command(*arguments)
    assert named in str(raised.value)
    assert versions(empty_topics) == [(1, 1, 1)]


@pytest.mark.parametrize("arguments", [("lists", "add"), ("lists", "remove"), ("rules", "show", "--yaml", "--json")])
def test_a_command_without_what_it_needs_is_wrong_usage(command: Command, arguments: tuple[str, ...]) -> None:
    command(*arguments, exit_code=ExitCode.USAGE)
