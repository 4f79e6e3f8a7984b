"""Who hears of an alert, asked of amtool and of a running Alertmanager with the checkout's configuration."""

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from streamflow.stack.network import LOOPBACK, free_port
from streamflow.stack.prometheus import ROUTES, Alertmanager
from tests.component.observe.promtool import RULES

PATIENCE_SECONDS: Final = 60
RECEIVERS: Final = {"page": "pager", "ticket": "tickets", "heartbeat": "watchdog"}


def amtool(*arguments: str) -> str:
    found = shutil.which("amtool")
    if found is None:
        pytest.fail("amtool is missing: apt-get install prometheus-alertmanager")
    return subprocess.run([found, *arguments], capture_output=True, text=True, check=True).stdout


class Manager:
    """A running Alertmanager."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v2/{path}", data, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - our own http address
            text = response.read()
        return json.loads(text) if text else None

    def fire(self, *alerts: str, **labels: str) -> None:
        ends = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
        self.ask("alerts", [{"labels": {"alertname": name, **RULES[name][-1]["labels"], **labels}, "endsAt": ends} for name in alerts])

    def told(self, *alerts: str) -> set[str]:
        """Return which of these alerts are told to somebody, once all of them are known."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            known = {found["labels"]["alertname"]: found["status"]["state"] for found in self.ask("alerts")}
            if all(known.get(name, "unprocessed") != "unprocessed" for name in alerts):
                return {name for name in alerts if known[name] == "active"}
            time.sleep(0.2)
        raise AssertionError(f"not within {PATIENCE_SECONDS} s: {alerts}")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    program = next(filter(None, map(shutil.which, Alertmanager.programs_named)), None)
    if program is None:
        pytest.fail("the Alertmanager is missing: apt-get install prometheus-alertmanager")
    address = f"{LOOPBACK}:{free_port()}"
    options = [f"--config.file={ROUTES}", f"--storage.path={tmp_path}", f"--web.listen-address={address}", "--cluster.listen-address="]
    with (tmp_path / "log").open("w") as log, subprocess.Popen([program, *options], stdout=log, stderr=log) as process:
        try:
            running = Manager(f"http://{address}")
            end = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < end:
                try:
                    running.ask("status")
                    break
                except OSError:
                    time.sleep(0.1)
            yield running
        finally:
            process.terminate()


@pytest.mark.parametrize("alert", sorted(RULES))
def test_each_alert_goes_to_the_receiver_of_its_severity(alert: str) -> None:
    labels = RULES[alert][-1]["labels"]
    said = amtool(
        "config", "routes", "test", f"--config.file={ROUTES}", f"alertname={alert}", *(f"{name}={value}" for name, value in labels.items())
    )
    assert said.strip() == RECEIVERS[labels["severity"]]


def test_the_configuration_is_valid_and_names_no_alert_that_is_not_there() -> None:
    amtool("check-config", str(ROUTES))
    named = re.findall(r'alertname (=~|=|!=) "([^"]+)"', ROUTES.read_text())
    assert named
    for sign, text in named:
        if sign == "=~":
            for part in _alternatives(text):
                assert any(re.fullmatch(part, alert) for alert in RULES), part
        else:
            assert text in RULES


def _alternatives(pattern: str) -> list[str]:
    """Split a pattern at its outer bars."""
    return re.findall(r"(?:\([^)]*\)|[^|(])+", pattern)


def test_a_dead_job_is_one_page(manager: Manager) -> None:
    follows = [
        "FreshnessFastBurn",
        "DecisionLatencyFastBurn",
        "DecisionLatencyTailFastBurn",
        "AlertCompletenessViolated",
        "CanaryUnanswered",
        "CheckpointTooOld",
    ]
    manager.fire("JobNotRunning", *follows)
    assert manager.told("JobNotRunning", *follows) == {"JobNotRunning"}


def test_an_unreachable_broker_is_one_page_and_no_ticket(manager: Manager) -> None:
    others = [alert for alert in RULES if alert not in ("Watchdog", "KafkaUnreachable")]
    manager.fire("KafkaUnreachable", "Watchdog", *others)
    assert manager.told("KafkaUnreachable", "Watchdog", *others) == {"KafkaUnreachable", "Watchdog"}


def test_a_budget_that_burns_fast_makes_no_ticket_beside_its_page(manager: Manager) -> None:
    alerts = ["DecisionAvailabilityFastBurn", "DecisionAvailabilitySlowBurn", "FreshnessSlowBurn"]
    manager.fire(*alerts)
    assert manager.told(*alerts) == {"DecisionAvailabilityFastBurn", "FreshnessSlowBurn"}


def test_a_missing_database_makes_one_ticket(manager: Manager) -> None:
    alerts = ["PostgresUnreachable", "StoreAgreementViolated", "StoreJobNotRunning"]
    manager.fire(*alerts)
    assert manager.told(*alerts) == {"PostgresUnreachable"}


def test_a_planned_upgrade_is_silent_while_the_heartbeat_goes_on(manager: Manager) -> None:
    """The command stands in docs/observe.md."""
    amtool(
        "silence",
        "add",
        f"--alertmanager.url={manager.url}",
        "--duration=1h",
        "--author=ops",
        "--comment=upgrade",
        'severity=~"page|ticket"',
    )
    alerts = ["JobNotRunning", "StoreJobNotRunning", "Watchdog"]
    manager.fire(*alerts)
    assert manager.told(*alerts) == {"Watchdog"}
