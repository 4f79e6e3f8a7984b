"""Sending dead letters to the topic that they came from, each at most once, whatever happens to the sender."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Final

import msgspec

from streamflow.contracts.catalogue import DLQ, KIBIBYTE, MEBIBYTE, REPLAYS, Header
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.replay_marker import ReplayMarker
from streamflow.deadletters.letter import Letter, Place, parse_letter
from streamflow.deadletters.patch import Patch, apply_patch
from streamflow.deadletters.reading import Replays, read_letters
from streamflow.deadletters.selection import Selection
from streamflow.kafka.client import ClientConfig
from streamflow.kafka.reading import Reader
from streamflow.kafka.writing import ANY_PARTITION, TransactionalWriter

WRITER: Final = f"{DLQ.name}.replay"
"""`transactional.id` of everyone who replays: a second one stops the first, so two never send the same letter."""

BATCH_RECORDS: Final = 100
BATCH_BYTES: Final = 4 * MEBIBYTE
MAX_KEY_BYTES: Final = KIBIBYTE


class Fix(msgspec.Struct, frozen=True):
    """What is changed on the way: a merge patch of the payload, another key, both or nothing."""

    patch: Patch | None = None
    key: bytes | None = None

    def value(self, letter: Letter) -> bytes | None:
        """Return what is sent in the place of the letter's value."""
        return letter.record.value if self.patch is None else apply_patch(letter.record.value, self.patch)


class Refused(msgspec.Struct, frozen=True):
    """A selected dead letter that cannot be sent, and why."""

    id: str
    why: str


class Plan(msgspec.Struct, frozen=True):
    """What a replay would do.

    Parameters
    ----------
    places
        The letters to send.
    counts
        Of them by code.
    already_replayed, copies
        Letters that are passed over: sent before, or a further letter of a record that is sent.
    refused
        Letters that cannot be sent.
    """

    places: list[Place]
    counts: dict[str, int]
    already_replayed: int
    copies: int
    refused: list[Refused]


def plan_replay(config: ClientConfig, selection: Selection, fix: Fix) -> Plan:
    """Find out what a replay would do; writes nothing. The patch is tried on every letter."""
    replays = Replays.read(config)
    places: list[Place] = []
    counts: dict[str, int] = {}
    refused: list[Refused] = []
    already = copies = 0
    seen: set[tuple[str, int]] = set()
    for letter in read_letters(config, selection):
        if letter in replays:
            already += 1
            continue
        identity = (letter.name, letter.time_ms)
        if identity in seen:
            copies += 1
            continue
        seen.add(identity)
        why = _why_not(letter, fix)
        if why is not None:
            refused.append(Refused(letter.name, why))
            continue
        places.append(letter.place)
        counts[letter.code] = counts.get(letter.code, 0) + 1
    return Plan(places, counts, already, copies, refused)


def _why_not(letter: Letter, fix: Fix) -> str | None:
    if letter.source is None:
        return "it does not say where it came from"
    try:
        fix.value(letter)
    except BadInputError as error:
        return str(error)
    return None


def replay(
    config: ClientConfig,
    plan: Plan,
    fix: Fix,
    report: Callable[[int], None] = lambda sent: None,
    batch_records: int = BATCH_RECORDS,
) -> int:
    """Send the letters of a plan, and return how many were sent.

    Each batch of records and their markers is one Kafka transaction: a reader of committed records sees both or neither. The
    markers are read after the writer was opened, when every other replay has ended or can no longer commit.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    plan, fix
        What to send, and what to change on the way; the fix that the plan was made with.
    report : callable
        Gets the number sent so far after every transaction.
    batch_records : int
        Most records in one transaction.

    Raises
    ------
    FencedError
        Another replay was started; what this one had committed stays, and counts as sent for the other.
    """
    writer = TransactionalWriter(config, WRITER)
    replays = Replays.read(config)
    sent = 0
    for batch in _batches(config, plan, batch_records):
        letters = [letter for letter in batch if letter not in replays]
        if not letters:
            continue
        with writer.transaction():
            for letter in letters:
                _send(writer, letter, fix)
        sent += len(letters)
        report(sent)
    return sent


def _send(writer: TransactionalWriter, letter: Letter, fix: Fix) -> None:
    source = letter.source
    if source is None:
        raise BadInputError("a dead letter does not say where it came from", where=letter.name)
    # Its customer's other records lie in the partition that it came from; only a new key may belong to another.
    key, partition = (letter.record.key, source.partition) if fix.key is None else (fix.key, ANY_PARTITION)
    headers = [*letter.headers, (Header.REPLAY_OF, str(letter.place).encode())]
    writer.send(source.topic, key, fix.value(letter), headers, partition)
    marker = ReplayMarker(letter.time_ms, str(letter.place), fix.patch is not None, fix.key is not None)
    writer.send(REPLAYS.name, str(source).encode(), msgspec.json.encode(marker))


def _batches(config: ClientConfig, plan: Plan, batch_records: int) -> Iterator[list[Letter]]:
    batch: list[Letter] = []
    size_bytes = 0
    for letter in _planned(config, plan):
        batch.append(letter)
        size_bytes += len(letter.record.value or b"")
        if len(batch) >= batch_records or size_bytes >= BATCH_BYTES:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch


def _planned(config: ClientConfig, plan: Plan) -> Iterator[Letter]:
    """Yield the letters of a plan in its order: partition by partition, each from its first to its last one."""
    wanted: dict[int, set[int]] = {}
    for partition, offset in plan.places:
        wanted.setdefault(partition, set()).add(offset)
    with closing(Reader(config, DLQ.name)) as reader:
        for partition, offsets in wanted.items():
            for record in reader.read(partition, min(offsets), max(offsets) + 1):
                if record.offset in offsets:
                    yield parse_letter(record)
