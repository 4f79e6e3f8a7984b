"""What a release needs to run, from its locks, as JSON: ``python -m deploy.release.inventory > FILE``."""

import json
import re
import sys
from pathlib import Path
from typing import Final

from deploy.gate.control_plane import ROOT
from deploy.images.inventory import jars

_LOCKED: Final = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)", re.MULTILINE)


def locked(requirements: str) -> list[dict[str, str]]:
    """Return name and version of each distribution that is locked.

    Examples
    --------
    >>> locked("numpy==2.4.0 ; sys_platform == 'linux'")
    [{'name': 'numpy', 'version': '2.4.0'}]
    """
    return [{"name": name, "version": version} for name, version in _LOCKED.findall(requirements)]


def main(root: Path = ROOT) -> None:
    """Print the inventory."""
    python = locked((root / "requirements/runtime.txt").read_text())
    json.dump({"python": python, "jars": jars(root / "build/jars")}, sys.stdout)


if __name__ == "__main__":
    main()
