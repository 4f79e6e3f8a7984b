"""`streamflow risk push` and `streamflow risk list`: risk snapshots in the control topic."""

from pathlib import Path
from typing import Annotated

import typer

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands of this module to those of `streamflow risk`."""
    group.command()(push)
    group.command("list")(list_snapshots)


def push(
    file: Annotated[Path, typer.Argument(help="As `streamflow risk build` writes it; its version is given when it is pushed.")],
    reason: Annotated[str, typer.Option(help="Why; stands in the history.")] = "",
    as_json: _Json = False,
) -> None:
    """Make a risk snapshot live; rules, lists and models stay as they are.

    Example: streamflow risk push risk.json --reason "labels until Monday"
    """
    from streamflow.cli.rules_commands import print_published
    from streamflow.control.documents import read_risk_file
    from streamflow.control.publish import push_risk
    from streamflow.settings import Settings

    document = read_risk_file(file)
    print_published(push_risk(Settings.load().kafka_client_config(), document, reason), as_json=as_json)


def list_snapshots(as_json: _Json = False) -> None:
    """Show the risk snapshots in the control topic, the newest first.

    Example: streamflow risk list
    """
    from streamflow.cli.moments import iso
    from streamflow.cli.output import print_json, print_table
    from streamflow.control.snapshot import read_control
    from streamflow.settings import Settings

    snapshot = read_control(Settings.load().kafka_client_config())
    active = snapshot.current.generation.risk if snapshot.current else None
    facts = [
        {
            "risk": number,
            "state": "active" if number == active else "unused",
            "as_of": iso(document.as_of_ms),
            "stores": len(document.stores),
            "customers": len(document.customers),
            "labels": document.labels,
        }
        for number, document in sorted(snapshot.risks.items(), reverse=True)
    ]
    refused = [refusal._asdict() for refusal in snapshot.refusals if refusal.key.startswith("risk/")]
    if as_json:
        print_json({"risks": facts, "refused": refused})
        return
    names = ("risk", "state", "as_of", "stores", "customers", "labels")
    print_table(tuple(name.replace("_", " ") for name in names), [tuple(row[name] for name in names) for row in facts])
    for refusal in refused:
        typer.echo(f"not followed: {refusal['key']} at offset {refusal['offset']}: {refusal['reason']}", err=True)
