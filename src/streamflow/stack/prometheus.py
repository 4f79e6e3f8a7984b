"""Prometheus, with every metric, rule and alert of the checkout, and the Alertmanager."""

import json
import shutil
import urllib.request
from typing import Any, ClassVar, Final

from streamflow.contracts.errors import NotReadyError
from streamflow.stack.component import Component, Program, fingerprint
from streamflow.stack.config import CHECKOUT, Layout
from streamflow.stack.state import StackState, metrics_port, task_managers

RULES: Final = CHECKOUT / "observability" / "rules"
ROUTES: Final = CHECKOUT / "observability" / "alertmanager.yml"
INTERVAL: Final = "5s"
RETENTION: Final = "35d"
"""Longer than the 30 days of the objectives."""
ASK_TIMEOUT_SECONDS: Final = 5.0


class Observer(Component):
    """What Prometheus and the Alertmanager have in common."""

    programs_named: ClassVar[tuple[str, ...]]

    def __init__(self, layout: Layout, state: StackState) -> None:
        super().__init__(layout, state)
        self.folder = layout.data(self.name)

    @property
    def endpoint(self) -> str:
        """Address of the page; empty in a stack that was last started without knowing of it."""
        return f"http://{self.state.address(self.name)}" if self.name in self.state.ports else ""

    def executable(self) -> str:
        """Return the program's path.

        Raises
        ------
        NotReadyError
            It is not installed.
        """
        found = next(filter(None, map(shutil.which, self.programs_named)), None)
        if found is None:
            raise NotReadyError(
                f"{self.what} is missing",
                expected=" or ".join(self.programs_named),
                where="PATH",
                fix="apt-get install prometheus prometheus-alertmanager",
            )
        return found

    def why_not_ready(self) -> str | None:
        """Ask it whether it is ready."""
        try:
            with urllib.request.urlopen(f"{self.endpoint}/-/ready", timeout=ASK_TIMEOUT_SECONDS):  # noqa: S310 - our own http address
                return None
        except OSError as error:
            return str(error)


class Prometheus(Observer):
    """Reads the metrics of Flink, of the probe and of itself every few seconds, and judges the rules."""

    name = "prometheus"
    what = "Prometheus"
    programs_named: ClassVar[tuple[str, ...]] = ("prometheus",)

    def __init__(self, layout: Layout, state: StackState) -> None:
        super().__init__(layout, state)
        self.config_file = self.folder / "prometheus.yml"

    def config(self) -> str:
        """Return `prometheus.yml`, in the part of YAML that is JSON."""
        processes = ["jobmanager", *task_managers(self.state)]
        flink = [{"targets": [self.state.address(metrics_port(name))], "labels": {"process": name}} for name in processes]
        targets = {"flink": flink, **{name: [{"targets": [self.state.address(name)]}] for name in ("probe", "prometheus", "alertmanager")}}
        config: dict[str, Any] = {
            "global": {"scrape_interval": INTERVAL, "scrape_timeout": INTERVAL, "evaluation_interval": INTERVAL},
            "rule_files": [str(RULES / "*.yml")],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [self.state.address("alertmanager")]}]}]},
            "scrape_configs": [{"job_name": name, "static_configs": found} for name, found in targets.items()],
        }
        return json.dumps(config, indent=2) + "\n"

    def prepare(self) -> None:
        """Write the configuration."""
        self.executable()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.config_file.write_text(self.config())

    def programs(self) -> dict[str, Program]:
        """Return Prometheus's process."""
        command = [
            self.executable(),
            f"--config.file={self.config_file}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--storage.tsdb.retention.time={RETENTION}",
            f"--web.listen-address={self.state.address(self.name)}",
        ]
        mark = fingerprint(self.config(), *sorted(RULES.glob("*.yml")))
        return {self.name: Program(command=command, fingerprint=mark)}


class Alertmanager(Observer):
    """Groups, routes, inhibits and silences alerts."""

    name = "alertmanager"
    what = "Alertmanager"
    programs_named: ClassVar[tuple[str, ...]] = ("prometheus-alertmanager", "alertmanager")

    def prepare(self) -> None:
        """Make its folder."""
        self.executable()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def programs(self) -> dict[str, Program]:
        """Return the Alertmanager's process."""
        command = [
            self.executable(),
            f"--config.file={ROUTES}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address={self.state.address(self.name)}",
            # It is alone: no gossip on all interfaces.
            "--cluster.listen-address=",
        ]
        return {self.name: Program(command=command, fingerprint=fingerprint(ROUTES))}
