"""When the alerts of a budget fire, by its ratios alone: each of two burn rates, over its long and its short window."""

from collections.abc import Iterator
from typing import Final

from streamflow.observe.slo import PAGES, TICKETS, Burn, Objective
from tests.component.observe.promtool import Case

RATIO: Final = 'slo:bad_ratio:rate%s{slo="%s"}'
MINUTES: Final = {"m": 1, "h": 60}
POINTS: Final = 700


def burn_cases(objective: Objective, alert: str) -> list[Case]:
    """Return the cases of one alert of an objective that has a budget."""
    burns = PAGES if alert.endswith("FastBurn") else TICKETS
    return [case for burn in burns for case in _cases(objective, alert, burn, burns)]


def _cases(objective: Objective, alert: str, burn: Burn, burns: tuple[Burn, ...]) -> Iterator[Case]:
    limit = burn.rate * objective.budget
    settled = int(burn.settled[:-1]) * MINUTES[burn.settled[-1]]
    interval = "1m" if burns is PAGES else "5m"
    points = settled // int(interval[0])

    def case(what: str, long: str, short: str, *, fires: bool, more: int = 5) -> Case:
        series = {RATIO % (window, objective.name): f"0x{POINTS}" for other in burns for window in (other.long, other.short)}
        mine = {RATIO % (burn.long, objective.name): long, RATIO % (burn.short, objective.name): short}
        # A neighbour in the other state: one that burns beside the silent, one that does not beside the burning.
        neighbour = {RATIO % (window, "another"): "0x700" if fires else "1x700" for window in (burn.long, burn.short)}
        at = f"{settled + more * int(interval[0])}m"
        labels = (("slo", objective.name),)
        return Case(alert, f"{burn.rate:g}, {what}", {**series, **mine, **neighbour}, at, fires, labels, interval)

    above, below, ever = f"{1.5 * limit:.9g}", f"{0.7 * limit:.9g}", f"x{POINTS}"
    yield case("both windows above", above + ever, above + ever, fires=True)
    yield case("the long one below", below + ever, above + ever, fires=False)
    yield case("the short one below", above + ever, below + ever, fires=False)
    yield case("the short one as old as that", above + ever, above + ever, fires=True, more=0)
    yield case("the short one not yet so old", above + ever, above + ever, fires=False, more=-1)
    yield case("the short one began later", above + ever, f"_x{points} {above}{ever}", fires=False)
