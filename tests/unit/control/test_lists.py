"""Changes to the blocklists."""

from pathlib import Path

import pytest

from streamflow.contracts.control import ListEntry, ListsDocument
from streamflow.contracts.errors import BadInputError
from streamflow.control.documents import read_lists_file
from streamflow.control.lists import Names, add_entries, make_entry, remove_entries, without_expired

LISTS = ListsDocument(
    version=3,
    customers=(ListEntry("cust-1", "stolen", added_at_ms=5), ListEntry("cust-2", expires_at_ms=100)),
    stores=(ListEntry("store-1"),),
)


def test_an_entry_under_the_same_id_is_replaced_where_it_stands() -> None:
    lists = add_entries(LISTS, [ListEntry("cust-1", "cleared", added_at_ms=9)], [])
    assert lists.customers == (ListEntry("cust-1", "cleared", added_at_ms=9), LISTS.customers[1])


def test_saying_the_same_again_changes_nothing() -> None:
    assert add_entries(LISTS, [ListEntry("cust-1", "stolen", added_at_ms=9)], [ListEntry("store-1", added_at_ms=9)]) == LISTS


def test_customers_and_stores_of_one_name_are_different_entries() -> None:
    assert add_entries(LISTS, [], [ListEntry("cust-1")]).stores == (ListEntry("store-1"), ListEntry("cust-1"))


def test_removing_takes_the_named_ids_off_their_own_list() -> None:
    lists = remove_entries(LISTS, Names(("cust-1",), ("store-1",)))
    assert (lists.customers, lists.stores) == ((LISTS.customers[1],), ())


def test_removing_who_is_not_listed_names_them_and_removes_nobody() -> None:
    with pytest.raises(BadInputError, match="not on the list of stores: got cust-1"):
        remove_entries(LISTS, Names(("cust-1",), ("cust-1",)))


def test_entries_expire_at_their_time_and_not_before() -> None:
    assert len(without_expired(LISTS, 99).customers) == 2
    assert without_expired(LISTS, 100).customers == (LISTS.customers[0],)


@pytest.mark.parametrize("entry_id", ["", " ", "a" * 65, "cust\x001", "cust\u200b1", "4111111111111111", "4111 1111 1111 1111"])
def test_an_id_that_no_transaction_can_carry_is_refused(entry_id: str) -> None:
    with pytest.raises(BadInputError):
        make_entry(entry_id)


def test_a_refused_card_number_is_not_repeated_in_full() -> None:
    with pytest.raises(BadInputError) as raised:
        make_entry("4111111111111111")
    assert "4111111111111111" not in str(raised.value)


def test_a_lists_file_holds_ids_and_whole_entries(tmp_path: Path) -> None:
    file = tmp_path / "lists.json"
    file.write_text('{"version": 7, "customers": ["cust-1", {"id": "cust-2", "reason": "r", "expires_at_ms": 5}]}')
    assert read_lists_file(file) == ListsDocument(1, (ListEntry("cust-1"), ListEntry("cust-2", "r", expires_at_ms=5)))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "lists.json"),
        ('{"customer": []}', "customer"),
        ('{"customers": [1]}', "$.customers[0]"),
        ('{"customers": ["ok", ""]}', "customers[1]"),
        ('{"stores": [{"id": "s", "until": 1}]}', "stores[0]"),
        ('{"stores": [{"reason": "x"}]}', "stores[0]"),
    ],
)
def test_a_wrong_lists_file_is_refused_with_the_place(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "lists.json"
    file.write_text(text)
    with pytest.raises(BadInputError) as raised:
        read_lists_file(file)
    assert named in str(raised.value)


def test_a_lists_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="No such file"):
        read_lists_file(tmp_path / "none.json")
