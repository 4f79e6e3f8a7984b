"""The control log: what holds for an event, as a pure function of the control topic and the event's broker time."""

from bisect import bisect_right
from collections.abc import Callable, Collection
from typing import Final, NamedTuple, TypeVar

import msgspec

from streamflow.contracts.control import ACTIVATION_DELAY_MS, Generation, parse_control_key
from streamflow.contracts.errors import BadInputError, StreamFlowError
from streamflow.score.control_documents import Documents, first_line
from streamflow.score.lists import Blocklists
from streamflow.score.model import Model
from streamflow.score.risk import RiskSnapshot
from streamflow.score.ruleset import RuleSet

NO_MODEL: Final = "no model is active"
_Document = TypeVar("_Document")


class Controls(NamedTuple):
    """What belongs together for an event, from `active_from_ms` on.

    `model_absence` says why there is no model where there is none. The shadow scores and decides nothing. `generation` is what the
    control topic says of them; None for controls that are in no topic.
    """

    active_from_ms: int
    rules: RuleSet
    lists: Blocklists
    model: Model | None = None
    model_absence: str | None = NO_MODEL
    shadow: Model | None = None
    risk: RiskSnapshot | None = None
    generation: Generation | None = None


class Refusal(NamedTuple):
    """A record of the control topic that is not followed, or a document that a generation is followed without, and why."""

    key: str
    offset: int
    reason: str


class ControlLog:
    """Reads the control topic and answers what was active when.

    A generation is active from the broker's time of its record + 1 s; an event is judged by the newest generation that was
    active at the event's own broker time. An event from before the first generation is judged by the first one. A document
    that cannot be read, or a generation that names rules or lists that cannot, is refused and has no effect; the ones before it
    stay. A generation whose model, shadow or risk snapshot cannot be read is followed without it, which is a refusal too.

    Parameters
    ----------
    trusted_keys : collection of str
        Public keys, each as 64 hexadecimal digits: models that are signed with another one are refused.

    Examples
    --------
    >>> log = ControlLog()
    >>> log.add(b"rules/1", b'{"version": 2}', offset=0, timestamp_ms=0).reason[:28]
    'this is not a rules document'
    """

    def __init__(self, trusted_keys: Collection[str] = ()) -> None:
        self._next_offset = 0
        self._documents = Documents(trusted_keys)
        self._generations: list[Controls] = []
        self._active_from_ms: list[int] = []
        self._last_generation = 0
        self._last_model = 0
        self.refusals: list[Refusal] = []

    @classmethod
    def fixed(
        cls,
        rules: RuleSet,
        lists: Blocklists,
        model: Model | None = None,
        risk: RiskSnapshot | None = None,
        shadow: Model | None = None,
    ) -> "ControlLog":
        """Return a log in which these have always been active."""
        log = cls()
        log._activate(Controls(0, rules, lists, model, NO_MODEL if model is None else None, shadow, risk))
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
            What is refused of a generation that is followed stands in `refusals` alone.
        """
        if offset < self._next_offset:
            return None
        self._next_offset = offset + 1
        try:
            return self._read(key or b"", value, offset, timestamp_ms)
        except (StreamFlowError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            refusal = Refusal((key or b"").decode(errors="backslashreplace"), offset, str(error))
            self.refusals.append(refusal)
            return refusal

    def _read(self, key: bytes, value: bytes | None, offset: int, timestamp_ms: int) -> Controls | None:
        parsed = parse_control_key(key)
        if parsed is None:
            expected = "rules/N, lists/N, risk/N, model/N/I or generation/N"
            raise BadInputError("unknown control key", expected=expected, got=repr(key))
        where = key.decode()
        if value is None:
            expected = "documents that are never rewritten"
            raise BadInputError("a control document was deleted", expected=expected, got="a null value", where=where)
        if parsed.kind != "generation":
            self._documents.add(parsed, value)
            return None
        generation = msgspec.json.decode(value, type=Generation)
        self._require_order(generation, parsed.version, where)
        return self._follow(generation, where, offset, timestamp_ms)

    def _require_order(self, generation: Generation, number: int, where: str) -> None:
        if generation.generation != number or number <= self._last_generation:
            expected, got = f"number {number}, after {self._last_generation}", str(generation.generation)
            raise BadInputError("a generation is out of order", expected=expected, got=got, where=where)
        named = {f"rules/{generation.rules}": generation.rules in self._documents.rules}
        named[f"lists/{generation.lists}"] = generation.lists in self._documents.lists
        missing = next((name for name, found in named.items() if not found), None)
        if missing:
            raise BadInputError("a generation names a document that is not there or was refused", got=missing, where=where)
        if generation.model is not None and generation.model < self._last_model and not generation.rollback:
            raise BadInputError(
                "a generation names an older model than the one before it",
                expected=f"model {self._last_model} or a later one, or a rollback",
                got=f"model {generation.model}",
                where=where,
                fix="streamflow model rollback",
            )

    def _follow(self, generation: Generation, where: str, offset: int, timestamp_ms: int) -> Controls:
        documents = self._documents

        def found(kind: str, number: int | None, get: Callable[[int], _Document]) -> tuple[_Document | None, str]:
            if number is None:
                return None, ""
            try:
                return get(number), ""
            except StreamFlowError as error:
                reason = f"{kind} {number} is refused: {first_line(error)}"
                self.refusals.append(Refusal(f"{kind}/{number}", offset, f"{reason} ({where} is followed without it)"))
                return None, reason

        model, absence = found("model", generation.model, documents.models.get)
        shadow, _ = found("model", generation.shadow, documents.models.get)
        risk, _ = found("risk", generation.risk, documents.risk)
        self._last_generation = generation.generation
        self._last_model = generation.model or self._last_model
        rules, lists = documents.rules[generation.rules], documents.lists[generation.lists]
        no_model = None if model is not None else absence or NO_MODEL
        controls = Controls(timestamp_ms + ACTIVATION_DELAY_MS, rules, lists, model, no_model, shadow, risk, generation)
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

    def extend(self, controls: Controls, *, kept: int) -> None:
        """Make controls active that are in no topic, and forget all but the newest generations: for backtests, which have many."""
        self._activate(controls)
        del self._generations[:-kept], self._active_from_ms[:-kept]
