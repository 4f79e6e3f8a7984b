"""Writing the control topic: documents get their versions, then a generation names them; one writer at a time."""

from collections.abc import Callable
from typing import Final

import msgspec

from streamflow.contracts.catalogue import CONTROL, KIBIBYTE
from streamflow.contracts.control import Generation, ListsDocument, RulesDocument, control_key
from streamflow.contracts.errors import BadInputError, StreamFlowError
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.control.rule_versions import require_new_versions
from streamflow.control.snapshot import ControlSnapshot, Published, read_control
from streamflow.kafka.client import ClientConfig
from streamflow.kafka.writing import TransactionalWriter
from streamflow.score.control import Refusal
from streamflow.score.ruleset import RuleSet

WRITER: Final = "streamflow.control"
"""`transactional.id` of everyone who writes the control topic: opening it stops any other writer."""

MAX_DOCUMENT_BYTES: Final = CONTROL.max_record_bytes - KIBIBYTE
"""Leaves room for the key and Kafka's own framing."""

MAX_REASON_CHARACTERS: Final = 200


class Draft(msgspec.Struct, frozen=True):
    """What a new generation shall name.

    Parameters
    ----------
    base : Generation or None
        Whose versions it takes over; None only where the topic holds no generation.
    rules, lists : optional
        New documents in the place of the base's; their versions are given when they are written.
    """

    base: Generation | None
    rules: RulesDocument | None = None
    lists: ListsDocument | None = None


def compose(snapshot: ControlSnapshot, draft: Draft, reason: str) -> list[tuple[bytes, bytes]]:
    """Return the records that make a draft live, documents before the generation that names them. Writes nothing.

    Raises
    ------
    BadInputError
        If any of it would be refused by whoever reads the topic: a rule that changed under its old version, a wrong document,
        one that is too large.
    """
    if len(reason) > MAX_REASON_CHARACTERS:
        raise BadInputError("the reason is too long", expected=f"at most {MAX_REASON_CHARACTERS} characters", got=str(len(reason)))
    rules, lists, base = draft.rules, draft.lists, draft.base
    if base is None:
        rules, lists = rules or default_rules(), lists or NO_LISTS
        base = Generation(1, 1, 1)
    records = []
    versions = {"rules": base.rules, "lists": base.lists}
    if rules is not None:
        RuleSet(rules)
        require_new_versions(snapshot.rules, rules)
        versions["rules"] = snapshot.next_version("rules")
        document = msgspec.structs.replace(rules, version=versions["rules"])
        records.append((control_key("rules", versions["rules"]), msgspec.json.encode(document)))
    if lists is not None:
        versions["lists"] = snapshot.next_version("lists")
        entries = msgspec.structs.replace(lists, version=versions["lists"])
        records.append((control_key("lists", versions["lists"]), msgspec.json.encode(entries)))
    number = snapshot.next_version("generation")
    generation = msgspec.structs.replace(base, generation=number, reason=reason, **versions)
    records.append((control_key("generation", number), msgspec.json.encode(generation)))
    _require_followed(snapshot, records)
    return records


def _require_followed(snapshot: ControlSnapshot, records: list[tuple[bytes, bytes]]) -> None:
    """Hand the records to the log as its reader will; the snapshot's log is of no use afterwards."""
    for place, (key, value) in enumerate(records):
        if len(value) > MAX_DOCUMENT_BYTES:
            raise BadInputError(
                "the document is too large for the control topic",
                expected=f"at most {MAX_DOCUMENT_BYTES} bytes",
                got=str(len(value)),
                where=key.decode(),
                fix="streamflow lists remove --expired",
            )
        taken = snapshot.log.add(key, value, offset=snapshot.next_offset + place, timestamp_ms=snapshot.last_timestamp_ms)
        if isinstance(taken, Refusal):
            raise BadInputError("the document would be refused, so nothing was written", got=taken.reason)


def publish(config: ClientConfig, decide: Callable[[ControlSnapshot], Draft | None], reason: str) -> Published | None:
    """Write what `decide` makes of the topic as it stands, and return the generation as the topic now holds it.

    Opening the writer stops every other one, and only then the topic is read, so what `decide` saw is still true when its
    draft is written; a writer that is stopped in between wrote nothing and says so.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    decide : callable
        Gets the topic's content; None writes nothing.
    reason : str
        Stands in the history.

    Raises
    ------
    FencedError
        Somebody else pushed at the same time; push again.
    BadInputError
        See `compose`.
    """
    writer = TransactionalWriter(config, WRITER)
    snapshot = read_control(config)
    draft = decide(snapshot)
    if draft is None:
        return None
    records = compose(snapshot, draft, reason)
    with writer.transaction():
        for key, value in records:
            writer.send(CONTROL.name, key, value, partition=0)
    return _confirm(config, records)


def _confirm(config: ClientConfig, records: list[tuple[bytes, bytes]]) -> Published:
    """Read back what was written: programs other than this one do not open the writer, and may have come between."""
    written = msgspec.json.decode(records[-1][1], type=Generation)
    after = read_control(config)
    for published in after.generations:
        if published.generation == written:
            return published
    ours = {key.decode() for key, _ in records}
    reasons = "; ".join(refusal.reason for refusal in after.refusals if refusal.key in ours)
    raise StreamFlowError(
        "the topic was written by another program at the same time, and this generation is not followed",
        got=reasons or "another generation under its number",
        where=CONTROL.name,
        fix="push again",
    )


def ensure_defaults(config: ClientConfig) -> Published | None:
    """Push the package's rules and empty lists into an empty control topic; None where it holds anything already."""
    if not read_control(config).is_empty:
        return None
    return publish(config, lambda snapshot: Draft(base=None) if snapshot.is_empty else None, "defaults of the package")


def push_rules(config: ClientConfig, rules: RulesDocument, reason: str = "") -> Published | None:
    """Make rules live, with the lists as they are; None where they are live already."""

    def decide(snapshot: ControlSnapshot) -> Draft | None:
        base = snapshot.current.generation if snapshot.current else None
        if base is not None and msgspec.structs.replace(snapshot.rules[base.rules], version=rules.version) == rules:
            return None
        return Draft(base, rules=rules)

    return publish(config, decide, reason)


def push_lists(config: ClientConfig, change: Callable[[ListsDocument], ListsDocument], reason: str = "") -> Published | None:
    """Make changed lists live, with the rules as they are; None where the change leaves them as they were."""

    def decide(snapshot: ControlSnapshot) -> Draft | None:
        base = snapshot.current.generation if snapshot.current else None
        before = snapshot.lists[base.lists] if base is not None else NO_LISTS
        after = change(before)
        return None if after == before else Draft(base, lists=after)

    return publish(config, decide, reason)


def roll_back(config: ClientConfig, number: int | None = None, *, everything: bool = False, reason: str = "") -> Published | None:
    """Write a new generation that names old versions; None where they are live already.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    number : int, optional
        The generation to go back to; by default the newest one that differs from the current one in what is rolled back.
    everything : bool
        Take its lists and model too. By default only the rules go back, so that nobody leaves the blocklist by accident.
    reason : str
        Stands in the history.
    """

    def decide(snapshot: ControlSnapshot) -> Draft | None:
        current = snapshot.require_current().generation
        candidates = [_returned(current, earlier.generation, everything) for earlier in reversed(snapshot.generations)]
        if number is not None:
            base = _returned(current, snapshot.find(number).generation, everything)
        else:
            base = next((candidate for candidate in candidates if candidate != current), current)
        return None if base == current else Draft(base)

    return publish(config, decide, reason or (f"back to generation {number}" if number is not None else "rollback"))


def _returned(current: Generation, earlier: Generation, everything: bool) -> Generation:
    """Return the current generation with the versions of an earlier one."""
    if not everything:
        return msgspec.structs.replace(current, rules=earlier.rules)
    return msgspec.structs.replace(current, rules=earlier.rules, lists=earlier.lists, model=earlier.model, risk=earlier.risk)
