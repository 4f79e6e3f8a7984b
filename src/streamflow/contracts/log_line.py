"""One line of a log, whoever writes it: our own processes, Flink's and the broker's."""

from typing import Final

import msgspec


class LogLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A JSON object on one line; control characters are escaped in it.

    No line holds a payment or a customer: what it is about is named by its place in Kafka.

    Parameters
    ----------
    time : str
        ISO 8601 in UTC, to the millisecond.
    level : str
        INFO, WARN, ERROR and the like.
    logger : str
        Who says it.
    message : str
        What.
    version : str
        StreamFlow's.
    job, job_id : str
        Name of the job that says it, and Flink's id of it.
    stage : str
        Where on its way something happened to a record.
    event : str
        The record's place: topic/partition/offset.
    versions : str
        The documents that it was judged by.
    exception : str
        A stack trace.
    """

    time: str
    level: str
    logger: str
    message: str
    version: str
    job: str = ""
    job_id: str = ""
    stage: str = ""
    event: str = ""
    versions: str = ""
    exception: str = ""


_decode: Final = msgspec.json.Decoder(LogLine).decode


def log_line(text: str) -> LogLine | None:
    """Return what a line says; None where it is of another form, as PostgreSQL's are.

    Examples
    --------
    >>> log_line("2026-11-25 12:00:00 UTC LOG:  ready") is None
    True
    """
    if not text.startswith("{"):
        return None
    try:
        return _decode(text)
    except msgspec.MsgspecError:
        return None


def for_people(text: str) -> str:
    r"""Return a line as people read it: a stack trace under its message. Lines of another form stay as they are.

    Examples
    --------
    >>> print(for_people('{"time":"12:00","level":"WARN","logger":"org.Task","message":"failed","version":"1","exception":"E\\n\\tat f"}'))
    12:00 WARN  Task: failed
    E
        at f
    """
    line = log_line(text)
    if line is None:
        return text
    job = f" [{line.job or line.job_id[:8]}]" if line.job_id else ""
    about = f" ({line.stage} of {line.event}, judged by {line.versions})" if line.event else ""
    # A Java class, or a Python file and its line.
    logger = line.logger.rpartition("/" if "/" in line.logger else ".")[2]
    head = f"{line.time} {line.level:<5} {logger}{job}: {line.message}{about}"
    return f"{head}\n{line.exception.rstrip()}" if line.exception else head
