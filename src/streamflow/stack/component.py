"""What a component of the local stack is: a program that is prepared, started, asked and stopped."""

import hashlib
import os
import shlex
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import msgspec

from streamflow.stack.config import Layout
from streamflow.stack.state import StackState


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """How the supervisor runs a component."""

    command: list[str]
    environment: dict[str, str] = {}
    stop_signal: str = "TERM"
    user: str = ""
    """Run as this system user, when set; needs root."""
    read_anywhere: bool = False
    """Let that user read below folders that only root may enter."""
    fingerprint: str = ""
    """Changes when the program's configuration files do, so that `up` restarts it."""

    def script(self) -> str:
        """Return a shell script that becomes the program and dies with the supervisor.

        Examples
        --------
        >>> print(Program(command=["java", "-cp", "a b"], environment={"X": "1"}).script())
        #!/bin/sh
        # Written by `streamflow up`: changes are lost.
        export X=1
        exec setpriv --pdeathsig KILL -- java -cp 'a b'
        """
        exports = [f"export {name}={shlex.quote(value)}" for name, value in sorted(self.environment.items())]
        launch = ["exec", "setpriv", "--pdeathsig", "KILL", *as_user(self.user, read_anywhere=self.read_anywhere), "--", *self.command]
        return "\n".join(["#!/bin/sh", "# Written by `streamflow up`: changes are lost.", *exports, shlex.join(launch)])


class Component(ABC):
    """One server of the stack.

    Parameters
    ----------
    layout : Layout
        Where things lie.
    state : StackState
        The ports.
    """

    name: ClassVar[str]
    what: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, layout: Layout, state: StackState) -> None:
        self.layout = layout
        self.state = state

    @property
    @abstractmethod
    def endpoint(self) -> str:
        """Where its clients find it."""

    @abstractmethod
    def prepare(self) -> None:
        """Write its files; called while it does not run, any number of times."""

    @abstractmethod
    def programs(self) -> dict[str, Program]:
        """Return its processes by name."""

    @abstractmethod
    def why_not_ready(self) -> str | None:
        """Ask it a real question: None when it answers, else what is still missing."""

    def after_start(self) -> str:
        """Do what can only be done once it answers, and say what was done."""
        return ""


def as_user(user: str, *, read_anywhere: bool = False) -> list[str]:
    """Return the options of `setpriv` that make root another user; nothing when no user is named."""
    if not user:
        return []
    options = ["--reuid", user, "--regid", "nogroup" if user == "nobody" else user, "--clear-groups"]
    return [*options, "--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"] if read_anywhere else options


def search_path() -> str:
    """Return PATH with this Python's folder first: Flink's Python operators start whatever `python` comes first."""
    return os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath)])


def fingerprint(*parts: str | Path) -> str:
    """Return a short digest of texts, of files' contents and of jars' sizes and times."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            digest.update(part.encode())
        elif part.suffix == ".jar":
            facts = part.stat()
            digest.update(f"{part}:{facts.st_size}:{facts.st_mtime_ns}".encode())
        else:
            digest.update(part.read_bytes())
    return digest.hexdigest()[:16]


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, at no moment anybody else."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)


def properties(values: Mapping[str, object]) -> str:
    """Return a Java properties file.

    Examples
    --------
    >>> print(properties({"node.id": 1, "log.dirs": "/data"}), end="")
    node.id=1
    log.dirs=/data
    """
    return "".join(f"{name}={str(value).replace(chr(92), chr(92) * 2)}\n" for name, value in values.items())
