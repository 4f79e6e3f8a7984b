"""Alerts: what each says to whom it wakes, and the rule that Prometheus reads."""

from typing import Any, Final, Literal

import msgspec

Severity = Literal["page", "ticket", "heartbeat"]

RUNBOOKS: Final = "docs/runbooks"


class Alert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alert.

    Parameters
    ----------
    name : str
        As Prometheus and the Alertmanager know it.
    expression : str
        PromQL; it fires for each series that this gives.
    severity : {"page", "ticket", "heartbeat"}
        Somebody is woken up; somebody looks at it by day; nobody, for it always fires.
    summary, impact : str
        What is the matter, and who notices.
    first_look : tuple of str
        The three things to look at first.
    runbook : str
        Name of its page in `docs/runbooks`, without `.md`.
    for_ : str
        How long the expression must hold; empty: not at all.
    slo : str
        The objective that it belongs to; empty where to none.
    """

    name: str
    expression: str
    severity: Severity
    summary: str
    impact: str
    first_look: tuple[str, str, str]
    runbook: str
    for_: str = msgspec.field(name="for", default="")
    slo: str = ""

    def rule(self) -> dict[str, Any]:
        """Return the alert as a rule file has it."""
        labels = {"severity": self.severity, **({"slo": self.slo} if self.slo else {})}
        return {
            "alert": self.name,
            "expr": self.expression,
            **({"for": self.for_} if self.for_ else {}),
            "labels": labels,
            "annotations": {
                "summary": self.summary,
                "impact": self.impact,
                "first_look": "\n".join(f"{number}. {text}" for number, text in enumerate(self.first_look, 1)),
                "runbook": f"{RUNBOOKS}/{self.runbook}.md",
            },
        }
