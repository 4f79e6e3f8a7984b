"""Lines of logs: one JSON object each, whoever writes it."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.cli.log_lines import JsonLines
from streamflow.contracts.log_line import for_people, log_line


@given(st.text())
def test_a_message_with_anything_in_it_is_one_line_that_can_be_read_back(message: str) -> None:
    text = JsonLines().format(logging.makeLogRecord({"msg": "%s", "args": (message,), "levelname": "WARNING", "name": "streamflow.probe"}))
    assert text.isprintable() or not any(ord(letter) < 32 for letter in text)
    assert len(text.splitlines()) == 1 or not any(letter in text for letter in "\n\r")
    line = log_line(text)
    assert line is not None
    assert (line.message, line.level) == (message, "WARN")
    assert set(json.loads(text)) == {"time", "level", "logger", "message", "version"}


@pytest.mark.parametrize("text", ["", "plain", "{", "{}", '{"time": 1}', "ts=2026 level=info"])
def test_lines_of_another_form_stay_as_they_are(text: str) -> None:
    assert for_people(text) == text


def test_a_job_and_a_stack_trace_are_shown_for_people() -> None:
    text = json.dumps(
        {
            "time": "2026-11-25T12:00:00.000Z",
            "level": "ERROR",
            "logger": "/a/b/notices.py:31",
            "message": "KeyError",
            "version": "1",
            "job": "fraud-detector",
            "job_id": "0123456789abcdef",
            "stage": "score",
            "event": "transactions.raw/2/4711",
            "versions": "rules 3",
            "exception": "E: f\n\tat g\n",
        }
    )
    assert for_people(text) == (
        "2026-11-25T12:00:00.000Z ERROR notices.py:31 [fraud-detector]: KeyError (score of transactions.raw/2/4711, judged by rules 3)\n"
        "E: f\n\tat g"
    )
