"""Times on the command line."""

import pytest

from streamflow.cli.moments import iso, parse_time_ms
from streamflow.contracts.errors import BadInputError

NOW_MS = 1_700_000_000_000


@pytest.mark.parametrize(
    ("text", "sign", "expected_ms"),
    [
        ("30s", 1, NOW_MS + 30_000),
        ("7d", 1, NOW_MS + 7 * 86_400_000),
        ("2w", -1, NOW_MS - 14 * 86_400_000),
        ("2023-11-14T22:13:20Z", 1, NOW_MS),
        ("2023-11-14T19:13:20.5-03:00", -1, NOW_MS + 500),
    ],
)
def test_durations_and_times_with_a_zone_are_understood(text: str, sign: int, expected_ms: int) -> None:
    assert parse_time_ms(text, NOW_MS, option="--since", sign=sign) == expected_ms


@pytest.mark.parametrize(
    "text", ["", "7", "7 d", "-7d", "0d", "7y", "2023-11-14", "2023-11-14T22:13:20", "yesterday", "2023-02-30T00:00:00Z"]
)
def test_anything_else_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(BadInputError, match="--since") as raised:
        parse_time_ms(text, NOW_MS, option="--since")
    assert "expected" in str(raised.value)


def test_times_are_shown_in_utc_to_the_millisecond() -> None:
    assert iso(NOW_MS + 7) == "2023-11-14T22:13:20.007Z"
