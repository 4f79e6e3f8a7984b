"""The size of the stack that these tests share: small, and with checkpoints that come often."""

from pathlib import Path
from typing import Final

from streamflow.settings import Options, Settings
from tests.unit.models import KEYS

TASK_MANAGERS: Final = 2
SMALL: Final = {
    "stack.kafka_heap_mib": "384",
    "stack.jobmanager_heap_mib": "320",
    "stack.taskmanager_heap_mib": "256",
    "stack.taskmanager_managed_mib": "128",
    "stack.ready_timeout_seconds": "400",
}
JOB: Final = {
    "flink.checkpoint_interval_ms": "2000",
    "flink.parallelism": str(TASK_MANAGERS),
    "model.trusted_keys": KEYS.public.hex(),
}


def settings_for(directory: Path, **changes: str) -> Settings:
    """Return settings for a stack of its own; whatever the environment says is left out."""
    return Settings.load(Options(values={"stack.directory": str(directory), **SMALL, **JOB, **changes}), {})
