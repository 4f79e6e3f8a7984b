"""The local stack as one thing: up, down, status, and what tests do to it."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Final

import msgspec

from streamflow.contracts.errors import BadInputError, NotReadyError
from streamflow.contracts.log_line import for_people
from streamflow.stack.component import Component
from streamflow.stack.config import MAX_TASK_MANAGERS, Layout, StackSettings
from streamflow.stack.flink import JobManager, ZooKeeper
from streamflow.stack.postgres import Postgres
from streamflow.stack.registry import COMPONENTS, GROUPS, OPTIONAL, component_of, expand, select
from streamflow.stack.state import StackState, exclusive
from streamflow.stack.status import ProcessStatus, process_statuses
from streamflow.stack.supervisor import Supervisor

POLL_SECONDS: Final = 0.2
LOG_TAIL_LINES: Final = 15
LOG_LINE_CHARACTERS: Final = 300


Say = Callable[[str, str, str], None]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a start, as `up` reports it."""

    component: str
    phase: str
    """stopping, preparing, starting, waiting or ready."""
    detail: str = ""
    elapsed_seconds: float


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Where the clients of a stack find its servers; empty for a server that was never started."""

    kafka_bootstrap: str = ""
    flink_rest: str = ""
    postgres_dsn: str = ""
    zookeeper: str = ""
    airflow: str = ""
    probe: str = ""
    prometheus: str = ""
    alertmanager: str = ""


class Stack:
    """A local stack of Kafka, Flink and PostgreSQL.

    Parameters
    ----------
    settings : StackSettings, optional
        Its `directory` makes it a stack of its own: two with different directories do not meet.
    probe_options : mapping of str to str, optional
        As in `Layout`.
    """

    def __init__(self, settings: StackSettings | None = None, probe_options: Mapping[str, str] | None = None) -> None:
        self.layout = Layout(settings or StackSettings(), probe_options)
        self.supervisor = Supervisor(self.layout)

    @property
    def flink_home(self) -> str:
        """Folder of the Flink distribution, with `bin/flink`."""
        return str(self.layout.flink_home)

    def flink_environment(self) -> dict[str, str]:
        """Return the environment to run `bin/flink` with."""
        state = StackState.load(self.layout)
        home = JobManager(self.layout, state).home.environment()
        return {**os.environ, **home, "JAVA_HOME": str(os.path.realpath(self.layout.java)).removesuffix("/bin/java")}

    def components(self, state: StackState | None = None) -> dict[str, Component]:
        """Return the components with the ports they have now."""
        state = state or StackState.load(self.layout)
        return {name: kind(self.layout, state) for name, kind in COMPONENTS.items()}

    def endpoints(self) -> Endpoints:
        """Return where the servers are, whether or not they run."""
        state = StackState.load(self.layout)
        if not state.ports:
            return Endpoints()
        found = {name: component.endpoint for name, component in self.components(state).items()}
        return Endpoints(
            kafka_bootstrap=found["kafka"],
            flink_rest=found["jobmanager"],
            postgres_dsn=found["postgres"],
            zookeeper=found["zookeeper"],
            airflow=found["airflow"],
            probe=found["probe"],
            prometheus=found["prometheus"],
            alertmanager=found["alertmanager"],
        )

    def up(
        self,
        components: Iterable[str] = (),
        taskmanagers: int | None = None,
        report: Callable[[Progress], None] = lambda progress: None,
    ) -> Endpoints:
        """Start components that do not run, and return when all of them answer.

        Parameters
        ----------
        components : iterable of str, optional
            Names or groups (`flink`); what they need is added; all but the optional ones when empty.
        taskmanagers : int, optional
            How many there shall be; when not given, as many as were asked for before, else one for each job that can run: three
            with PostgreSQL, one without.
        report : callable
            Gets every step; called from several threads.

        Raises
        ------
        BadInputError
            A name is unknown.
        NotReadyError
            Something is missing, or does not start in time.
        """
        names = select(components)
        began = time.monotonic()

        def say(component: str, phase: str, detail: str) -> None:
            report(Progress(component=component, phase=phase, detail=detail, elapsed_seconds=time.monotonic() - began))

        with exclusive(self.layout.lock_file):
            chosen = self._launch(names, taskmanagers, say)

        given_up = Event()

        def finish(component: Component) -> None:
            try:
                if self._wait_ready(component, say, given_up):
                    say(component.name, "ready", component.after_start())
            except BaseException:
                given_up.set()
                raise

        with ThreadPoolExecutor(len(chosen)) as pool:
            try:
                list(pool.map(finish, chosen.values()))
            finally:
                # Ctrl-C ends here, in the main thread: the others shall not wait to the end.
                given_up.set()
        return self.endpoints()

    def _launch(self, names: list[str], taskmanagers: int | None, say: Say) -> dict[str, Component]:
        alive = self.supervisor.is_alive()
        if not alive:
            self.supervisor.clean(StackState.load(self.layout).ports.values())
        running = {info.name for info in self.supervisor.processes().values() if info.pid}
        state = self._plan(running, names, taskmanagers)
        every = self.components(state)
        active = {component_of(name) for name in running}
        programs = {name: every[name].programs() for name in COMPONENTS if name in active or name in names}
        changed = {
            component
            for component, own in programs.items()
            if any(name in running and state.fingerprints.get(name) != program.fingerprint for name, program in own.items())
        }
        for component in changed:
            say(component, "stopping", "its configuration or its jars are others now")
            for name in running & set(programs[component]):
                self.supervisor.stop_process(name)
        chosen = {name: every[name] for name in COMPONENTS if name in names or name in changed}
        _prepare([component for name, component in chosen.items() if name in changed or name not in active], say)
        flat = {name: program for own in programs.values() for name, program in own.items()}
        self.supervisor.write(flat)
        state.fingerprints = {name: program.fingerprint for name, program in flat.items()}
        state.save(self.layout)
        if alive:
            self.supervisor.apply()
        else:
            self.supervisor.start()
        for name in chosen:
            say(name, "starting", "")
            for process in programs[name]:
                self.supervisor.start_process(process)
        return chosen

    def _plan(self, running: set[str], names: list[str], taskmanagers: int | None) -> StackState:
        state = StackState.load(self.layout)
        if taskmanagers is not None and not 1 <= taskmanagers <= MAX_TASK_MANAGERS:
            raise BadInputError("number of TaskManagers out of range", expected=f"1 to {MAX_TASK_MANAGERS}", got=str(taskmanagers))
        state.settle_taskmanagers(taskmanagers, every_job=Postgres.name in {*names, *running})
        state.choose_ports({*running, *map(component_of, running)})
        state.save(self.layout)
        return state

    def _wait_ready(self, component: Component, say: Say, given_up: Event) -> bool:
        timeout = self.layout.settings.ready_timeout_seconds
        end = time.monotonic() + timeout
        told = ""
        while (reason := component.why_not_ready()) is not None:
            if reason != told:
                say(component.name, "waiting", reason)
                told = reason
            if given_up.wait(POLL_SECONDS):
                return False
            infos = self.supervisor.processes()
            failed = next((name for name in component.programs() if name not in infos or infos[name].state == "FATAL"), None)
            if failed or time.monotonic() > end:
                name = failed or next(iter(component.programs()))
                raise NotReadyError(
                    f"{component.what} does not start",
                    expected=f"an answer within {timeout} s",
                    got=f"{reason}\n{self.log_tail(name)}",
                    where=str(self.layout.log(name)),
                    fix=f"streamflow logs {component.name}; streamflow doctor",
                )
        return True

    def wait_ready(self, components: Iterable[str] = ()) -> None:
        """Wait until components answer, for example after one of them was killed."""
        every = self.components()
        for name in select(components):
            self._wait_ready(every[name], lambda component, phase, detail: None, Event())

    def down(self, components: Iterable[str] = (), *, purge: bool = False) -> list[str]:
        """Stop components in order; all of them, and the supervisor, when none is named. Returns the processes that ran.

        Parameters
        ----------
        components : iterable of str, optional
            Names or groups.
        purge : bool
            Delete the stack's data too: topics, tables, checkpoints, ports.
        """
        with exclusive(self.layout.lock_file):
            alive = self.supervisor.is_alive()
            ran = {info.name for info in self.supervisor.processes().values() if info.pid} if alive else set()
            named = list(components)
            if named:
                return self._stop_some(named, ran)
            if alive:
                self.supervisor.shut_down(last=ZooKeeper.name)
            self.supervisor.clean(() if purge else StackState.load(self.layout).ports.values())
            if purge:
                for path in self.layout.directory.iterdir():
                    if path != self.layout.lock_file:
                        shutil.rmtree(path) if path.is_dir() else path.unlink()
            return sorted(ran)

    def _stop_some(self, named: list[str], ran: set[str]) -> list[str]:
        if not ran:
            return []
        every = self.components()
        stopped = [name for component in expand(named) for name in every[component].programs() if name in ran]
        for name in stopped:
            self.supervisor.stop_process(name)
        return stopped

    def status(self) -> list[ProcessStatus]:
        """Return every process of the stack, each component asked whether it answers; optional ones only where they were started."""
        state, infos = StackState.load(self.layout), self.supervisor.processes()
        known = {component_of(name) for name in infos}
        components = self.components(state).items() if state.ports else ()
        return process_statuses({name: kind for name, kind in components if name in known or name not in OPTIONAL}, infos)

    def pid(self, process: str) -> int:
        """Return the id of a running process: `kafka`, `taskmanager-1`, ..., or `supervisor`."""
        if process == "supervisor" and self.supervisor.is_alive():
            return int((self.layout.run / "supervisord.pid").read_text())
        info = self.supervisor.processes().get(process)
        if info is None or info.pid is None:
            raise NotReadyError(f"{process} does not run", got=info.state if info else "not started", fix="streamflow up")
        return info.pid

    def kill(self, process: str, signal_number: int = signal.SIGKILL) -> int:
        """Send a signal to a process, and return the id it had."""
        pid = self.pid(process)
        os.kill(pid, signal_number)
        return pid

    def restart(self, process: str) -> None:
        """Stop a process in order, start it again, and wait until its component answers."""
        self.supervisor.stop_process(process)
        self.supervisor.start_process(process)
        self.wait_ready([component_of(process)])

    def log_tail(self, process: str, lines: int = LOG_TAIL_LINES) -> str:
        """Return the last lines of a process's log."""
        try:
            text = self.layout.log(process).read_text(errors="replace")
        except FileNotFoundError:
            return ""
        shown = "\n".join(map(for_people, text.splitlines()[-lines:])).splitlines()
        return "\n".join(line[:LOG_LINE_CHARACTERS] for line in shown[-lines:])


def _prepare(components: list[Component], say: Say) -> None:
    # One after another where they share FLINK_HOME; at once where they are strangers.
    sharing = [component for component in components if component.name in GROUPS["flink"]]
    strangers = [[component] for component in components if component not in sharing]

    def prepare(group: list[Component]) -> None:
        for component in group:
            say(component.name, "preparing", "")
            component.prepare()

    with ThreadPoolExecutor(len(COMPONENTS)) as pool:
        list(pool.map(prepare, [sharing, *strangers]))
