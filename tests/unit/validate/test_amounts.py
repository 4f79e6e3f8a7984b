"""Amounts: exact to the cent, and nothing that another reader could take for another number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.rejection import Code
from streamflow.validate.fields import FieldError, read_amount

LARGEST = "999999999999.99"


@given(st.integers(1, 10**14 - 1))
def test_every_amount_is_exact_to_the_cent(cents: int) -> None:
    """The nearest double of an amount rounds back to it: the cent is far above a double's last place."""
    text = f"{cents // 100}.{cents % 100:02d}"
    assert Decimal(read_amount(text)).quantize(Decimal("0.01")) == Decimal(text)
    assert round(read_amount(text) * 100) == cents


@given(st.integers(1, 10**12 - 1), st.integers(0, 6))
def test_leading_zeros_within_twelve_digits_change_nothing(units: int, zeros: int) -> None:
    text = str(units).zfill(min(12, len(str(units)) + zeros))
    assert read_amount(text) == units


@pytest.mark.parametrize("text", [LARGEST, "0.01", "1", "1.5", "0.1", "000000000001.00"])
def test_up_to_twelve_integer_digits_and_two_decimals_are_read(text: str) -> None:
    assert read_amount(text) == float(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1000000000000", Code.AMOUNT_TOO_MANY_DIGITS),
        ("0000000000001", Code.AMOUNT_TOO_MANY_DIGITS),
        ("1.001", Code.AMOUNT_TOO_MANY_DIGITS),
        ("1.000", Code.AMOUNT_TOO_MANY_DIGITS),
        ("0", Code.AMOUNT_NOT_POSITIVE),
        ("0.00", Code.AMOUNT_NOT_POSITIVE),
        ("-0.01", Code.AMOUNT_NOT_POSITIVE),
        ("-" + "9" * 40, Code.AMOUNT_NOT_POSITIVE),
        ("+1", Code.AMOUNT_NOT_DECIMAL),
        ("1.", Code.AMOUNT_NOT_DECIMAL),
        (".5", Code.AMOUNT_NOT_DECIMAL),
        ("1,50", Code.AMOUNT_NOT_DECIMAL),
        ("1 000", Code.AMOUNT_NOT_DECIMAL),
        ("1_000", Code.AMOUNT_NOT_DECIMAL),
        ("0x10", Code.AMOUNT_NOT_DECIMAL),
        ("12.50\n", Code.AMOUNT_NOT_DECIMAL),
        (" 1", Code.AMOUNT_NOT_DECIMAL),
        ("\u0661\u0662", Code.AMOUNT_NOT_DECIMAL),
        ("\uff11", Code.AMOUNT_NOT_DECIMAL),
        ("", Code.AMOUNT_NOT_DECIMAL),
        ("1e2", Code.AMOUNT_EXPONENT),
        ("1E-999999999", Code.AMOUNT_EXPONENT),
        (".5e1", Code.AMOUNT_EXPONENT),
        ("nan", Code.AMOUNT_NOT_FINITE),
        ("-Infinity", Code.AMOUNT_NOT_FINITE),
        ("sNaN", Code.AMOUNT_NOT_FINITE),
    ],
)
def test_anything_else_has_its_own_code(text: str, code: Code) -> None:
    with pytest.raises(FieldError) as raised:
        read_amount(text)
    assert raised.value.code == code


@given(st.text(alphabet="0123456789.+-eEnaif ,_", max_size=20))
def test_whatever_is_read_is_what_decimal_reads(text: str) -> None:
    try:
        amount = read_amount(text)
    except FieldError:
        return
    assert amount == float(Decimal(text))
    assert 0 < amount < 10**12
