"""The components' logs: their last lines, and what is added to them."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from streamflow.contracts.errors import BadInputError, NotReadyError
from streamflow.stack.config import Layout

POLL_SECONDS: Final = 0.3
TAIL_BYTES_PER_LINE: Final = 2_000


def log_files(layout: Layout, component: str | None) -> dict[str, Path]:
    """Return the logs of a component, or of all, by process.

    Raises
    ------
    BadInputError
        There is no log of that name.
    NotReadyError
        The stack was never started.
    """
    every = {file.stem: file for file in sorted(layout.log("supervisor").parent.glob("*.log"))}
    if not every:
        raise NotReadyError("there are no logs", where=str(layout.directory), fix="streamflow up")
    if component is None:
        return {name: file for name, file in every.items() if not name.startswith("supervisor")}
    chosen = {name: file for name, file in every.items() if name == component or name.startswith(f"{component}-")}
    if not chosen:
        raise BadInputError("there is no such log", expected=", ".join(every), got=component)
    return chosen


def tail(file: Path, lines: int) -> list[str]:
    """Return the last lines of a file without reading all of it."""
    with file.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - lines * TAIL_BYTES_PER_LINE))
        text = stream.read().decode(errors="replace")
    return text.splitlines()[-lines:] if lines else []


def follow_logs(files: dict[str, Path]) -> Iterator[tuple[str, str]]:
    """Return the lines that are written from now on, with the name of their process; the iterator never ends."""
    streams: dict[str, TextIO] = {name: file.open(errors="replace") for name, file in files.items()}
    for stream in streams.values():
        stream.seek(0, os.SEEK_END)
    return _follow(files, streams)


def _follow(files: dict[str, Path], streams: dict[str, TextIO]) -> Iterator[tuple[str, str]]:
    while True:
        quiet = True
        for name, file in files.items():
            for line in streams[name]:
                quiet = False
                yield name, line.rstrip("\n")
            if _was_rotated(file, streams[name]):
                streams[name].close()
                streams[name] = file.open(errors="replace")
        if quiet:
            time.sleep(POLL_SECONDS)


def _was_rotated(file: Path, stream: TextIO) -> bool:
    try:
        return file.stat().st_ino != os.fstat(stream.fileno()).st_ino
    except FileNotFoundError:
        return False
