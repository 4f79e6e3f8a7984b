"""Headers, ids, previews and keys: small forms on which everything else stands."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.control import Kind, control_key, parse_control_key
from streamflow.contracts.decision import DECISION_NAMESPACE, decision_id
from streamflow.contracts.preview import is_card_number, mask_card_numbers, preview
from streamflow.contracts.record import decode_headers, encode_headers

topics = st.text(alphabet="abcXYZ09._-", min_size=1, max_size=60)


@given(st.lists(st.tuples(st.text(max_size=20), st.none() | st.binary(max_size=40)), max_size=6))
def test_headers_keep_order_repeated_names_nulls_and_empty_values(headers: list[tuple[str, bytes | None]]) -> None:
    assert list(decode_headers(encode_headers(headers))) == headers


@given(st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=5)), max_size=3), st.tuples(st.text(), st.binary()))
def test_further_headers_are_added_by_adding_bytes(headers: list[tuple[str, bytes | None]], further: tuple[str, bytes]) -> None:
    """The job relies on it for dead letters."""
    assert list(decode_headers(encode_headers(headers) + encode_headers([further]))) == [*headers, further]


@given(topics, st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1))
def test_a_decisions_id_is_the_uuid5_of_its_place(topic: str, partition: int, offset: int) -> None:
    assert decision_id(topic, partition, offset) == str(uuid.uuid5(DECISION_NAMESPACE, f"{topic}|{partition}|{offset}"))


def test_the_namespace_of_ids_never_changes() -> None:
    """Consumers and the database know decisions by them."""
    assert decision_id("transactions.raw", 0, 0) == str(
        uuid.uuid5(uuid.UUID("6f0c0f4e-6d2b-5d0a-9a55-5f1e8f0b7a31"), "transactions.raw|0|0")
    )


@given(st.sampled_from(["rules", "lists", "risk", "generation"]), st.integers(1, 999_999_999))
def test_a_control_key_reads_back(kind: Kind, version: int) -> None:
    assert parse_control_key(control_key(kind, version)) == (kind, version, 0)


@given(st.integers(1, 999_999_999), st.integers(0, 999))
def test_the_key_of_a_chunk_reads_back(version: int, chunk: int) -> None:
    assert parse_control_key(control_key("model", version, chunk)) == ("model", version, chunk)


@pytest.mark.parametrize(
    "key",
    ["", "rules", "rules/", "rules/0", "rules/-1", "rules/1 ", "Rules/1", "rules/1/0", "rules/1000000000", "risk/1/0"],
)
def test_other_keys_are_no_control_keys(key: str) -> None:
    assert parse_control_key(key.encode()) is parse_control_key(b"\xff" + key.encode()) is None


@pytest.mark.parametrize("key", ["model", "model/1", "model/1/", "model/0/0", "model/1/00", "model/1/-1", "model/1/1000", "model/1/0/0"])
def test_a_model_lies_under_its_number_and_that_of_a_chunk_only(key: str) -> None:
    assert parse_control_key(key.encode()) is None


@given(st.binary(max_size=400) | st.text(max_size=400), st.integers(1, 100))
def test_a_preview_is_printable_bounded_and_holds_no_card_number(value: bytes | str, limit: int) -> None:
    shown = preview(value, limit)
    assert shown.isprintable()
    assert len(shown.encode()) <= max(limit, len("…".encode()))
    assert mask_card_numbers(shown) == shown


@given(st.integers(0, 100), st.integers(1, 100), st.sampled_from(["4111111111111111", "4111 1111 1111 1111", "378282246310005"]))
def test_a_card_number_is_masked_wherever_a_preview_is_cut(before: int, limit: int, card: str) -> None:
    shown = preview(b"x" * before + card.encode() + b"y" * 50, limit)
    digits = card.replace(" ", "")
    assert digits not in shown.replace(" ", "")
    assert digits[:7] not in shown.replace(" ", ""), "at most the first six digits"


@given(st.text(alphabet="0123456789", min_size=12, max_size=18))
def test_of_ten_check_digits_one_at_most_makes_a_card_number(stem: str) -> None:
    assert sum(is_card_number(f"4{stem}"[:-1] + str(digit)) for digit in range(10)) == (1 if 13 <= len(stem) + 1 <= 19 else 0)
