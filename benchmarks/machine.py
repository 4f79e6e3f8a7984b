"""What a figure was measured on, and how fast that machine was at the moment."""

import os
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import psutil

from streamflow.stack import StackSettings
from streamflow.stack.config import CHECKOUT, Layout, versions

LOOP_STEPS: Final = 1_000_000
CHASE_ENTRIES: Final = 2_000_000
CHASE_STEPS: Final = 300_000
_MODEL: Final = "model name"


class Calibration(msgspec.Struct, frozen=True):
    """The machine's speed just before a measurement: on a shared one it changes, and figures change with it.

    Parameters
    ----------
    loop_nanoseconds : float
        CPU time of one step of a fixed loop in pure Python.
    memory_nanoseconds : float
        CPU time of one dependent read at a random place of some 80 MB.
    load_average : float
        Processes that wanted to run in the last minute.
    """

    loop_nanoseconds: float
    memory_nanoseconds: float
    load_average: float


class Machine(msgspec.Struct, frozen=True):
    """The machine that a benchmark ran on."""

    cpu: str
    cores: int
    memory_gib: float


def calibrate() -> Calibration:
    """Measure the machine's speed now. Cost: about a second."""
    places = np.random.default_rng(1).permutation(CHASE_ENTRIES)
    following = np.empty(CHASE_ENTRIES, dtype=np.int64)
    following[places] = np.roll(places, -1)
    chain: list[int] = following.tolist()
    load_average = os.getloadavg()[0]

    begin = time.process_time()
    total = 0
    for step in range(LOOP_STEPS):
        total += step & 7
    loop_seconds = time.process_time() - begin

    begin = time.process_time()
    place = 0
    for _ in range(CHASE_STEPS):
        place = chain[place]
    chase_seconds = time.process_time() - begin
    return Calibration(round(loop_seconds / LOOP_STEPS * 1e9, 1), round(chase_seconds / CHASE_STEPS * 1e9, 1), round(load_average, 1))


def machine() -> Machine:
    """Return the facts of this machine."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith(_MODEL)), "unknown")
    return Machine(model, len(os.sched_getaffinity(0)), round(psutil.virtual_memory().total / 2**30, 1))


def software() -> dict[str, str]:
    """Return the versions of what was measured."""
    found = {name: version for name, version in versions(Layout(StackSettings())).items() if name != "postgres"}
    found["commit"] = _commit()
    return found


def now() -> str:
    """Return the time of a measurement, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _commit() -> str:
    command = ["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty", "--exclude", "*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
