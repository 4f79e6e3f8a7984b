"""Dead letters from the topic, and which of them were sent again."""

import heapq
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from streamflow.contracts.catalogue import DLQ, REPLAYS
from streamflow.contracts.replay_marker import ReplayMarker
from streamflow.deadletters.letter import Letter, Place, Source, parse_letter
from streamflow.deadletters.selection import Selection
from streamflow.kafka.client import ClientConfig
from streamflow.kafka.reading import read_at, read_to_end

DEFAULT_LIMIT: Final = 20


class Replays:
    """The markers of what was sent again."""

    def __init__(self, markers: dict[str, ReplayMarker]) -> None:
        self._markers = markers

    def __contains__(self, letter: Letter) -> bool:
        marker = self._markers.get(str(letter.source))
        return marker is not None and marker.source_timestamp_ms == letter.time_ms

    @classmethod
    def read(cls, config: ClientConfig) -> "Replays":
        """Read the markers to their end."""
        decode = msgspec.json.Decoder(ReplayMarker).decode
        records = read_to_end(config, REPLAYS.name)
        return cls({record.key.decode(): decode(record.value) for record in records if record.key and record.value})


def read_letters(config: ClientConfig, selection: Selection) -> Iterator[Letter]:
    """Yield the selected dead letters; those of one customer in the order in which they died."""
    for record in read_to_end(config, DLQ.name):
        letter = parse_letter(record)
        if selection.matches(letter):
            yield letter


def find_letter(config: ClientConfig, name: Source | Place) -> Letter | None:
    """Return a dead letter by its name; a place is read at once, a source is searched for."""
    if isinstance(name, Place):
        record = read_at(config, DLQ.name, *name)
        return None if record is None else parse_letter(record)
    return next(read_letters(config, Selection(sources=frozenset([name]))), None)


class Headline(msgspec.Struct, frozen=True):
    """A dead letter without its content."""

    id: str
    place: str
    time_ms: int
    code: str
    stage: str
    message: str
    value_bytes: int | None
    replayed: bool


class Overview(msgspec.Struct, frozen=True):
    """How many dead letters there are, and the newest of them.

    Parameters
    ----------
    total
        Records that died, each once.
    copies
        Further letters of the same records: the job writes a letter again when it recovers from a failure.
    replayed
        How many were sent again.
    counts
        By code, the most frequent first.
    newest
        Headlines, the newest first.
    """

    total: int
    copies: int
    replayed: int
    counts: dict[str, int]
    newest: list[Headline]


def overview(letters: Iterable[Letter], replays: Replays, limit: int = DEFAULT_LIMIT) -> Overview:
    """Count dead letters and keep the headlines of the newest. Memory: the letters' names, and `limit` headlines."""
    seen: set[tuple[str, int]] = set()
    counts: dict[str, int] = {}
    copies = replayed = 0
    newest: list[tuple[int, Place, Headline]] = []
    for letter in letters:
        identity = (letter.name, letter.time_ms)
        if identity in seen:
            copies += 1
            continue
        seen.add(identity)
        counts[letter.code] = counts.get(letter.code, 0) + 1
        was_replayed = letter in replays
        replayed += was_replayed
        if limit:
            # The place, not the headline, decides between letters of the same time.
            item = (letter.time_ms, letter.place, _headline(letter, was_replayed))
            (heapq.heappush if len(newest) < limit else heapq.heappushpop)(newest, item)
    ordered = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return Overview(len(seen), copies, replayed, ordered, [headline for _, _, headline in sorted(newest, reverse=True)])


def _headline(letter: Letter, replayed: bool) -> Headline:
    value = letter.record.value
    size = None if value is None else len(value)
    return Headline(letter.name, str(letter.place), letter.time_ms, letter.code, letter.stage, letter.message, size, replayed)
