"""What could not be read: each thing with its place and the reason, counted, and the first of them kept."""

from typing import Final, NamedTuple

MOST_KEPT: Final = 20


class Fault(NamedTuple):
    """One line, row or record that is no label."""

    where: str
    why: str


class Faults:
    """Counts faults and keeps the first ones. O(1) memory.

    Examples
    --------
    >>> faults = Faults()
    >>> for number in range(30):
    ...     faults.add(Fault(f"line {number}", "no label"))
    >>> faults.count, len(faults.first), faults.first[0].where
    (30, 20, 'line 0')
    """

    def __init__(self) -> None:
        self.count = 0
        self.first: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Take in one more."""
        self.count += 1
        if len(self.first) < MOST_KEPT:
            self.first.append(fault)
