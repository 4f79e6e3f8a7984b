"""What a process that goes on tells its log: lines for people, or JSON objects for programs."""

import logging
from typing import Final

import msgspec

from streamflow import __version__
from streamflow.cli.moments import iso
from streamflow.contracts.log_line import LogLine

_AS_JAVA_SAYS: Final = {"WARNING": "WARN", "CRITICAL": "FATAL"}


class JsonLines(logging.Formatter):
    """Writes each message as a `LogLine`."""

    def format(self, record: logging.LogRecord) -> str:
        r"""Return the line.

        Examples
        --------
        >>> record = logging.makeLogRecord({"msg": "two\nlines", "levelname": "INFO", "name": "streamflow.probe", "created": 0.0})
        >>> print(JsonLines().format(record))
        {"time":"1970-01-01T00:00:00.000Z","level":"INFO","logger":"streamflow.probe","message":"two\nlines","version":"0.1.0"}
        """
        line = LogLine(
            time=iso(int(record.created * 1000)),
            level=_AS_JAVA_SAYS.get(record.levelname, record.levelname),
            logger=record.name,
            message=record.getMessage(),
            version=__version__,
            exception=self.formatException(record.exc_info) if record.exc_info else "",
        )
        return msgspec.json.encode(line).decode()


def log_to_stderr(*, as_json: bool) -> None:
    """Let this process write its log to the standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else logging.Formatter("%(asctime)s %(levelname)-5s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
