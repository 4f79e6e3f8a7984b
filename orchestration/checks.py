"""The checks of `data_quality`: what is measured, by which SQL, and what is right.

Each statement gives rows of (scope, observed). It sees the time of its run as `as_of`, never the clock, so that a repeated or a
late run judges the same range: the `WINDOW` before `as_of` for what must hold row by row, and the last day against the
`HISTORY` before it for what may change slowly. Decisions and alerts come by different topics, hence the minutes of `SETTLED`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from streamflow.contracts.decision import Outcome
from streamflow.contracts.tables import ALERTS_TABLE, AUDIT, DEAD_LETTERS, DECISIONS

WINDOW: Final = timedelta(days=2)
DAY: Final = timedelta(days=1)
HISTORY: Final = timedelta(days=8)
SETTLED: Final = timedelta(minutes=5)
ENOUGH_ROWS: Final = 1_000
BINS: Final = 10


class Kind(StrEnum):
    """What a check looks for: a task of the DAG each."""

    FRESHNESS = "freshness"
    COMPLETENESS = "completeness"
    DUPLICATES = "duplicates"
    DISTRIBUTION = "distribution"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check.

    Parameters
    ----------
    name : str
        Its name in `ops.quality_results`.
    kind : Kind
        What it looks for.
    what : str
        What is measured.
    sql : str
        Gives rows of (scope, observed).
    low, high : float, optional
        Between which the observed number must lie.
    blocking : bool
        Whether a failure stops the promotion to gold; else somebody is told.
    may_be_empty : bool
        Whether it holds where there is nothing to measure; else nothing is a failure too.
    """

    name: str
    kind: Kind
    what: str
    sql: str
    low: float | None = None
    high: float | None = None
    blocking: bool = True
    may_be_empty: bool = False

    @property
    def expected(self) -> str:
        """What is right, in words."""
        bounds = [f"{word} {bound:g}" for word, bound in (("at least", self.low), ("at most", self.high)) if bound is not None]
        return f"{self.what}: {' and '.join(bounds)}"

    def holds(self, observed: float | None) -> bool:
        """Say whether an observed number is right.

        Examples
        --------
        >>> check = Check(name="age", kind=Kind.FRESHNESS, what="minutes", sql="", high=60)
        >>> check.holds(59), check.holds(61), check.holds(None), check.expected
        (True, False, False, 'minutes: at most 60')
        """
        if observed is None:
            return self.may_be_empty
        return (self.low is None or observed >= self.low) and (self.high is None or observed <= self.high)


def parameters(as_of: datetime) -> dict[str, Any]:
    """Return what the statements are given for a run of this time."""
    return {
        "as_of": as_of,
        "since": as_of - WINDOW,
        "settled": as_of - SETTLED,
        "day": as_of - DAY,
        "history": as_of - HISTORY,
        "enough": ENOUGH_ROWS,
        "alerting": [str(Outcome.REVIEW), str(Outcome.BLOCK)],
    }


_IN_WINDOW: Final = "source_timestamp >= %(since)s AND source_timestamp < %(as_of)s"
_PLACE: Final = "source_topic, source_partition, source_offset"

_SHARES: Final = f"""
    SELECT source_timestamp >= %(day)s AS is_today, count(*)::float8 AS rows,
        count(*) FILTER (WHERE outcome = ANY (%(alerting)s))::float8 AS alerts
    FROM {DECISIONS.full_name}
    WHERE source_timestamp >= %(history)s AND source_timestamp < %(as_of)s
    GROUP BY 1
"""  # noqa: S608 our own names
_BINNED: Final = f"""
    SELECT source_timestamp >= %(day)s AS is_today, least(floor(score * {BINS}), {BINS - 1}) AS bin, count(*)::float8 AS rows
    FROM {DECISIONS.full_name}
    WHERE source_timestamp >= %(history)s AND source_timestamp < %(as_of)s AND score BETWEEN 0 AND 1
    GROUP BY 1, 2
"""  # noqa: S608 our own names


def _more_than_once(key: str) -> str:
    """Count the keys that more than one decision has."""
    return f"""
        SELECT '{DECISIONS.full_name}', count(*)
        FROM (SELECT FROM {DECISIONS.full_name} WHERE {_IN_WINDOW} GROUP BY {key} HAVING count(*) > 1) AS doubles
    """  # noqa: S608 our own names


CHECKS: Final = (
    Check(
        name="audit_is_recent",
        kind=Kind.FRESHNESS,
        what="minutes since the newest audit of Kafka against bronze",
        sql=f"SELECT 'ops.audit', extract(epoch FROM %(as_of)s - max(checked_at))::float8 / 60 FROM {AUDIT.full_name}",  # noqa: S608 our own name
        high=60,
    ),
    Check(
        name="decisions_are_recent",
        kind=Kind.FRESHNESS,
        what="minutes since the newest decision was written",
        sql=f"""
            SELECT '{DECISIONS.full_name}', extract(epoch FROM %(as_of)s - max(loaded_at))::float8 / 60
            FROM {DECISIONS.full_name} WHERE {_IN_WINDOW} AND loaded_at < %(as_of)s
        """,  # noqa: S608 our own names
        high=60,
        # A quiet hour is no reason to keep what came before it from gold.
        blocking=False,
    ),
    Check(
        name="audit_is_clean",
        kind=Kind.COMPLETENESS,
        what="comparisons of the newest audit that failed on the way to bronze",
        sql=f"""
            SELECT '{AUDIT.full_name}', count(*) FILTER (WHERE NOT ok AND NOT starts_with(detail ->> 'later', 'gold.'))
            FROM {AUDIT.full_name}
            WHERE run_id = (SELECT run_id FROM {AUDIT.full_name} WHERE checked_at < %(as_of)s ORDER BY checked_at DESC LIMIT 1)
        """,  # noqa: S608 our own name
        high=0,
    ),
    Check(
        name="decisions_have_their_alerts",
        kind=Kind.COMPLETENESS,
        what="decisions that should have raised an alert and did not",
        sql=f"""
            SELECT '{ALERTS_TABLE.full_name}', count(*)
            FROM {DECISIONS.full_name} AS d
            WHERE {_IN_WINDOW} AND source_timestamp < %(settled)s AND outcome = ANY (%(alerting)s) AND NOT duplicate
                AND NOT EXISTS (
                    SELECT FROM {ALERTS_TABLE.full_name} AS a
                    WHERE a.decision_id = d.decision_id AND a.source_timestamp = d.source_timestamp
                )
        """,  # noqa: S608 our own names
        high=0,
    ),
    Check(
        name="alerts_have_their_decisions",
        kind=Kind.COMPLETENESS,
        what="alerts without a decision",
        sql=f"""
            SELECT '{DECISIONS.full_name}', count(*)
            FROM {ALERTS_TABLE.full_name} AS a
            WHERE {_IN_WINDOW} AND source_timestamp < %(settled)s
                AND NOT EXISTS (
                    SELECT FROM {DECISIONS.full_name} AS d
                    WHERE d.decision_id = a.decision_id AND d.source_timestamp = a.source_timestamp
                )
        """,  # noqa: S608 our own names
        high=0,
    ),
    Check(
        name="decisions_are_there_once",
        kind=Kind.DUPLICATES,
        what="decision ids with more than one row",
        sql=_more_than_once("decision_id"),
        high=0,
    ),
    Check(
        name="offsets_are_decided_once",
        kind=Kind.DUPLICATES,
        what="records with more than one decision",
        sql=_more_than_once(_PLACE),
        high=0,
    ),
    Check(
        name="offsets_end_in_one_place",
        kind=Kind.DUPLICATES,
        what="records that are a decision and a dead letter",
        sql=f"""
            SELECT '{DEAD_LETTERS.full_name}', count(*)
            FROM (SELECT {_PLACE} FROM {DECISIONS.full_name} WHERE {_IN_WINDOW}
                INTERSECT SELECT {_PLACE} FROM {DEAD_LETTERS.full_name} WHERE {_IN_WINDOW}) AS both_places
        """,  # noqa: S608 our own names
        high=0,
    ),
    Check(
        name="scores_are_shares",
        kind=Kind.DISTRIBUTION,
        what="decisions whose score is not between 0 and 1",
        sql=f"SELECT 'score', count(*) FROM {DECISIONS.full_name} WHERE {_IN_WINDOW} AND (score BETWEEN 0 AND 1) IS NOT TRUE",  # noqa: S608 our own name
        high=0,
    ),
    Check(
        name="alerts_are_as_frequent_as_before",
        kind=Kind.DISTRIBUTION,
        what="share of alerts in the last day, by their share in the week before",
        sql=f"""
            WITH shares AS ({_SHARES})
            SELECT 'outcome', (today.alerts / today.rows) / nullif(before.alerts / before.rows, 0)
            FROM shares AS today JOIN shares AS before ON today.is_today AND NOT before.is_today
            WHERE today.rows >= %(enough)s AND before.rows >= %(enough)s
        """,  # noqa: S608 our own names
        low=0.2,
        high=5,
        # An attack looks the same: it must reach gold, and somebody must look.
        blocking=False,
        may_be_empty=True,
    ),
    Check(
        name="scores_are_distributed_as_before",
        kind=Kind.DISTRIBUTION,
        what="population stability index of the score, the last day against the week before",
        sql=f"""
            WITH counted AS ({_BINNED}),
            -- Half a row more in every bin, so that an empty one has a logarithm.
            filled AS (
                SELECT is_today, bin, coalesce(rows, 0) + 0.5 AS rows
                FROM (VALUES (true), (false)) AS days (is_today) CROSS JOIN generate_series(0, {BINS - 1}) AS bins (bin)
                LEFT JOIN counted USING (is_today, bin)
            ),
            shares AS (SELECT *, rows / sum(rows) OVER (PARTITION BY is_today) AS share FROM filled)
            SELECT 'score', sum((today.share - before.share) * ln(today.share / before.share))::float8
            FROM shares AS today JOIN shares AS before USING (bin)
            WHERE today.is_today AND NOT before.is_today
            HAVING sum(today.rows) >= %(enough)s AND sum(before.rows) >= %(enough)s
        """,  # noqa: S608 our own names
        high=0.25,
        blocking=False,
        may_be_empty=True,
    ),
    Check(
        name="the_model_answers",
        kind=Kind.DISTRIBUTION,
        what="share of the last day's decisions that rules made alone",
        sql=f"""
            SELECT 'ml_score', count(*) FILTER (WHERE ml_score IS NULL)::float8 / nullif(count(*), 0)
            FROM {DECISIONS.full_name} WHERE source_timestamp >= %(day)s AND source_timestamp < %(as_of)s
        """,  # noqa: S608 our own names
        high=0.5,
        blocking=False,
        may_be_empty=True,
    ),
)
