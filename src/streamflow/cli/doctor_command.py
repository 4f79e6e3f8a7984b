"""`streamflow doctor`: what StreamFlow stands on, checked."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("doctor", rich_help_panel="The local stack")(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check Python, Java, jars, programs, ports, memory and disk; name the command that mends what is missing.

    Ends with 4 if anything is missing.

    Example: streamflow doctor
    """
    from streamflow.cli.output import print_json
    from streamflow.contracts.errors import ExitCode
    from streamflow.settings import Settings
    from streamflow.stack.doctor import examine

    checks = examine(Settings.load().local_stack().layout)
    if as_json:
        print_json(checks)
    else:
        for check in checks:
            typer.secho("ok      " if check.ok else "MISSING ", fg="green" if check.ok else "red", nl=False)
            typer.echo(f"{check.name}: {check.detail}")
            if not check.ok:
                typer.echo(f"        try: {check.fix}")
    if not all(check.ok for check in checks):
        raise typer.Exit(ExitCode.NOT_READY)
