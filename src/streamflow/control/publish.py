"""Writing the control topic: documents get their versions, then a generation names them; one writer at a time."""

import time
from collections.abc import Callable, Collection
from typing import Final

import msgspec

from streamflow.contracts.catalogue import CONTROL
from streamflow.contracts.control import Generation, ListsDocument, RulesDocument
from streamflow.contracts.errors import StreamFlowError
from streamflow.contracts.risk import RiskDocument
from streamflow.control.compose import Draft, Written, compose
from streamflow.control.documents import NO_LISTS
from streamflow.control.snapshot import ControlSnapshot, Published, read_control
from streamflow.kafka.client import ClientConfig
from streamflow.kafka.writing import TransactionalWriter

WRITER: Final = "streamflow.control"
"""`transactional.id` of everyone who writes the control topic: opening it stops any other writer."""

VISIBLE_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.05


def publish(
    config: ClientConfig, decide: Callable[[ControlSnapshot], Draft | None], reason: str, trusted_keys: Collection[str] = ()
) -> Published | None:
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
    trusted_keys : collection of str
        Whose models are read; only a draft that names another model needs them.

    Raises
    ------
    FencedError
        Somebody else pushed at the same time; push again.
    BadInputError
        See `compose`.
    """
    writer = TransactionalWriter(config, WRITER)
    snapshot = read_control(config, trusted_keys)
    draft = decide(snapshot)
    if draft is None:
        return None
    records = compose(snapshot, draft, reason)
    with writer.transaction():
        for key, value in records:
            writer.send(CONTROL.name, key, value, partition=0)
    return _confirm(config, records)


def _confirm(config: ClientConfig, records: Written) -> Published:
    """Read back what was written: programs other than this one do not open the writer, and may have come between.

    A commit returns before the broker has marked every partition, so what was written may take a moment to be seen.
    """
    written = msgspec.json.decode(records[-1][1], type=Generation)
    ours = {key.decode() for key, _ in records}
    deadline = time.monotonic() + VISIBLE_SECONDS
    while True:
        after = read_control(config)
        for published in after.generations:
            if published.generation == written:
                return published
        refused = [refusal for refusal in after.refusals if refusal.key in ours and refusal.key.startswith("generation/")]
        number = written.generation
        if refused or any(published.generation.generation == number for published in after.generations) or time.monotonic() > deadline:
            raise StreamFlowError(
                "the topic was written by another program at the same time, and this generation is not followed",
                got="; ".join(refusal.reason for refusal in refused) or "another generation under its number, or none",
                where=CONTROL.name,
                fix="push again",
            )
        time.sleep(POLL_SECONDS)


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


def push_risk(config: ClientConfig, risk: RiskDocument, reason: str = "") -> Published | None:
    """Make a risk snapshot live, with everything else as it is; None where it is live already."""

    def decide(snapshot: ControlSnapshot) -> Draft | None:
        base = snapshot.current.generation if snapshot.current else None
        present = snapshot.risks.get(base.risk) if base is not None and base.risk is not None else None
        same = present is not None and msgspec.structs.replace(present, version=risk.version) == risk
        return None if same else Draft(base, risk=risk)

    return publish(config, decide, reason)


def roll_back(
    config: ClientConfig,
    number: int | None = None,
    *,
    everything: bool = False,
    reason: str = "",
    trusted_keys: Collection[str] = (),
) -> Published | None:
    """Write a new generation that names old versions; None where they are live already.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    number : int, optional
        The generation to go back to; by default the newest one that differs from the current one in what is rolled back.
    everything : bool
        Take its lists, models and risk snapshot too. By default only the rules go back, so that nobody leaves the blocklist by
        accident.
    reason : str
        Stands in the history.
    trusted_keys : collection of str
        See `publish`; needed with `everything`.
    """

    def decide(snapshot: ControlSnapshot) -> Draft | None:
        current = snapshot.require_current().generation
        candidates = [_returned(current, earlier.generation, everything) for earlier in reversed(snapshot.generations)]
        if number is not None:
            base = _returned(current, snapshot.find(number).generation, everything)
        else:
            base = next((candidate for candidate in candidates if candidate != current), current)
        return None if base == current else Draft(base, rollback=everything)

    return publish(config, decide, reason or (f"back to generation {number}" if number is not None else "rollback"), trusted_keys)


def _returned(current: Generation, earlier: Generation, everything: bool) -> Generation:
    """Return the current generation with the versions of an earlier one."""
    if not everything:
        return msgspec.structs.replace(current, rules=earlier.rules)
    return msgspec.structs.replace(
        current, rules=earlier.rules, lists=earlier.lists, model=earlier.model, shadow=earlier.shadow, risk=earlier.risk
    )
