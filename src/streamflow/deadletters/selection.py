"""Which dead letters are meant."""

import msgspec

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.rejection import Code
from streamflow.deadletters.letter import UNKNOWN_CODE, Letter, Place, Source, parse_id


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Dead letters that meet every condition given; without one, all.

    Parameters
    ----------
    codes : frozenset of str
        Any of these codes.
    since_ms, until_ms : int, optional
        Arrived at the source topic in this time (the broker's), `until_ms` not included.
    topic, partition : optional
        Of the source.
    sources, places : frozenset
        Any of these letters, by where the record came from or where the letter lies.
    """

    codes: frozenset[str] = frozenset()
    since_ms: int | None = None
    until_ms: int | None = None
    topic: str | None = None
    partition: int | None = None
    sources: frozenset[Source] = frozenset()
    places: frozenset[Place] = frozenset()

    @property
    def is_all(self) -> bool:
        """Whether it has no condition."""
        return self == Selection()

    def matches(self, letter: Letter) -> bool:
        """Say whether a dead letter is meant."""
        source = letter.source
        if self.codes and letter.code not in self.codes:
            return False
        if self.since_ms is not None and letter.time_ms < self.since_ms:
            return False
        if self.until_ms is not None and letter.time_ms >= self.until_ms:
            return False
        if self.topic is not None and (source is None or source.topic != self.topic):
            return False
        if self.partition is not None and (source is None or source.partition != self.partition):
            return False
        return not (self.sources or self.places) or source in self.sources or letter.place in self.places


def parse_codes(codes: list[str]) -> frozenset[str]:
    """Return codes that exist; upper and lower case are the same.

    Examples
    --------
    >>> sorted(parse_codes(["not_json", "WRONG_TYPE"]))
    ['NOT_JSON', 'WRONG_TYPE']
    """
    found = frozenset(code.strip().upper() if code != UNKNOWN_CODE else code for code in codes)
    unknown = sorted(found - set(Code) - {UNKNOWN_CODE})
    if unknown:
        raise BadInputError("no such code", expected=f"one of {', '.join(Code)}", got=", ".join(unknown))
    return found


def split_ids(texts: list[str]) -> tuple[frozenset[Source], frozenset[Place]]:
    """Return the sources and the places among names of dead letters."""
    parsed = [parse_id(text) for text in texts]
    sources = frozenset(name for name in parsed if isinstance(name, Source))
    return sources, frozenset(name for name in parsed if isinstance(name, Place))
