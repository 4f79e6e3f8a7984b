"""How the Java processes of the stack log: the lines of `streamflow.contracts.log_line`, and not without end."""

from typing import Final

_FIELDS: Final = {
    "time": "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC}",
    "level": "%p",
    "logger": "%enc{%c}{JSON}",
    "message": "%enc{%m}{JSON}",
}
_OPTIONAL: Final = {"job_id": "%X{flink-job-id}", "exception": "%enc{%ex}{JSON}"}
_ALWAYS: Final = ",".join(f'"{name}":"{pattern}"' for name, pattern in _FIELDS.items())
_WHERE_THERE: Final = "".join(f'%notEmpty{{,"{name}":"{pattern}"}}' for name, pattern in _OPTIONAL.items())

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
