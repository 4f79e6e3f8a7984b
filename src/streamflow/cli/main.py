"""The root of the command line: global options, the groups of commands, and how errors end."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from streamflow import __version__
from streamflow.cli import (
    audit_command,
    backtest_command,
    config_commands,
    dataset_commands,
    demo_command,
    dlq_commands,
    doctor_command,
    drift_command,
    explain_command,
    job_commands,
    labels_commands,
    lists_commands,
    model_commands,
    probe_command,
    query_command,
    reference_commands,
    risk_commands,
    rules_commands,
    score_commands,
    simulate_commands,
    stack_commands,
    top_command,
    topic_commands,
    trace_command,
    train_command,
    warehouse_commands,
)
from streamflow.cli.output import print_error
from streamflow.contracts.errors import EXIT_MEANING, BadInputError, ExitCode, StreamFlowError

_HELP = f"""
StreamFlow finds fraud in payments while they happen.

Start with `streamflow doctor` and `streamflow up`. Exit codes: {", ".join(f"{code} {words}" for code, words in EXIT_MEANING.items())}.
"""

app = typer.Typer(help=_HELP, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich")
for module in (
    demo_command,
    stack_commands,
    config_commands,
    doctor_command,
    probe_command,
    top_command,
    job_commands,
    simulate_commands,
    dataset_commands,
    score_commands,
    explain_command,
    trace_command,
    backtest_command,
    drift_command,
    rules_commands,
    lists_commands,
    labels_commands,
    risk_commands,
    train_command,
    model_commands,
    dlq_commands,
    topic_commands,
    warehouse_commands,
    reference_commands,
    query_command,
    audit_command,
):
    module.register(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"streamflow {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", help="Settings file instead of ./streamflow.toml.", rich_help_panel="Settings")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SECTION.KEY=VALUE", help="One setting; may be repeated.", rich_help_panel="Settings"),
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version)] = False,
) -> None:
    """Take in what goes before the command; see `_HELP`."""
    if config is None and not assignments:
        return
    from streamflow.settings import Options, use_options

    pairs = [assignment.partition("=") for assignment in assignments or []]
    for key, equals, _ in pairs:
        if not equals or "." not in key:
            raise BadInputError("--set takes one setting", expected="SECTION.KEY=VALUE", got=key)
    context.call_on_close(use_options(Options(file=config, values={key: value for key, _, value in pairs})))


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app(prog_name="streamflow")
    except StreamFlowError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    main()
