"""Print how long Airflow takes to read each DAG file; run as ``python -m orchestration.parse_times`` in Airflow's environment.

A number over 1 s fails, so that a person notices; no test waits for a clock.
"""

import sys

from airflow.dag_processing.dagbag import DagBag

from orchestration.settings import CHECKOUT

MOST_SECONDS = 1.0


def main() -> int:
    """Return 0 unless a file takes too long or cannot be read."""
    bag = DagBag(str(CHECKOUT / "orchestration" / "dags"))
    slow = False
    for entry in sorted(bag.dagbag_stats, key=lambda stat: stat.file):
        seconds = entry.duration.total_seconds()
        slow |= seconds > MOST_SECONDS
        sys.stdout.write(f"{entry.file}: {seconds:.3f} s\n")
    for file, error in bag.import_errors.items():
        sys.stdout.write(f"{file}: {error}\n")
    return int(slow or bool(bag.import_errors))


if __name__ == "__main__":
    sys.exit(main())
