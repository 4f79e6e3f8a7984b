"""The control topic as it stands: every document, every generation, and what is not followed."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

import msgspec

from streamflow.contracts.catalogue import CONTROL
from streamflow.contracts.control import ControlKey, Generation, Kind, ListsDocument, RulesDocument, parse_control_key
from streamflow.contracts.errors import BadInputError, StreamFlowError
from streamflow.contracts.model_chunks import Chunk, read_chunk
from streamflow.contracts.record import Record
from streamflow.contracts.risk import RiskDocument
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
    trusted_keys : collection of str
        Whose models are read.

    Examples
    --------
    >>> snapshot = ControlSnapshot([Record("streamflow.control", 0, 0, 0, b"rules/1", b"{}")])
    >>> snapshot.current, snapshot.next_version("rules"), len(snapshot.refusals)
    (None, 2, 1)
    """

    def __init__(self, records: Iterable[Record], trusted_keys: Collection[str] = ()) -> None:
        self.log = ControlLog(trusted_keys)
        self.rules: dict[int, RulesDocument] = {}
        self.lists: dict[int, ListsDocument] = {}
        self.risks: dict[int, RiskDocument] = {}
        self.generations: list[Published] = []
        self.next_offset = 0
        self.last_timestamp_ms = 0
        self._chunks: dict[int, dict[int, Chunk]] = {}
        self._used: set[tuple[Kind, int]] = set()
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
            self._used.add((name.kind, name.version))
        taken = self.log.add(record.key, record.value, offset=record.offset, timestamp_ms=record.timestamp_ms)
        if name is None or record.value is None or isinstance(taken, Refusal):
            return
        if isinstance(taken, Controls):
            generation = msgspec.json.decode(record.value, type=Generation)
            self.generations.append(Published(generation, record.timestamp_ms, taken.active_from_ms))
        else:
            self._keep(name, record.value)

    def _keep(self, key: ControlKey, value: bytes) -> None:
        if key.kind == "rules":
            self.rules[key.version] = msgspec.json.decode(value, type=RulesDocument)
        elif key.kind == "lists":
            self.lists[key.version] = msgspec.json.decode(value, type=ListsDocument)
        elif key.kind == "risk":
            self.risks[key.version] = msgspec.json.decode(value, type=RiskDocument)
        elif key.kind == "model":
            self._chunks.setdefault(key.version, {})[key.chunk] = read_chunk(value)

    @property
    def models(self) -> list[int]:
        """Numbers of the models of which all chunks are there."""
        return sorted(number for number, chunks in self._chunks.items() if len(chunks) == next(iter(chunks.values())).total)

    def bundle(self, number: int) -> bytes:
        """Return a model's bytes.

        Raises
        ------
        BadInputError
            There is none of this number, or not all of it.
        """
        if number not in self.models:
            known = ", ".join(map(str, self.models)) or "none yet"
            raise BadInputError("no such model", expected=f"one of {known}", got=str(number), fix="streamflow model list")
        return b"".join(chunk.data for _, chunk in sorted(self._chunks[number].items()))

    def next_version(self, kind: Kind) -> int:
        """Return the next number of a kind: above all that are followed, and never one that was written before."""
        generations = [published.generation for published in self.generations]
        followed: dict[Kind, Iterable[int]] = {
            "rules": self.rules,
            "lists": self.lists,
            "risk": self.risks,
            "model": [generation.model for generation in generations if generation.model is not None][-1:],
            "generation": [generation.generation for generation in generations],
        }
        version = max(followed[kind], default=0) + 1
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


def read_control(config: ClientConfig, trusted_keys: Collection[str] = ()) -> ControlSnapshot:
    """Read the control topic to its end.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    trusted_keys : collection of str
        Whose models are read; without any, each model counts as refused.

    Raises
    ------
    NotReadyError
        The broker does not answer, or the topic is not there.
    """
    return ControlSnapshot(read_to_end(config, CONTROL.name), trusted_keys)
