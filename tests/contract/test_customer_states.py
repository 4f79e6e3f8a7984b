"""Customer states of every version that was ever written: they lie in savepoints."""

import base64
from pathlib import Path
from typing import Any

import pytest

from streamflow.contracts.decision import Decision
from streamflow.engine import Decided
from streamflow.score.state import MAX_STATE_BYTES
from streamflow.score.statistics import PROFILE_BYTES, STATE_VERSION
from tests.contract.golden import FOLDER, golden
from tests.unit.factories import MINUTE_MS, Shop
from tests.unit.memory import Memory, RememberedId

FILES = sorted(FOLDER.glob("customer_state_v*.json"))
CASES = [(golden(path.name)["state_version"], case) for path in FILES for case in golden(path.name)["cases"]]


def expected(fields: dict[str, Any]) -> dict[str, Any]:
    place, numbers = fields["location"], fields["remembered"]
    ids = [RememberedId(*numbers[start : start + 4]) for start in range(0, len(numbers), 4)]
    profile = base64.b64decode(fields["profile_base64"]) if "profile_base64" in fields else bytes(PROFILE_BYTES)
    kept = {name: value for name, value in fields.items() if name != "profile_base64"}
    return kept | {"location": None if place is None else tuple(place), "remembered": ids, "profile": profile}


def test_there_are_golden_states_of_every_version() -> None:
    assert [Path(FOLDER / f"customer_state_v{version}.json") for version in range(1, STATE_VERSION + 1)] == FILES


@pytest.mark.parametrize(("version", "case"), CASES, ids=lambda value: value["name"] if isinstance(value, dict) else f"v{value}")
def test_a_golden_state_loads_with_the_fields_it_had(version: int, case: dict[str, Any]) -> None:
    blob = base64.b64decode(case["blob_base64"])
    assert (blob[0], len(blob)) == (version, case["bytes"])
    assert vars(Memory.from_bytes(blob)) == expected(case["fields"]) | {"version": version}


@pytest.mark.parametrize("case", [case for version, case in CASES if version == STATE_VERSION], ids=lambda case: case["name"])
def test_what_is_written_has_the_layout_of_the_golden_states(case: dict[str, Any]) -> None:
    """Else an older build of this version could not read it after a rollback."""
    shop = Shop()
    shop.states["cust-1"] = golden_blob = base64.b64decode(case["blob_base64"])
    shop.process(case["fields"]["last_event_time_ms"] + MINUTE_MS)
    before, blob, state = Memory.from_bytes(golden_blob), shop.states["cust-1"], shop.state()
    assert (state.to_bytes(), state.version) == (blob, STATE_VERSION)
    assert (state.recent_ms[:-1], state.location) == (before.recent_ms[-15:], before.location)
    assert len(blob) <= MAX_STATE_BYTES


@pytest.mark.parametrize(("version", "case"), CASES, ids=lambda value: value["name"] if isinstance(value, dict) else f"v{value}")
def test_a_customer_goes_on_from_a_golden_state(version: int, case: dict[str, Any]) -> None:
    shop = Shop()
    shop.states["cust-1"] = base64.b64decode(case["blob_base64"])
    result = shop.process(case["fields"]["last_event_time_ms"] + MINUTE_MS)
    assert isinstance(result, Decided)
    answer = Decision.from_json(result.value).answer
    assert (answer.state_reset, answer.late, shop.state().event_count) == (False, False, case["fields"]["event_count"] + 1)
