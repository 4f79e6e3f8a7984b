"""`streamflow rules`: what the rules are, what they were, and making others live."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streamflow.contracts.errors import BadInputError

if TYPE_CHECKING:
    from streamflow.contracts.control import RulesDocument
    from streamflow.control.snapshot import Published

_Reason = Annotated[str, typer.Option(help="Why; stands in the history.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Show, check and change the rules by which transactions are judged, live.")
    for command in (show, validate, init, push, history, rollback):
        group.command()(command)
    app.add_typer(group, name="rules")


def show(
    version: Annotated[int | None, typer.Option(help="Version of the rules; by default those that hold now.", min=1)] = None,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print a file to edit and push again.")] = False,
    as_json: _Json = False,
) -> None:
    """Show the rules.

    Example: streamflow rules show --yaml > rules.yaml
    """
    import msgspec

    from streamflow.cli.output import print_json, print_table
    from streamflow.control.render import rules_to_yaml
    from streamflow.control.snapshot import read_control
    from streamflow.settings import Settings

    if as_yaml and as_json:
        raise typer.BadParameter("give --yaml or --json, not both")
    snapshot = read_control(Settings.load().kafka_client_config())
    number = version or snapshot.require_current().generation.rules
    if number not in snapshot.rules:
        known = ", ".join(map(str, sorted(snapshot.rules))) or "none yet"
        raise BadInputError("no such version of the rules", expected=f"one of {known}", got=str(number), fix="streamflow rules history")
    document = snapshot.rules[number]
    if as_yaml:
        typer.echo(rules_to_yaml(document), nl=False)
    elif as_json:
        print_json(msgspec.to_builtins(document))
    else:
        typer.echo(f"rules/{number}: review from {document.thresholds.review}, block from {document.thresholds.block}")
        print_table(("rule", "title", "version", "state", "weight", "parameters"), _rows(document))


def _rows(document: "RulesDocument") -> list[tuple[str, ...]]:
    from streamflow.score.rules import RULES

    return [
        (
            rule.id,
            RULES[rule.id].title,
            str(rule.version),
            rule.state,
            f"{rule.weight:g}",
            ", ".join(f"{name} {value}" for name, value in rule.parameters.items()),
        )
        for rule in document.rules
    ]


def validate(file: Annotated[Path, typer.Argument(help="Rules in YAML or JSON.")], as_json: _Json = False) -> None:
    """Check a rules file without a broker: its shape, every rule and every parameter.

    Example: streamflow rules validate rules.yaml
    """
    from streamflow.cli.output import print_facts
    from streamflow.control.documents import read_rules_file

    document = read_rules_file(file)
    states = {state: sum(rule.state == state for rule in document.rules) for state in ("on", "shadow", "off")}
    print_facts({"file": str(file), "valid": True, "rules": len(document.rules), **states}, as_json=as_json)


def init(as_json: _Json = False) -> None:
    """Make the rules of the package live where there are none yet; elsewhere it changes nothing.

    `streamflow job submit` does so by itself; a cluster to which jobs come in another way needs it once.

    Example: streamflow rules init
    """
    from streamflow.control.publish import ensure_defaults
    from streamflow.settings import Settings

    print_published(ensure_defaults(Settings.load().kafka_client_config()), as_json=as_json)


def push(
    file: Annotated[Path, typer.Argument(help="Rules in YAML or JSON; their version is given when they are pushed.")],
    reason: _Reason = "",
    as_json: _Json = False,
) -> None:
    """Make the rules of a file live. A rule that changed needs a new version.

    Example: streamflow rules push rules.yaml --reason "stricter velocity"
    """
    from streamflow.control.documents import read_rules_file
    from streamflow.control.publish import push_rules
    from streamflow.settings import Settings

    document = read_rules_file(file)
    print_published(push_rules(Settings.load().kafka_client_config(), document, reason), as_json=as_json)


def history(
    limit: Annotated[int, typer.Option(help="Newest generations to show; 0 shows all.", min=0)] = 20,
    as_json: _Json = False,
) -> None:
    """Show the generations of rules, lists, models and risk snapshots, the newest first.

    Example: streamflow rules history --limit 5
    """
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.preview import preview
    from streamflow.control.snapshot import read_control
    from streamflow.settings import Settings

    settings = Settings.load()
    snapshot = read_control(settings.kafka_client_config(), settings.trusted_model_keys())
    newest = [_facts(published) for published in reversed(snapshot.generations)][: limit or None]
    if as_json:
        print_json({"generations": newest, "refused": [refusal._asdict() for refusal in snapshot.refusals]})
        return
    names = ("generation", "rules", "lists", "model", "shadow", "risk", "written_at", "active_from", "reason")
    rows = [tuple(preview(facts[name]) if isinstance(facts[name], str) else facts[name] for name in names) for facts in newest]
    print_table(tuple(name.replace("_", " ") for name in names), rows)
    for refusal in snapshot.refusals:
        typer.echo(f"not followed: {preview(refusal.key)} at offset {refusal.offset}: {preview(refusal.reason)}", err=True)


def rollback(
    generation: Annotated[
        int | None, typer.Argument(help="Generation to go back to; by default the newest one with other rules.", min=1)
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Take its lists, models and risk too, not its rules alone.")] = False,
    reason: _Reason = "",
    as_json: _Json = False,
) -> None:
    """Make the rules of an earlier generation live again, by a new generation that names them.

    Lists, models and risk stay as they are, so that nobody leaves the blocklist by accident; --everything takes those of that time too.

    Example: streamflow rules rollback 7 --reason "too many reviews"
    """
    from streamflow.control.publish import roll_back
    from streamflow.settings import Settings

    settings = Settings.load()
    keys = settings.trusted_model_keys()
    published = roll_back(settings.kafka_client_config(), generation, everything=everything, reason=reason, trusted_keys=keys)
    print_published(published, as_json=as_json)


def _facts(published: "Published") -> dict[str, Any]:
    from streamflow.cli.moments import iso

    generation = published.generation
    return {
        "generation": generation.generation,
        "rules": generation.rules,
        "lists": generation.lists,
        "model": generation.model,
        "shadow": generation.shadow,
        "risk": generation.risk,
        "written_at": iso(published.written_at_ms),
        "active_from": iso(published.active_from_ms),
        "reason": generation.reason,
    }


def print_published(published: "Published | None", *, as_json: bool) -> None:
    """Say what became live, or that it was already."""
    from streamflow.cli.output import print_facts

    facts = {"changed": False} if published is None else {"changed": True, **_facts(published)}
    if published is None and not as_json:
        typer.echo("nothing was written: it is like that already")
    else:
        print_facts(facts, as_json=as_json)
