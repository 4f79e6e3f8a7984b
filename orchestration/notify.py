"""Notifications: one JSON document to the address that Airflow's connection `streamflow_webhook` names.

Its `text` is what Slack, Mattermost and Teams show; the other fields are for programs. A message can come twice, with the same `id`.
"""

import json
import logging
import time
import urllib.request
from datetime import UTC, datetime
from typing import Any, Final

from streamflow.contracts.orchestration import WEBHOOK

log = logging.getLogger(__name__)

ATTEMPTS: Final = 3
PAUSE_SECONDS: Final = 1.0
TIMEOUT_SECONDS: Final = 10.0
MAX_ERROR_CHARACTERS: Final = 1_000


def task_failed(context: dict[str, Any]) -> None:
    """Tell that a task failed for good; Airflow calls it."""
    ti = context["ti"]
    error = str(context.get("exception") or context.get("reason") or "its process ended without a word")
    send(
        "task_failed",
        f"{ti.dag_id}.{ti.task_id} failed: {error.partition(chr(10))[0]}",
        ident=f"{ti.dag_id}/{ti.run_id}/{ti.task_id}/{ti.try_number}",
        dag_id=ti.dag_id,
        run_id=ti.run_id,
        task_id=ti.task_id,
        try_number=ti.try_number,
        error=error[:MAX_ERROR_CHARACTERS],
        log_url=getattr(ti, "log_url", None),
    )


def deadline_missed(context: dict[str, Any], allowed_seconds: int) -> None:
    """Tell that a run takes longer than it may; Airflow's scheduler starts it."""
    run = context["dag_run"]
    dag_id, run_id = run["dag_id"], run["dag_run_id"]
    send(
        "deadline_missed",
        f"{dag_id} is not done {allowed_seconds} s after it was queued",
        ident=f"{dag_id}/{run_id}/deadline",
        dag_id=dag_id,
        run_id=run_id,
        allowed_seconds=allowed_seconds,
        state=run.get("state"),
    )


def send(event: str, text: str, *, ident: str, **facts: Any) -> bool:
    """Send one notification, and say whether it arrived: one that does not arrive never fails the task that it is about."""
    body = {"event": event, "id": f"{event}/{ident}", "text": f"StreamFlow: {text}", "at": datetime.now(UTC).isoformat(), **facts}
    try:
        url = _url()
    except Exception as error:  # whatever a secrets backend raises
        log.warning("not notified, there is no connection %s (%s): %s", WEBHOOK, error, body["text"])
        return False
    # The scheme is checked by _url.
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
                log.info("notified: %s", body["text"])
                return True
        except OSError as error:
            log.warning("the webhook does not take the notification, attempt %d of %d: %s", attempt, ATTEMPTS, error)
            if attempt < ATTEMPTS:
                time.sleep(PAUSE_SECONDS * attempt)
    return False


def _url() -> str:
    from airflow.sdk import Connection

    url = Connection.get(WEBHOOK).host or ""
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"its host must be a whole http address, not {url!r}")
    return url
