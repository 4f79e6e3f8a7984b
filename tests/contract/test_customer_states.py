"""Customer states of every version that was ever written: they lie in savepoints."""

import base64
import struct
from pathlib import Path
from typing import Any

import pytest

from streamflow.contracts.decision import Decision
from streamflow.engine import Decided
from streamflow.score.state import MAX_STATE_BYTES, NEW_PROFILE, STATE_VERSION, CustomerState
from tests.contract.golden import FOLDER, golden
from tests.unit.factories import MINUTE_MS, Shop

FILES = sorted(FOLDER.glob("customer_state_v*.json"))
CASES = [(golden(path.name)["state_version"], case) for path in FILES for case in golden(path.name)["cases"]]


def expected(fields: dict[str, Any]) -> dict[str, Any]:
    place, numbers = fields["location"], fields["remembered"]
    ids = b"".join(struct.pack("<QIBI", *numbers[start : start + 4]) for start in range(0, len(numbers), 4))
    profile = base64.b64decode(fields["profile_base64"]) if "profile_base64" in fields else NEW_PROFILE
    kept = {name: value for name, value in fields.items() if name != "profile_base64"}
    return kept | {"location": None if place is None else tuple(place), "remembered": ids, "profile": profile}


def test_there_are_golden_states_of_every_version() -> None:
    assert [Path(FOLDER / f"customer_state_v{version}.json") for version in range(1, STATE_VERSION + 1)] == FILES


@pytest.mark.parametrize(("version", "case"), CASES, ids=lambda value: value["name"] if isinstance(value, dict) else f"v{value}")
def test_a_golden_state_loads_with_the_fields_it_had(version: int, case: dict[str, Any]) -> None:
    blob = base64.b64decode(case["blob_base64"])
    assert (blob[0], len(blob)) == (version, case["bytes"])
    state = CustomerState.from_bytes(blob)
    assert {name: getattr(state, name) for name in CustomerState.__slots__} == expected(case["fields"])


@pytest.mark.parametrize("case", [case for version, case in CASES if version == STATE_VERSION], ids=lambda case: case["name"])
def test_a_golden_state_of_the_current_version_is_written_again_as_it_was(case: dict[str, Any]) -> None:
    """Else a state that an older build of this version must read after a rollback would have changed."""
    blob = base64.b64decode(case["blob_base64"])
    assert CustomerState.from_bytes(blob).to_bytes() == blob
    assert len(blob) <= MAX_STATE_BYTES


@pytest.mark.parametrize(("version", "case"), CASES, ids=lambda value: value["name"] if isinstance(value, dict) else f"v{value}")
def test_a_customer_goes_on_from_a_golden_state(version: int, case: dict[str, Any]) -> None:
    shop = Shop()
    shop.states["cust-1"] = base64.b64decode(case["blob_base64"])
    result = shop.process(case["fields"]["last_event_time_ms"] + MINUTE_MS)
    assert isinstance(result, Decided)
    answer = Decision.from_json(result.value).answer
    assert (answer.state_reset, answer.late, shop.state().event_count) == (False, False, case["fields"]["event_count"] + 1)
