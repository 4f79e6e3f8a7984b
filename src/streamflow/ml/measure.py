"""What a model card says in numbers: metrics with intervals, and how the alerts fall on regions and amounts."""

from itertools import pairwise
from typing import Final

import msgspec
import numpy as np

from streamflow.ml.calibrate import ALONE, ENOUGH
from streamflow.ml.evaluate import Booleans, Floats, Integers, Interval, Ranking, bootstrap, card_precision_at_k
from streamflow.ml.table import FeatureTable
from streamflow.ml.thresholds import at_threshold

CARDS_A_DAY: Final = 100
MOST_REGIONS: Final = 12
AMOUNT_BANDS: Final = 5
LEAST_GROUP_ROWS: Final = 50


class Group(msgspec.Struct, frozen=True):
    """How the alerts fall on one group of payments; null where there is nothing to divide by, or no label.

    Parameters
    ----------
    name : str
        A cell of one degree, or a band of amounts.
    payments, alerts : int
        How many there are.
    alert_ratio : float
        Alerts over payments.
    honest_alert_ratio : float or None
        Alerts over honest payments: who pays with trouble for others' frauds.
    precision, recall : float or None
        Of the alerts.
    """

    name: str
    payments: int
    alerts: int
    alert_ratio: float
    honest_alert_ratio: float | None
    precision: float | None
    recall: float | None


def metrics(table: FeatureTable, rows: Integers, evidence: Floats, frauds: Booleans, *, resamples: int, seed: int) -> dict[str, Interval]:
    """Return the metrics of evidence on rows of a table, by name; a metric that is not defined is NaN.

    The bootstrap draws customers. Card precision has no interval of that kind: a customer who is drawn twice is one card.
    """
    _, customers = np.unique(table.customers[rows], return_inverse=True)
    clusters = customers.astype(np.int64)

    def interval(metric: object) -> Interval:
        assert callable(metric)  # noqa: S101 - all of these are
        return bootstrap(metric, clusters, resamples=resamples, seed=seed)

    ranking, rules = Ranking(evidence, frauds), Ranking(table.rules_score[rows], frauds)
    cards = card_precision_at_k(evidence, frauds, table.days[rows], clusters, CARDS_A_DAY)
    return {
        "average_precision": interval(ranking.average_precision),
        "roc_auc": interval(ranking.roc_auc),
        "precision": interval(lambda weights: at_threshold(evidence, frauds, ENOUGH, weights).precision),
        "recall": interval(lambda weights: at_threshold(evidence, frauds, ENOUGH, weights).recall),
        "precision_alone": interval(lambda weights: at_threshold(evidence, frauds, ALONE, weights).precision),
        "recall_alone": interval(lambda weights: at_threshold(evidence, frauds, ALONE, weights).recall),
        f"card_precision_at_{CARDS_A_DAY}": Interval(cards, float("nan"), float("nan")),
        "rules_average_precision": interval(rules.average_precision),
    }


def by_region(table: FeatureTable, rows: Integers, evidence: Floats, frauds: Booleans | None) -> list[Group]:
    """Return the regions with the most payments, and the rest as one."""
    codes, counts = np.unique(table.region[rows], return_counts=True)
    largest = codes[np.argsort(-counts, kind="stable")][:MOST_REGIONS]
    groups = [_group(table.regions[code], table.region[rows] == code, evidence, frauds) for code in largest.tolist()]
    rest = ~np.isin(table.region[rows], largest)
    return [*groups, _group("elsewhere", rest, evidence, frauds)] if rest.any() else groups


def by_amount(table: FeatureTable, rows: Integers, evidence: Floats, frauds: Booleans | None) -> list[Group]:
    """Return bands of amounts with about as many payments each."""
    amounts = table.amount[rows]
    known = amounts[~np.isnan(amounts)]
    if not len(known):
        return []
    edges = np.unique(np.quantile(known, np.linspace(0, 1, AMOUNT_BANDS + 1)))
    if len(edges) == 1:
        return [_group(f"{edges[0]:.2f}", amounts == edges[0], evidence, frauds)]
    groups = []
    for place, (low, high) in enumerate(pairwise(edges.tolist())):
        last = place == len(edges) - 2
        inside = (amounts >= low) & ((amounts <= high) if last else (amounts < high))
        groups.append(_group(f"{low:.2f} to {high:.2f}", inside, evidence, frauds))
    return groups


def uneven(groups: list[Group]) -> list[Group]:
    """Return the groups whose honest payments are alerted more than twice as often as those of all together."""
    known = [group for group in groups if group.honest_alert_ratio is not None]
    payments = sum(group.payments for group in known)
    usual = sum((group.honest_alert_ratio or 0.0) * group.payments for group in known) / payments if payments else 0.0
    return [group for group in known if group.payments >= LEAST_GROUP_ROWS and (group.honest_alert_ratio or 0.0) > 2 * usual > 0]


def _group(name: str, inside: Booleans, evidence: Floats, frauds: Booleans | None) -> Group:
    alert = (evidence >= ENOUGH) & inside
    payments, alerts = int(inside.sum()), int(alert.sum())
    alert_ratio = alerts / payments if payments else 0.0
    if frauds is None:
        return Group(name, payments, alerts, alert_ratio, None, None, None)
    caught, fraud = int((alert & frauds).sum()), int((inside & frauds).sum())
    honest = payments - fraud
    return Group(
        name,
        payments,
        alerts,
        alert_ratio,
        (alerts - caught) / honest if honest else None,
        caught / alerts if alerts else None,
        caught / fraud if fraud else None,
    )
