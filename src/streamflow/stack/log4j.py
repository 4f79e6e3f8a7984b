"""How the Java processes of the stack log: the lines of `streamflow.contracts.log_line`, and not without end."""

from typing import Final

import msgspec

from streamflow import __version__
from streamflow.contracts.log_line import LogLine

_PATTERNS: Final = {
    "time": "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC}",
    "level": "%p",
    "logger": "%enc{%c}{JSON}",
    "message": "%enc{%m}{JSON}",
    "version": __version__,
    "job": "%X{job}",
    "job_id": "%X{flink-job-id}",
    "stage": "%X{stage}",
    "event": "%X{event}",
    "versions": "%X{versions}",
    "exception": "%enc{%ex}{JSON}",
}
_FIELDS: Final = {field.name: f'"{field.name}":"{_PATTERNS[field.name]}"' for field in msgspec.structs.fields(LogLine)}
_ALWAYS: Final = ",".join(_FIELDS[field.name] for field in msgspec.structs.fields(LogLine) if field.required)
_WHERE_THERE: Final = "".join(f"%notEmpty{{,{_FIELDS[field.name]}}}" for field in msgspec.structs.fields(LogLine) if not field.required)

# A start takes some 1 500 lines; what goes on at more than 100 a second says the same thing again and again.
LINES_A_SECOND: Final = 100
MOST_AT_ONCE: Final = 10_000

CONSOLE: Final = f"""\
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.alwaysWriteExceptions = false
appender.console.layout.pattern = {{{_ALWAYS}{_WHERE_THERE}}}%n
appender.console.filter.flood.type = BurstFilter
appender.console.filter.flood.level = ERROR
appender.console.filter.flood.rate = {LINES_A_SECOND}
appender.console.filter.flood.maxBurst = {MOST_AT_ONCE}
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = console
"""
