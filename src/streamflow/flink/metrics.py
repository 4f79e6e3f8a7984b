"""What the job tells Flink about its work: `streamflow.contracts.job_metrics` says what there is."""

from array import array
from collections.abc import Iterable, Mapping
from itertools import chain

from pyflink.metrics import Distribution, MetricGroup

from streamflow.contracts.instruments import Labelled
from streamflow.contracts.job_metrics import ACTIVE, FAILED, NONE_ACTIVE, REFUSED
from streamflow.flink.gateway import counter_bank
from streamflow.score.control import NO_MODEL, Controls


class Metrics:
    """Flink's counters and gauges.

    Parameters
    ----------
    group : MetricGroup
        The operator's.
    known : iterable of Labelled
        Counters that are there from the start; others come when they first have something to say.
    """

    def __init__(self, group: MetricGroup, known: Iterable[Labelled]) -> None:
        self._group = group
        self._bank = counter_bank(group)
        self._numbers = {name: self._register(name) for name in known}
        self._gauges: dict[Labelled, Distribution] = {}

    def add(self, counts: Mapping[Labelled, int]) -> None:
        """Count; in one call into Java, which costs more than the counting."""
        additions = array("i")
        for name, count in counts.items():
            number = self._numbers.get(name)
            if number is None:
                number = self._numbers[name] = self._register(name)
            additions.extend((number, count))
        self._bank.add(additions.tobytes())

    def _register(self, name: Labelled) -> int:
        return int(self._bank.register(name.name, list(chain.from_iterable(name.labels))))

    def show(self, numbers: Mapping[Labelled, int]) -> None:
        """Show numbers as they are from now on.

        PyFlink's gauges call Python from a thread of Flink's; what it calls a distribution is a gauge that is told its number.
        """
        for name, number in numbers.items():
            gauge = self._gauges.get(name)
            if gauge is None:
                group = self._group
                for label in name.labels:
                    group = group.add_group(*label)
                gauge = self._gauges[name] = group.distribution(name.name)
            gauge.update(number)


def active_numbers(controls: Controls) -> dict[Labelled, int]:
    """Return which documents of the control topic judge: 0 where there is none, or it is refused.

    Examples
    --------
    >>> from streamflow.control.documents import fixed_control
    >>> set(active_numbers(fixed_control().newest).values())
    {0}
    """
    named = controls.generation
    if named is None:
        return dict.fromkeys(map(ACTIVE.of, ACTIVE.labels[0].values), 0)
    numbers = {
        "generation": named.generation,
        "rules": named.rules,
        "lists": named.lists,
        "risk": named.risk if controls.risk is not None else None,
        "model": named.model if controls.model is not None else None,
        "shadow": named.shadow if controls.shadow is not None else None,
    }
    return {ACTIVE.of(document): number or 0 for document, number in numbers.items()}


def without_model(controls: Controls) -> str:
    """Return why a decision was made by rules alone under these controls."""
    if controls.model is not None:
        return FAILED
    return NONE_ACTIVE if controls.model_absence == NO_MODEL else REFUSED
