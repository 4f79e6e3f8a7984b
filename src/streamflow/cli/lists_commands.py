"""`streamflow lists`: the blocklists of customers and stores, live."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streamflow.contracts.errors import BadInputError

if TYPE_CHECKING:
    from streamflow.contracts.control import ListEntry, ListsDocument

_Customers = Annotated[list[str] | None, typer.Option("--customer", help="Customer id; may be repeated.")]
_Stores = Annotated[list[str] | None, typer.Option("--store", help="Store id; may be repeated.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Show and change the blocklists of customers and stores, live.")
    for command in (add, remove, show):
        group.command()(command)
    app.add_typer(group, name="lists")


def add(
    customer: _Customers = None,
    store: _Stores = None,
    file: Annotated[
        Path | None, typer.Option(help='JSON {"customers": [...], "stores": [...]}, such as `streamflow simulate --reference` writes.')
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; stands in every decision that the entry causes.")] = "",
    expires: Annotated[str | None, typer.Option(help="When the entry ends: 12h, 7d, or an ISO 8601 time with a zone.")] = None,
    as_json: _Json = False,
) -> None:
    """Put customers and stores on the blocklist; an entry that is there under the same id is replaced.

    Example: streamflow lists add --customer cust-000123 --reason "stolen card" --expires 7d
    """
    from streamflow.cli.moments import now_ms, parse_time_ms
    from streamflow.cli.rules_commands import print_published
    from streamflow.control.documents import NO_LISTS, read_lists_file
    from streamflow.control.lists import add_entries, make_entry
    from streamflow.control.publish import push_lists
    from streamflow.settings import Settings

    if not (customer or store or file):
        raise typer.BadParameter("give --customer, --store or --file")
    now = now_ms()
    expires_at_ms = None if expires is None else parse_time_ms(expires, now, option="--expires")
    if expires_at_ms is not None and expires_at_ms <= now:
        raise BadInputError("--expires lies in the past", expected="a time to come", got=expires or "")

    def entries(ids: Iterable[str], listed: "Iterable[ListEntry]") -> "list[ListEntry]":
        named = [make_entry(entry_id, reason=reason, expires_at_ms=expires_at_ms, added_at_ms=now) for entry_id in ids]
        from_file = [
            make_entry(
                entry.id,
                reason=reason or entry.reason,
                expires_at_ms=entry.expires_at_ms if expires_at_ms is None else expires_at_ms,
                added_at_ms=now if entry.added_at_ms is None else entry.added_at_ms,
            )
            for entry in listed
        ]
        return from_file + named

    listed = NO_LISTS if file is None else read_lists_file(file)
    customers, stores = entries(customer or [], listed.customers), entries(store or [], listed.stores)
    published = push_lists(
        Settings.load().kafka_client_config(),
        lambda before: add_entries(before, customers, stores),
        reason or f"{len(customers)} customers and {len(stores)} stores added",
    )
    print_published(published, as_json=as_json)


def remove(
    customer: _Customers = None,
    store: _Stores = None,
    expired: Annotated[bool, typer.Option("--expired", help="Remove every entry that has expired.")] = False,
    reason: Annotated[str, typer.Option(help="Why; stands in the history.")] = "",
    as_json: _Json = False,
) -> None:
    """Take customers and stores off the blocklist.

    Example: streamflow lists remove --customer cust-000123 --reason "card replaced"
    """
    from streamflow.cli.moments import now_ms
    from streamflow.cli.rules_commands import print_published
    from streamflow.control.lists import Names, remove_entries, without_expired
    from streamflow.control.publish import push_lists
    from streamflow.settings import Settings

    if not (customer or store or expired):
        raise typer.BadParameter("give --customer, --store or --expired")
    names = Names(tuple(customer or ()), tuple(store or ()))

    def change(before: "ListsDocument") -> "ListsDocument":
        after = remove_entries(before, names)
        return without_expired(after, now_ms()) if expired else after

    count = len(names.customers) + len(names.stores)
    published = push_lists(Settings.load().kafka_client_config(), change, reason or (f"{count} removed" if count else "expired removed"))
    print_published(published, as_json=as_json)


def show(as_json: _Json = False) -> None:
    """Show who is on the blocklists that hold now.

    Example: streamflow lists show --json
    """
    import msgspec

    from streamflow.cli.moments import iso, now_ms
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.preview import preview
    from streamflow.control.snapshot import read_control
    from streamflow.settings import Settings

    snapshot = read_control(Settings.load().kafka_client_config())
    lists = snapshot.lists[snapshot.require_current().generation.lists]
    if as_json:
        print_json(msgspec.to_builtins(lists))
        return
    now = now_ms()
    typer.echo(f"lists/{lists.version}: {len(lists.customers)} customers, {len(lists.stores)} stores")
    rows = [
        (
            kind,
            preview(entry.id),
            preview(entry.reason),
            iso(entry.added_at_ms),
            iso(entry.expires_at_ms) + (" (expired)" if entry.expires_at_ms is not None and entry.expires_at_ms <= now else ""),
        )
        for kind, entries in (("customer", lists.customers), ("store", lists.stores))
        for entry in entries
    ]
    if rows:
        print_table(("kind", "id", "reason", "added", "expires"), rows)
