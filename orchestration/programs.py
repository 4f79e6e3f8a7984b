"""Tasks that run `streamflow`, which lives in another environment, as a program."""

from collections.abc import Sequence
from typing import Any, ClassVar

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from orchestration import settings
from streamflow.contracts.errors import EXIT_MEANING, ExitCode

# To repeat them would end the same way.
HOPELESS = frozenset({ExitCode.USAGE, ExitCode.BAD_INPUT})


class StreamflowOperator(BaseOperator):
    """Run a command of StreamFlow and log what it says.

    Parameters
    ----------
    arguments : sequence of str
        What follows `streamflow`; templates.
    """

    template_fields: ClassVar[Sequence[str]] = ("arguments",)
    ui_color = "#dbe9f6"

    def __init__(self, *, arguments: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.arguments = list(arguments)
        self._hook: Any = None

    def execute(self, context: Any) -> None:
        """Run it to its end; an exit code other than 0 fails the task."""
        from airflow.providers.standard.hooks.subprocess import SubprocessHook

        self._hook = SubprocessHook()
        done = self._hook.run_command([*settings.ENDS_WITH_ITS_TASK, *settings.command(), *self.arguments])
        if done.exit_code == ExitCode.OK:
            return
        said = f"streamflow {' '.join(self.arguments)}: {_meaning(done.exit_code)}; its last line: {done.output}"
        raise AirflowFailException(said) if done.exit_code in HOPELESS else AirflowException(said)

    def on_kill(self) -> None:
        """End the program when the task is ended."""
        if self._hook is not None:
            self._hook.send_sigterm()


def _meaning(exit_code: int) -> str:
    return EXIT_MEANING[ExitCode(exit_code)] if exit_code in set(ExitCode) else f"exit code {exit_code}"
