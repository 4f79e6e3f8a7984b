"""Which model decides, and which one only watches: pushed, taken back, switched off; and what the topic holds of them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import msgspec

from streamflow.contracts.control import Generation
from streamflow.contracts.errors import BadInputError, StreamFlowError
from streamflow.control.compose import Draft, Role
from streamflow.control.publish import publish
from streamflow.control.snapshot import ControlSnapshot, Published
from streamflow.kafka.client import ClientConfig
from streamflow.score.control_documents import read_bundle
from streamflow.score.model import MANIFEST, Manifest, Model, bundle, read_model, read_unsigned_model, unbundle

State = Literal["active", "shadow", "unused"]


class ModelVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A model in the topic; what it says of itself is there only where it is not refused."""

    number: int
    state: State
    size_bytes: int
    manifest: Manifest | None = None
    card: str | None = None
    refused: str | None = None


def push_model(
    config: ClientConfig,
    files: Mapping[str, bytes],
    trusted_keys: Collection[str],
    *,
    role: Role = "model",
    rollback: bool = False,
    reason: str = "",
) -> Published | None:
    """Make a model live, with everything else as it is; None where it is live already.

    A model that lies in the topic already is named and not written again.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    files : mapping
        The model's.
    trusted_keys : collection of str
        Public keys as hexadecimal digits.
    role : {"model", "shadow"}
        Whether it decides, or only watches.
    rollback : bool
        Whether it may be older than the one that decides now.
    reason : str
        Stands in the history.

    Raises
    ------
    BadInputError
        The model is refused, or it is older than the one that decides now.
    """
    model = read_model(files, [bytes.fromhex(key) for key in trusted_keys])
    packed = bundle(files)

    def decide(snapshot: ControlSnapshot) -> Draft | None:
        base = snapshot.current.generation if snapshot.current else None
        if role == "model" and not rollback:
            _require_no_older(snapshot, model.manifest)
        present = next((number for number in snapshot.models if snapshot.bundle(number) == packed), None)
        if present is None or base is None:
            return Draft(base, bundle=packed, role=role, rollback=rollback)
        return _naming(base, role, present, rollback=rollback)

    return publish(config, decide, reason or f"{role} {model.name}", trusted_keys)


def _require_no_older(snapshot: ControlSnapshot, manifest: Manifest) -> None:
    running = snapshot.current.generation.model if snapshot.current else None
    if running not in snapshot.models:
        return
    present = manifest_of(snapshot.bundle(running))
    if present is not None and manifest.trained_until_ms < present.trained_until_ms:
        raise BadInputError(
            "the model learnt from older transactions than the one that decides now",
            expected=f"trained_until_ms {present.trained_until_ms} or later, or a rollback",
            got=str(manifest.trained_until_ms),
            where=manifest.name,
            fix="streamflow model push --rollback",
        )


def _naming(base: Generation, role: Role, number: int, *, rollback: bool = False) -> Draft | None:
    if role == "shadow" and base.model == number:
        raise BadInputError("the model that decides cannot be the shadow too", got=f"model {number}", fix="streamflow model list")
    named = msgspec.structs.replace(base, **{role: number})
    if named.model == named.shadow:
        named = msgspec.structs.replace(named, shadow=None)
    return None if named == base else Draft(named, rollback=rollback)


def rollback_model(config: ClientConfig, number: int | None, trusted_keys: Collection[str], reason: str = "") -> Published | None:
    """Make a model decide that is in the topic, older or not: by default the one before the one that decides, or decided last."""

    def decide(snapshot: ControlSnapshot) -> Draft | None:
        base = snapshot.require_current().generation
        earlier = (published.generation.model for published in reversed(snapshot.generations))
        target = number or next((model for model in earlier if model is not None and model != base.model), None)
        if target is None:
            only = "no model ever decided" if base.model is None else f"model {base.model} is the only one that ever decided"
            fix = "streamflow model push" if base.model is None else "streamflow model off, and rules alone decide"
            raise BadInputError("there is no model to go back to", expected="one that decided before", got=only, fix=fix)
        snapshot.bundle(target)
        return _naming(base, "model", target, rollback=True)

    return publish(config, decide, reason or (f"back to model {number}" if number is not None else "model rollback"), trusted_keys)


def set_shadow(config: ClientConfig, number: int | None, trusted_keys: Collection[str], reason: str = "") -> Published | None:
    """Let a model that is in the topic watch and decide nothing; None: let none watch."""

    def decide(snapshot: ControlSnapshot) -> Draft | None:
        base = snapshot.require_current().generation
        if number is None:
            return None if base.shadow is None else Draft(msgspec.structs.replace(base, shadow=None))
        snapshot.bundle(number)
        return _naming(base, "shadow", number)

    return publish(config, decide, reason or ("no shadow" if number is None else f"shadow {number}"), trusted_keys)


def promote_shadow(config: ClientConfig, trusted_keys: Collection[str], reason: str = "") -> Published | None:
    """Make the shadow the model that decides."""

    def decide(snapshot: ControlSnapshot) -> Draft | None:
        base = snapshot.require_current().generation
        if base.shadow is None:
            raise BadInputError("there is no shadow", fix="streamflow model shadow")
        return _naming(base, "model", base.shadow)

    return publish(config, decide, reason or "the shadow decides", trusted_keys)


def model_off(config: ClientConfig, reason: str = "") -> Published | None:
    """Decide by rules only; a shadow goes on watching. None where it is so already."""

    def decide(snapshot: ControlSnapshot) -> Draft | None:
        base = snapshot.require_current().generation
        return None if base.model is None else Draft(msgspec.structs.replace(base, model=None))

    return publish(config, decide, reason or "rules only")


def manifest_of(packed: bytes) -> Manifest | None:
    """Return what a bundle says of itself, whoever signed it; None where it cannot be read."""
    try:
        return msgspec.json.decode(unbundle(packed)[MANIFEST], type=Manifest)
    except (StreamFlowError, msgspec.MsgspecError, KeyError, UnicodeDecodeError):
        return None


def named_models(snapshot: ControlSnapshot, names: Collection[str]) -> Iterator[Model]:
    """Yield the models of these names that the topic holds, whoever signed them: to look into, never to decide by."""
    missing = set(names)
    for number in snapshot.models:
        packed = snapshot.bundle(number)
        manifest = manifest_of(packed)
        if manifest is not None and manifest.name in missing:
            missing.discard(manifest.name)
            yield read_unsigned_model(unbundle(packed), where=f"model/{number}")


def describe_model(snapshot: ControlSnapshot, number: int, trusted_keys: Collection[str]) -> ModelVersion:
    """Return what the topic holds of a model, read as the job reads it.

    Raises
    ------
    BadInputError
        There is none of this number.
    """
    packed = snapshot.bundle(number)
    generation = snapshot.current.generation if snapshot.current else None
    states: dict[int | None, State] = {generation.shadow: "shadow", generation.model: "active"} if generation else {}
    state = states.get(number, "unused")
    model = read_bundle(packed, [bytes.fromhex(key) for key in trusted_keys])
    if isinstance(model, str):
        return ModelVersion(number=number, state=state, size_bytes=len(packed), refused=model)
    card = unbundle(packed).get("card.md", b"").decode(errors="replace")
    return ModelVersion(number=number, state=state, size_bytes=len(packed), manifest=model.manifest, card=card or None)
