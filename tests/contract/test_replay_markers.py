"""`streamflow.replays`: what a replay writes, and every later one reads."""

import json

import msgspec
import pytest

from streamflow.contracts.replay_marker import ReplayMarker
from streamflow.deadletters.letter import Letter, parse_letter
from streamflow.deadletters.reading import Replays
from tests.contract.golden import golden, golden_bytes
from tests.contract.test_dead_letters import golden_letter


def replayed(marker: bytes) -> tuple[Letter, bool]:
    """Return the golden letter, and whether this marker says that it was sent."""
    letter = parse_letter(golden_letter())
    return letter, letter in Replays({str(letter.source): msgspec.json.decode(marker, type=ReplayMarker)})


def test_a_marker_of_version_1_still_says_that_the_golden_letter_was_sent() -> None:
    _, sent = replayed(golden_bytes("replay_marker_v1.json"))
    assert sent
    assert msgspec.json.decode(golden_bytes("replay_marker_v1.json"), type=ReplayMarker) == ReplayMarker(
        1_795_428_000_000, "0:7", patched=True
    )


def test_a_field_that_a_later_version_adds_is_passed_over() -> None:
    """A marker that could not be read would let a record be sent twice."""
    _, sent = replayed(json.dumps(golden("replay_marker_v1.json") | {"by": "ana"}).encode())
    assert sent


def test_a_marker_of_another_time_is_one_of_a_topic_that_was_made_anew() -> None:
    _, sent = replayed(json.dumps(golden("replay_marker_v1.json") | {"source_timestamp_ms": 1}).encode())
    assert not sent


@pytest.mark.parametrize("marker", [ReplayMarker(1, "0:7"), ReplayMarker(1, "3:9", patched=True, key_replaced=True)])
def test_what_is_written_reads_back_with_the_golden_names(marker: ReplayMarker) -> None:
    written = msgspec.json.encode(marker)
    assert msgspec.json.decode(written, type=ReplayMarker) == marker
    assert list(json.loads(written)) == list(golden("replay_marker_v1.json"))
