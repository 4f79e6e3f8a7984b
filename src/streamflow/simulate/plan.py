"""What to simulate: the one value that decides every byte."""

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Final

from streamflow.contracts.errors import BadInputError
from streamflow.simulate.malformed import FILE_KINDS, KINDS

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
MINUTE_MS: Final = 60_000
DEFAULT_START_MS: Final = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""
MAX_DAYS: Final = 3650
MAX_CUSTOMERS: Final = 10_000_000
MAX_DISORDER_RATIO: Final = 0.5

SCENARIOS: Final = (
    "",
    "card_testing",
    "high_value",
    "impossible_travel",
    "unusual_hour",
    "account_takeover",
    "compromised_store",
    "listed_customer",
    "listed_store",
)
"""Names of the fraud scenarios; the index is the code in a row, and 0 stands for an honest payment."""


@dataclass(frozen=True, kw_only=True)
class FraudRatios:
    """Share of all records that each fraud scenario has, 0 to 1; together about 1.5 % by default."""

    card_testing: float = 0.003
    high_value: float = 0.0025
    impossible_travel: float = 0.0025
    unusual_hour: float = 0.001
    account_takeover: float = 0.002
    compromised_store: float = 0.0015
    listed_customer: float = 0.0015
    listed_store: float = 0.001

    def scaled(self, total: float) -> "FraudRatios":
        """Return the same mixture with another sum.

        Examples
        --------
        >>> round(sum(FraudRatios().scaled(0.03).as_tuple()), 6)
        0.03
        """
        if not sum(self.as_tuple()):
            raise BadInputError("no fraud scenario is left to share the frauds", expected="at least one ratio above 0", got="all 0")
        factor = total / sum(self.as_tuple())
        return FraudRatios(**{name: getattr(self, name) * factor for name in SCENARIOS[1:]})

    def as_tuple(self) -> tuple[float, ...]:
        """Return the ratios in the order of `SCENARIOS[1:]`."""
        return tuple(getattr(self, name) for name in SCENARIOS[1:])


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides the traffic; two equal plans give the same bytes.

    Parameters
    ----------
    events : int
        Records in all: honest and fraudulent transactions, repeats and malformed ones.
    customers : int
        People who pay. Above some 20 payments a customer and day the traffic stops being plausible.
    days : float
        Length of the history in days of event time.
    seed : int
        0 or more; stands in every transaction id.
    start_ms : int
        First instant of the history, milliseconds since the epoch, UTC.
    fraud : FraudRatios
        Share of each scenario.
    malformed_ratio, late_ratio, repeated_ratio : float
        Share of the records that cannot be read, that arrive after their time, that are sent twice.
    malformed_kinds : tuple of str
        Which kinds of malformed records, in equal parts; see `streamflow.simulate.malformed.KINDS`.
    label_delay_days : float
        How long it takes on average until a fraud is known; at twice that, an honest payment counts as settled.

    Raises
    ------
    BadInputError
        If a number lies outside its range.

    Examples
    --------
    >>> Plan(events=1000, customers=50, days=7).end_ms - DEFAULT_START_MS == 7 * DAY_MS
    True
    """

    events: int = 100_000
    customers: int = 2_000
    days: float = 30.0
    seed: int = 42
    start_ms: int = DEFAULT_START_MS
    fraud: FraudRatios = field(default_factory=FraudRatios)
    malformed_ratio: float = 0.0
    late_ratio: float = 0.0
    repeated_ratio: float = 0.0
    malformed_kinds: tuple[str, ...] = FILE_KINDS
    label_delay_days: float = 7.0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        _within("events", self.events, 0, 10**10)
        _within("customers", self.customers, 10, MAX_CUSTOMERS)
        _within("days", self.days, 0.01, MAX_DAYS)
        _within("seed", self.seed, 0, 2**63 - 1)
        _within("start_ms", self.start_ms, 0, 4_102_444_800_000)
        _within("label_delay_days", self.label_delay_days, 0.1, 365)
        for item in fields(self.fraud):
            _within(f"fraud.{item.name}", getattr(self.fraud, item.name), 0, 1)
        _within("the sum of the fraud ratios", sum(self.fraud.as_tuple()), 0, 0.5)
        for name in ("malformed_ratio", "late_ratio", "repeated_ratio"):
            _within(name, getattr(self, name), 0, MAX_DISORDER_RATIO)
        if sum(self.fraud.as_tuple()) + self.malformed_ratio + self.repeated_ratio > 0.9:
            raise BadInputError(
                "too few honest payments left to draw from",
                expected="fraud, malformed and repeated records at most 90 % together",
                fix="lower one of the ratios",
            )
        for kind in self.malformed_kinds:
            if kind not in KINDS:
                raise BadInputError("unknown kind of malformed record", expected=", ".join(KINDS), got=kind)
        if self.malformed_ratio and not self.malformed_kinds:
            raise BadInputError("no kind of malformed record was chosen", expected=", ".join(KINDS), got="none")

    @property
    def end_ms(self) -> int:
        """First instant after the history."""
        return self.start_ms + round(self.days * DAY_MS)


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise BadInputError(f"{name} is out of range", expected=f"{least:g} to {most:g}", got=f"{value:g}", where=name)


def start_from_text(text: str, days: float, now_ms: int) -> int:
    """Return the start that an option names: an ISO 8601 date or time (UTC where no zone is given), or `now` for a history that ends now.

    Examples
    --------
    >>> start_from_text("2026-01-01", 30, 0) == DEFAULT_START_MS
    True
    >>> start_from_text("now", 1, 2 * DAY_MS) == DAY_MS
    True
    """
    if text == "now":
        return now_ms - round(days * DAY_MS)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(
            "cannot read the start", expected="an ISO 8601 date such as 2026-01-01, or now", got=text, where="--start"
        ) from error
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
