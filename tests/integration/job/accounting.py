"""What must be true of every run: each input offset ends in exactly one place, as the offline engine says."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from streamflow.contracts.catalogue import Header
from streamflow.contracts.record import Record, decode_headers


class Place(NamedTuple):
    """An offset of the raw topic."""

    partition: int
    offset: int


class Answer(NamedTuple):
    """What became of an offset: a decision's bytes, or a dead letter's code, stage, key and value."""

    what: str
    content: tuple[bytes | None, ...]


class Accounts(NamedTuple):
    """The result of comparing inputs and answers; all three are empty when nothing is wrong."""

    missing: list[Place]
    invented: list[Place]
    doubled: list[Place]


class _Source(msgspec.Struct):
    partition: int
    offset: int


class _Sourced(msgspec.Struct):
    source: _Source


_decode_sourced = msgspec.json.Decoder(_Sourced).decode


def place_of_decision(value: bytes | None) -> Place:
    """Return the offset that a decision answers."""
    source = _decode_sourced(value or b"").source
    return Place(source.partition, source.offset)


def last_headers(record: Record) -> dict[str, bytes]:
    """Return a record's headers; of a repeated name the last, which StreamFlow added."""
    return {name: value or b"" for name, value in decode_headers(record.headers)}


def decision_answer(record: Record) -> tuple[Place, Answer]:
    """Return a record of the scored topic as an answer."""
    return place_of_decision(record.value), Answer("decision", (record.key, record.value))


def dead_letter_answer(record: Record) -> tuple[Place, Answer]:
    """Return a record of the dead-letter queue as an answer."""
    headers = last_headers(record)
    place = Place(int(headers[Header.PARTITION]), int(headers[Header.OFFSET]))
    return place, Answer("dead letter", (headers[Header.CODE], headers[Header.STAGE], record.key, record.value))


def account(inputs: Iterable[Place], answers: Iterable[tuple[Place, Answer]], *, repeats_allowed: bool = True) -> Accounts:
    """Compare what came in with what came out.

    With `repeats_allowed` the same answer may lie there twice, as at-least-once delivery has it; two different answers never may.
    """
    wanted = set(inputs)
    found: dict[Place, Answer] = {}
    doubled: list[Place] = []
    for place, answer in answers:
        if place in found and not (repeats_allowed and found[place] == answer):
            doubled.append(place)
        found[place] = answer
    return Accounts(sorted(wanted - found.keys()), sorted(found.keys() - wanted), sorted(doubled))


def differences(expected: Mapping[Place, Answer], got: Mapping[Place, Answer]) -> list[tuple[Place, Answer | None, Answer | None]]:
    """Return the offsets whose answers are not the same to the byte."""
    different = sorted(place for place in expected.keys() | got.keys() if expected.get(place) != got.get(place))
    return [(place, expected.get(place), got.get(place)) for place in different]
