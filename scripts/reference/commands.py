"""`docs/reference/commands.md`: the command line as it describes itself."""

import re
from collections.abc import Iterator
from typing import Any, Final

from typer.main import get_command

from scripts.reference.markdown import code, page, table
from streamflow.cli.main import app
from streamflow.contracts.errors import EXIT_MEANING

PROGRAM: Final = "streamflow"
_ANY_NUMBER: Final = -1
_EXAMPLE: Final = re.compile(r"^Example: (?P<command>.+)$", re.MULTILINE)


def commands_page() -> str:
    """Return the page of every command."""
    root = get_command(app)
    found = list(commands(root))
    index = table(("command", "what"), [(f"[`{name}`](#{name.replace(' ', '-')})", _first_sentence(command)) for name, command in found])
    return page(
        "Commands",
        "`streamflow COMMAND --help` says the same. Options of the program stand before the command, those of a command behind it. "
        f"`{PROGRAM} --install-completion` sets up completion of the shell.",
        index,
        "## Options of the program",
        _options(root),
        "## Exit codes",
        table(("code", "meaning"), [(int(exit_code), words) for exit_code, words in EXIT_MEANING.items()]),
        "Errors go to standard error, results to standard output.",
        *(part for name, command in found for part in _command(name, command)),
    )


def commands(group: Any, path: str = PROGRAM) -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with its whole name, in the order of the help."""
    for name, command in group.commands.items():
        whole = f"{path} {name}"
        if hasattr(command, "commands"):
            yield from commands(command, whole)
        else:
            yield whole, command


def options_of(command: Any) -> set[str]:
    """Return every spelling of a command's options."""
    return {"--help"} | {spelling for param in command.params if _is_option(param) for spelling in (*param.opts, *param.secondary_opts)}


def _command(name: str, command: Any) -> list[str]:
    examples = [match["command"].strip() for match in _EXAMPLE.finditer(command.help)]
    words = _EXAMPLE.sub("", command.help).strip()
    arguments = [param for param in command.params if not _is_option(param)]
    usage = " ".join([name, *(["[OPTIONS]"] if len(arguments) < len(command.params) else []), *map(_shown, arguments)])
    rows = [(code(_shown(param)), _meaning(param)) for param in arguments]
    return [
        f"## {name}",
        "\n\n".join(" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", words)),
        f"```text\n{usage}\n```",
        table(("argument", "meaning"), rows) if rows else "",
        _options(command),
        "```bash\n" + "\n".join(examples) + "\n```" if examples else "",
    ]


def _options(command: Any) -> str:
    rows = [(code(_spelling(param)), _default(param), _meaning(param)) for param in command.params if _is_option(param)]
    return table(("option", "default", "meaning"), rows) if rows else ""


def _is_option(param: Any) -> bool:
    return bool(param.param_type_name == "option")


def _spelling(param: Any) -> str:
    names = ", ".join(sorted([*param.opts, *param.secondary_opts], key=lambda name: name.startswith("--")))
    if param.is_flag:
        return names
    return f"{names} {param.metavar or param.display_type(None)}"


def _shown(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return (name if argument.required else f"[{name}]") + ("..." if argument.nargs == _ANY_NUMBER else "")


def _default(param: Any) -> str:
    if isinstance(param.show_default, str):
        return param.show_default
    if param.is_flag or param.default is None:
        return ""
    return code(param.default)


def _meaning(param: Any) -> str:
    words = param.help or ""
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    if low is not None and high is not None:
        words += f" {low:g} to {high:g}."
    elif low:
        words += f" At least {low:g}."
    return words.strip()


def _first_sentence(command: Any) -> str:
    return f"{' '.join(command.help.split()).partition('. ')[0].rstrip('.')}."
