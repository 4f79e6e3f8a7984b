"""What an audit found."""

from datetime import datetime
from decimal import Decimal

import msgspec

from streamflow.store.audit.compare import Kind


class Money(msgspec.Struct, frozen=True):
    """The sum of one currency on both sides, in major units: exact."""

    expected: Decimal
    found: Decimal


class PartitionResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found about the records of one partition of the source topic.

    Parameters
    ----------
    partition : int
        Of `transactions.raw`.
    expected : int
        Records that the earlier side has in the range, each counted once.
    found : int
        What the later side has: in a table all rows, in a topic each source record once.
    repeats : int
        Further records of a topic with the same content: at-least-once delivery, no fault.
    gaps, orphans, doubles, changed : int
        Faults by kind.
    amounts : dict
        Sums by currency, where the check is about money.
    """

    partition: int
    expected: int = 0
    found: int = 0
    repeats: int = 0
    gaps: int = 0
    orphans: int = 0
    doubles: int = 0
    changed: int = 0
    amounts: dict[str, Money] = {}

    @property
    def faults(self) -> int:
        """How many records or rows are wrong."""
        return self.gaps + self.orphans + self.doubles + self.changed

    @property
    def wrong_currencies(self) -> list[str]:
        """Currencies whose sums differ."""
        return [currency for currency, money in self.amounts.items() if money.expected != money.found]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults and not self.wrong_currencies


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found; `earlier` and `later` name the sides that it compared."""

    name: str
    earlier: str
    later: str
    partitions: list[PartitionResult]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(partition.ok for partition in self.partitions)

    def total(self, field: str) -> int:
        """Return the sum of a field over all partitions."""
        return sum(getattr(partition, field) for partition in self.partitions)

    def money(self) -> dict[str, Money]:
        """Return the sums over all partitions."""
        sums: dict[str, Money] = {}
        for partition in self.partitions:
            for currency, money in partition.amounts.items():
                before = sums.get(currency, Money(Decimal(0), Decimal(0)))
                sums[currency] = Money(before.expected + money.expected, before.found + money.found)
        return dict(sorted(sums.items()))


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One record or row that is wrong.

    Parameters
    ----------
    check : str
        Which check found it.
    kind : Kind
        What is wrong with it.
    partition, offset : int
        Its source record in `transactions.raw`.
    decision_id : str
        The id that a decision on that record has.
    detail : str
        Where it lies, or what differs.
    """

    check: str
    kind: Kind
    partition: int
    offset: int
    decision_id: str
    detail: str = ""


class AuditedSpan(msgspec.Struct, frozen=True):
    """What was audited of a partition: so many records from offset `first` to before `end`; transaction markers take offsets too."""

    partition: int
    first: int
    end: int
    records: int


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one audit.

    Parameters
    ----------
    run_id, checked_at
        The run, and when it began.
    since, until : datetime or None
        Times of the first and of the last audited record, as the broker has them; None where there is none.
    spans : list of AuditedSpan
        What was audited.
    checks : list of CheckResult
        What was compared.
    not_checked : list of str
        What could not be compared, and why.
    unreadable : dict
        Records and rows that name no record of the source, by topic or table.
    faults : list of Fault
        The first ones of each check and kind.
    ok : bool
        Whether everything agrees.
    """

    run_id: str
    checked_at: datetime
    since: datetime | None
    until: datetime | None
    spans: list[AuditedSpan]
    checks: list[CheckResult]
    not_checked: list[str]
    unreadable: dict[str, int]
    faults: list[Fault]
    ok: bool

    @property
    def fault_count(self) -> int:
        """How many records, rows and sums are wrong."""
        return sum(check.total("faults") + sum(len(part.wrong_currencies) for part in check.partitions) for check in self.checks)
