"""Make Airflow's tables and the pools of the catalogue; run as ``python -m orchestration.prepare``, any number of times."""

import json
import tempfile
from pathlib import Path

from airflow.cli.cli_parser import get_parser

from orchestration.catalogue import POOLS


def main() -> None:
    """Do both in one process: each start of Airflow's command line costs seconds."""
    _airflow("db", "migrate")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pools.json"
        file.write_text(
            json.dumps({pool.name: {"slots": pool.slots, "description": pool.what, "include_deferred": False} for pool in POOLS})
        )
        _airflow("pools", "import", str(file))


def _airflow(*arguments: str) -> None:
    options = get_parser().parse_args(arguments)
    options.func(options)


if __name__ == "__main__":
    main()
