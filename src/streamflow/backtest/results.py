"""What a backtest says, in numbers: its JSON, and what the tables and plots are drawn from. null where a number is not defined."""

import msgspec

from streamflow.backtest.evolution import Training
from streamflow.backtest.run import Difference

Number = float | None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What was run through the engine, and which part of it was measured.

    `unlabelled` payments count as honest; `behind` counts those more than a day behind the time that others had reached.
    """

    records: int
    dead_letters: dict[str, int]
    repeats: int
    behind: int
    payments: int
    first_ms: int | None
    last_ms: int | None
    measured: int
    frauds: int
    unlabelled: int
    days: int
    customers: int
    compromised_cards: int
    fraud_amount: float
    labels: int
    unreadable_labels: int
    first_unreadable_labels: tuple[str, ...]
    seconds: float
    payments_per_second: float


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """How well one kind of score ranks frauds before honest payments, on the payments that have one.

    Parameters
    ----------
    scores : str
        score (what decides), model (its evidence alone) or rules (their evidence alone).
    payments : int
        How many have one.
    auc, average_precision, card_precision_at_100 : float or None
        See `streamflow.ml.evaluate`.
    precision, recall, alerts, cards_caught : float or None
        Where the score reaches the review threshold.
    best_f1, best_f1_threshold : float or None
        What the best threshold would give, in hindsight.
    """

    scores: str
    payments: int
    auc: Number
    average_precision: Number
    card_precision_at_100: Number
    threshold: float
    alerts: int
    precision: Number
    recall: Number
    cards_caught: Number
    best_f1: Number
    best_f1_threshold: Number


class Alerts(msgspec.Struct, frozen=True, kw_only=True):
    """What the alerts did; money in the reference currency."""

    alerts: int
    review: int
    block: int
    caught: int
    missed: int
    false_alerts: int
    precision: Number
    recall: Number
    f1: Number
    alerts_a_day: float
    most_alerts_a_day: int
    false_alerts_per_1000_honest: Number
    cards_caught: Number
    caught_amount: float
    missed_amount: float
    saved_amount: float
    price_of_false_alerts: float
    gain: float


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to the frauds of one scenario."""

    name: str
    frauds: int
    caught: int
    recall: Number
    amount: float
    caught_amount: float


class RuleResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule did: how often it fired, on how many frauds, and the alerts in which no other rule fired."""

    id: str
    state: str
    fired: int
    frauds: int
    precision: Number
    recall: Number
    alone: int
    alone_precision: Number


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Payments whose score lies from `low` up to `high`, and the share of frauds among them."""

    low: float
    high: float
    payments: int
    frauds: int
    fraud_ratio: Number


class AtThreshold(msgspec.Struct, frozen=True, kw_only=True):
    """What alerts on every score from a threshold on would have meant."""

    threshold: float
    alerts_a_day: float
    precision: Number
    recall: Number
    caught_amount: float
    missed_amount: float
    gain: float


class AtAlpha(msgspec.Struct, frozen=True, kw_only=True):
    """What another share of the model in the score would have given; the outcomes that rules demand are left out."""

    alpha: float
    auc: Number
    average_precision: Number
    alerts: int
    precision: Number
    recall: Number
    gain: float


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day: payments, frauds, alerts and the caught ones."""

    day_ms: int
    payments: int
    frauds: int
    alerts: int
    caught: int


class ConfigurationResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one configuration would have done."""

    name: str
    ruleset_version: int
    alpha: float
    review_threshold: float
    block_threshold: float
    models: dict[str, int]
    alerts: Alerts
    detection: tuple[Detection, ...]
    rules: tuple[RuleResult, ...]
    scenarios: tuple[Group, ...]
    calibration: tuple[Bin, ...]
    thresholds: tuple[AtThreshold, ...]
    best_threshold: AtThreshold | None
    alphas: tuple[AtAlpha, ...]
    days: tuple[Day, ...]
    score_counts: tuple[tuple[int, int], ...]
    precision_recall: tuple[tuple[float, float], ...]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How two configurations differ, on the measured payments.

    Parameters
    ----------
    outcomes : dict
        How many payments have which pair of outcomes, such as `approve > review`, the equal ones left out.
    differing : int
        Their sum.
    alerts_gained, alerts_lost, frauds_gained, frauds_lost : int
        Of the second against the first.
    amount_gained, amount_lost : float
        Of frauds.
    transactions : tuple of Difference
        Those with the highest amounts.
    """

    outcomes: dict[str, int]
    differing: int
    alerts_gained: int
    alerts_lost: int
    frauds_gained: int
    frauds_lost: int
    amount_gained: float
    amount_lost: float
    transactions: tuple[Difference, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a backtest says; `warnings` are sentences about what the numbers must not be taken for."""

    warnings: tuple[str, ...] = ()
    history: History
    price_of_alert: float
    saved_share: float
    risk_snapshots: int
    trainings: tuple[Training, ...]
    configurations: tuple[ConfigurationResult, ...]
    comparison: Comparison | None
