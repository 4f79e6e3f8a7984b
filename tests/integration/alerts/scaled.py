"""A Prometheus and an Alertmanager for which an hour is a minute: the rules of the checkout with all their windows scaled."""

import json
import re
import signal
import subprocess
import time
import urllib.request
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from scripts.reference.observability import rule_files
from streamflow.contracts.errors import NotReadyError
from streamflow.observe.prometheus import Prometheus
from streamflow.stack import Stack
from streamflow.stack.network import LOOPBACK, free_port
from streamflow.stack.prometheus import ROUTES, Alertmanager
from streamflow.stack.prometheus import Prometheus as PrometheusComponent

SCALE: Final = 60
SCRAPE_SECONDS: Final = 1
SHORTEST: Final = timedelta(seconds=5)
"""No window of a rate is shorter: it takes some scrapes."""

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION: Final = re.compile(r"(?P<before>\[|offset )(?P<count>\d+)(?P<unit>[smhd])(?P<step>:1m)?")
# The one age in a rule that is as long as a window; others are bounds of what users are promised.
_AGE: Final = "> 600"


def scaled(duration: str, shortest: timedelta = timedelta(seconds=1)) -> str:
    """Return a duration of Prometheus's, sixty times shorter.

    Examples
    --------
    >>> scaled("1h"), scaled("30d"), scaled("1m", SHORTEST)
    ('60s', '43200s', '5s')
    """
    length = timedelta(**{_UNITS[duration[-1]]: int(duration[:-1])}) / SCALE
    return f"{max(length, shortest) // timedelta(seconds=1)}s"


def scaled_expression(expression: str) -> str:
    """Return an expression with all windows and offsets scaled.

    Examples
    --------
    >>> scaled_expression("rate(a[5m]) > deriv(b[10m:1m]) offset 1h")
    'rate(a[5s]) > deriv(b[10s:1s]) offset 60s'
    """

    def shorter(found: "re.Match[str]") -> str:
        least = SHORTEST if found["before"] == "[" else timedelta(seconds=1)
        return found["before"] + scaled(found["count"] + found["unit"], least) + (":1s" if found["step"] else "")

    return _DURATION.sub(shorter, expression).replace(_AGE, f"> {600 // SCALE}")


def scaled_rules() -> dict[str, dict[str, Any]]:
    """Return every rule file of the checkout, scaled, by its name."""
    files = {}
    for path, text in rule_files().items():
        document = YAML(typ="safe").load(text)
        for group in document["groups"]:
            for rule in group["rules"]:
                rule["expr"] = scaled_expression(rule["expr"])
                if "for" in rule:
                    rule["for"] = scaled(rule["for"])
        files[Path(path).name] = document
    return files


class ScaledWatch:
    """Both processes, beside a stack that was started with its own.

    Parameters
    ----------
    stack : Stack
        What is watched; its Prometheus's configuration says where everything is.
    folder : Path
        Where they keep what they know.
    """

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._folder = folder
        ports = [free_port(frozenset())]
        ports.append(free_port(frozenset(ports)))
        self._prometheus_at, self._alertmanager_at = (f"{LOOPBACK}:{port}" for port in ports)
        self.prometheus = Prometheus(f"http://{self._prometheus_at}")
        component = stack.components()["prometheus"]
        alertmanager = stack.components()["alertmanager"]
        assert isinstance(component, PrometheusComponent)
        assert isinstance(alertmanager, Alertmanager)
        rules = folder / "rules"
        rules.mkdir(parents=True)
        for name, document in scaled_rules().items():
            (rules / name).write_text(json.dumps(document))
        config = json.loads(component.config())
        every = f"{SCRAPE_SECONDS}s"
        config["global"] = {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every}
        config["rule_files"] = [str(rules / "*.yml")]
        config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [self._alertmanager_at]}]}]
        own = {"prometheus": self._prometheus_at, "alertmanager": self._alertmanager_at}
        for scraped in config["scrape_configs"]:
            if scraped["job_name"] in own:
                scraped["static_configs"] = [{"targets": [own[scraped["job_name"]]]}]
        (folder / "prometheus.yml").write_text(json.dumps(config))
        self._commands = {
            "prometheus": [
                component.executable(),
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={self._prometheus_at}",
            ],
            "alertmanager": [
                alertmanager.executable(),
                f"--config.file={ROUTES}",
                f"--storage.path={folder / 'alertmanager'}",
                f"--web.listen-address={self._alertmanager_at}",
                "--cluster.listen-address=",
            ],
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start one of the two, and wait until it answers."""
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(self._commands[name], stdout=log, stderr=log)
        while name == "prometheus" and not self._answers():
            time.sleep(0.1)

    def stop(self, name: str) -> None:
        """Stop it in order."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        process.wait(60)

    def close(self) -> None:
        """Stop both."""
        for name in list(self._running):
            self.stop(name)

    def firing(self) -> dict[str, str]:
        """Return the alerts that fire, with their severities; none while it is away."""
        with suppress(NotReadyError):
            return self.prometheus.firing()
        return {}

    def heard(self) -> set[str]:
        """Return the alerts of which somebody hears: neither inhibited nor silenced."""
        url = f"http://{self._alertmanager_at}/api/v2/alerts?active=true&silenced=false&inhibited=false"
        with suppress(OSError), urllib.request.urlopen(url, timeout=10) as response:
            return {alert["labels"]["alertname"] for alert in json.load(response)}
        return set()

    def _answers(self) -> bool:
        with suppress(NotReadyError):
            return bool(self.prometheus.query("vector(1)"))
        return False
