"""The folders of a `FLINK_HOME` out of Flink's wheel: for the local stack, and for images.

``python -m streamflow.stack.flink_layout HOME JARS`` lays one out with the jars of `JARS/flink`, and a plugin for each other folder there.
"""

import importlib.util
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

# `config.yaml` opens packages of Java's to Flink, without which no job is even built.
_CONFIGURATIONS = ("config.yaml", "log4j-console.properties", "log4j.properties", "log4j-cli.properties", "log4j-session.properties")


def class_path(wheel: Path, connectors: Iterable[Path]) -> list[Path]:
    """Return the jars of `lib`: the wheel's and the connectors.

    flink-python is among them, not left in `opt`: PEMJA can be loaded once in a JVM only, so every job of a
    TaskManager must find it in the one class loader they share.
    """
    return [*sorted(wheel.glob("lib/*.jar")), *sorted(wheel.glob("opt/flink-python-*.jar")), *sorted(connectors)]


def lay_out(wheel: Path, home: Path, connectors: Iterable[Path], plugins: Mapping[str, Iterable[Path]]) -> None:
    """Make `bin`, `lib`, `opt`, `plugins` and `conf`; jars are links to where they lie.

    Parameters
    ----------
    wheel : Path
        Folder of the package `pyflink`.
    home : Path
        A folder that is not there yet, or is empty.
    connectors : iterable of Path
        Jars that every job sees.
    plugins : mapping
        Jars by the plugin that they are, or are added to: each plugin has a class loader of its own.
    """
    # A copy: the scripts resolve links, and a linked bin would find the wheel's own lib.
    shutil.copytree(wheel / "bin", home / "bin", dirs_exist_ok=True)
    found = {folder.name: sorted(folder.iterdir()) for folder in (wheel / "plugins").iterdir() if folder.is_dir()}
    for name, jars in plugins.items():
        found[name] = [*found.get(name, ()), *jars]
    folders = {"lib": class_path(wheel, connectors), "opt": sorted(wheel.glob("opt/*.jar"))}
    for folder, jars in {**folders, **{f"plugins/{name}": jars for name, jars in sorted(found.items())}}.items():
        (home / folder).mkdir(parents=True)
        for jar in jars:
            (home / folder / jar.name).symlink_to(jar)
    (home / "conf").mkdir()
    for name in _CONFIGURATIONS:
        shutil.copy(wheel / "conf" / name, home / "conf")


def main(arguments: list[str]) -> None:
    """Lay one out from the installed wheel."""
    home, jars = map(Path, arguments)
    spec = importlib.util.find_spec("pyflink")
    if spec is None or spec.origin is None:
        sys.exit("there is no pyflink")
    plugins = {folder.name: sorted(folder.glob("*.jar")) for folder in jars.iterdir() if folder.is_dir() and folder.name != "flink"}
    lay_out(Path(spec.origin).parent, home, (jars / "flink").glob("*.jar"), plugins)


if __name__ == "__main__":
    main(sys.argv[1:])
