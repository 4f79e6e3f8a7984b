"""What StreamFlow remembers of a customer: at most 512 bytes (572 while late events are among the last 16), one binary entry.

Version 2, little endian::

    B version, B flags, B recent events, B remembered ids
    I events, I amounts, d mean amount, d squared deviations of the amount (Welford)
    d sum of cosines, d sum of sines of the hour
    q time of the last event
    [q time, d latitude, d longitude]         where flag HAS_LOCATION is set
    recent events x q                         times at which each counts for velocity, oldest first
    [recent events x I]                       how late each was, where flag HAS_LATE is set
    remembered ids x (8 bytes id, 4 bytes content, B outcome, I score in millionths), oldest first
    168 bytes                                 profile, see :mod:`streamflow.score.features.profile`

Version 1 ended before the profile: it is read with a new one.
Times are milliseconds since the epoch, amounts are in the reference currency.
"""

import struct
from functools import cache
from typing import Final, NamedTuple

STATE_VERSION: Final = 2
MAX_STATE_BYTES: Final = 1024
PROFILE_BYTES: Final = 168
NEW_PROFILE: Final = bytes(PROFILE_BYTES)
MAX_RECENT_EVENTS: Final = 16
MAX_REMEMBERED_IDS: Final = 8
MEMORY_MS: Final = 90 * 86_400_000
MAX_LATENESS_MS: Final = 2**32 - 1

_WITHOUT_PROFILE: Final = 1
_HAS_LOCATION: Final = 1
_HAS_LATE: Final = 2
_COUNTS: Final = 4

# What no history leads to: amounts of 0.01 to 10^12 at rates of 10^-12 to 10^9, and means of unit vectors longer than one.
_LEAST_MEAN: Final = 1e-16
_MOST_MEAN: Final = 1e24
_MOST_SQUARES: Final = 1e60
_LAST_TIME_MS: Final = 253_402_300_799_999
_MAX_COUNT: Final = 2**32 - 1
_ROUNDING: Final = 1.000_001
_MAX_OUTCOME_CODE: Final = 2
_MAX_SCORE_MILLIONTHS: Final = 1_000_000


class StateError(ValueError):
    """A stored state that cannot be read."""


class RememberedId(NamedTuple):
    """A transaction that was decided: hashes of its id and content, and the answer."""

    id_hash: bytes
    content_hash: bytes
    outcome_code: int
    score_millionths: int


_REMEMBERED: Final = struct.Struct("<8s4sBI")
_MAX_REMEMBERED_BYTES: Final = MAX_REMEMBERED_IDS * _REMEMBERED.size


@cache
def _layout(flags: int, recent_events: int) -> struct.Struct:
    """Return the layout of everything in front of the remembered ids."""
    if flags > _HAS_LOCATION | _HAS_LATE or recent_events > MAX_RECENT_EVENTS:
        raise StateError(f"expected known flags and bounded lists, got flags {flags} and {recent_events} events")
    place = "qdd" if flags & _HAS_LOCATION else ""
    lateness = f"{recent_events}I" if flags & _HAS_LATE else ""
    return struct.Struct(f"<BBBBIIddddq{place}{recent_events}q{lateness}")


class CustomerState:
    """The memory of one customer.

    Attributes
    ----------
    event_count : int
        Events that were scored, repeats left out.
    amount_count, amount_mean, amount_m2
        Welford's running statistics of the winsorised amounts, in the reference currency.
    hour_cos, hour_sin : float
        Sums over the events of the unit vectors of their hour.
    last_event_time_ms : int
        Event time of the latest event.
    location : tuple of (time_ms, latitude, longitude), or None
        Where the customer was last seen.
    recent_ms, lateness_ms : list of int
        The last 16 events: the time at which each counts, and how much earlier its own event time was.
    remembered : bytes
        The last 8 ids as they are stored, see `RememberedId`: few events need more of them than to look whether an id is there.
    profile : bytes
        Decayed sums, habits and familiar stores, as they are stored; read and checked where an event is observed.
    """

    __slots__ = (
        "amount_count",
        "amount_m2",
        "amount_mean",
        "event_count",
        "hour_cos",
        "hour_sin",
        "last_event_time_ms",
        "lateness_ms",
        "location",
        "profile",
        "recent_ms",
        "remembered",
    )

    def __init__(self) -> None:
        self.event_count = 0
        self.amount_count = 0
        self.amount_mean = 0.0
        self.amount_m2 = 0.0
        self.hour_cos = 0.0
        self.hour_sin = 0.0
        self.last_event_time_ms = 0
        self.location: tuple[int, float, float] | None = None
        self.recent_ms: list[int] = []
        self.lateness_ms: list[int] | None = None
        self.remembered = b""
        self.profile: bytes | bytearray = NEW_PROFILE

    def to_bytes(self) -> bytes:
        """Pack the state. Cost: about 1 us.

        Examples
        --------
        >>> len(CustomerState().to_bytes())
        220
        """
        recent, late, remembered, location = self.recent_ms, self.lateness_ms, self.remembered, self.location
        flags = (_HAS_LOCATION if location else 0) | (_HAS_LATE if late else 0)
        front = _layout(flags, len(recent)).pack(
            STATE_VERSION,
            flags,
            len(recent),
            len(remembered) // _REMEMBERED.size,
            self.event_count,
            self.amount_count,
            self.amount_mean,
            self.amount_m2,
            self.hour_cos,
            self.hour_sin,
            self.last_event_time_ms,
            *(location or ()),
            *recent,
            *(late or ()),
        )
        return front + remembered + self.profile

    @classmethod
    def from_bytes(cls, blob: bytes) -> "CustomerState":
        """Unpack a state of any version that was ever written. Cost: about 1 us.

        Raises
        ------
        StateError
            If the blob is of an unknown version, has another length than it says, or holds numbers that no history leads to.
        """
        if len(blob) < _COUNTS or not 0 < blob[0] <= STATE_VERSION:
            raise StateError(f"expected a state version of at most {STATE_VERSION}, got {blob[0] if blob else 'an empty blob'}")
        version, flags, recent_events, ids = blob[:_COUNTS]
        layout = _layout(flags, recent_events)
        profile_at = size_bytes = layout.size + ids * _REMEMBERED.size
        if version > _WITHOUT_PROFILE:
            size_bytes += PROFILE_BYTES
        if len(blob) != size_bytes or ids > MAX_REMEMBERED_IDS:
            raise StateError(f"expected {size_bytes} bytes of state and bounded lists, got {len(blob)} bytes and {ids} ids")
        _, _, _, _, events, amounts, mean, m2, cos, sin, last, *values = layout.unpack_from(blob)
        if not (
            (_LEAST_MEAN <= mean <= _MOST_MEAN or mean == amounts == 0)
            and 0 <= m2 <= _MOST_SQUARES
            and 0 <= last <= _LAST_TIME_MS
            and amounts <= events < _MAX_COUNT
            and cos * cos + sin * sin <= events * events * _ROUNDING
        ):
            raise StateError(f"expected statistics of some history, got mean {mean}, squares {m2}, hour ({cos}, {sin}), last {last}")
        state = object.__new__(cls)
        state.event_count = events
        state.amount_count = amounts
        state.amount_mean = mean
        state.amount_m2 = m2
        state.hour_cos = cos
        state.hour_sin = sin
        state.last_event_time_ms = last
        if flags & _HAS_LOCATION:
            state.location = location = (values[0], values[1], values[2])
            if not (-90 <= location[1] <= 90 and -180 <= location[2] <= 180):
                raise StateError(f"expected a place on the globe, got {location[1:]}")
            del values[:3]
        else:
            state.location = None
        state.lateness_ms = values[recent_events:] if flags & _HAS_LATE else None
        state.recent_ms = values[:recent_events] if flags & _HAS_LATE else values
        state.remembered = blob[layout.size : profile_at]
        state.profile = blob[profile_at:] if version > _WITHOUT_PROFILE else NEW_PROFILE
        return state

    def recall(self, id_hash: bytes, content_hash: bytes) -> RememberedId | None:
        """Return the remembered transaction with this id and content, else the newest with this id, if any.

        Raises
        ------
        StateError
            If its answer is none that was ever given; checked here, because few events ask for it.
        """
        if id_hash not in self.remembered:
            return None
        same = [RememberedId(*item) for item in _REMEMBERED.iter_unpack(self.remembered) if item[0] == id_hash]
        if not same:
            return None  # the bytes stood across two entries
        found = next((item for item in reversed(same) if item.content_hash == content_hash), same[-1])
        if found.outcome_code > _MAX_OUTCOME_CODE or found.score_millionths > _MAX_SCORE_MILLIONTHS:
            raise StateError(
                f"expected an outcome and a score of at most 1, got {found.outcome_code} and {found.score_millionths} millionths"
            )
        return found

    def remember(self, item: RememberedId) -> None:
        """Remember a decided transaction; the oldest of more than eight is forgotten."""
        self.remembered = (self.remembered + _REMEMBERED.pack(*item))[-_MAX_REMEMBERED_BYTES:]

    def velocity_count(self, event_time_ms: int, window_ms: int) -> int:
        """Count the events in the window that ends with an event at this time, that event included.

        An event that comes late counts at its own time and at the time of the last event, whichever window is fuller, so that
        back-dating hides no burst. Sixteen events are remembered, so the count is at most 17.
        """
        last = self.last_event_time_ms
        recent = self.recent_ms
        now = event_time_ms if event_time_ms > last else last
        count = 1
        for time_ms in reversed(recent):
            if time_ms <= now - window_ms:
                break
            count += 1
        if event_time_ms >= last or not recent:
            return count
        own = 1
        lateness = self.lateness_ms or [0] * len(recent)
        for time_ms, late_ms in zip(recent, lateness, strict=True):
            if event_time_ms - window_ms < time_ms - late_ms <= event_time_ms or event_time_ms - window_ms < time_ms <= event_time_ms:
                own += 1
        return max(own, count)

    def count_event(self, event_time_ms: int) -> None:
        """Enter an event into the velocity window and move the time of the last event, never backwards."""
        recent = self.recent_ms
        if event_time_ms >= self.last_event_time_ms or not self.event_count:
            self.last_event_time_ms = event_time_ms
            recent.append(event_time_ms)
            if self.lateness_ms is not None:
                self.lateness_ms.append(0)
        else:
            late_ms = min(self.last_event_time_ms - event_time_ms, MAX_LATENESS_MS)
            if self.lateness_ms is None:
                self.lateness_ms = [0] * len(recent)
            recent.append(self.last_event_time_ms)
            self.lateness_ms.append(late_ms)
        self.event_count += 1
        if len(recent) > MAX_RECENT_EVENTS:
            del recent[0]
            if self.lateness_ms is not None:
                del self.lateness_ms[0]
                if not any(self.lateness_ms):
                    self.lateness_ms = None
