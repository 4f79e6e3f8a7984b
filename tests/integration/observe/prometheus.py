"""What tests ask of Prometheus and the Alertmanager."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from tests.integration.job.live_job import wait_until

Sample = tuple[dict[str, str], float]


class PrometheusApi:
    """Prometheus's HTTP interface."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer."""
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=20) as response:  # noqa: S310
            return json.load(response)["data"]

    def query(self, expression: str) -> list[Sample]:
        """Return what an expression gives now: labels and value."""
        return [(found["metric"], float(found["value"][1])) for found in self.ask("query", query=expression)["result"]]

    def value(self, expression: str) -> float | None:
        """Return the one value that an expression gives; None where it gives none."""
        found = self.query(expression)
        assert len(found) <= 1, found
        return found[0][1] if found else None

    def names(self) -> set[str]:
        """Return the names of all series."""
        return set(self.ask("label/__name__/values"))

    def wait_for(self, expression: str) -> None:
        """Wait until an expression gives something."""

        def gives() -> bool:
            try:
                return bool(self.query(expression))
            except (urllib.error.URLError, ConnectionError):
                return False

        wait_until(gives, expression)

    def firing(self) -> dict[str, str]:
        """Return the alerts that fire, with their severities."""
        return {
            alert["labels"]["alertname"]: alert["labels"]["severity"]
            for alert in self.ask("alerts")["alerts"]
            if alert["state"] == "firing"
        }
