import pytest

from streamflow.contracts.decision import Decision
from streamflow.contracts.preview import mask_card_numbers
from streamflow.contracts.rejection import MEANING, Code
from streamflow.control.documents import fixed_control
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.route import DeadLetter
from tests.data.hostile import DECISION, HostileCase, hostile_cases

CASES = hostile_cases()
CONTROL = fixed_control()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hostile_record_ends_where_the_table_says(case: HostileCase) -> None:
    record, states = case.record(offset=7), MemoryStates()
    result = Engine(CONTROL, case.settings).process(record, states)
    if isinstance(result, Decided):
        assert case.code == DECISION
        decision = Decision.from_json(result.value)
        assert decision.answer.source.offset == 7
        assert list(states) == [decision.transaction.customer_id] == [result.key.decode()]
        return
    assert result.rejection.code == case.code, result.rejection.message
    assert states == {}
    assert result.record is record
    message = result.rejection.message
    assert 0 < len(message) < 500
    assert message.isprintable()
    assert mask_card_numbers(message) == message


def test_table_has_a_case_for_every_code_that_a_record_can_get() -> None:
    assert {case.code for case in CASES} == {DECISION, *Code} - {Code.INTERNAL_ERROR}
    assert set(MEANING) == set(Code)


def test_names_in_the_table_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 320


def test_hostile_records_in_a_row_change_no_state_of_the_customer_they_name() -> None:
    engine, states = Engine(CONTROL), MemoryStates()
    for case in CASES:
        if case.code == DECISION:
            engine.process(case.record(), states)
    before = dict(states)
    rejected = [engine.process(case.record(), states) for case in CASES if case.code != DECISION]
    assert all(isinstance(result, DeadLetter) for result in rejected)
    assert states == before
