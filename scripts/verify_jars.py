"""Hold the downloaded jars against the checksums in the repository.

Run as ``python scripts/verify_jars.py FOLDER SUMS``; with ``--write`` it writes SUMS instead.
"""

import hashlib
import sys
from pathlib import Path

BUILT_HERE = frozenset({"flink/streamflow-bridge.jar"})
"""Jars in the folder that come from this repository's own sources."""


def sums_of(folder: Path) -> dict[str, str]:
    """Return the sha256 of every downloaded jar below `folder`, by its path relative to it."""
    jars = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.jar"))}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in jars.items() if name not in BUILT_HERE}


def read_sums(text: str) -> dict[str, str]:
    """Read the form that `sha256sum` writes.

    Examples
    --------
    >>> read_sums("ab12  kafka/a.jar")
    {'kafka/a.jar': 'ab12'}
    """
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in text.splitlines() if line.strip())}


def differences(expected: dict[str, str], got: dict[str, str]) -> list[str]:
    """Say how the jars differ from what the repository expects, one line a jar.

    Examples
    --------
    >>> differences({"a.jar": "11", "b.jar": "22"}, {"a.jar": "99", "c.jar": "33"})
    ['a.jar: expected sha256 11, got 99', 'b.jar: expected, but not there', 'c.jar: there, but not expected']
    """
    lines = []
    for name in sorted(expected | got):
        if name not in got:
            lines.append(f"{name}: expected, but not there")
        elif name not in expected:
            lines.append(f"{name}: there, but not expected")
        elif expected[name] != got[name]:
            lines.append(f"{name}: expected sha256 {expected[name]}, got {got[name]}")
    return lines


def main(arguments: list[str]) -> int:
    """Run the check or write the sums; the result is the exit code."""
    write = "--write" in arguments
    folder, sums = (Path(argument) for argument in arguments if argument != "--write")
    got = sums_of(folder)
    if write:
        sums.write_text("".join(f"{digest}  {name}\n" for name, digest in got.items()))
        return 0
    found = differences(read_sums(sums.read_text()), got)
    if not found:
        return 0
    shown = "".join(f"  {line}\n" for line in found)
    sys.stderr.write(
        f"set-up: {len(found)} jar(s) in {folder} are not those of {sums}; nothing was started from them\n{shown}"
        "  try: remove the jar from ~/.m2/repository and run `make setup` again (a broken or changed download);\n"
        "       after a change of jars/pom.xml that you made: `make lock`, and look at what changed\n"
    )
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
