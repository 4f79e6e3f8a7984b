"""What a model card's numbers do not show, said in words."""

from typing import Final

import numpy as np

from streamflow.ml.material import Material
from streamflow.ml.measure import Group, uneven
from streamflow.ml.plan import Split
from streamflow.ml.table import DAY_MS
from streamflow.score.features import FEATURE_NAMES

LEAST_DAYS: Final = 6.5
"""From the first to the last payment of a part that has every weekday."""


def limits(material: Material, parts: Split, regions: list[Group], amounts: list[Group]) -> list[str]:
    """Return the limits of a model, one sentence or two each."""
    plan, labels, table = material.plan, material.labels, material.table
    found = [
        "Measured once, on the later part of one history: traffic that changes, and fraudsters who learn, are not in these numbers. "
        "Simulated histories flatter.",
        "It scores payments and not people. Who is asked or blocked because of it needs somebody to turn to.",
    ]
    if plan.wants_labels and labels is not None:
        in_time = labels.in_time_ratio(table, plan.delay_days, plan.until_ms)
        if in_time < 1:
            found.append(
                f"{100 * in_time:.0f} % of the known frauds became known within {plan.delay_days:g} days. Others count as honest "
                "here until their label comes: a longer delay loses fresh examples and gains true ones."
            )
        if parts.gap_days < plan.delay_days:
            found.append(
                f"The history is short: {parts.gap_days:.1f} days lie between what the model learnt from and what measured it, where "
                f"{plan.delay_days:g} would pass in production."
            )
        found.append(
            "The numbers are those of a model that learnt from the first part alone; the one handed out learnt from the later part too."
        )
    else:
        found.append("It was told no fraud: unusual is not fraudulent, and what fraudsters do every day is not unusual.")
    if labels is not None and labels.unmatched:
        found.append(f"{labels.unmatched} labels belong to no payment of the history.")
    if np.ptp(table.event_time_ms[parts.later]) < LEAST_DAYS * DAY_MS:
        found.append("It was measured on less than a week, so that `streamflow drift` will take weekdays for drift.")
    missing = [name for name in plan.candidates() if name not in material.names]
    if missing:
        found.append(f"The history says nothing about {', '.join(missing)}: the model does not look at them.")
    if plan.wants_labels and not any(name in material.names for name in FEATURE_NAMES if name.startswith("store_fraud")):
        found.append("It knows nothing of the stores' past frauds, which tell the most: `streamflow risk build`.")
    found += [
        f"Honest payments in the group {group.name} are alerted in {100 * (group.honest_alert_ratio or 0):.2f} % of cases, more than "
        "twice as often as the others."
        for group in uneven(regions) + uneven(amounts)
    ]
    return found
