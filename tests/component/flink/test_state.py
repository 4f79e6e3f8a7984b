"""The cache in front of the state, against a state that counts what it is asked."""

from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from streamflow.flink.state import CustomerStates

BUCKETS = 2


class CountingEntries:
    """Entries of two buckets in memory; `bucket` is the one that Flink would have as its current key."""

    def __init__(self) -> None:
        self.bucket = 0
        self.blobs: tuple[dict[str, bytes], dict[str, bytes]] = ({}, {})
        self.reads = 0

    def get_all(self, customer_ids: list[str]) -> Iterable[bytes | None]:
        """Return what is stored."""
        self.reads += 1
        return [self.blobs[self.bucket].get(customer_id) for customer_id in customer_ids]

    def put_all(self, blobs: Mapping[str, bytes]) -> None:
        """Store."""
        self.blobs[self.bucket].update(blobs)


visits = st.lists(st.tuples(st.integers(0, 1), st.lists(st.sampled_from("abcdefgh"), max_size=6), st.booleans()), max_size=30)


@given(visits, st.integers(1, 20))
def test_a_read_sees_the_last_write_to_its_bucket_whatever_the_cache_holds(batches: list[tuple[int, list[str], bool]], cache: int) -> None:
    entries = CountingEntries()
    states = CustomerStates(entries, cache, BUCKETS)
    truth: tuple[dict[str, bytes], dict[str, bytes]] = ({}, {})
    for number, (bucket, customers, announced) in enumerate(batches):
        entries.bucket = bucket
        states.begin(bucket, set(customers) if announced else ())
        for customer in customers:
            assert states.get(customer) == truth[bucket].get(customer)
            if number % 3:
                truth[bucket][customer] = b"%d" % number
                states.put(customer, truth[bucket][customer])
        states.end()
        assert entries.blobs == truth


def test_a_batch_reads_all_its_customers_in_one_call_and_none_a_second_time() -> None:
    entries = CountingEntries()
    states = CustomerStates(entries, 100, BUCKETS)
    for _ in range(2):
        states.begin(0, ["a", "b", "c"])
        assert [states.get(customer) for customer in "abc"] == [None, None, None]
        states.end()
    assert entries.reads == 1
