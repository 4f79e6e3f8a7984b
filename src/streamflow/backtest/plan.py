"""What a backtest is told: the configurations that are tried, what changes on the way, and what is measured."""

from typing import Final

import msgspec

from streamflow.contracts.control import ListsDocument, RulesDocument
from streamflow.contracts.errors import BadInputError
from streamflow.score.control import ControlLog
from streamflow.score.lists import Blocklists
from streamflow.score.model import Kind, Model
from streamflow.score.ruleset import RuleSet

CARDS_A_DAY: Final = 100


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """What decides.

    Parameters
    ----------
    name : str
        Stands over its results.
    control : ControlLog
        What holds when. The backtest adds generations to it where it builds risk snapshots or trains.
    retrained : bool
        Whether models that are trained on the way become active here, in place of the one that it begins with.
    """

    name: str
    control: ControlLog
    retrained: bool = True

    @classmethod
    def of(
        cls, name: str, rules: RulesDocument, lists: ListsDocument, model: Model | None = None, *, retrained: bool = True
    ) -> "Configuration":
        """Return the configuration in which rules, lists and a model hold from the beginning."""
        return cls(name=name, control=ControlLog.fixed(RuleSet(rules), Blocklists(lists), model), retrained=retrained)


class Retraining(msgspec.Struct, frozen=True, kw_only=True):
    """How models are trained on the way.

    Parameters
    ----------
    every_days : float
        Days between two trainings; the first one is as long after the history's first midnight.
    kind : {"anomaly", "supervised", "linear"}
        See `streamflow train`.
    delay_days : float
        Payments younger than this are not learnt from.
    most : int, optional
        After so many trainings the last model stays.
    first_after_days : float, optional
        Days before the first one, where that is not `every_days`.
    budget : float
        Without labels: the share of the traffic that may become alerts.
    """

    every_days: float
    kind: Kind = "supervised"
    delay_days: float = 7.0
    most: int | None = None
    first_after_days: float | None = None
    budget: float = 0.01


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What changes on the way, and what is measured.

    Parameters
    ----------
    risk_every_days : float
        Days between two risk snapshots; 0 builds none.
    retraining : Retraining, optional
        By default nothing is trained.
    from_ms, until_ms : int, optional
        Only payments from one time on and before another are measured; the others are decided all the same.
    price_of_alert : float
        What it costs to look at an honest payment, in the reference currency.
    saved_share : float
        Share of a caught fraud's amount that is saved.
    shown : int
        So many of the payments on which two configurations differ are listed, those with the highest amounts.
    """

    risk_every_days: float = 1.0
    retraining: Retraining | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    price_of_alert: float = 5.0
    saved_share: float = 1.0
    shown: int = 20

    def __post_init__(self) -> None:
        """Refuse what cannot be measured."""
        _require("risk_every_days", self.risk_every_days, self.risk_every_days == 0 or self.risk_every_days >= 0.01, "0, or 0.01 or more")
        _require("price_of_alert", self.price_of_alert, self.price_of_alert >= 0, "0 or more")
        _require("saved_share", self.saved_share, 0 <= self.saved_share <= 1, "0 to 1")
        if self.retraining is not None:
            _require("every_days", self.retraining.every_days, self.retraining.every_days >= 1, "1 or more")
        if self.from_ms is not None and self.until_ms is not None:
            _require("until_ms", self.until_ms, self.until_ms > self.from_ms, f"more than {self.from_ms}")

    def measures(self, time_ms: int) -> bool:
        """Return whether a payment of this time is measured."""
        return (self.from_ms is None or time_ms >= self.from_ms) and (self.until_ms is None or time_ms < self.until_ms)


def _require(name: str, got: object, holds: bool, expected: str) -> None:
    if not holds:
        raise BadInputError(f"{name} is out of range", expected=expected, got=str(got))
