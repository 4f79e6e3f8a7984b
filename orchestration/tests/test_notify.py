"""Notifications against a real HTTP server: they arrive, they are repeated, and they never hurt what they are about."""

import pytest

from orchestration import notify
from orchestration.tests.webhook import Webhook
from streamflow.contracts.orchestration import WEBHOOK

VARIABLE = f"AIRFLOW_CONN_{WEBHOOK.upper()}"


@pytest.fixture
def told(webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> Webhook:
    monkeypatch.setenv(VARIABLE, webhook.connection)
    monkeypatch.setattr(notify, "PAUSE_SECONDS", 0.0)
    webhook.received.clear()
    return webhook


def test_a_notification_says_what_happened_for_people_and_for_programs(told: Webhook) -> None:
    assert notify.send("task_failed", "it broke", ident="dag/run/task/1", dag_id="dag")
    (message,) = told.received
    assert (message["event"], message["id"], message["text"]) == ("task_failed", "task_failed/dag/run/task/1", "StreamFlow: it broke")
    assert message["content_type"] == "application/json"


def test_a_server_that_stumbles_is_asked_again_with_the_same_id(told: Webhook) -> None:
    told.answers[:] = [500, 503]
    assert notify.send("task_failed", "it broke", ident="1")
    assert [message["id"] for message in told.received] == ["task_failed/1"] * 3


def test_a_server_that_refuses_for_good_is_logged_and_raises_nothing(told: Webhook, caplog: pytest.LogCaptureFixture) -> None:
    told.answers[:] = [500] * notify.ATTEMPTS
    assert not notify.send("task_failed", "it broke", ident="1")
    assert "attempt 3 of 3" in caplog.text


@pytest.mark.parametrize("connection", [None, '{"conn_type": "http", "host": "file:///etc/passwd"}'])
def test_without_a_usable_address_the_message_is_logged(
    connection: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if connection:
        monkeypatch.setenv(VARIABLE, connection)
    assert not notify.send("task_failed", "it broke", ident="1")
    assert "it broke" in caplog.text
