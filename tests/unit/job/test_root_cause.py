"""An operator sees why a job failed, not where in Flink."""

import pytest

from streamflow.jobs.root_cause import root_cause

NESTED = """\
org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy
\tat org.apache.flink.runtime.executiongraph.failover.ExecutionFailureHandler.handleFailure(ExecutionFailureHandler.java:180)
Caused by: java.lang.RuntimeException: Failed to open
\tat org.apache.flink.X.y(X.java:1)
Caused by: pemja.core.PythonException: <class 'streamflow.contracts.errors.NotReadyError'>: the control topic holds no generation
\tat <string>.open(detector.py:40)
"""
CLIENT = """\
Traceback (most recent call last):
  File "job.py", line 150, in <module>
streamflow.contracts.errors.BadInputError: the job takes one argument: expected a settings file, got []
org.apache.flink.client.program.ProgramAbortException: java.lang.RuntimeException: Python process exits with code: 1
\tat org.apache.flink.client.python.PythonDriver.main(PythonDriver.java:134)
"""


@pytest.mark.parametrize(
    ("trace", "cause"),
    [
        (NESTED, "NotReadyError: the control topic holds no generation"),
        (CLIENT, "BadInputError: the job takes one argument: expected a settings file, got []"),
        ("", "no reason was given"),
        ("java.lang.IllegalStateException: too late\n\tat a.B.c(B.java:1)", "IllegalStateException: too late"),
    ],
)
def test_the_innermost_cause_is_told_in_one_line(trace: str, cause: str) -> None:
    assert root_cause(trace) == cause
