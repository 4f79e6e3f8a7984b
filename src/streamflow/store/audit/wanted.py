"""What shall be audited, as the user says it."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from streamflow.contracts.errors import BadInputError

_OFFSETS: Final = re.compile(r"(\d{1,9}):(\d{1,18})-(\d{1,18})", re.ASCII)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which records of the source topic.

    Parameters
    ----------
    since_ms : int, optional
        The broker's time from which on; by default from the first record that all topics still hold.
    until_ms : int
        The broker's time before which: what is younger may still be on its way.
    offsets : dict
        First and last offset by partition; where given, no other partition is audited, and no record outside of these.
    settle_ms : int
        How long a row may take from bronze's clock to the commit that shows it: gold, built in the meantime, need not have it yet.
    """

    until_ms: int
    since_ms: int | None = None
    offsets: dict[int, tuple[int, int]] = {}
    settle_ms: int = 0


def parse_offsets(texts: Iterable[str]) -> dict[int, tuple[int, int]]:
    """Return first and last offset by partition.

    Raises
    ------
    BadInputError
        A text is no such range, or two are of the same partition.

    Examples
    --------
    >>> parse_offsets(["0:0-99", "3:1000-1999"])
    {0: (0, 99), 3: (1000, 1999)}
    """
    found: dict[int, tuple[int, int]] = {}
    for text in texts:
        match = _OFFSETS.fullmatch(text)
        if match is None or int(match[2]) > int(match[3]):
            raise BadInputError("--offsets is no range", expected="PARTITION:FIRST-LAST, such as 0:1000-1999", got=text)
        partition = int(match[1])
        if partition in found:
            raise BadInputError("--offsets names a partition twice", got=text)
        found[partition] = (int(match[2]), int(match[3]))
    return found
