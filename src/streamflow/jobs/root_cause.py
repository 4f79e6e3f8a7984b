"""The one line of a stack trace that says what went wrong."""

import re
from typing import Final

_CAUSED_BY: Final = "Caused by: "
_JAVA: Final = re.compile(r"^(?:[a-z_][\w$]*\.)+(?=[A-Z][\w$]*(?:Exception|Error)\b)")
_PYTHON: Final = re.compile(r"^(?:[a-z_]\w*\.)*(?P<name>[A-Z]\w*(?:Error|Exception|Interrupt)): (?P<text>.*)")
_OUTER: Final = frozenset({"Py4JJavaError", "ProgramAbortException", "ProgramInvocationException"})
_MAX_CHARACTERS: Final = 600


def root_cause(trace: str) -> str:
    r"""Return the innermost cause of a Java or Python stack trace, packages cut off.

    Examples
    --------
    >>> root_cause("java.lang.RuntimeException: no\n\tat a.B.c(B.java:1)\nCaused by: org.x.TopicException: no topic\n\tat d")
    'TopicException: no topic'
    >>> root_cause('Traceback (most recent call last):\n  File "job.py", line 1\nstreamflow.contracts.errors.NotReadyError: no rules')
    'NotReadyError: no rules'
    """
    lines = [line.strip() for line in trace.strip().splitlines()]
    python = [found for line in lines if (found := _PYTHON.match(line)) and found["name"] not in _OUTER]
    java = [line.removeprefix(_CAUSED_BY) for line in lines if line.startswith(_CAUSED_BY)]
    if java:
        cause = java[-1]
        # PEMJA wraps what Python raised in a Java exception of its own: the text behind is Python's.
        cause = re.sub(r"^pemja\.core\.PythonException: <class '(?:\w+\.)*(\w+)'>: ", r"\1: ", cause)
    elif python:
        cause = f"{python[-1]['name']}: {python[-1]['text']}"
    else:
        cause = next((line for line in lines if line), "no reason was given")
    return _JAVA.sub("", cause)[:_MAX_CHARACTERS]
