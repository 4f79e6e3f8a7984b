"""What the job counts and shows, as far as it needs no Flink."""

import pytest

from streamflow.contracts.control import Generation
from streamflow.contracts.job_metrics import ACTIVE, JOB_METRICS, WITHOUT_MODEL
from streamflow.control.documents import NO_LISTS, default_rules
from streamflow.flink.metrics import active_numbers, without_model
from streamflow.score.control import NO_MODEL, Controls
from streamflow.score.lists import Blocklists
from streamflow.score.model import Model
from streamflow.score.ruleset import RuleSet
from tests.unit.models import linear_model

NAMED = Generation(9, 4, 3, model=7, shadow=6, risk=5)


def controls(model: Model | None, absence: str | None, generation: Generation | None = NAMED) -> Controls:
    return Controls(0, RuleSet(default_rules()), Blocklists(NO_LISTS), model, absence, generation=generation)


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (controls(None, NO_MODEL), "none_active"),
        (controls(None, "model 7 is refused: the model is not signed"), "refused"),
        (controls(linear_model(), None), "failed"),
    ],
)
def test_a_decision_by_rules_alone_is_counted_under_one_of_three_reasons(held: Controls, reason: str) -> None:
    assert without_model(held) == WITHOUT_MODEL.of(reason)


def test_what_a_generation_names_but_is_followed_without_is_shown_as_0() -> None:
    shown = {name.value: number for name, number in active_numbers(controls(None, "model 7 is refused")).items()}
    assert shown == {"generation": 9, "rules": 4, "lists": 3, "risk": 0, "model": 0, "shadow": 0}
    assert active_numbers(controls(linear_model(), None))[ACTIVE.of("model")] == 7


def test_every_metric_has_a_name_of_its_own_and_a_label_of_few_values() -> None:
    assert len({metric.name for metric in JOB_METRICS}) == len(JOB_METRICS)
    assert all(1 <= len(metric.values) == len(set(metric.values)) <= 64 for metric in JOB_METRICS)
    assert set(active_numbers(controls(None, NO_MODEL, None))) == set(map(ACTIVE.of, ACTIVE.values))
