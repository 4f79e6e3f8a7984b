"""The customers' states: one map entry a customer, under the key of the customer's bucket."""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

STATE_NAME: Final = "customers"


class Entries(Protocol):
    """The map state of the bucket that is being worked on."""

    def get_all(self, customer_ids: list[str]) -> Iterable[bytes | None]:
        """Return the stored states, in the order of the ids."""

    def put_all(self, blobs: Mapping[str, bytes]) -> None:
        """Store states."""


class Cache:
    """Recently used states of one bucket, in two generations: cheaper than a list in the order of use, and as good.

    Parameters
    ----------
    size : int
        Most states that are kept.

    Examples
    --------
    >>> cache = Cache(2)
    >>> for name in ("a", "b", "c"):
    ...     cache.put(name, name.encode())
    >>> [cache.get(name) for name in ("a", "b", "c")]
    [None, b'b', b'c']
    """

    def __init__(self, size: int) -> None:
        self._generation_size = max(1, size // 2)
        self._young: dict[str, bytes | None] = {}
        self._old: dict[str, bytes | None] = {}

    def __contains__(self, customer_id: str) -> bool:
        return customer_id in self._young or customer_id in self._old

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def get(self, customer_id: str) -> bytes | None:
        """Return a state, or None for a customer that has none or is not here."""
        young = self._young
        if customer_id in young:
            return young[customer_id]
        if customer_id not in self._old:
            return None
        blob = self._old[customer_id]
        self.put(customer_id, blob)
        return blob

    def put(self, customer_id: str, blob: bytes | None) -> None:
        """Remember a state; None says that the customer has none."""
        young = self._young
        if customer_id not in young and len(young) >= self._generation_size:
            self._old, self._young = young, {customer_id: blob}
        else:
            young[customer_id] = blob


class CustomerStates:
    """What the engine reads from and writes to during a batch.

    Reads of one batch go to Flink in one call, and so do its writes. The cache is written through at the end of each batch,
    before any checkpoint can begin, and dies with the task: it can never hold what Flink does not.

    Parameters
    ----------
    entries : Entries
        Flink's state; it answers for the bucket of the batch.
    cache_customers : int
        Most states that are kept in memory, over all buckets.
    buckets : int
        Into how many buckets the customers fall.
    """

    def __init__(self, entries: Entries, cache_customers: int, buckets: int) -> None:
        self._entries = entries
        self._cache_size = cache_customers // buckets
        # By bucket: the same id in two buckets (possible where the payload decides) has two states.
        self._caches: dict[int, Cache] = {}
        self._read: dict[str, bytes | None] = {}
        self._changed: dict[str, bytes] = {}
        self._cache = Cache(1)

    def begin(self, bucket: int, customer_ids: Iterable[str]) -> None:
        """Begin a batch; `customer_ids` are those that it will most likely ask for."""
        cache = self._caches.get(bucket)
        if cache is None:
            cache = self._caches[bucket] = Cache(self._cache_size)
        self._cache = cache
        read = self._read = {}
        missing = []
        for customer_id in customer_ids:
            if customer_id in cache:
                read[customer_id] = cache.get(customer_id)
            else:
                missing.append(customer_id)
        if missing:
            read.update(zip(missing, self._entries.get_all(missing), strict=True))

    def get(self, customer_id: str) -> bytes | None:
        """Return the stored state, or None for a new customer."""
        read = self._read
        if customer_id not in read:
            (read[customer_id],) = self._entries.get_all([customer_id])
        return read[customer_id]

    def put(self, customer_id: str, blob: bytes) -> None:
        """Store a customer's state."""
        self._read[customer_id] = self._changed[customer_id] = blob

    def end(self) -> None:
        """End the batch: hand what changed to Flink."""
        if self._changed:
            self._entries.put_all(self._changed)
            self._changed = {}
        put = self._cache.put
        for customer_id, blob in self._read.items():
            put(customer_id, blob)
