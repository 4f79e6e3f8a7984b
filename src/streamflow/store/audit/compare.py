"""Comparing two sides, entry by entry: what is missing, what is too much, what is doubled, what is not the same."""

from enum import StrEnum
from typing import Final, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from streamflow.store.audit.entries import ENTRY, Entries

Field = Literal["digest", "timestamp_ms"]
_CENTS_SPLIT: Final = 1_000_000
_MIX: Final = np.uint64(0x9E37_79B9_7F4A_7C15)


class Kind(StrEnum):
    """What can be wrong with one record or row."""

    GAP = "gap"
    ORPHAN = "orphan"
    DOUBLE = "double"
    CHANGED = "changed"


KIND_MEANING: Final = {
    Kind.GAP: "it is expected and not there",
    Kind.ORPHAN: "it is there and nothing explains it",
    Kind.DOUBLE: "it is there twice: in a table, in a topic with different contents, or as a decision and as a dead letter",
    Kind.CHANGED: "it is there with another content",
}


class Collapsed(NamedTuple):
    """Entries of one side, each source record once, sorted by offset.

    Parameters
    ----------
    entries : array
        The first of each.
    further : array
        All others.
    conflicting : array
        Those of the others whose content differs from the first's.
    """

    entries: Entries
    further: Entries
    conflicting: Entries


class Difference(NamedTuple):
    """What two sides do not agree on.

    Parameters
    ----------
    expected : int
        Source records of the earlier side, each counted once.
    found : int
        Entries of the later side: in a table all rows, in a topic each source record once.
    repeats : int
        Entries of topics that say again what another one says: at-least-once delivery allows them.
    faults : dict
        Entries by what is wrong with them; every kind has its key.
    """

    expected: int
    found: int
    repeats: int
    faults: dict[Kind, Entries]

    @classmethod
    def none(cls) -> Self:
        """Return the difference of nothing and nothing."""
        return cls(0, 0, 0, {kind: np.empty(0, ENTRY) for kind in Kind})


def collapse(entries: Entries, by: Field = "digest") -> Collapsed:
    """Return each source record of a side once; of several entries the one that came first.

    Examples
    --------
    >>> from streamflow.store.audit.entries import Entry, pack
    >>> found = collapse(pack([Entry(0, 7, 1000, digest=1), Entry(0, 7, 1000, digest=1), Entry(0, 7, 1000, digest=2)]))
    >>> len(found.entries), len(found.further), len(found.conflicting)
    (1, 2, 1)
    """
    ordered = entries[np.argsort(entries["offset"], kind="stable")]
    is_first = np.ones(len(ordered), bool)
    is_first[1:] = ordered["offset"][1:] != ordered["offset"][:-1]
    first = ordered[is_first]
    differs = ordered[by] != first[by][np.cumsum(is_first) - 1]
    return Collapsed(first, ordered[~is_first], ordered[differs])


def answers(raw: Entries, scored: Entries, dead: Entries) -> Difference:
    """Compare a partition's records with what became of them: each is a decision or a dead letter, and never both."""
    decisions, letters = collapse(scored), collapse(dead)
    both = letters.entries[_is_in(letters.entries, decisions.entries)]
    answered = collapse(np.concatenate([decisions.entries, letters.entries]), "timestamp_ms").entries
    pairs = _pair(raw, answered, "timestamp_ms")
    faults = {**pairs, Kind.DOUBLE: np.concatenate([both, decisions.conflicting, letters.conflicting])}
    repeats = len(decisions.further) + len(letters.further) - len(decisions.conflicting) - len(letters.conflicting)
    return Difference(len(raw), len(answered), repeats, faults)


def owed(earlier: Entries, later: Entries) -> Entries:
    """Return the entries that the later side must have by now, or has."""
    return earlier[earlier["owed"] | _is_in(earlier, later)]


def copies(earlier: Entries, table: Entries, *, places: bool = False) -> Difference:
    """Compare a topic or a table with the table that holds the same: every content once.

    Parameters
    ----------
    earlier, table : array
        Entries of one bucket.
    places : bool
        Whether a row must also name the place of one of the topic's records.
    """
    expected, rows = collapse(owed(earlier, table)), collapse(table)
    faults = _pair(expected.entries, rows.entries, "digest")
    # Where the topic contradicts itself, either content is right; that it does is a fault of the topic.
    faults[Kind.CHANGED] = faults[Kind.CHANGED][~_is_in(faults[Kind.CHANGED], expected.conflicting)]
    if places:
        shared = rows.entries[_is_in(rows.entries, expected.entries)]
        elsewhere = shared[~np.isin(_mixed(shared), _mixed(earlier))]
        known = _is_in(elsewhere, faults[Kind.CHANGED])
        faults[Kind.CHANGED] = np.concatenate([faults[Kind.CHANGED], elsewhere[~known]])
    faults[Kind.DOUBLE] = rows.further
    return Difference(len(expected.entries), len(table), len(expected.further) - len(expected.conflicting), faults)


def topics(earlier: Entries, later: Entries) -> Difference:
    """Compare records of one topic with the same records in another one; both may repeat themselves."""
    expected, found = collapse(earlier), collapse(later)
    faults = _pair(expected.entries, found.entries, "digest")
    faults[Kind.CHANGED] = faults[Kind.CHANGED][~_is_in(faults[Kind.CHANGED], expected.conflicting)]
    faults[Kind.DOUBLE] = found.conflicting
    return Difference(len(expected.entries), len(found.entries), len(found.further) - len(found.conflicting), faults)


def _pair(expected: Entries, found: Entries, by: Field) -> dict[Kind, Entries]:
    """Compare two sides that hold each source record once, sorted by offset."""
    shared = _is_in(found, expected)
    common = found[shared]
    partners = expected[np.searchsorted(expected["offset"], common["offset"])] if len(common) else common
    return {
        Kind.GAP: expected[~_is_in(expected, found)],
        Kind.ORPHAN: found[~shared],
        Kind.DOUBLE: np.empty(0, ENTRY),
        Kind.CHANGED: common[common[by] != partners[by]],
    }


def _is_in(some: Entries, others: Entries) -> NDArray[np.bool_]:
    return np.isin(some["offset"], others["offset"])


def _mixed(entries: Entries) -> NDArray[np.uint64]:
    """Return offset and place as one number; two pairs share one by a chance of 2^-64."""
    mixed: NDArray[np.uint64] = entries["offset"].astype(np.uint64) * _MIX ^ entries["place"].astype(np.uint64)
    return mixed


def amounts(entries: Entries) -> dict[str, int]:
    """Return the sum of each currency in hundredths: exact, whatever the amounts.

    Examples
    --------
    >>> from streamflow.store.audit.entries import Entry, pack
    >>> amounts(pack([Entry(0, 0, 0, cents=99_999_999_999_999, currency=b"BRL")] * 3))
    {'BRL': 299999999999997}
    """
    sums = {}
    for currency in np.unique(entries["currency"]):
        cents = entries["cents"][entries["currency"] == currency]
        # In two parts, because 64 bits do not hold the sum of a hundred thousand greatest amounts.
        high, low = np.divmod(cents, _CENTS_SPLIT)
        sums[currency.decode(errors="replace")] = int(high.sum()) * _CENTS_SPLIT + int(low.sum())
    return sums
