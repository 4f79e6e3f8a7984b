"""What runs of a stack, and whether it answers."""

import time
from collections.abc import Mapping

import msgspec
import psutil

from streamflow.stack.component import Component
from streamflow.stack.registry import component_of
from streamflow.stack.supervisor import ProcessInfo

NOT_STARTED = "not started"


class ProcessStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One process of a stack."""

    name: str
    component: str
    state: str
    ready: bool
    pid: int | None = None
    uptime_seconds: float | None = None
    rss_bytes: int | None = None
    endpoint: str = ""
    detail: str = ""


def process_statuses(components: Mapping[str, Component], infos: Mapping[str, ProcessInfo]) -> list[ProcessStatus]:
    """Return every process, each component asked whether it answers; a component without a process counts as one."""
    found: list[ProcessStatus] = []
    for component in components.values():
        own = [info for info in infos.values() if component_of(info.name) == component.name]
        if not any(info.pid for info in own):
            reason: str | None = NOT_STARTED if all(info.state == "STOPPED" for info in own) else own[0].detail
        else:
            reason = component.why_not_ready()
        found += [_status(component, info, reason) for info in own]
        if not own:
            found.append(ProcessStatus(name=component.name, component=component.name, state="STOPPED", ready=False, detail=NOT_STARTED))
    return found


def _status(component: Component, info: ProcessInfo, reason: str | None) -> ProcessStatus:
    rss_bytes = None
    if info.pid is not None and psutil.pid_exists(info.pid):
        try:
            process = psutil.Process(info.pid)
            rss_bytes = sum(member.memory_info().rss for member in [process, *process.children(recursive=True)])
        except psutil.NoSuchProcess:
            rss_bytes = None
    return ProcessStatus(
        name=info.name,
        component=component.name,
        state=info.state,
        ready=info.pid is not None and reason is None,
        pid=info.pid,
        uptime_seconds=time.time() - info.started if info.pid else None,
        rss_bytes=rss_bytes,
        endpoint=component.endpoint,
        detail=reason or "",
    )
