"""`streamflow model`: signing models, making them live, taking them back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from streamflow.control.model_versions import ModelVersion

_Folder = Annotated[Path, typer.Argument(help="Folder of a model, as `streamflow train` writes it.")]
_Reason = Annotated[str, typer.Option(help="Why; stands in the history.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Sign models, and change which one decides and which one only watches, live.")
    for command in (keygen, sign, verify, push, show, rollback, shadow, off):
        group.command()(command)
    group.command("list")(list_models)
    app.add_typer(group, name="model")


def keygen(
    name: Annotated[Path, typer.Argument(help="NAME.key gets the private key, NAME.pub the public one.")] = Path("streamflow-model"),
    as_json: _Json = False,
) -> None:
    """Make a pair of keys: the private one signs models, the public one goes into the setting model.trusted_keys.

    Example: streamflow model keygen keys/ana
    """
    from streamflow.cli.output import print_facts
    from streamflow.control.model_files import write_keys
    from streamflow.score.model import generate_keys

    keys = generate_keys()
    private, public = write_keys(keys, name)
    print_facts({"private_key": str(private), "public_key": str(public), "trusted_key": keys.public.hex()}, as_json=as_json)


def sign(
    folder: _Folder,
    key: Annotated[Path, typer.Option(help="The private key.")] = Path("streamflow-model.key"),
    as_json: _Json = False,
) -> None:
    """Sign a model, after checking everything else about it; a signature that is there is replaced.

    Example: streamflow model sign models/first --key keys/ana.key
    """
    from streamflow.cli.output import print_facts
    from streamflow.control.model_files import read_key_file, read_model_folder, write_signature
    from streamflow.score import model as models

    files = read_model_folder(folder)
    model = models.read_unsigned_model(files, where=str(folder))
    path = write_signature(folder, models.sign(files, read_key_file(key)))
    print_facts({"name": model.name, "signature": str(path)}, as_json=as_json)


def verify(
    folder: _Folder,
    key: Annotated[list[str] | None, typer.Option(help="Public key, or its file; may be repeated. Default: model.trusted_keys.")] = None,
    as_json: _Json = False,
) -> None:
    """Check a model as the job does, without a broker: files, signature, features, trees, golden vectors.

    Example: streamflow model verify models/first --key keys/ana.pub
    """
    from streamflow.cli.output import print_facts
    from streamflow.control.model_files import read_model_folder, trusted_key
    from streamflow.score.model import bundle, read_model
    from streamflow.settings import Settings

    keys = tuple(map(trusted_key, key)) if key else Settings.load().trusted_model_keys()
    files = read_model_folder(folder)
    model = read_model(files, [bytes.fromhex(text) for text in keys], where=str(folder))
    facts = {"folder": str(folder), "valid": True, **_described(model.manifest), "size_bytes": len(bundle(files)), "steps": model.steps}
    print_facts(facts, as_json=as_json)


def push(
    folder: _Folder,
    as_shadow: Annotated[bool, typer.Option("--shadow", help="Let it score and decide nothing.")] = False,
    back: Annotated[bool, typer.Option("--rollback", help="Even if it is older than the one that decides now.")] = False,
    reason: _Reason = "",
    as_json: _Json = False,
) -> None:
    """Make a signed model live: it decides together with the rules from a second after it is written.

    Example: streamflow model push models/first --reason "trained until October"
    """
    from streamflow.cli.rules_commands import print_published
    from streamflow.control.model_files import read_model_folder
    from streamflow.control.model_versions import push_model
    from streamflow.settings import Settings

    settings = Settings.load()
    files, keys = read_model_folder(folder), settings.trusted_model_keys()
    config = settings.kafka_client_config()
    published = push_model(config, files, keys, role="shadow" if as_shadow else "model", rollback=back, reason=reason)
    print_published(published, as_json=as_json)


def list_models(as_json: _Json = False) -> None:
    """Show every model in the control topic: which one decides, which one watches, which ones are refused and why.

    Example: streamflow model list
    """
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.preview import preview
    from streamflow.control.model_versions import describe_model
    from streamflow.control.snapshot import read_control
    from streamflow.settings import Settings

    settings = Settings.load()
    keys = settings.trusted_model_keys()
    snapshot = read_control(settings.kafka_client_config(), keys)
    versions = [_facts(describe_model(snapshot, number, keys)) for number in reversed(snapshot.models)]
    if as_json:
        refused = [refusal._asdict() for refusal in snapshot.refusals if refusal.key.startswith("model/")]
        print_json({"models": versions, "refused": refused})
        return
    names = ("model", "state", "name", "trained_until", "size_bytes", "refused")
    print_table(tuple(name.replace("_", " ") for name in names), [tuple(facts.get(name) for name in names) for facts in versions])
    for refusal in snapshot.refusals:
        if refusal.key.startswith("model/"):
            typer.echo(f"not followed: {preview(refusal.key)} at offset {refusal.offset}: {preview(refusal.reason)}", err=True)


def show(
    number: Annotated[int | None, typer.Argument(help="Number of the model; by default the one that decides.", min=1)] = None,
    card: Annotated[bool, typer.Option("--card", help="Print its model card.")] = False,
    as_json: _Json = False,
) -> None:
    """Show a model of the control topic: kind, features, what it was trained on, or why it is refused.

    Example: streamflow model show 3 --card
    """
    from streamflow.cli.output import print_facts
    from streamflow.contracts.errors import BadInputError
    from streamflow.control.model_versions import describe_model
    from streamflow.control.snapshot import read_control
    from streamflow.settings import Settings

    settings = Settings.load()
    keys = settings.trusted_model_keys()
    snapshot = read_control(settings.kafka_client_config(), keys)
    wanted = number or snapshot.require_current().generation.model
    if wanted is None:
        raise BadInputError("no model decides: rules only", fix="streamflow model list")
    version = describe_model(snapshot, wanted, keys)
    if card and version.card is None:
        raise BadInputError("the model has no card, or is refused", got=version.refused or "none", fix="streamflow model show")
    if card and not as_json:
        typer.echo(version.card)
        return
    print_facts({**_facts(version), **({"card": version.card} if card else {})}, as_json=as_json)


def rollback(
    number: Annotated[
        int | None, typer.Argument(help="Number of the model to go back to; by default the one that decided before.", min=1)
    ] = None,
    reason: _Reason = "",
    as_json: _Json = False,
) -> None:
    """Let a model decide that is in the control topic already; rules, lists and risk snapshot stay as they are.

    Example: streamflow model rollback 2 --reason "too many reviews"
    """
    from streamflow.cli.rules_commands import print_published
    from streamflow.control.model_versions import rollback_model
    from streamflow.settings import Settings

    settings = Settings.load()
    published = rollback_model(settings.kafka_client_config(), number, settings.trusted_model_keys(), reason)
    print_published(published, as_json=as_json)


def shadow(
    number: Annotated[int | None, typer.Argument(help="Number of the model that shall watch.", min=1)] = None,
    none: Annotated[bool, typer.Option("--off", help="Let none watch.")] = False,
    promote: Annotated[bool, typer.Option("--promote", help="Let the shadow decide from now on.")] = False,
    reason: _Reason = "",
    as_json: _Json = False,
) -> None:
    """Let a model of the control topic score beside the one that decides; it changes no outcome.

    Example: streamflow model shadow --promote
    """
    from streamflow.cli.rules_commands import print_published
    from streamflow.control.model_versions import promote_shadow, set_shadow
    from streamflow.settings import Settings

    if (number is not None) + none + promote != 1:
        raise typer.BadParameter("give one of NUMBER, --off and --promote")
    settings = Settings.load()
    config, keys = settings.kafka_client_config(), settings.trusted_model_keys()
    published = promote_shadow(config, keys, reason) if promote else set_shadow(config, number, keys, reason)
    print_published(published, as_json=as_json)


def off(reason: _Reason = "", as_json: _Json = False) -> None:
    """Decide by rules only; a shadow goes on watching.

    Example: streamflow model off --reason "scores look wrong"
    """
    from streamflow.cli.rules_commands import print_published
    from streamflow.control.model_versions import model_off
    from streamflow.settings import Settings

    print_published(model_off(Settings.load().kafka_client_config(), reason), as_json=as_json)


def _facts(version: "ModelVersion") -> dict[str, Any]:
    facts: dict[str, Any] = {"model": version.number, "state": version.state, "size_bytes": version.size_bytes, "refused": version.refused}
    return facts if version.manifest is None else {**facts, **_described(version.manifest)}


def _described(manifest: Any) -> dict[str, Any]:
    from streamflow.cli.moments import iso

    return {
        "name": manifest.name,
        "kind": manifest.kind,
        "features": list(manifest.features),
        "feature_set_version": manifest.feature_set_version,
        "trained_until": iso(manifest.trained_until_ms),
    }
