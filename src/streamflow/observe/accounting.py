"""Who still owes an answer: what was read is entered, what answers it is settled, and both may come in any order.

Pure: times are given, none is asked for. Costs 8 bytes for each record from the oldest one that waits to the newest.
"""

from array import array
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple

_NOTHING: Final = -1
_TRIM_AT: Final = 4_096


class Settled(Enum):
    """What an answer turned out to be."""

    FIRST = "first"
    EARLY = "early"
    """It came before the record that it answers."""
    AGAIN = "again"
    BEFORE = "before"
    """It answers a record from before this account was opened."""


class Waiting(NamedTuple):
    """A record that waits for its answer."""

    offset: int
    since_ms: int


class PartitionAccount:
    """The records of one partition, entered by rising offset.

    Parameters
    ----------
    start : int
        Offset of the first record that is accounted for.

    Examples
    --------
    >>> account = PartitionAccount(start=10)
    >>> account.enter(10, 1_000); account.enter(11, 2_000)
    >>> account.settle(11), account.settle(11), account.settle(9)
    (<Settled.FIRST: 'first'>, <Settled.AGAIN: 'again'>, <Settled.BEFORE: 'before'>)
    >>> account.oldest()
    Waiting(offset=10, since_ms=1000)
    """

    def __init__(self, start: int) -> None:
        self._start = start
        self._base = start
        self._head = 0
        self._since = array("q")
        self._early: set[int] = set()
        self.waiting = 0

    @property
    def next_offset(self) -> int:
        """Return the offset after the newest record that was entered."""
        return self._base + len(self._since)

    def enter(self, offset: int, since_ms: int) -> None:
        """Take in a record; offsets that are left out hold none. One that was entered before is passed over."""
        if offset < self.next_offset:
            return
        self._since.extend([_NOTHING] * (offset - self.next_offset))
        if offset in self._early:
            self._early.remove(offset)
            self._since.append(_NOTHING)
        else:
            self._since.append(since_ms)
            self.waiting += 1

    def settle(self, offset: int) -> Settled:
        """Take in an answer."""
        if offset < self._start:
            return Settled.BEFORE
        place = offset - self._base
        if place >= len(self._since):
            if offset in self._early:
                return Settled.AGAIN
            self._early.add(offset)
            return Settled.EARLY
        if place < 0 or self._since[place] == _NOTHING:
            return Settled.AGAIN
        self._since[place] = _NOTHING
        self.waiting -= 1
        return Settled.FIRST

    def oldest(self) -> Waiting | None:
        """Return the record that has waited since the lowest offset; None where none waits."""
        return next(self._waits(), None)

    def overdue(self, before_ms: int) -> int:
        """Return how many records that came before a time still wait."""
        count = 0
        for _, since_ms in self._waits():
            if since_ms >= before_ms:
                break
            count += 1
        return count

    def _waits(self) -> Iterator[Waiting]:
        self._trim()
        for place in range(self._head, len(self._since)):
            since_ms = self._since[place]
            if since_ms != _NOTHING:
                yield Waiting(self._base + place, since_ms)

    def _trim(self) -> None:
        """Forget what is settled at the front; rarely, for it moves everything behind."""
        while self._head < len(self._since) and self._since[self._head] == _NOTHING:
            self._head += 1
        if self._head >= _TRIM_AT and self._head * 2 >= len(self._since):
            del self._since[: self._head]
            self._base += self._head
            self._head = 0


class OpenBook:
    """What is owed under keys that come in no order, such as alerts; it remembers a bounded number of those that were settled.

    Parameters
    ----------
    remembered : int
        How many settled or early keys it can tell from new ones.

    Examples
    --------
    >>> book = OpenBook(remembered=100)
    >>> book.owe("a", since_ms=5); book.settle("a"), book.settle("a")
    (<Settled.FIRST: 'first'>, <Settled.AGAIN: 'again'>)
    """

    def __init__(self, remembered: int) -> None:
        self._remembered = remembered
        self._owed: dict[object, int] = {}
        # A dict, because it keeps the order in which keys came.
        self._settled: dict[object, None] = {}

    def owe(self, key: object, since_ms: int) -> None:
        """Enter what is owed; again only where it was not settled since."""
        if key not in self._settled:
            self._owed.setdefault(key, since_ms)

    def settle(self, key: object) -> Settled:
        """Take in what was owed."""
        if key in self._settled:
            return Settled.AGAIN
        was_owed = self._owed.pop(key, None) is not None
        self._settled[key] = None
        if len(self._settled) > self._remembered:
            del self._settled[next(iter(self._settled))]
        return Settled.FIRST if was_owed else Settled.EARLY

    def overdue(self, before_ms: int) -> int:
        """Return how many have been owed since before a time."""
        return sum(since_ms < before_ms for since_ms in self._owed.values())
