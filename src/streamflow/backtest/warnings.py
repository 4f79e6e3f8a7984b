"""What a report must not be taken for, in words."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from streamflow.backtest.columns import Measured
from streamflow.backtest.plan import Configuration
from streamflow.backtest.run import Run
from streamflow.backtest.truth import Truth
from streamflow.contracts.catalogue import DAY_MS

_MANY_RATIO = 0.01


def warnings(run: Run, configurations: Sequence[Configuration], measured: Measured, truth: Truth) -> Iterator[str]:
    """Yield what is wrong with a backtest, a sentence each."""
    if not truth.labels:
        yield "There are no labels: every payment counts as honest, and only the number of alerts says something."
    elif not measured.frauds.any():
        yield "No measured payment is a fraud."
    if truth.faults.count:
        first = truth.faults.first[0]
        yield f"{truth.faults.count} lines of labels hold none, such as {first.where}: {first.why}."
    if run.behind > _MANY_RATIO * len(run.payments):
        yield (
            f"{run.behind} payments lie more than a day behind the ones before them, and were judged by what became known meanwhile: "
            "sort the history by time."
        )
    trained = {training.model for training in run.evolution.trainings}
    for one in configurations if len(measured) else ():
        first_ms = int(measured.days.min()) * DAY_MS
        model = one.control.active_at(first_ms).model
        if model is None or model.name in trained:
            continue
        until_ms = model.manifest.trained_until_ms
        if until_ms > first_ms:
            last = datetime.fromtimestamp(until_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            yield f"{model.name} has learnt from payments up to {last}, which are measured here too: measure later ones (--from {last})."
