"""What the local stack stands on, checked one by one."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import psutil

from streamflow.contracts.errors import StreamFlowError
from streamflow.stack.config import CHECKOUT, Layout
from streamflow.stack.network import port_is_free
from streamflow.stack.state import StackState
from streamflow.stack.supervisor import Supervisor

JAVA_MAJOR: Final = 17
PYTHONS: Final = ((3, 11), (3, 12))
NEEDED_MEMORY_BYTES: Final = 4 * 1024**3
NEEDED_DISK_BYTES: Final = 5 * 1024**3
GIBIBYTE: Final = 1024**3


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, and the command that mends it."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


def examine(layout: Layout) -> list[Check]:
    """Run every check; each answers, whatever the others say."""
    checks: list[tuple[str, Callable[[Layout], Check]]] = [
        ("python", _python),
        ("java", _java),
        ("maven", _maven),
        ("setpriv", _setpriv),
        ("kafka jars", lambda layout: _jars(layout, "kafka")),
        ("flink jars", lambda layout: _jars(layout, "flink")),
        ("liquibase jars", lambda layout: _jars(layout, "liquibase")),
        ("flink wheel", _flink_wheel),
        ("postgres", _postgres),
        ("debian packages", _debian_packages),
        ("ports", _ports),
        ("memory", _memory),
        ("disk", _disk),
        ("stack", _stack),
    ]
    return [_guarded(name, check, layout) for name, check in checks]


def _guarded(name: str, check: Callable[[Layout], Check], layout: Layout) -> Check:
    try:
        return check(layout)
    except StreamFlowError as error:
        return Check(name=name, ok=False, detail=str(error).partition("\n")[0], fix=str(error).partition("try: ")[2])
    except (OSError, subprocess.SubprocessError) as error:
        return Check(name=name, ok=False, detail=str(error), fix="make setup")


def _python(layout: Layout) -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info[:2] in PYTHONS
    return Check(name="python", ok=ok, detail=f"{version} in {sys.prefix}", fix="make setup PYTHON=python3.12")


def _java(layout: Layout) -> Check:
    said = subprocess.run([layout.java, "-version"], capture_output=True, text=True, check=True, timeout=30).stderr
    found = re.search(r'version "(\d+)', said)
    major = int(found.group(1)) if found else 0
    detail = f"{said.splitlines()[0]}, {layout.java}"
    return Check(name="java", ok=major == JAVA_MAJOR, detail=detail, fix="apt-get install openjdk-17-jdk-headless, or set stack.java_home")


def _maven(layout: Layout) -> Check:
    return _program("maven", "mvn", "apt-get install maven")


def _setpriv(layout: Layout) -> Check:
    return _program("setpriv", "setpriv", "apt-get install util-linux")


def _program(name: str, program: str, fix: str) -> Check:
    path = shutil.which(program)
    return Check(name=name, ok=path is not None, detail=path or f"{program} is not on PATH", fix=fix)


def _jars(layout: Layout, folder: str) -> Check:
    count = len(list(layout.jar_folder(folder).glob("*.jar")))
    return Check(name=f"{folder} jars", ok=True, detail=f"{count} in {layout.jars / folder}")


def _flink_wheel(layout: Layout) -> Check:
    return Check(name="flink wheel", ok=True, detail=str(layout.flink_wheel))


def _postgres(layout: Layout) -> Check:
    said = subprocess.run([layout.postgres_bin / "postgres", "-V"], capture_output=True, text=True, check=True, timeout=30).stdout
    return Check(name="postgres", ok=True, detail=f"{said.strip()}, {layout.postgres_bin}")


def debian_packages(file: Path) -> list[str]:
    """Return the packages that a file names, one a line; `#` begins a comment."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [name for line in lines if (name := line.partition("#")[0].strip())]


def _debian_packages(layout: Layout) -> Check:
    wanted = debian_packages(CHECKOUT / "debian-packages.txt")
    query = shutil.which("dpkg-query")
    if not wanted or query is None:
        return Check(name="debian packages", ok=True, detail="none needed" if not wanted else "not a Debian system: not checked")
    said = subprocess.run([query, "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted], capture_output=True, text=True, check=False)
    present = {line.split()[0] for line in said.stdout.splitlines() if line.endswith(" installed")}
    missing = [name for name in wanted if name not in present]
    detail = f"missing: {', '.join(missing)}" if missing else f"all {len(wanted)} installed"
    return Check(name="debian packages", ok=not missing, detail=detail, fix=f"apt-get install {' '.join(missing)}")


def _ports(layout: Layout) -> Check:
    state = StackState.load(layout)
    if Supervisor(layout).is_alive() or not state.ports:
        return Check(name="ports", ok=True, detail="in use by the stack" if state.ports else "chosen at the first start")
    taken = [str(port) for port in state.ports.values() if not port_is_free(port)]
    detail = f"taken by another program: {', '.join(taken)}; the next start chooses others" if taken else "free"
    return Check(name="ports", ok=True, detail=detail)


def _memory(layout: Layout) -> Check:
    available = psutil.virtual_memory().available
    ok = available >= NEEDED_MEMORY_BYTES or Supervisor(layout).is_alive()
    return Check(name="memory", ok=ok, detail=f"{available / GIBIBYTE:.1f} GiB available, 4 needed", fix="free -h; stop other programs")


def _disk(layout: Layout) -> Check:
    place = layout.directory if layout.directory.exists() else layout.directory.parent
    free = shutil.disk_usage(place).free
    return Check(
        name="disk", ok=free >= NEEDED_DISK_BYTES, detail=f"{free / GIBIBYTE:.1f} GiB free, 5 needed, {place}", fix=f"df -h {place}"
    )


def _stack(layout: Layout) -> Check:
    if layout.directory.exists() and not os.access(layout.directory, os.W_OK):
        return Check(
            name="stack", ok=False, detail=f"{layout.directory} belongs to another user", fix=f"sudo chown -R $USER {layout.directory}"
        )
    infos = Supervisor(layout).processes()
    broken = [info for info in infos.values() if info.state in ("FATAL", "BACKOFF")]
    if broken:
        names = ", ".join(info.name for info in broken)
        return Check(name="stack", ok=False, detail=f"does not start: {names}", fix=f"streamflow logs {broken[0].name}")
    running = sum(info.pid is not None for info in infos.values())
    return Check(name="stack", ok=True, detail=f"{running} processes run" if running else "not running")
