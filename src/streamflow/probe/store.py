"""PostgreSQL against Kafka: whether bronze holds a row for everything that was answered, while it happens.

What the rows say is the audit's question (`streamflow audit`); this one is how many there are.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg

from streamflow.contracts.catalogue import RAW
from streamflow.contracts.tables import DEAD_LETTERS, DECISIONS
from streamflow.observe.closed import Stretch

TIMEOUT_SECONDS: Final = 10
MOST_OFFSETS: Final = 200_000
"""Longer stretches are not made of short ones: what one of them lacks keeps only so many rows under question."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COUNT: Final = """
SELECT count(*) FROM {table}
WHERE source_topic = %s AND source_partition = %s AND source_offset >= %s AND source_offset < %s
AND source_timestamp >= %s AND source_timestamp <= %s
"""


class StoreCheck:
    """Asks for the rows of stretches until all of them are there.

    Parameters
    ----------
    dsn : str
        libpq's connection string, of a role that reads.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._open: list[Stretch] = []

    def add(self, stretches: Iterable[Stretch]) -> None:
        """Take in what is to be asked for; neighbours become one."""
        for stretch in stretches:
            place = next((place for place, other in enumerate(self._open) if _continues(other, stretch)), None)
            if place is None:
                self._open.append(stretch)
            else:
                self._open[place] = _joined(self._open[place], stretch)

    def missing(self) -> dict[str, int]:
        """Return how many rows each table lacks, and forget the stretches that are whole.

        Raises
        ------
        psycopg.Error
            The server does not answer; the stretches stay.
        """
        lacking = {"decisions": 0, "dead_letters": 0}
        if not self._open:
            return lacking
        still_open = []
        with psycopg.connect(self._dsn, connect_timeout=TIMEOUT_SECONDS, autocommit=True) as connection:
            connection.execute(f"SET statement_timeout = '{TIMEOUT_SECONDS}s'")
            for stretch in self._open:
                decisions = stretch.decisions - _rows(connection, DECISIONS.full_name, stretch)
                letters = stretch.letters - _rows(connection, DEAD_LETTERS.full_name, stretch)
                lacking["decisions"] += decisions
                lacking["dead_letters"] += letters
                if decisions or letters:
                    still_open.append(stretch)
        self._open = still_open
        return lacking


def _continues(one: Stretch, other: Stretch) -> bool:
    return (one.partition, one.end) == (other.partition, other.start) and other.end - one.start <= MOST_OFFSETS


def _joined(one: Stretch, other: Stretch) -> Stretch:
    counts = one.decisions + other.decisions, one.letters + other.letters
    return Stretch(one.partition, one.start, other.end, one.since_ms, other.until_ms, *counts)


def _rows(connection: psycopg.Connection[tuple[int]], table: str, stretch: Stretch) -> int:
    moments = [_EPOCH + timedelta(milliseconds=moment) for moment in (stretch.since_ms, stretch.until_ms)]
    row = connection.execute(
        _COUNT.format(table=table).encode(), (RAW.name, stretch.partition, stretch.start, stretch.end, *moments)
    ).fetchone()
    return row[0] if row else 0
