"""The checks of an audit, over everything that was read."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from streamflow.contracts.catalogue import ALERTS, DLQ, RAW, SCORED
from streamflow.contracts.tables import ALERTS_TABLE, DEAD_LETTERS, DECISIONS
from streamflow.store.audit.compare import Difference, Kind, amounts, answers, collapse, copies, owed, topics
from streamflow.store.audit.entries import Entries, Side, Spill, split
from streamflow.store.audit.report import CheckResult, Money, PartitionResult
from streamflow.store.audit.tables import FACTS_TABLE

Load = Callable[[Side], Entries]


class Check(NamedTuple):
    """A comparison of two sides.

    Parameters
    ----------
    name : str
        What it is called.
    earlier, later : str
        The topics and tables that it compares, for people.
    left, right : tuple of Side
        Their entries.
    has_money : bool
        Whether sums are compared too.
    """

    name: str
    earlier: str
    later: str
    left: Side
    right: tuple[Side, ...]
    has_money: bool = False

    def compare(self, load: Load) -> Difference:
        """Compare one bucket."""
        left = load(self.left)
        match self.name:
            case "answers":
                return answers(left, *map(load, self.right))
            case "alerts raised":
                return topics(left, load(self.right[0]))
            case _:
                return copies(left, load(self.right[0]), places=self.left is Side.DEAD)


CHECKS: Final = (
    Check("answers", RAW.name, f"{SCORED.name} and {DLQ.name}", Side.RAW, (Side.SCORED, Side.DEAD)),
    Check("alerts raised", SCORED.name, ALERTS.name, Side.RAISED, (Side.ALERTED,)),
    Check("decisions", SCORED.name, DECISIONS.full_name, Side.SCORED, (Side.BRONZE_DECISIONS,), has_money=True),
    Check("alerts", ALERTS.name, ALERTS_TABLE.full_name, Side.ALERTS, (Side.BRONZE_ALERTS,)),
    Check("dead letters", DLQ.name, DEAD_LETTERS.full_name, Side.DEAD, (Side.BRONZE_DEAD,)),
    Check("facts", DECISIONS.full_name, FACTS_TABLE, Side.BRONZE_FACTS, (Side.GOLD_FACTS,), has_money=True),
)


class Sample(NamedTuple):
    """A fault to be told of: its entry, and the entry of the earlier side about the same record, where there is one."""

    check: Check
    kind: Kind
    entry: np.void
    earlier: np.void | None


class _Tally:
    """What a check found about one partition so far."""

    def __init__(self) -> None:
        self.expected = self.found = self.repeats = 0
        self.faults = dict.fromkeys(Kind, 0)
        self.money: dict[str, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, difference: Difference) -> None:
        self.expected += difference.expected
        self.found += difference.found
        self.repeats += difference.repeats
        for kind, entries in difference.faults.items():
            self.faults[kind] += len(entries)

    def add_money(self, side: int, entries: Entries) -> None:
        for currency, cents in amounts(entries).items():
            self.money[currency][side] += cents

    def result(self, partition: int) -> PartitionResult:
        return PartitionResult(
            partition=partition,
            expected=self.expected,
            found=self.found,
            repeats=self.repeats,
            gaps=self.faults[Kind.GAP],
            orphans=self.faults[Kind.ORPHAN],
            doubles=self.faults[Kind.DOUBLE],
            changed=self.faults[Kind.CHANGED],
            amounts={currency: Money(*map(major, sums)) for currency, sums in sorted(self.money.items())},
        )


def major(cents: int) -> Decimal:
    """Return hundredths in major units.

    Examples
    --------
    >>> str(major(1230))
    '12.30'
    """
    return Decimal(cents).scaleb(-2)


class Comparison:
    """Compares bucket after bucket. Memory: the entries of one bucket, and `limit` samples of each check and kind.

    Parameters
    ----------
    spill : Spill
        Everything that was read.
    checks : tuple of Check
        Which of `CHECKS`.
    limit : int
        How many faults of each check and kind are kept to be told of.
    """

    def __init__(self, spill: Spill, checks: tuple[Check, ...], limit: int) -> None:
        self.spill, self.checks, self.limit = spill, checks, limit
        self.samples: list[Sample] = []
        self._kept: dict[tuple[str, Kind], int] = defaultdict(int)
        self._tallies = {check.name: {partition: _Tally() for partition in spill.scope.spans} for check in checks}

    def run(self) -> list[CheckResult]:
        """Compare everything."""
        for partition, number in self.spill.buckets():
            self._compare(partition, partial(self._bucket, partition, number))
        astray = {side: self.spill.astray(side) for side in Side}
        for partition in sorted({number for entries in astray.values() for number in np.unique(entries["partition"]).tolist()}):
            self._compare(partition, partial(_of_partition, astray, partition))
        return [
            CheckResult(
                name=check.name,
                earlier=check.earlier,
                later=check.later,
                partitions=[tally.result(partition) for partition, tally in sorted(self._tallies[check.name].items())],
            )
            for check in self.checks
        ]

    def _bucket(self, partition: int, number: int, side: Side) -> Entries:
        # The source was read while the scope was still open, so not all of it may be in it.
        return split(self.spill.load(side, partition, number), self.spill.scope)[0]

    def _compare(self, partition: int, load: Load) -> None:
        for check in self.checks:
            tally = self._tallies[check.name].setdefault(partition, _Tally())
            difference, left = check.compare(load), load(check.left)
            tally.add(difference)
            if check.has_money:
                right = load(check.right[0])
                tally.add_money(0, collapse(owed(left, right)).entries)
                tally.add_money(1, right)
            for kind, entries in difference.faults.items():
                for entry in self._first(check, kind, entries):
                    earlier = left[left["offset"] == entry["offset"]]
                    self.samples.append(Sample(check, kind, entry, earlier[0] if len(earlier) else None))

    def _first(self, check: Check, kind: Kind, entries: Entries) -> Entries:
        """Return those that are still to be told of."""
        first = entries[: max(0, self.limit - self._kept[check.name, kind])]
        self._kept[check.name, kind] += len(first)
        return first


def _of_partition(sides: dict[Side, Entries], partition: int, side: Side) -> Entries:
    entries: Entries = sides[side]
    return np.compress(entries["partition"] == partition, entries)
