"""Questions to a Prometheus."""

import http.client
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.preview import preview

TIMEOUT_SECONDS: Final = 10.0
_SHOWN_BYTES: Final = 300


class _Answer(msgspec.Struct):
    data: Any


class _Newest(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str]


class _Series(msgspec.Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]]


class _Vector(msgspec.Struct):
    result: list[_Newest]


class _Matrix(msgspec.Struct):
    result: list[_Series]


_Shape = TypeVar("_Shape")


class Sample(NamedTuple):
    """A series' labels and its newest value."""

    labels: dict[str, str]
    value: float


class Course(NamedTuple):
    """A series' labels and its values: seconds since the epoch, and what it was then."""

    labels: dict[str, str]
    points: list[tuple[float, float]]


class Prometheus:
    """Prometheus's HTTP interface, version 1.

    Parameters
    ----------
    url : str
        Where it is, without a path.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer.

        Raises
        ------
        NotReadyError
            It cannot be reached, or refuses the question.
        """
        address = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - the operator's own address
                return msgspec.json.decode(response.read(), type=_Answer).data
        except urllib.error.HTTPError as error:
            raise NotReadyError(
                "Prometheus refuses a question", got=preview(error.read(_SHOWN_BYTES), _SHOWN_BYTES), where=address
            ) from error
        except (OSError, ValueError) as error:
            raise NotReadyError("Prometheus does not answer", got=str(error), where=self.url) from error
        except http.client.HTTPException as error:
            raise NotReadyError("this is no Prometheus", got=repr(error), where=self.url) from error

    def query(self, expression: str) -> list[Sample]:
        """Return what an expression gives now."""
        found = self._shaped(self.ask("query", query=expression), _Vector)
        return [Sample(series.metric, float(series.value[1])) for series in found.result]

    def span(self, expression: str, start_s: float, end_s: float, step_s: float) -> list[Course]:
        """Return what an expression gave from one moment to another, in steps; all in seconds, the moments since the epoch."""
        answer = self.ask("query_range", query=expression, start=str(start_s), end=str(end_s), step=str(step_s))
        found = self._shaped(answer, _Matrix)
        return [Course(series.metric, [(time, float(value)) for time, value in series.values]) for series in found.result]

    def _shaped(self, data: Any, kind: type[_Shape]) -> _Shape:
        try:
            return msgspec.convert(data, kind)
        except msgspec.ValidationError as error:
            raise NotReadyError("this is no Prometheus", got=str(error), where=self.url) from error

    def value(self, expression: str) -> float | None:
        """Return the one value that an expression gives now; None where it gives none."""
        found = self.query(expression)
        if len(found) > 1:
            raise ValueError(f"{expression}: expected one series, got {len(found)}")
        return found[0].value if found else None

    def firing(self) -> dict[str, str]:
        """Return the alerts that fire now, with their severities."""
        alerts = self.ask("alerts")["alerts"]
        return {alert["labels"]["alertname"]: alert["labels"]["severity"] for alert in alerts if alert["state"] == "firing"}
