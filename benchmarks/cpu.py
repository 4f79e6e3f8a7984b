"""Where processor time goes: by process, and inside a process by kind of thread."""

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import psutil

_NUMBER = re.compile(r"[\s#:.\-]*\d+$")


class CpuTimes(NamedTuple):
    """Processor seconds at a moment.

    Parameters
    ----------
    processes : dict
        Of each process.
    threads : dict
        Of each process's kinds of threads.
    machine : float
        Of everything that ran on the machine, other people's work included.
    """

    processes: dict[str, float]
    threads: dict[str, dict[str, float]]
    machine: float


def cpu_times(pids: Mapping[str, int]) -> CpuTimes:
    """Return the processor time that processes have used so far."""
    processes, threads = {}, {}
    for name, pid in pids.items():
        process = psutil.Process(pid)
        times = process.cpu_times()
        processes[name] = times.user + times.system
        kinds: dict[str, float] = defaultdict(float)
        for thread in process.threads():
            kinds[thread_kind(_thread_name(pid, thread.id))] += thread.user_time + thread.system_time
        threads[name] = kinds
    machine = psutil.cpu_times()
    return CpuTimes(processes, threads, machine.user + machine.nice + machine.system + machine.irq + machine.softirq)


def thread_kind(name: str) -> str:
    """Return the name of a thread without its number.

    Examples
    --------
    >>> thread_kind("GC Thread#1"), thread_kind("data-plane-kafka-request-handler-3"), thread_kind("rocksdb:low")
    ('GC Thread', 'data-plane-kafka-request-handler', 'rocksdb:low')
    """
    return _NUMBER.sub("", name) or name


def _thread_name(pid: int, thread_id: int) -> str:
    try:
        return Path(f"/proc/{pid}/task/{thread_id}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return "ended"
