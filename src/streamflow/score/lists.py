"""The blocklists in force: customers and stores, each entry until it expires."""

from typing import Literal, NamedTuple

from streamflow.contracts.control import ListEntry, ListsDocument


class Listing(NamedTuple):
    """An entry that was found: what is listed, and why."""

    kind: Literal["customer", "store"]
    entry: ListEntry


class Blocklists:
    """Looks customers and stores up. O(1) a look-up.

    Examples
    --------
    >>> lists = Blocklists(ListsDocument(version=1, stores=(ListEntry("store-9", reason="skimmer", expires_at_ms=2000),)))
    >>> lists.find("cust-1", "store-9", 1999).entry.reason, lists.find("cust-1", "store-9", 2000)
    ('skimmer', None)
    """

    def __init__(self, document: ListsDocument) -> None:
        self.version = document.version
        self._customers = {entry.id: entry for entry in document.customers}
        self._stores = {entry.id: entry for entry in document.stores}

    def __bool__(self) -> bool:
        return bool(self._customers or self._stores)

    def find(self, customer_id: str, store_id: str, record_timestamp_ms: int) -> Listing | None:
        """Return the entry that is in force for the customer, else for the store, at the record's broker time."""
        entry = self._customers.get(customer_id)
        if entry is not None and (entry.expires_at_ms is None or record_timestamp_ms < entry.expires_at_ms):
            return Listing("customer", entry)
        entry = self._stores.get(store_id)
        if entry is not None and (entry.expires_at_ms is None or record_timestamp_ms < entry.expires_at_ms):
            return Listing("store", entry)
        return None
