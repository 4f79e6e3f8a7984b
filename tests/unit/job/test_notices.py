"""Trouble is logged with its place, seldom, and without what is in a payment."""

import pytest

from streamflow.contracts.record import Record
from streamflow.control.documents import fixed_control
from streamflow.flink.notices import EVERY_SECONDS, MOST_KINDS, Notices

CONTROLS = fixed_control().active_at(0)
SECRET = Record("transactions.raw", 3, 7, 1_000, b"cust-secret", b'{"amount": "12.34"}')


class Log:
    """Keeps what would have been logged."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, str]]] = []
        self.notices = Notices(lambda message, fields: self.lines.append((message, fields)))

    def report(self, stage: str, trouble: str, now_s: float = 0.0) -> None:
        self.notices.report(stage, trouble, SECRET, CONTROLS, now_s)


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_flood_is_one_line_in_ten_seconds_and_its_number(log: Log) -> None:
    for second in range(250):
        log.report("score", "KeyError at x.py:f:1", second / 10)
    assert [message.partition("x.py:f:1")[2] for message, _ in log.lines] == ["", " (and 99 more since)", " (and 99 more since)"]


def test_kinds_do_not_hide_each_other(log: Log) -> None:
    for stage, trouble, second in [
        ("score", "KeyError", 0.0),
        ("score", "TypeError", 0.1),
        ("validate", "KeyError", 0.2),
        ("score", "KeyError", EVERY_SECONDS - 0.01),
    ]:
        log.report(stage, trouble, second)
    assert [(fields["stage"], message) for message, fields in log.lines] == [
        ("score", "KeyError"),
        ("score", "TypeError"),
        ("validate", "KeyError"),
    ]


def test_the_place_is_named_and_nothing_of_the_payment(log: Log) -> None:
    log.report("score", "KeyError")
    assert log.lines[0][1]["event"] == "transactions.raw/3/7"
    assert "secret" not in str(log.lines)
    assert "12.34" not in str(log.lines)


def test_it_does_not_grow_without_end(log: Log) -> None:
    for kind in range(3 * MOST_KINDS):
        log.report("score", f"trouble {kind}")
    assert len(log.lines) == 3 * MOST_KINDS
    assert len(log.notices._reported) <= MOST_KINDS
