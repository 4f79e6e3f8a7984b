"""The recorded series of objectives are worth what they should be, each window by itself."""

from pathlib import Path

from tests.component.observe.promtool import wrong_values
from tests.component.observe.ratio_cases import recorded, values_of


def test_every_recorded_series_is_worth_what_it_should_be(tmp_path: Path) -> None:
    tried = {
        f"{rule['record']} of {objective.name}, {number}": (rule["expr"], value)
        for objective, rule in recorded()
        for number, value in enumerate(values_of(objective, rule["record"]))
    }
    assert len(tried) > 60
    assert wrong_values(tried, tmp_path) == {}
