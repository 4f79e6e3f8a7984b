"""What the job says about the control topic."""

import logging

import msgspec
import pytest

from streamflow.contracts.catalogue import CONTROL
from streamflow.contracts.control import Generation, ListsDocument, control_key
from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.record import Record
from streamflow.control.documents import default_rules
from streamflow.flink.control import ControlFeed
from streamflow.flink.frames import encode_batch
from streamflow.score.control import ControlLog, Refusal

COUNT_BYTES = 4


def record(offset: int, key: bytes, value: object) -> Record:
    return Record(CONTROL.name, 0, offset, 0, key, msgspec.json.encode(value))


TOPIC = [
    record(0, control_key("rules", 1), default_rules()),
    record(1, control_key("lists", 1), ListsDocument(version=1)),
    record(2, control_key("generation", 1), Generation(1, 1, 1)),
]


def test_a_refused_record_and_a_generation_that_is_followed_without_its_model_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    late: list[None] = []
    refused: list[Refusal] = []
    log = ControlLog()
    feed = ControlFeed(log, on_late=lambda: late.append(None), on_refused=refused.append)
    feed.read_whole(encode_batch(TOPIC))
    assert caplog.records == []
    for later in (record(3, b"rules/2", {}), record(4, control_key("generation", 2), Generation(2, 1, 1, model=7))):
        feed.follow(encode_batch([later])[COUNT_BYTES:])
    errors = [entry.getMessage() for entry in caplog.records if entry.levelno == logging.ERROR]
    assert [message.split(":")[0] for message in errors] == [
        "control record 'rules/2' at offset 3 is not followed",
        "control record 'model/7' at offset 4 is not followed",
    ]
    assert "generation/2 is followed without it" in errors[1]
    assert (len(late), log.refusals[-1].offset) == (1, 4)
    assert refused == log.refusals


def test_a_topic_without_a_generation_says_what_to_do() -> None:
    with pytest.raises(NotReadyError, match="streamflow rules push"):
        ControlFeed(ControlLog(), on_late=lambda: None, on_refused=lambda _: None).read_whole(encode_batch(TOPIC[:2]))
