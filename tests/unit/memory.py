"""The bytes of a customer's state, read and written by their description alone: what the compiled code is held against."""

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from streamflow.score.statistics import PROFILE_BYTES

_FRONT = struct.Struct("<BBBBIIddddq")
_PLACE = struct.Struct("<qdd")
_ID = struct.Struct("<QIBI")


class RememberedId(NamedTuple):
    id_hash: int
    content_hash: int
    outcome_code: int = 0
    score_millionths: int = 0


@dataclass
class Memory:
    """Every field of a state; see :mod:`streamflow.score.state`."""

    version: int = 2
    event_count: int = 0
    amount_count: int = 0
    amount_mean: float = 0.0
    amount_m2: float = 0.0
    hour_cos: float = 0.0
    hour_sin: float = 0.0
    last_event_time_ms: int = 0
    location: tuple[int, float, float] | None = None
    recent_ms: list[int] = field(default_factory=list)
    lateness_ms: list[int] | None = None
    remembered: list[RememberedId] = field(default_factory=list)
    profile: bytes = bytes(PROFILE_BYTES)

    @classmethod
    def from_bytes(cls, blob: bytes) -> "Memory":
        version, flags, recent, ids, *numbers = _FRONT.unpack_from(blob)
        at = _FRONT.size
        memory = cls(version, *numbers)
        if flags & 1:
            memory.location = _PLACE.unpack_from(blob, at)
            at += _PLACE.size
        memory.recent_ms = list(struct.unpack_from(f"<{recent}q", blob, at))
        at += 8 * recent
        if flags & 2:
            memory.lateness_ms = list(struct.unpack_from(f"<{recent}I", blob, at))
            at += 4 * recent
        memory.remembered = [RememberedId(*_ID.unpack_from(blob, at + place * _ID.size)) for place in range(ids)]
        at += ids * _ID.size
        memory.profile = blob[at:] if version > 1 else bytes(PROFILE_BYTES)
        assert len(memory.profile) == PROFILE_BYTES
        return memory

    def to_bytes(self) -> bytes:
        front = _FRONT.pack(
            self.version,
            (self.location is not None) + 2 * (self.lateness_ms is not None),
            len(self.recent_ms),
            len(self.remembered),
            self.event_count,
            self.amount_count,
            self.amount_mean,
            self.amount_m2,
            self.hour_cos,
            self.hour_sin,
            self.last_event_time_ms,
        )
        place = b"" if self.location is None else _PLACE.pack(*self.location)
        recent = struct.pack(f"<{len(self.recent_ms)}q", *self.recent_ms)
        lateness = b"" if self.lateness_ms is None else struct.pack(f"<{len(self.lateness_ms)}I", *self.lateness_ms)
        ids = b"".join(_ID.pack(*item) for item in self.remembered)
        return front + place + recent + lateness + ids + (self.profile if self.version > 1 else b"")
