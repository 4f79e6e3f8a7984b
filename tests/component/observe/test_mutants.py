"""The cases notice nearly every fault that a rule can have: what they are worth."""

from pathlib import Path
from typing import Final

from tests.component.observe.burn_cases import burn_cases
from tests.component.observe.mutants import mutants
from tests.component.observe.promtool import RULES, Case, Rule, Value, problems, wrong_values
from tests.component.observe.ratio_cases import recorded, values_of
from tests.component.observe.test_alerts import BUDGETS, cases_of

CAUGHT_SHARE: Final = 0.95


def survivors(tried: set[str], noticed: set[str]) -> list[str]:
    assert len(tried) > 100
    return sorted(tried - noticed)


def test_faulty_alerts_are_noticed(tmp_path: Path) -> None:
    tried: dict[str, tuple[list[Rule], list[Case]]] = {}
    for alert, rules in RULES.items():
        cases = burn_cases(BUDGETS[alert], alert) if alert in BUDGETS else cases_of(alert)
        tried |= {fault: ([mutant], cases) for fault, mutant in mutants(rules[-1])}
    left = survivors(set(tried), set(problems(tried, tmp_path)))
    assert len(left) <= (1 - CAUGHT_SHARE) * len(tried), f"{len(left)} of {len(tried)} unnoticed:\n" + "\n".join(left)


def test_faulty_series_are_noticed(tmp_path: Path) -> None:
    tried: dict[tuple[str, int], tuple[str, Value]] = {}
    for objective, rule in recorded():
        for fault, mutant in mutants(rule):
            for number, value in enumerate(values_of(objective, rule["record"])):
                tried[f"{objective.name} {fault}", number] = (mutant["expr"], value)
    names = {f"{fault}|{number}": case for (fault, number), case in tried.items()}
    noticed = {name.rpartition("|")[0] for name in wrong_values(names, tmp_path)}
    left = survivors({fault for fault, _ in tried}, noticed)
    assert len(left) <= (1 - CAUGHT_SHARE) * len({fault for fault, _ in tried}), f"{len(left)} unnoticed:\n" + "\n".join(left)
