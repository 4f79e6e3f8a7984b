"""What the job tells Flink about its work: `streamflow.contracts.job_metrics` says what there is."""

from collections.abc import Mapping
from typing import Final

from pyflink.metrics import Counter, Distribution, MetricGroup

from streamflow.contracts.job_metrics import ACTIVE, FAILED, NONE_ACTIVE, REFUSED, WITHOUT_MODEL, Labelled
from streamflow.score.control import NO_MODEL, Controls


class Metrics:
    """Flink's counters and gauges, registered when they first have something to say.

    Parameters
    ----------
    group : MetricGroup
        The operator's.
    """

    def __init__(self, group: MetricGroup) -> None:
        self._group = group
        self._counters: dict[Labelled, Counter] = {}
        self._gauges: dict[Labelled, Distribution] = {}

    def add(self, counts: Mapping[Labelled, int]) -> None:
        """Count; once a batch, because each call crosses into Java."""
        for name, count in counts.items():
            counter = self._counters.get(name)
            if counter is None:
                counter = self._counters[name] = self._group_of(name).counter(name.name)
            counter.inc(count)

    def show(self, numbers: Mapping[Labelled, int]) -> None:
        """Show numbers as they are from now on.

        PyFlink's gauges call Python from a thread of Flink's; what it calls a distribution is a gauge that is told its number.
        """
        for name, number in numbers.items():
            gauge = self._gauges.get(name)
            if gauge is None:
                gauge = self._gauges[name] = self._group_of(name).distribution(name.name)
            gauge.update(number)

    def _group_of(self, name: Labelled) -> MetricGroup:
        return self._group.add_group(name.label, name.value)


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
        return dict.fromkeys(map(ACTIVE.of, ACTIVE.values), 0)
    numbers = {
        "generation": named.generation,
        "rules": named.rules,
        "lists": named.lists,
        "risk": named.risk if controls.risk is not None else None,
        "model": named.model if controls.model is not None else None,
        "shadow": named.shadow if controls.shadow is not None else None,
    }
    return {ACTIVE.of(document): number or 0 for document, number in numbers.items()}


_WITHOUT_MODEL: Final = {reason: WITHOUT_MODEL.of(reason) for reason in WITHOUT_MODEL.values}


def without_model(controls: Controls) -> Labelled:
    """Return the counter of a decision that was made by rules alone under these controls."""
    if controls.model is not None:
        return _WITHOUT_MODEL[FAILED]
    return _WITHOUT_MODEL[NONE_ACTIVE if controls.model_absence == NO_MODEL else REFUSED]
