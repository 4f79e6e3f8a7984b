"""supervisord for one stack: its configuration, its start and end, and the calls we make to it."""

import hashlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from xmlrpc.client import Fault, ServerProxy

import msgspec
import psutil
from supervisor.xmlrpc import SupervisorTransport

from streamflow.contracts.errors import NotReadyError
from streamflow.stack.component import Program, search_path
from streamflow.stack.config import Layout
from streamflow.stack.network import port_is_free

MARK: Final = "STREAMFLOW_SUPERVISED"
"""Environment variable that every process of a stack carries, with the stack's folder as its value."""

FINGERPRINT: Final = "STREAMFLOW_FINGERPRINT"
"""Environment variable that changes when a process's configuration does, so that supervisord restarts it."""

STOP_SECONDS: Final = 20
START_SECONDS: Final = 15
RELEASE_SECONDS: Final = 5
ALIVE: Final = frozenset({"RUNNING", "STARTING", "BACKOFF"})
POLL_SECONDS: Final = 0.05
MAX_SOCKET_PATH_BYTES: Final = 100
PRIVATE_ENVIRONMENT: Final = "STREAMFLOW_"


class ProcessInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What supervisord knows about one process."""

    name: str
    state: str
    """supervisord's word: STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED or FATAL."""
    pid: int | None
    started: float
    detail: str


class Supervisor:
    """The parent of a stack's processes.

    It restarts what dies. What it started dies with it (`setpriv --pdeathsig`), and :meth:`clean` finds what
    should be left all the same.

    Parameters
    ----------
    layout : Layout
        Where things lie.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.config_file = layout.run / "supervisord.conf"
        self.socket = self._socket()

    def _socket(self) -> Path:
        path = self.layout.run / "supervisor.sock"
        if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
            return path
        # The kernel limits the path of a socket, and a checkout may lie deep.
        digest = hashlib.sha256(os.fsencode(self.layout.directory)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"streamflow-{os.geteuid()}-{digest}" / "supervisor.sock"

    def config(self, programs: Mapping[str, Program]) -> str:
        """Return supervisord's configuration for these programs."""
        run, log = self.layout.run, self.layout.log
        lines = [
            "; Written by `streamflow up`: changes are lost.",
            "[unix_http_server]",
            f"file = {_escape(self.socket)}",
            "chmod = 0700",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
            "[supervisord]",
            "nodaemon = true",
            "silent = true",
            f"pidfile = {_escape(run / 'supervisord.pid')}",
            f"logfile = {_escape(log('supervisor'))}",
            "logfile_maxbytes = 1MB",
            "logfile_backups = 1",
            f"childlogdir = {_escape(log('supervisor').parent)}",
            *(["user = root"] if os.geteuid() == 0 else []),
        ]
        for name, program in programs.items():
            lines += [
                f"[program:{name}]",
                f"command = {_escape(shlex.join(['/bin/sh', str(run / f'{name}.sh')]))}",
                f'environment = {FINGERPRINT}="{program.fingerprint}"',
                "directory = /",
                "autostart = false",
                "autorestart = true",
                "startsecs = 2",
                "startretries = 5",
                f"stopsignal = {program.stop_signal}",
                f"stopwaitsecs = {STOP_SECONDS}",
                "killasgroup = true",
                "redirect_stderr = true",
                f"stdout_logfile = {_escape(log(name))}",
                "stdout_logfile_maxbytes = 20MB",
                "stdout_logfile_backups = 2",
            ]
        return "\n".join(lines) + "\n"

    def write(self, programs: Mapping[str, Program]) -> None:
        """Write the configuration and the programs' start scripts."""
        self.layout.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.layout.log("supervisor").parent.mkdir(parents=True, exist_ok=True)
        self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, program in programs.items():
            (self.layout.run / f"{name}.sh").write_text(program.script() + "\n")
        self.config_file.write_text(self.config(programs))

    def _call(self, method: str, *arguments: object) -> Any:
        proxy = ServerProxy("http://localhost", transport=SupervisorTransport(None, None, f"unix://{self.socket}"))
        return getattr(proxy.supervisor, method)(*arguments)

    def is_alive(self) -> bool:
        """Say whether supervisord answers."""
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except (OSError, HTTPException, Fault):
            return False

    def start(self) -> None:
        """Start supervisord, detached from this command and its terminal."""
        self.socket.unlink(missing_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE_ENVIRONMENT)}
        environment |= {MARK: str(self.layout.directory), "PATH": search_path()}
        with self.layout.log("supervisor-start").open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.config_file)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        if not _wait(lambda: self.is_alive() or process.poll() is not None, START_SECONDS) or process.poll() is not None:
            raise NotReadyError("the supervisor does not start", where=output.name, got=Path(output.name).read_text()[-2000:])

    def apply(self) -> None:
        """Make a running supervisord take over a rewritten configuration: what changed or went is stopped."""
        added, changed, removed = self._call("reloadConfig")[0]
        for group in [*changed, *removed]:
            self._call("stopProcessGroup", group, True)
            self._call("removeProcessGroup", group)
        for group in [*added, *changed]:
            self._call("addProcessGroup", group)

    def processes(self) -> dict[str, ProcessInfo]:
        """Return what supervisord knows about each process; nothing when it does not run."""
        try:
            found = self._call("getAllProcessInfo")
        except (OSError, HTTPException, Fault):
            return {}
        return {
            info["name"]: ProcessInfo(
                name=info["name"],
                state=info["statename"],
                pid=info["pid"] or None,
                started=float(info["start"]),
                detail=info["spawnerr"] or info["description"],
            )
            for info in found
        }

    def start_process(self, name: str) -> None:
        """Start a process and do not wait for it."""
        if self.processes()[name].state not in ALIVE:
            self._call("startProcess", name, False)

    def stop_process(self, name: str) -> None:
        """Stop a process in order and wait for its end."""
        if self.processes()[name].state in ALIVE:
            self._call("stopProcess", name, True)

    def shut_down(self, last: str) -> None:
        """Stop every process in order, all at once but for the one that the others need to the end, then supervisord."""
        pid = int(self._call("getPID"))
        for name, info in self.processes().items():
            if name != last and info.state in ALIVE:
                self._call("stopProcess", name, False)
        _wait(lambda: all(info.pid is None for name, info in self.processes().items() if name != last), STOP_SECONDS + START_SECONDS)
        self._call("shutdown")
        _wait(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, STOP_SECONDS + START_SECONDS)

    def clean(self, ports: Iterable[int] = ()) -> list[int]:
        """Kill what a supervisord that died left behind, and return the process ids.

        Only processes that carry this stack's mark in their environment are touched.

        Parameters
        ----------
        ports : iterable of int
            The stack's ports. A process in its last moments has lost its environment, and with it the mark, but not
            yet its ports: they are waited for. A program of others that listens on one makes this take 5 s, no more.
        """
        mark, held = str(self.layout.directory), tuple(ports)
        left = [process for process in psutil.process_iter() if _mark_of(process) == mark]
        for process in left:
            _kill(process)
        psutil.wait_procs(left, timeout=STOP_SECONDS)
        _wait(lambda: all(port_is_free(port) for port in held), RELEASE_SECONDS)
        self.socket.unlink(missing_ok=True)
        return [process.pid for process in left]


def _escape(value: object) -> str:
    """Protect what supervisord would expand in a value."""
    return str(value).replace("%", "%%")


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def _kill(process: psutil.Process) -> None:
    try:
        process.send_signal(signal.SIGKILL)
    except psutil.NoSuchProcess:
        return


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(POLL_SECONDS)
    return condition()
