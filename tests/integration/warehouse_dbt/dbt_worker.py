"""Runs dbt's commands one after another in one process of dbt's own environment: starting Python and dbt anew takes longer than they do.

Reads one list of arguments a line, as JSON, and answers each with a line: whether it went well, and what went wrong.
"""

import contextlib
import json
import os
import sys
from typing import Any


def main() -> None:
    """Answer until standard input ends."""
    from dbt.cli.main import dbtRunner

    with contextlib.redirect_stdout(sys.stderr):
        manifest: Any = dbtRunner().invoke(["parse", "--quiet"]).result
        runner = dbtRunner(manifest=manifest)
    for line in sys.stdin:
        with contextlib.redirect_stdout(sys.stderr):
            done = runner.invoke(["--quiet", *json.loads(line)])
            failed = [] if done.result is None else [str(item.message) for item in done.result if item.status in ("error", "fail")]
        problem = None if done.success else [str(done.exception), *failed]
        os.write(1, json.dumps(problem).encode() + b"\n")


if __name__ == "__main__":
    main()
