"""What a process that goes on tells its log: lines for people, or JSON objects for programs."""

import logging
from datetime import UTC, datetime

import msgspec


class JsonLines(logging.Formatter):
    """Writes each message as one JSON object on one line, control characters escaped."""

    def format(self, record: logging.LogRecord) -> str:
        r"""Return the line.

        Examples
        --------
        >>> record = logging.makeLogRecord({"msg": "two\nlines", "levelname": "INFO", "name": "streamflow.probe", "created": 0.0})
        >>> print(JsonLines().format(record))
        {"time":"1970-01-01T00:00:00.000+00:00","level":"INFO","logger":"streamflow.probe","message":"two\nlines"}
        """
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def log_to_stderr(*, as_json: bool) -> None:
    """Let this process write its log to the standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else logging.Formatter("%(asctime)s %(levelname)-5s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
