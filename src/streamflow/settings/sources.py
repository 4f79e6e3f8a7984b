"""Where settings come from: option, then environment, then file, then default; the first that says something wins."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec
from msgspec import inspect

from streamflow.contracts.errors import BadInputError
from streamflow.settings.model import SECTIONS
from streamflow.stack.config import CHECKOUT

ENVIRONMENT_PREFIX: Final = "STREAMFLOW_"
FILE_VARIABLE: Final = "STREAMFLOW_CONFIG"
FILE_NAME: Final = "streamflow.toml"


class Options(msgspec.Struct, frozen=True):
    """What the command line says before its command: `--config FILE` and `--set section.key=value`."""

    file: Path | None = None
    values: dict[str, str] = {}


class Found(msgspec.Struct, frozen=True):
    """A value and where it was found."""

    value: Any
    origin: str


OPTIONS: Final[ContextVar[Options]] = ContextVar("options", default=Options())  # noqa: B039 - frozen, and its dictionary is never changed


def known_keys() -> dict[str, Any]:
    """Return every `section.key` with its annotated type."""
    return {
        f"{section}.{name}": hint for section, kind in SECTIONS.items() for name, hint in get_type_hints(kind, include_extras=True).items()
    }


def environment_variable(key: str) -> str:
    """Return the variable that holds a setting.

    Examples
    --------
    >>> environment_variable("kafka.bootstrap_servers")
    'STREAMFLOW_KAFKA_BOOTSTRAP_SERVERS'
    """
    return f"{ENVIRONMENT_PREFIX}{key.replace('.', '_').upper()}"


def find(options: Options, environment: Mapping[str, str]) -> dict[str, Found]:
    """Return every setting that is not left to its default.

    Raises
    ------
    BadInputError
        The file cannot be read, a key is unknown, or a value is of the wrong type.
    """
    found: dict[str, Found] = {}
    file = _file(options, environment)
    if file is not None:
        found |= _from_file(file)
    found |= _from_environment(environment)
    found |= {key: _convert(key, value, f"--set {key}", lax=True) for key, value in options.values.items()}
    return found


def _file(options: Options, environment: Mapping[str, str]) -> Path | None:
    named = options.file or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    if named is not None:
        if not named.is_file():
            raise BadInputError("the settings file is not there", where=str(named), fix=f"--config FILE, or {FILE_VARIABLE}")
        return named
    return next((file for file in (Path.cwd() / FILE_NAME, CHECKOUT / FILE_NAME) if file.is_file()), None)


def _from_file(file: Path) -> dict[str, Found]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInputError("the settings file cannot be read", expected="TOML", got=str(error), where=str(file)) from error
    found = {}
    for section, content in document.items():
        if section not in SECTIONS:
            raise _unknown(section, SECTIONS, str(file))
        if not isinstance(content, dict):
            raise BadInputError("a section is expected", expected=f"[{section}]", got=repr(content), where=str(file))
        for name, value in content.items():
            key = f"{section}.{name}"
            found[key] = _convert(key, value, f"{file.name}, {key}", lax=False)
    return found


def _from_environment(environment: Mapping[str, str]) -> dict[str, Found]:
    variables = {environment_variable(key): key for key in known_keys()}
    found = {}
    for variable, value in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == FILE_VARIABLE:
            continue
        if variable not in variables:
            raise _unknown(variable, variables, "environment")
        found[variables[variable]] = _convert(variables[variable], value, variable, lax=True)
    return found


def _convert(key: str, value: Any, origin: str, *, lax: bool) -> Found:
    hints = known_keys()
    if key not in hints:
        raise _unknown(key, hints, origin)
    if lax and _is_list(hints[key]):
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        return Found(msgspec.convert(value, hints[key], strict=not lax), origin)
    except msgspec.ValidationError as error:
        raise BadInputError(f"{key} has a wrong value", got=str(error), where=origin, fix="streamflow config show") from error


def _is_list(hint: Any) -> bool:
    found = inspect.type_info(hint)
    while isinstance(found, inspect.Metadata):
        found = found.type
    return isinstance(found, inspect.VarTupleType)


def _unknown(name: str, known: Iterable[str], where: str) -> BadInputError:
    nearest = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return BadInputError(
        f"unknown setting {name}",
        expected=nearest[0] if nearest else f"one of {', '.join(known)}",
        where=where,
        fix="streamflow config show",
    )


def process_environment() -> Mapping[str, str]:
    """Return the environment of this process; nothing else in StreamFlow reads settings from it."""
    return os.environ
