"""The local stack: a Kafka broker, a Flink cluster and PostgreSQL as supervised child processes.

:class:`Stack` is all that others need::

    stack = Stack(StackSettings(directory="/some/folder"))
    endpoints = stack.up(["kafka", "flink"], taskmanagers=2)
    stack.kill("taskmanager-1")
    stack.down()
"""

from streamflow.stack.config import StackSettings
from streamflow.stack.lifecycle import Endpoints, Progress, Stack
from streamflow.stack.status import ProcessStatus

__all__ = ["Endpoints", "ProcessStatus", "Progress", "Stack", "StackSettings"]
