"""Tasks that run `streamflow`: how its exit codes end them."""

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from orchestration.programs import StreamflowOperator

COMMAND = "AIRFLOW__STREAMFLOW__COMMAND"


@pytest.mark.parametrize(
    ("code", "error"), [(1, AirflowException), (4, AirflowException), (2, AirflowFailException), (3, AirflowFailException)]
)
def test_an_exit_code_ends_the_task_for_now_or_for_good(code: int, error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMMAND, f"sh -c 'echo about $1; exit {code}' sh")
    with pytest.raises(error, match=r"about audit") as caught:
        StreamflowOperator(task_id="audit", arguments=["audit", "--json"]).execute({})
    assert type(caught.value) is error


def test_a_program_that_ends_well_ends_its_task_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMMAND, "true")
    StreamflowOperator(task_id="audit", arguments=["audit"]).execute({})
