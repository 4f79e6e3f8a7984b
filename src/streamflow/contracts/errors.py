"""The one way in which StreamFlow tells a person that something is wrong.

Errors about *data* are not exceptions here: a record that cannot be read is a
`Rejection` (see :mod:`streamflow.contracts.rejection`). The exceptions below are for the
operator of a command or a job, so they say what was expected, what came, where, and
what to do next.
"""

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """Exit codes of the command line, the same for every command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    BAD_INPUT = 3
    NOT_READY = 4
    INTERRUPTED = 130


EXIT_MEANING: Final = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed",
    ExitCode.USAGE: "wrong usage",
    ExitCode.BAD_INPUT: "bad input",
    ExitCode.NOT_READY: "something is not ready",
    ExitCode.INTERRUPTED: "interrupted",
}


class StreamFlowError(Exception):
    """Something the operator can mend.

    Parameters
    ----------
    message : str
        What went wrong, in one sentence.
    expected, got, where : str, optional
        The three facts a reader needs to find the cause.
    fix : str, optional
        The command or change that mends it.

    Examples
    --------
    >>> print(StreamFlowError("unknown rule", expected="FR-001 to FR-005", got="FR-9", where="rules.yaml, rules[0].id"))
    unknown rule: expected FR-001 to FR-005, got FR-9 (rules.yaml, rules[0].id)
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, expected: str = "", got: str = "", where: str = "", fix: str = "") -> None:
        self.message, self.expected, self.got, self.where, self.fix = message, expected, got, where, fix
        super().__init__(str(self))

    def __str__(self) -> str:
        facts = ", ".join(f"{name} {value}" for name, value in (("expected", self.expected), ("got", self.got)) if value)
        text = f"{self.message}: {facts}" if facts else self.message
        if self.where:
            text += f" ({self.where})"
        if self.fix:
            text += f"\n  try: {self.fix}"
        return text


class BadInputError(StreamFlowError):
    """A file, document, option or setting does not say what it must."""

    exit_code = ExitCode.BAD_INPUT


class NotReadyError(StreamFlowError):
    """A program, a server or a file that the command stands on is missing or does not answer."""

    exit_code = ExitCode.NOT_READY
