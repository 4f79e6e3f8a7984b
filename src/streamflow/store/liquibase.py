"""Liquibase as a child process."""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import msgspec

from streamflow.contracts.errors import BadInputError, NotReadyError, StreamFlowError
from streamflow.store.connection import Jdbc

FOLDER: Final = Path(__file__).with_name("migrations")
CHANGELOG: Final = "changelog.xml"
SCHEMA: Final = "liquibase"
"""Where it keeps what has run; beside the warehouse's own schemas, so that these can go down to nothing."""

_JVM: Final = ("-Xmx256m", "-Duser.timezone=UTC")
_TAIL_LINES: Final = 15
_CHANGED: Final = re.compile(r"^\s*(\S+)::(\S+)::\S+ was: \S+ but is now: \S+", re.MULTILINE)
_REASON: Final = re.compile(r"^(?:Unexpected error running Liquibase:|.*?ERROR:)\s*(.+)", re.MULTILINE)


class Liquibase(msgspec.Struct, frozen=True):
    """The program.

    Parameters
    ----------
    java : str
        Path of `java`.
    jars : Path
        Folder with its jars and PostgreSQL's driver.
    """

    java: str
    jars: Path

    def run(self, database: Jdbc, *command: str) -> str:
        """Run one command with the package's migrations, and return what it printed. About 3 s.

        Raises
        ------
        BadInputError
            If a migration was changed after it ran.
        NotReadyError
            If Java cannot be started.
        StreamFlowError
            If a migration fails; it is undone, those before it stay.
        """
        # A migrator that is killed takes its Java with it: nobody works on behind the lock's next holder.
        program = ["setpriv", "--pdeathsig", "KILL", "--", self.java, *_JVM, "-cp", f"{self.jars}/*"]
        arguments = [
            "liquibase.integration.commandline.LiquibaseCommandLine",
            f"--search-path={FOLDER}",
            f"--changelog-file={CHANGELOG}",
            f"--liquibase-schema-name={SCHEMA}",
            "--show-banner=false",
            "--analytics-enabled=false",
            "--log-level=WARNING",
            *command,
        ]
        # The password goes by the environment, which only this user can see.
        secrets = {
            "LIQUIBASE_COMMAND_URL": database.url,
            "LIQUIBASE_COMMAND_USERNAME": database.user,
            "LIQUIBASE_COMMAND_PASSWORD": database.password,
        }
        try:
            done = subprocess.run(
                [*program, *arguments], env={"PATH": os.defpath, **secrets}, capture_output=True, text=True, errors="replace", check=False
            )
        except OSError as error:
            raise NotReadyError("Liquibase cannot be started", got=str(error), fix="streamflow doctor") from error
        if done.returncode:
            raise _failure(done.stderr or done.stdout)
        return done.stdout


def _failure(output: str) -> StreamFlowError:
    changed = _CHANGED.findall(output)
    if changed:
        return BadInputError(
            "a migration was changed after it ran",
            expected="the text that ran",
            got="another one",
            where=", ".join(f"{file}, {name}" for file, name in changed),
            fix="put it back, and write what you want into a new migration",
        )
    reason = _REASON.search(output)
    tail = "\n".join(output.strip().splitlines()[-_TAIL_LINES:])
    return StreamFlowError("the migration failed", got=reason[1] if reason else tail, where="Liquibase")
