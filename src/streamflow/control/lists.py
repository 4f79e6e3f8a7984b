"""Changes to the blocklists."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from streamflow.contracts.control import ListEntry, ListsDocument
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.preview import is_card_number, preview

_SHOWN_BYTES: Final = 80


class Names(NamedTuple):
    """Ids of customers and of stores."""

    customers: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()


def add_entries(lists: ListsDocument, customers: Iterable[ListEntry], stores: Iterable[ListEntry]) -> ListsDocument:
    """Return the lists with entries added; one that is there under the same id is replaced.

    Examples
    --------
    >>> lists = add_entries(ListsDocument(version=1), [ListEntry("cust-1", reason="old")], [])
    >>> [entry.reason for entry in add_entries(lists, [ListEntry("cust-1", reason="new")], []).customers]
    ['new']
    """
    return msgspec.structs.replace(lists, customers=_merged(lists.customers, customers), stores=_merged(lists.stores, stores))


def _merged(before: Iterable[ListEntry], added: Iterable[ListEntry]) -> tuple[ListEntry, ...]:
    entries = {entry.id: entry for entry in before}
    for entry in added:
        present = entries.get(entry.id)
        # Saying again what is on the list already is no change: it stays since when it was.
        if present is None or msgspec.structs.replace(entry, added_at_ms=present.added_at_ms) != present:
            entries[entry.id] = entry
    return tuple(entries.values())


def remove_entries(lists: ListsDocument, names: Names) -> ListsDocument:
    """Return the lists without these ids.

    Raises
    ------
    BadInputError
        An id is not on its list; nothing is removed.
    """
    for kind, ids, entries in (("customer", names.customers, lists.customers), ("store", names.stores, lists.stores)):
        missing = sorted(set(ids) - {entry.id for entry in entries})
        if missing:
            raise BadInputError(f"not on the list of {kind}s", got=", ".join(map(preview, missing)), fix="streamflow lists show")
    return msgspec.structs.replace(
        lists,
        customers=tuple(entry for entry in lists.customers if entry.id not in names.customers),
        stores=tuple(entry for entry in lists.stores if entry.id not in names.stores),
    )


def without_expired(lists: ListsDocument, now_ms: int) -> ListsDocument:
    """Return the lists without the entries that expired before now."""

    def holds(entry: ListEntry) -> bool:
        return entry.expires_at_ms is None or entry.expires_at_ms > now_ms

    return msgspec.structs.replace(lists, customers=tuple(filter(holds, lists.customers)), stores=tuple(filter(holds, lists.stores)))


def make_entry(entry_id: str, *, reason: str = "", expires_at_ms: int | None = None, added_at_ms: int | None = None) -> ListEntry:
    """Return an entry, checked: an id that no transaction can carry would never match.

    Raises
    ------
    BadInputError
        If the id is empty, too long, holds invisible characters or is a card number, or the reason is too long.
    """
    try:
        entry = msgspec.convert({"id": entry_id, "reason": reason, "added_at_ms": added_at_ms, "expires_at_ms": expires_at_ms}, ListEntry)
    except msgspec.ValidationError as error:
        raise BadInputError("this cannot be an entry of a list", got=str(error), where=preview(entry_id, _SHOWN_BYTES)) from error
    if not entry_id.isprintable() or entry_id.isspace():
        raise BadInputError("an id holds invisible characters", got=repr(preview(entry_id, _SHOWN_BYTES)))
    if is_card_number(entry_id):
        raise BadInputError("a card number stands where an id belongs", got=preview(entry_id))
    return entry
