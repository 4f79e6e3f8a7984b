"""Rules and lists in files: the rules that the package ships, and a user's own."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from streamflow.contracts.control import ListEntry, ListsDocument, RulesDocument
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.json_errors import UNREADABLE_JSON
from streamflow.contracts.risk import RiskDocument
from streamflow.control.lists import make_entry
from streamflow.score.control import ControlLog
from streamflow.score.lists import Blocklists
from streamflow.score.model import Model
from streamflow.score.risk import RiskSnapshot
from streamflow.score.ruleset import RuleSet, read_rules

NO_LISTS = ListsDocument(version=1)


def parse_yaml(text: str, where: str) -> Any:
    """Parse YAML 1.2, in which `on` is a text and a key that stands twice is an error."""
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise BadInputError("this is not YAML", got=" ".join(str(error).split()), where=where) from error


def read_rules_file(path: Path) -> RulesDocument:
    """Read and check a rules file.

    Raises
    ------
    BadInputError
        If the file cannot be read, or its rules cannot be followed; the message names the place.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError("the rules file cannot be read", got=str(error), where=str(path)) from error
    document = read_rules(parse_yaml(text, str(path)), str(path))
    RuleSet(document, str(path))
    return document


def default_rules_text() -> str:
    """Return the rules file that the package ships, with its comments."""
    return files("streamflow.score.rules").joinpath("rules.yaml").read_text(encoding="utf-8")


def default_rules() -> RulesDocument:
    """Return the rules that the package ships.

    Examples
    --------
    >>> [rule.id for rule in default_rules().rules]
    ['FR-001', 'FR-002', 'FR-003', 'FR-004', 'FR-005']
    """
    return read_rules(parse_yaml(default_rules_text(), "rules.yaml"), "rules.yaml")


def fixed_control(
    rules: RulesDocument | None = None,
    lists: ListsDocument = NO_LISTS,
    model: Model | None = None,
    risk: RiskDocument | None = None,
    shadow: Model | None = None,
) -> ControlLog:
    """Return a control log in which these rules (by default the package's), lists, models and risk snapshot have always been active."""
    snapshot = None if risk is None else RiskSnapshot(risk)
    return ControlLog.fixed(RuleSet(rules or default_rules()), Blocklists(lists), model, snapshot, shadow)


def read_risk_file(path: Path) -> RiskDocument:
    """Read and check a risk snapshot, such as `streamflow risk build` writes.

    Raises
    ------
    BadInputError
        If the file cannot be read, or its risk cannot be followed; the message names the place.
    """
    try:
        document = msgspec.json.decode(path.read_bytes(), type=RiskDocument)
    except OSError as error:
        raise BadInputError("the risk file cannot be read", got=error.strerror or str(error), where=str(path)) from error
    except UNREADABLE_JSON as error:
        raise BadInputError("this is not a risk snapshot", got=str(error), where=str(path), fix="streamflow risk build") from error
    RiskSnapshot(document)
    return document


class ListsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lists in a file: ids alone, or whole entries; the version is passed over."""

    version: int | None = None
    customers: list[str | dict[str, Any]] = []
    stores: list[str | dict[str, Any]] = []


def read_lists_file(path: Path) -> ListsDocument:
    """Read lists from JSON: `{"customers": [...], "stores": [...]}`, each an id or an entry with id, reason and expires_at_ms.

    Raises
    ------
    BadInputError
        If the file cannot be read or does not have this shape; the message names the place.
    """
    try:
        content = msgspec.json.decode(path.read_bytes(), type=ListsFile)
        return ListsDocument(
            version=1,
            customers=tuple(_entry(item, f"{path}, customers[{place}]") for place, item in enumerate(content.customers)),
            stores=tuple(_entry(item, f"{path}, stores[{place}]") for place, item in enumerate(content.stores)),
        )
    except OSError as error:
        raise BadInputError("the lists file cannot be read", got=error.strerror or str(error), where=str(path)) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInputError("this is not a lists file", got=str(error), where=str(path)) from error


def _entry(item: str | dict[str, Any], where: str) -> ListEntry:
    try:
        entry = ListEntry(item) if isinstance(item, str) else msgspec.convert(item, ListEntry)
        return make_entry(entry.id, reason=entry.reason, expires_at_ms=entry.expires_at_ms, added_at_ms=entry.added_at_ms)
    except msgspec.ValidationError as error:
        raise BadInputError("this cannot be an entry of a list", got=str(error), where=where) from error
    except BadInputError as error:
        raise BadInputError(error.message, expected=error.expected, got=error.got, where=where) from error
