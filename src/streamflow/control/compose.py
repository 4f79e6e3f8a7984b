"""What a push writes: documents with their versions, then the generation that names them; nothing is written here."""

from typing import Final, Literal

import msgspec

from streamflow.contracts.catalogue import CONTROL, KIBIBYTE
from streamflow.contracts.control import Generation, ListsDocument, RulesDocument, control_key
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.model_chunks import split_model
from streamflow.contracts.risk import RiskDocument
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.control.rule_versions import require_new_versions
from streamflow.control.snapshot import ControlSnapshot
from streamflow.score.control import Refusal
from streamflow.score.ruleset import RuleSet

MAX_DOCUMENT_BYTES: Final = CONTROL.max_record_bytes - KIBIBYTE
"""Leaves room for the key and Kafka's own framing."""

MAX_REASON_CHARACTERS: Final = 200

Written = list[tuple[bytes, bytes]]
Role = Literal["model", "shadow"]


class Draft(msgspec.Struct, frozen=True):
    """What a new generation shall name.

    Parameters
    ----------
    base : Generation or None
        Whose versions it takes over; None only where the topic holds no generation.
    rules, lists, risk : optional
        New documents in the place of the base's; their versions are given when they are written.
    bundle : bytes, optional
        A new model.
    role : {"model", "shadow"}
        What the new model is.
    rollback : bool
        Whether the generation may name an older model than the one before.
    """

    base: Generation | None
    rules: RulesDocument | None = None
    lists: ListsDocument | None = None
    risk: RiskDocument | None = None
    bundle: bytes | None = None
    role: Role = "model"
    rollback: bool = False


def compose(snapshot: ControlSnapshot, draft: Draft, reason: str) -> Written:
    """Return the records that make a draft live, documents before the generation that names them. Writes nothing.

    Raises
    ------
    BadInputError
        If any of it would be refused by whoever reads the topic: a rule that changed under its old version, a wrong document,
        one that is too large, a model that is broken or older than the one before.
    """
    if len(reason) > MAX_REASON_CHARACTERS:
        raise BadInputError("the reason is too long", expected=f"at most {MAX_REASON_CHARACTERS} characters", got=str(len(reason)))
    base = draft.base
    if base is None:
        base = Generation(1, 1, 1)
        draft = msgspec.structs.replace(draft, rules=draft.rules or default_rules(), lists=draft.lists or NO_LISTS)
    versions, records = _documents(snapshot, draft)
    number = snapshot.next_version("generation")
    generation = msgspec.structs.replace(base, generation=number, reason=reason, rollback=draft.rollback, **versions)
    records.append((control_key("generation", number), msgspec.json.encode(generation)))
    _require_followed(snapshot, records, generation)
    return records


def _documents(snapshot: ControlSnapshot, draft: Draft) -> tuple[dict[str, int], Written]:
    versions: dict[str, int] = {}
    records: Written = []
    if draft.rules is not None:
        RuleSet(draft.rules)
        require_new_versions(snapshot.rules, draft.rules)
        versions["rules"] = snapshot.next_version("rules")
        records.append((control_key("rules", versions["rules"]), _encoded(draft.rules, versions["rules"])))
    if draft.lists is not None:
        versions["lists"] = snapshot.next_version("lists")
        records.append((control_key("lists", versions["lists"]), _encoded(draft.lists, versions["lists"])))
    if draft.risk is not None:
        versions["risk"] = snapshot.next_version("risk")
        records.append((control_key("risk", versions["risk"]), _encoded(draft.risk, versions["risk"])))
    if draft.bundle is not None:
        number = versions[draft.role] = snapshot.next_version("model")
        records += [(control_key("model", number, place), value) for place, value in enumerate(split_model(draft.bundle))]
    return versions, records


def _encoded(document: RulesDocument | ListsDocument | RiskDocument, version: int) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(document, version=version))


def _require_followed(snapshot: ControlSnapshot, records: Written, generation: Generation) -> None:
    """Hand the records to the log as its reader will; the snapshot's log is of no use afterwards."""
    seen = len(snapshot.refusals)
    for place, (key, value) in enumerate(records):
        if len(value) > MAX_DOCUMENT_BYTES:
            raise BadInputError(
                "the document is too large for the control topic",
                expected=f"at most {MAX_DOCUMENT_BYTES} bytes",
                got=str(len(value)),
                where=key.decode(),
                fix="streamflow lists remove --expired" if key.startswith(b"lists/") else "",
            )
        taken = snapshot.log.add(key, value, offset=snapshot.next_offset + place, timestamp_ms=snapshot.last_timestamp_ms)
        if isinstance(taken, Refusal):
            raise BadInputError("the document would be refused, so nothing was written", got=taken.reason)
    # What is refused already stays so whatever is pushed beside it; what is new must not be.
    before = snapshot.current.generation if snapshot.current else None
    named = [(f"model/{generation.model}", before and before.model == generation.model)]
    named += [(f"model/{generation.shadow}", before and before.shadow == generation.shadow)]
    named += [(f"risk/{generation.risk}", before and before.risk == generation.risk)]
    new = {name for name, is_old in named if not is_old}
    for refusal in snapshot.refusals[seen:]:
        if refusal.key in new:
            raise BadInputError("the generation would be followed without a part of it, so nothing was written", got=refusal.reason)
