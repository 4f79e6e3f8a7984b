"""Stretches of the source of which everything is answered: what a table must hold of them can be counted to the row."""

from collections import deque
from typing import Final, NamedTuple

NONE: Final = 0
DECISION: Final = 1
LETTER: Final = 2


class Stretch(NamedTuple):
    """Offsets of a partition, the end not included, with how many of them became decisions and how many dead letters.

    The times, milliseconds since the epoch, are those between which the records came, generously.
    """

    partition: int
    start: int
    end: int
    since_ms: int
    until_ms: int
    decisions: int
    letters: int


class AnswerLog:
    """What became of each offset of a partition, until the stretch that it belongs to is cut off; a byte each.

    Parameters
    ----------
    partition, start : int
        Which, and the first offset that counts.
    since_ms : int
        A time before which no record of it came.
    grace_ms : int
        How long everything must have been answered before it is cut off.
    skew_ms : int
        How far the broker's clock and that of the caller may differ.

    Examples
    --------
    >>> log = AnswerLog(partition=0, start=5, since_ms=0, grace_ms=1_000, skew_ms=0)
    >>> log.mark(5, DECISION); log.mark(6, LETTER)
    >>> log.cut(answered_below=7, now_ms=500), log.cut(answered_below=7, now_ms=1_500)
    (None, Stretch(partition=0, start=5, end=7, since_ms=0, until_ms=500, decisions=1, letters=1))
    """

    def __init__(self, *, partition: int, start: int, since_ms: int, grace_ms: int, skew_ms: int) -> None:
        self._partition, self._base, self._since_ms = partition, start, since_ms
        self._grace_ms, self._skew_ms = grace_ms, skew_ms
        self._kinds = bytearray()
        self._ends: deque[tuple[int, int]] = deque()

    def mark(self, offset: int, kind: int) -> None:
        """Note what an offset became; what lies in front of the log is passed over."""
        place = offset - self._base
        if place >= 0:
            self._kinds.extend(bytes(max(0, place + 1 - len(self._kinds))))
            self._kinds[place] = kind

    def cut(self, answered_below: int, now_ms: int) -> Stretch | None:
        """Return the stretch that has been answered for long enough, and forget it; None where there is none.

        Parameters
        ----------
        answered_below : int
            Every offset before this one has its answer now.
        now_ms : int
            The time; calls come in its order.
        """
        self._ends.append((now_ms, answered_below))
        found = None
        while self._ends and self._ends[0][0] <= now_ms - self._grace_ms:
            found = self._ends.popleft()
        if found is None or found[1] <= self._base:
            return None
        at_ms, end = found
        kinds = self._kinds[: end - self._base]
        counts = kinds.count(DECISION), kinds.count(LETTER)
        stretch = Stretch(self._partition, self._base, end, self._since_ms - self._skew_ms, at_ms + self._skew_ms, *counts)
        del self._kinds[: end - self._base]
        self._base, self._since_ms = end, at_ms
        return stretch
