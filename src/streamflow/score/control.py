"""The control log: which rules and lists hold for an event, as a pure function of the control topic and the event's broker time."""

from bisect import bisect_right
from typing import NamedTuple

import msgspec

from streamflow.contracts.control import ACTIVATION_DELAY_MS, Generation, ListsDocument, RulesDocument, parse_control_key
from streamflow.contracts.errors import BadInputError, StreamFlowError
from streamflow.score.lists import Blocklists
from streamflow.score.ruleset import RuleSet, read_rules


class Controls(NamedTuple):
    """What belongs together for an event: rules and lists, from `active_from_ms` on."""

    active_from_ms: int
    rules: RuleSet
    lists: Blocklists


class Refusal(NamedTuple):
    """A record of the control topic that is not followed, and why."""

    key: str
    offset: int
    reason: str


class ControlLog:
    """Reads the control topic and answers what was active when.

    A generation is active from the broker's time of its record + 1 s; an event is judged by the newest generation that was
    active at the event's own broker time. An event from before the first generation is judged by the first one. A document
    that cannot be read, or a generation that names one, is refused and has no effect; the ones before it stay.

    Examples
    --------
    >>> log = ControlLog()
    >>> log.add(b"rules/1", b'{"version": 2}', offset=0, timestamp_ms=0).reason[:28]
    'this is not a rules document'
    """

    def __init__(self) -> None:
        self._next_offset = 0
        self._rules: dict[int, RuleSet] = {}
        self._lists: dict[int, Blocklists] = {}
        self._generations: list[Controls] = []
        self._active_from_ms: list[int] = []
        self._last_generation = 0
        self.refusals: list[Refusal] = []

    @classmethod
    def fixed(cls, rules: RuleSet, lists: Blocklists) -> "ControlLog":
        """Return a log in which one pair of rules and lists has always been active."""
        log = cls()
        log._activate(Controls(0, rules, lists))
        return log

    def __len__(self) -> int:
        return len(self._generations)

    @property
    def newest(self) -> Controls | None:
        """The generation that becomes or became active last."""
        return self._generations[-1] if self._generations else None

    def add(self, key: bytes | None, value: bytes | None, *, offset: int, timestamp_ms: int) -> Refusal | Controls | None:
        """Take in one record of the control topic; a record that was taken in before is passed over.

        Returns
        -------
        Refusal, Controls or None
            A refusal where the record is not followed, the controls that a generation makes active, None for anything else.
        """
        if offset < self._next_offset:
            return None
        self._next_offset = offset + 1
        try:
            return self._read(key or b"", value, timestamp_ms)
        except (StreamFlowError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            refusal = Refusal((key or b"").decode(errors="backslashreplace"), offset, str(error))
            self.refusals.append(refusal)
            return refusal

    def _read(self, key: bytes, value: bytes | None, timestamp_ms: int) -> Controls | None:
        parsed = parse_control_key(key)
        if parsed is None:
            raise BadInputError("unknown control key", expected="rules/N, lists/N or generation/N", got=repr(key))
        kind, version = parsed
        where = key.decode()
        if value is None:
            raise BadInputError(
                "a control document was deleted", expected="documents that are never rewritten", got="a null value", where=where
            )
        if (kind == "rules" and version in self._rules) or (kind == "lists" and version in self._lists):
            raise BadInputError("a control document was rewritten", expected="a new version", got=where)
        if kind == "rules":
            rules = read_rules(msgspec.json.decode(value), where)
            _require_version(rules, version, where)
            self._rules[version] = RuleSet(rules, where)
        elif kind == "lists":
            lists = msgspec.json.decode(value, type=ListsDocument)
            _require_version(lists, version, where)
            self._lists[version] = Blocklists(lists)
        else:
            return self._generation(msgspec.json.decode(value, type=Generation), version, where, timestamp_ms)
        return None

    def _generation(self, generation: Generation, number: int, where: str, timestamp_ms: int) -> Controls:
        if generation.generation != number or number <= self._last_generation:
            raise BadInputError(
                "a generation is out of order",
                expected=f"number {number}, after {self._last_generation}",
                got=str(generation.generation),
                where=where,
            )
        if generation.rules not in self._rules or generation.lists not in self._lists:
            missing = f"rules/{generation.rules}" if generation.rules not in self._rules else f"lists/{generation.lists}"
            raise BadInputError("a generation names a document that is not there or was refused", got=missing, where=where)
        self._last_generation = number
        controls = Controls(timestamp_ms + ACTIVATION_DELAY_MS, self._rules[generation.rules], self._lists[generation.lists])
        self._activate(controls)
        return controls

    def _activate(self, controls: Controls) -> None:
        # The broker's clock may step back; a later generation still wins from its own time on.
        while self._generations and controls.active_from_ms <= self._generations[-1].active_from_ms:
            self._generations.pop()
            self._active_from_ms.pop()
        self._generations.append(controls)
        self._active_from_ms.append(controls.active_from_ms)

    def active_at(self, timestamp_ms: int) -> Controls:
        """Return the controls for an event with this broker time. O(log generations).

        Raises
        ------
        StreamFlowError
            If the log holds no generation.
        """
        place = bisect_right(self._active_from_ms, timestamp_ms)
        if not self._generations:
            raise StreamFlowError("the control topic holds no generation, so there are no rules to judge by", fix="streamflow rules push")
        return self._generations[place - 1 if place else 0]


def _require_version(document: RulesDocument | ListsDocument, version: int, where: str) -> None:
    if document.version != version:
        raise BadInputError("a document has another version than its key", expected=str(version), got=str(document.version), where=where)
