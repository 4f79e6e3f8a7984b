"""What a batch adds to the job's counters: plain Python, without Flink and without a clock."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import Final, TypeVar

from streamflow.contracts.decision import OUTCOMES, Answer
from streamflow.contracts.instruments import OTHER, Instrument, Labelled
from streamflow.contracts.job_metrics import (
    BATCH_RECORDS,
    CONTROL_REFUSED,
    DEAD_LETTERS,
    DECISIONS,
    ENGINE_SECONDS,
    EVENT_LATENCY,
    LATE_GENERATIONS,
    MARKED,
    MOST_RULE_VERSIONS,
    RULE_HITS,
    SCORE,
    WITHOUT_MODEL,
)
from streamflow.contracts.rejection import Code

# Made once: a batch has no time for it.
_DECIDED: Final = {outcome: DECISIONS.of(outcome) for outcome in OUTCOMES}
_DEAD: Final = {code: DEAD_LETTERS.of(code) for code in Code}
_MARKED: Final = {mark: MARKED.of(mark) for mark in MARKED.labels[0].values}
_MILLISECONDS: Final = 1_000
_Key = TypeVar("_Key")


class Histogram:
    """Says which buckets values fall into, cumulated as Prometheus wants them.

    Parameters
    ----------
    instrument : Instrument
        A histogram.
    scale : int, optional
        What values are multiplied by before they are compared: whole milliseconds need no division.

    Examples
    --------
    >>> [name.labels[0][1] for name in Histogram(SCORE).counts([0.5, 0.91])][:2]
    ['0.5', '0.6']
    """

    def __init__(self, instrument: Instrument, scale: int = 1) -> None:
        self._buckets = tuple(map(instrument.of, instrument.bucket_labels))
        self._place = partial(bisect_left, tuple(bound * scale for bound in instrument.bounds))

    def counts(self, values: Iterable[float]) -> dict[Labelled, int]:
        """Return what values add to the buckets; a value that equals a bound is below it."""
        found = Counter(map(self._place, values))
        sums = accumulate(found.get(place, 0) for place in range(len(self._buckets)))
        return {bucket: count for bucket, count in zip(self._buckets, sums, strict=True) if count}


class Tally:
    """Counts batches; it remembers which versions of rules it has named, and names no more than it may."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, int, str], Labelled] = {}
        self._scores = Histogram(SCORE)
        self._latencies = Histogram(EVENT_LATENCY, _MILLISECONDS)
        self._sizes = Histogram(BATCH_RECORDS)
        self._seconds = Histogram(ENGINE_SECONDS)

    def batch(
        self, answers: Sequence[Answer], codes: Iterable[Code], by_rules_alone: Iterable[str], ages_ms: Sequence[int], seconds: float
    ) -> dict[Labelled, int]:
        """Return what a batch adds to which counter.

        Parameters
        ----------
        answers : sequence of Answer
            Its decisions.
        codes : iterable of Code
            Why its other records died.
        by_rules_alone : iterable of str
            For each decision without a model the reason.
        ages_ms : sequence of int
            Of each record: milliseconds since the broker's time of it.
        seconds : float
            What the engine took.
        """
        counts = self._latencies.counts(ages_ms) | self._sizes.counts((len(ages_ms),)) | self._seconds.counts((seconds,))
        counts.update(_named(_DEAD, codes))
        counts.update((WITHOUT_MODEL.of(reason), count) for reason, count in Counter(by_rules_alone).items())
        if answers:
            counts.update(_named(_DECIDED, [answer.outcome for answer in answers]))
            counts.update(self._scores.counts([answer.score for answer in answers]))
            counts.update(_marks(answers))
            counts.update(self._hits(answers))
        return counts

    def _hits(self, answers: Iterable[Answer]) -> Counter[Labelled]:
        found = Counter([(hit.id, hit.version, hit.state) for answer in answers if answer.rules for hit in answer.rules])
        counts: Counter[Labelled] = Counter()
        for fired, count in found.items():
            counts[self._rules.get(fired) or self._name(*fired)] += count
        return counts

    def _name(self, rule: str, version: int, state: str) -> Labelled:
        if len(self._rules) < MOST_RULE_VERSIONS:
            name = self._rules[rule, version, state] = RULE_HITS.of(rule, str(version), state)
            return name
        return RULE_HITS.of(OTHER, OTHER, state)


def _marks(answers: Iterable[Answer]) -> Counter[Labelled]:
    marked = [
        answer
        for answer in answers
        if answer.late or answer.duplicate or answer.id_reused or answer.canary or answer.rate_missing or answer.state_reset
    ]
    return Counter(name for answer in marked for mark, name in _MARKED.items() if getattr(answer, mark))


def _named(names: Mapping[_Key, Labelled], keys: Iterable[_Key]) -> dict[Labelled, int]:
    return {names[key]: count for key, count in Counter(keys).items()}


def from_the_start() -> list[Labelled]:
    """Return every series whose labels are known before anything happens: it is shown as 0, and its first event is an increase."""
    names: list[Labelled] = []
    for instrument in (DECISIONS, DEAD_LETTERS, WITHOUT_MODEL, MARKED, CONTROL_REFUSED, LATE_GENERATIONS):
        names += map(instrument.of, instrument.labels[0].values)
    for histogram in (SCORE, EVENT_LATENCY, BATCH_RECORDS, ENGINE_SECONDS):
        names += map(histogram.of, histogram.bucket_labels)
    return names
