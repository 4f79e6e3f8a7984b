"""The Java classes, called one by one."""

from collections import Counter
from typing import Any

import pytest

from streamflow.contracts.record import Record
from streamflow.flink.frames import encode_batch
from streamflow.flink.settings import MAX_PARALLELISM
from tests.component.flink.harness import Broker

pytestmark = pytest.mark.stack

COUNT_BYTES = 4
KEYS_OF_16_BUCKETS = [39, 23, 230, 40, 157, 1, 348, 116, 47, 280, 21, 84, 119, 79, 24, 25]
BUCKETS_OF_8_CUSTOMERS = [7, 10, 15, 14, 11, 13, 4, 10]


@pytest.fixture
def bridge(running_broker: Broker) -> Any:
    """Return the package of our Java classes; the broker's fixture says where they are."""
    from streamflow.flink.gateway import bridge

    return bridge()


@pytest.mark.parametrize("buckets", [16, 64, 128])
@pytest.mark.parametrize("parallelism", [1, 2, 4, 8, 16])
def test_every_operator_gets_the_same_number_of_buckets(bridge: Any, buckets: int, parallelism: int) -> None:
    layout = bridge.Buckets(buckets, MAX_PARALLELISM, None)
    operators = Counter(layout.operatorOf(bucket, MAX_PARALLELISM, parallelism) for bucket in range(buckets))
    assert set(operators) == set(range(parallelism))
    assert set(operators.values()) == {buckets // parallelism}


def test_the_keys_of_buckets_never_change_because_state_lies_under_them(bridge: Any) -> None:
    layout = bridge.Buckets(16, MAX_PARALLELISM, None)
    assert [layout.key(bucket) for bucket in range(16)] == KEYS_OF_16_BUCKETS


def test_customers_spread_over_the_buckets_and_stay_where_they_are(bridge: Any) -> None:
    layout = bridge.Buckets(16, MAX_PARALLELISM, None)
    found = Counter(layout.bucketOf(frame(b"customer-%d" % number, None)) for number in range(800))
    assert set(found) == set(range(16))
    assert max(found.values()) < 2 * 800 / 16
    assert [layout.bucketOf(frame(b"customer-%d" % number, None)) for number in range(8)] == BUCKETS_OF_8_CUSTOMERS


def test_a_null_key_has_a_bucket(bridge: Any) -> None:
    assert bridge.Buckets(16, MAX_PARALLELISM, None).bucketOf(frame(None, b"{}")) == 0


@pytest.mark.parametrize(
    "payload",
    [
        b'{"customer_id":"customer-7"}',
        b'{"store_id": "customer_id", "extra": {"customer_id": "other"}, "customer_id" : "customer-7", "amount": "1"}',
        b'{"customer_id": "customer\\u002d7"}',
        b'{"list": [{"customer_id": 3}], "customer\\u005fid": "customer-7"} rest',
    ],
)
def test_with_the_payload_as_source_a_customer_has_one_bucket_however_it_is_written(bridge: Any, payload: bytes) -> None:
    layout = bridge.Buckets(16, MAX_PARALLELISM, "customer_id")
    plain = layout.bucketOf(frame(b"other", b'{"customer_id":"customer-7"}'))
    assert plain != 0
    assert layout.bucketOf(frame(None, payload)) == plain


@pytest.mark.parametrize(
    "payload", [None, b"", b"[", b"[]", b"\xff", b'{"customer_id": 7}', b'{"a": {"customer_id": "customer-7"}}', b"{}"]
)
def test_with_the_payload_as_source_a_record_without_customer_has_the_first_bucket(bridge: Any, payload: bytes | None) -> None:
    assert bridge.Buckets(16, MAX_PARALLELISM, "customer_id").bucketOf(frame(b"key", payload)) == 0


@pytest.mark.parametrize("buckets", [0, 129])
def test_more_buckets_than_key_groups_are_refused(bridge: Any, buckets: int) -> None:
    with pytest.raises(Exception, match="expected 1 to 128 buckets"):
        bridge.Buckets(buckets, MAX_PARALLELISM, None)


def frame(key: bytes | None, value: bytes | None) -> bytes:
    """Return a record as Java frames it."""
    return encode_batch([Record("transactions.raw", 0, 0, 0, key, value)])[COUNT_BYTES:]
