"""Fill bronze with simulated traffic of the last nine days; run in the main environment as ``python -m orchestration.tests.seed FOLDER``.

The newest record is hours old, so that the audits of the tests' runs look at a range in which neither Kafka nor bronze has one.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streamflow.contracts.tables import WRITER
from streamflow.settings import Settings
from tests.warehouse import seeded

DAYS = 9
QUIET = timedelta(hours=3)
EVENTS = 12_000


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    start = (datetime.now(UTC) - QUIET - timedelta(days=DAYS)).isoformat(timespec="seconds")
    traffic, labels, scored = folder / "traffic.jsonl", folder / "labels.jsonl", folder / "scored"
    simulated = ["--events", str(EVENTS), "--customers", "200", "--days", str(DAYS), "--start", start, "--malformed-ratio", "0.01"]
    streamflow("simulate", *simulated, "--out", str(traffic), "--labels", str(labels))
    streamflow("score", str(traffic), "--out", str(scored))
    letters = dated(scored / "dead_letters.jsonl", datetime.now(UTC) - timedelta(days=1))
    print(seeded(Settings.load().postgres_dsn(WRITER), decisions=scored / "decisions.jsonl", dead_letters=letters, labels=labels))


def dated(letters: Path, moment: datetime) -> list[bytes]:
    """Return the dead letters as if they had come then: most of them tell no time that could be read."""
    documents = [json.loads(line) for line in letters.read_bytes().splitlines()]
    for document in documents:
        document["source"]["timestamp_ms"] = int(moment.timestamp() * 1000)
    return [json.dumps(document).encode() for document in documents]


def streamflow(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "streamflow.cli.main", *arguments], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
