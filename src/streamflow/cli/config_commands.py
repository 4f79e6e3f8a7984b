"""`streamflow config`: which settings are in force, and where each comes from."""

from typing import Annotated

import typer

config = typer.Typer(help="Which settings are in force, and where each comes from.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(config, name="config")


@config.command("show")
def show(
    section: Annotated[str | None, typer.Argument(help="Only this section, such as kafka.", show_default=False)] = None,
    changed: Annotated[bool, typer.Option("--changed", help="Only what is not a default.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print every setting, its origin and its meaning; secrets are masked.

    An option (--set kafka.bootstrap_servers=...) beats the environment (STREAMFLOW_KAFKA_BOOTSTRAP_SERVERS), which beats the
    file (streamflow.toml, [kafka] bootstrap_servers), which beats the default.

    Example: streamflow config show kafka
    """
    from streamflow.cli.output import print_json, print_table
    from streamflow.contracts.errors import BadInputError
    from streamflow.settings import Settings
    from streamflow.settings.model import SECTIONS

    if section is not None and section not in SECTIONS:
        raise BadInputError("unknown section", expected=", ".join(SECTIONS), got=section)
    entries = [
        entry
        for entry in Settings.load().entries()
        if (section is None or entry.name.startswith(f"{section}.")) and (not changed or entry.origin != "default")
    ]
    if as_json:
        print_json(entries)
    else:
        print_table(("setting", "value", "from", "meaning"), [(entry.name, entry.value, entry.origin, entry.what) for entry in entries])
