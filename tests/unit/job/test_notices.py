"""Trouble is logged with its place, seldom, and without what is in a payment."""

from streamflow.contracts.record import Record
from streamflow.flink.notices import EVERY_SECONDS, MOST_KINDS, Notices

SECRET = Record("transactions.raw", 3, 7, 1_000, b"cust-secret", b'{"amount": "12.34"}')


def test_a_flood_is_one_line_in_ten_seconds_and_its_number() -> None:
    notices = Notices()
    lines = [notices.line("score", "KeyError at x.py:f:1", SECRET, second / 10) for second in range(250)]
    said = [line for line in lines if line is not None]
    assert len(said) == 3
    assert said[1].endswith("(and 99 more since)")


def test_kinds_do_not_hide_each_other() -> None:
    notices = Notices()
    assert notices.line("score", "KeyError", SECRET, 0.0) is not None
    assert notices.line("score", "TypeError", SECRET, 0.1) is not None
    assert notices.line("validate", "KeyError", SECRET, 0.2) is not None
    assert notices.line("score", "KeyError", SECRET, EVERY_SECONDS - 0.01) is None


def test_the_place_is_named_and_nothing_of_the_payment() -> None:
    line = Notices().line("score", "KeyError", SECRET, 0.0) or ""
    assert "transactions.raw/3/7" in line
    assert "secret" not in line
    assert "12.34" not in line


def test_it_does_not_grow_without_end() -> None:
    notices = Notices()
    for kind in range(3 * MOST_KINDS):
        notices.line("score", f"trouble {kind}", SECRET, 0.0)
    assert len(notices._said) <= MOST_KINDS
