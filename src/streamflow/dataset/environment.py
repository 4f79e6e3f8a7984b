"""The simulator's own Python environment, and its programs run in it."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from streamflow.contracts.errors import NotReadyError, StreamFlowError
from streamflow.dataset.files import Progress, whole_file

CHECKOUT: Final = Path(__file__).resolve().parents[3]
REQUIREMENTS: Final = CHECKOUT / "requirements" / "synccfd.txt"
UV: Final = CHECKOUT / "build" / "uv" / "bin" / "uv"
HOME: Final = CHECKOUT / "build" / "synccfd"
_SHOWN_CHARACTERS: Final = 600


class Environment:
    """A virtual environment with the locked requirements of the simulator, made when it is first asked for.

    Parameters
    ----------
    home : Path
        Folder for the environment, its lock and its log.
    uv : Path
        The installer.
    requirements : Path
        Locked packages with their hashes; when they change, the environment is made anew.
    """

    def __init__(self, home: Path = HOME, uv: Path = UV, requirements: Path = REQUIREMENTS) -> None:
        self.home, self._uv, self._requirements = home, uv, requirements
        self._venv = home / "venv"
        self._ready = self._venv / ".ready"

    def fingerprint(self) -> str:
        """Return a digest of what is installed.

        Raises
        ------
        NotReadyError
            StreamFlow was installed without its checkout.
        """
        if not self._requirements.is_file():
            raise NotReadyError("the simulator's requirements are missing", where=str(self._requirements), fix="run it in a checkout")
        return hashlib.sha256(self._requirements.read_bytes()).hexdigest()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the environment: a second command waits for the first."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def prepare(self) -> Path:
        """Return the environment's interpreter; make it first where it is not there.

        Raises
        ------
        NotReadyError
            The installer is missing, or fails.
        """
        wanted = f"{self.fingerprint()} {sys.version}"
        if not self._ready.is_file() or self._ready.read_text() != wanted:
            if not self._uv.is_file():
                raise NotReadyError("the installer uv is missing", where=str(self._uv), fix="make setup")
            self._install("venv", "--quiet", "--clear", "--python", sys.executable, str(self._venv))
            self._install("pip", "sync", "--quiet", "--require-hashes", str(self._requirements))
            with whole_file(self._ready) as draft:
                draft.write_text(wanted)
        return self._venv / "bin" / "python"

    def _install(self, *arguments: str) -> None:
        environment = os.environ | {"VIRTUAL_ENV": str(self._venv), "UV_PYTHON_DOWNLOADS": "never"}
        done = subprocess.run([str(self._uv), *arguments], env=environment, capture_output=True, text=True, errors="replace")
        if done.returncode:
            raise NotReadyError(
                "the simulator's environment cannot be made",
                got=done.stderr.strip()[-_SHOWN_CHARACTERS:],
                where=f"uv {arguments[0]}",
                fix="see that a package index can be reached, then run the command again",
            )

    def run(self, program: Path, arguments: Sequence[str], report: Progress | None = None) -> None:
        """Run a Python program, whose lines on standard output begin with how far it is; it ends when this one ends.

        Raises
        ------
        StreamFlowError
            It failed.
        """
        log = self.home / "worker.log"
        command = [str(self.prepare()), "-I", str(program), *arguments]
        with log.open("wb") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
            try:
                for line in process.stdout or ():
                    if report is not None:
                        report(int(line.split()[0]))
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            last = log.read_text(errors="replace").strip()[-_SHOWN_CHARACTERS:]
            raise StreamFlowError("the simulator failed", got=last or f"exit code {process.returncode}", where=str(log))
