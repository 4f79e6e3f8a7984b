"""The control topic as it stands: every document, every generation, and what is not followed."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from streamflow.contracts.catalogue import CONTROL
from streamflow.contracts.control import Generation, Kind, ListsDocument, RulesDocument, parse_control_key
from streamflow.contracts.errors import BadInputError, StreamFlowError
from streamflow.contracts.record import Record
from streamflow.kafka.client import ClientConfig
from streamflow.kafka.reading import read_to_end
from streamflow.score.control import ControlLog, Controls, Refusal


class Published(NamedTuple):
    """A generation that is followed, when it was written (the broker's time) and from when on it holds."""

    generation: Generation
    written_at_ms: int
    active_from_ms: int


class ControlSnapshot:
    """What the control topic held when it was read.

    Parameters
    ----------
    records : iterable of Record
        The topic's records in order.

    Examples
    --------
    >>> snapshot = ControlSnapshot([Record("streamflow.control", 0, 0, 0, b"rules/1", b"{}")])
    >>> snapshot.current, snapshot.next_version("rules"), len(snapshot.refusals)
    (None, 2, 1)
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self.log = ControlLog()
        self.rules: dict[int, RulesDocument] = {}
        self.lists: dict[int, ListsDocument] = {}
        self.generations: list[Published] = []
        self.next_offset = 0
        self.last_timestamp_ms = 0
        self._used: set[tuple[str, int]] = set()
        for record in records:
            self._take(record)

    @property
    def current(self) -> Published | None:
        """The newest generation that is followed."""
        return self.generations[-1] if self.generations else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever written to the topic."""
        return self.next_offset == 0

    @property
    def refusals(self) -> list[Refusal]:
        """Records that are not followed, and why."""
        return self.log.refusals

    def _take(self, record: Record) -> None:
        self.next_offset, self.last_timestamp_ms = record.offset + 1, record.timestamp_ms
        name = parse_control_key(record.key or b"")
        if name is not None:
            self._used.add(name)
        taken = self.log.add(record.key, record.value, offset=record.offset, timestamp_ms=record.timestamp_ms)
        if name is None or record.value is None or isinstance(taken, Refusal):
            return
        kind, version = name
        if kind == "rules":
            self.rules[version] = msgspec.json.decode(record.value, type=RulesDocument)
        elif kind == "lists":
            self.lists[version] = msgspec.json.decode(record.value, type=ListsDocument)
        elif isinstance(taken, Controls):
            generation = msgspec.json.decode(record.value, type=Generation)
            self.generations.append(Published(generation, record.timestamp_ms, taken.active_from_ms))

    def next_version(self, kind: Kind) -> int:
        """Return the next number of a kind: above all that are followed, and never one that was written before."""
        if kind == "generation":
            followed = [published.generation.generation for published in self.generations]
        else:
            followed = list(self.rules if kind == "rules" else self.lists)
        version = max(followed, default=0) + 1
        while (kind, version) in self._used:
            version += 1
        return version

    def find(self, number: int) -> Published:
        """Return a generation by its number.

        Raises
        ------
        BadInputError
            There is none of this number that is followed.
        """
        for published in self.generations:
            if published.generation.generation == number:
                return published
        known = ", ".join(str(published.generation.generation) for published in self.generations[-20:])
        raise BadInputError("no such generation", expected=f"one of {known or 'none yet'}", got=str(number), fix="streamflow rules history")

    def require_current(self) -> Published:
        """Return the newest generation, or raise where there is none."""
        if self.current is None:
            raise StreamFlowError("the control topic holds no generation yet", where=CONTROL.name, fix="streamflow job submit")
        return self.current


def read_control(config: ClientConfig) -> ControlSnapshot:
    """Read the control topic to its end.

    Raises
    ------
    NotReadyError
        The broker does not answer, or the topic is not there.
    """
    return ControlSnapshot(read_to_end(config, CONTROL.name))
