"""The command line of StreamFlow itself, as processes of a stack call it."""

import sys
from pathlib import Path

from streamflow.stack.config import Layout
from streamflow.stack.supervisor import FINGERPRINT, MARK


def own_command(layout: Layout, *arguments: str) -> list[str]:
    """Return `streamflow` on this stack; the supervisor's marks in the environment are no settings."""
    program = str(Path(sys.prefix) / "bin" / "streamflow")
    return ["env", "-u", MARK, "-u", FINGERPRINT, program, "--set", f"stack.directory={layout.directory}", *arguments]
